. "$SOURCE/tests/golden/golden.inc.sh"
play tests/golden/results_for_bridge.golden
