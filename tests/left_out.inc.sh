# SPDX-License-Identifier: Apache-2.0
# Sourced by run.sh: ctest prints nothing of a test that is skipped, nor of one that leaves out a part and passes.

# tell_left_out LOG: what tests say in ctest's LastTest.log that they leave out; "NAME: WORDS", one a line.
tell_left_out() {
	[ -r "$1" ] || return 0
	awk '
		/^[0-9]+\/[0-9]+ Testing: / { name = $3 }
		/^(SKIPPED|LEFT OUT|!!! LEFT OUT): / { print name ": " $0 }' "$1" | sort -u
}
