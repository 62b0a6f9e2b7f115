# SPDX-License-Identifier: Apache-2.0
# Sourced first by the scripts of this folder, in place of sandbox.inc.sh: the release is what is
# killed, for it is what people run, and starts in a millisecond.
#
#	KILLS_EVERY=1		each point, and not only each seventeenth; of allocations each 211th
#	KILLS_JOB=mend		of one job alone, as at_each_call.c names it
#	KILLS_ROUNDS=100	as many rounds with two hundred at once
#	KILLS_OF=FOLDER		the executables of that build folder, such as build/test with its sanitizers

[ -n "${SANDBOX:-}" ] || {
	SANDBOX_SECONDS=1150
	[ -z "${KILLS_EVERY:-}${KILLS_ROUNDS:-}" ] || SANDBOX_SECONDS=36000
	export SANDBOX_SECONDS
}
. "$SOURCE/tests/release/release.inc.sh"

# The network namespace of all containers.
ip netns add pod

every=${KILLS_EVERY:-17}
rounds=${KILLS_ROUNDS:-1}
[ -z "${KILLS_OF:-}" ] || PLUGIN=$KILLS_OF/plugin/calico-ipam CTL=$KILLS_OF/ctl/calico-ipamctl

# kills PROGRAM STORE HOW_OFTEN [MORE]: on a disk in memory.
kills() {
	mkdir "$T/$1"
	kills_program=$1
	shift
	"$DEVELOPED/tests/$kills_program" "$PLUGIN" "$CTL" "$T/$kills_program" "$@"
}

# short_of_memory STORE: the executables are those of the tests' own build, with its sanitizers; the
# release looks at what they leave.
short_of_memory() {
	mkdir "$T/short"
	"$DEVELOPED/tests/at_each_call" "$PLUGIN" "$CTL" "$T/short" "$1" "${KILLS_EVERY:-211}" \
		"$DEVELOPED/tests/short-calico-ipam" "$DEVELOPED/tests/short-calico-ipamctl"
}
