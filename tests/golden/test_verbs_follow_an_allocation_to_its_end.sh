. "$SOURCE/tests/golden/golden.inc.sh"
play tests/golden/verbs.golden
