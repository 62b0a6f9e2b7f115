. "$SOURCE/tests/golden/golden.inc.sh"
play tests/golden/exact_addresses.golden
