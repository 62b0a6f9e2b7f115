# SPDX-License-Identifier: Apache-2.0
# Sourced in place of sandbox.inc.sh: builds the release first, outside the sandbox, which has no
# network; then enters the sandbox with BUILD=build/release, and furnishes a root file system that
# holds the two executables and no more.
#
# Sets:  ROOT, and what sandbox.inc.sh sets; DEVELOPED, the build folder that the test was given.

set -eu

build_release() {
	[ "$(id -u)" = 0 ] || return 0
	mkdir -p "$SOURCE/build"
	(
		flock 9
		cd "$SOURCE"
		sh plugin/release/libraries.sh
		cmake --preset release >/dev/null
		cmake --build --preset release -j2 >/dev/null
	) 9>"$SOURCE/build/release.lock"
}

if [ -z "${SANDBOX:-}" ]; then
	build_release
	export DEVELOPED="$BUILD" BUILD="$SOURCE/build/release"
fi
. "$SOURCE/tests/sandbox.inc.sh"

ROOT=$T/root
mkdir "$ROOT"
cp "$PLUGIN" "$CTL" "$ROOT/"

# given COMMAND CONTAINER KEYS: these keys, beside the usual ones, on the executable's stdin, and
# what stands in given_env in its environment.
given() {
	printf '{"cniVersion":"1.0.0","name":"net","type":"bridge","nodename":"node-1",%s}' "$3" >"$T/request"
	set -- CNI_COMMAND="$1" CNI_CONTAINERID="$2" CNI_NETNS=/run/netns/x CNI_IFNAME=eth0 CNI_PATH=/opt/cni/bin
	env -i PATH="$PATH" ${given_env:-} "$@" chroot "$ROOT" /calico-ipam <"$T/request" 2>"$T/said"
}

# call COMMAND CONTAINER KEYS: must succeed; the answer goes to $T/answer.
call() {
	given "$@" >"$T/answer" || {
		cat "$T/answer" "$T/said" >&2
		fail "$1 of $2 in an empty root"
	}
}

# answers WORDS: what the last answer must contain.
answers() {
	grep -q -e "$1" "$T/answer" || {
		cat "$T/answer" >&2
		fail "no $1 in the answer"
	}
}
