# SPDX-License-Identifier: Apache-2.0
# Sourced after sandbox.inc.sh, cni.inc.sh and store.inc.sh: runs an example as it
# stands, in the places that it names; they are the sandbox's own.

EXAMPLES=$SOURCE/conf-examples

# The families that an example assigns.
families() {
	! grep -q '"assign_ipv4": "true"' "$1" || echo 4
	! grep -q '"assign_ipv6": "true"' "$1" || echo 6
}

# run_example FILE, e.g. local-bridge.conflist
run_example() {
	say "$1"
	rm -f "$T"/net.d/*
	cp "$EXAMPLES/$1" "$T/net.d/"
	net=$(sed -n 's/^\t"name": "\(.*\)",$/\1/p' "$EXAMPLES/$1")
	expected=$(families "$EXAMPLES/$1")
	[ -n "$expected" ] || fail "$1 assigns neither family"
	for name in one two; do
		container "$name"
		attach "$net" "$name"
		check "$net" "$name"
	done
	for family in 4 6; do
		case $expected in
		*$family*) reach_each_other_in "$family" one two ;;
		*) [ -z "$(address "$family" one)" ] || fail "$1 gave an IPv$family address" ;;
		esac
	done
	holds $(($(echo "$expected" | wc -l) * 2))
	for name in one two; do
		detach "$net" "$name"
		ip netns del "$name"
	done
	holds 0
}
