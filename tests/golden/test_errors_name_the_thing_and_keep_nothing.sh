. "$SOURCE/tests/golden/golden.inc.sh"
play tests/golden/errors.golden
