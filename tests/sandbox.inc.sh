# SPDX-License-Identifier: Apache-2.0
# Sourced first by a test that needs a machine of its own:
#
#	. "$SOURCE/tests/sandbox.inc.sh"
#
# The script starts itself again in its own mount, network, process and host name
# namespaces: the "host" is called node-1, has only a loopback interface, and /run,
# /etc, /opt, /var/lib and /var/log may be written freely.  Whatever is started, mounted or
# created in there ends with the script, however it ends; the machine's network,
# files and processes stay as they are, and two scripts never meet.
#
# Given: BUILD (the build folder), SOURCE (the repository).
# Sets:  T (an empty folder in memory), TOOLS, and the functions below.

set -eu
: "${BUILD:?the build folder}" "${SOURCE:?the folder of the repository}"
TOOLS=${TOOLS:-$SOURCE/build/test-tools}
PLUGIN=$BUILD/plugin/calico-ipam
CTL=$BUILD/ctl/calico-ipamctl

say() {
	echo "# $*"
}

. "$SOURCE/tests/verdict.inc.sh"

# A command that must fail: `refused file command...`, its output goes to the file.
refused() {
	refused_output=$1
	shift
	if "$@" >"$refused_output" 2>&1; then
		cat "$refused_output" >&2
		fail "succeeded, and must not: $*"
	fi
}

# Tries a command once each 0.1 s, at most `tries` times: `within 100 command...`.
within() {
	within_left=$1
	shift
	until "$@" >/dev/null 2>&1; do
		within_left=$((within_left - 1))
		if [ "$within_left" -le 0 ]; then
			"$@" >&2 || true
			fail "not within the time given: $*"
		fi
		sleep 0.1
	done
}

enter_sandbox() {
	[ "$(id -u)" = 0 ] || skip "needs root for namespaces"
	unshare -m -n -p -u -i -f true 2>/dev/null || skip "this machine does not allow new namespaces"
	SANDBOX=$$ exec unshare -m -n -p -u -i -f --kill-child --mount-proc \
		timeout -k 5 "${SANDBOX_SECONDS:-280}" sh "$0"
}

# writable_copy FOLDER: what is written to this folder of the machine's ends with the sandbox.
writable_copy() {
	mkdir -p "$T/.$1/upper" "$T/.$1/work"
	mount -t overlay -o "lowerdir=/$1,upperdir=$T/.$1/upper,workdir=$T/.$1/work" sandbox "/$1" ||
		skip "this machine does not allow overlay mounts"
}

furnish_sandbox() {
	T=$(mktemp -d)
	mount -t tmpfs sandbox "$T"
	mount -t tmpfs sandbox /run
	for room in etc opt var/lib var/log; do
		writable_copy $room
	done
	# Networks of the machine's own packages are not the sandbox's.
	rm -f /etc/cni/net.d/*
	hostname node-1
	ip link set lo up
	mkdir -p /run/netns
}

leave_sandbox() {
	cd /
	umount -l "$T" 2>/dev/null || true
	rmdir "$T" 2>/dev/null || true
}

[ -n "${SANDBOX:-}" ] || enter_sandbox
furnish_sandbox
trap leave_sandbox EXIT
unset SANDBOX
