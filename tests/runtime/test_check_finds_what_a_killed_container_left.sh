# SPDX-License-Identifier: Apache-2.0
# containerd's own record of a container that ended without DEL tells that its address is
# leaked, whichever libcni has written it.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/cni.inc.sh"
. "$SOURCE/tests/store.inc.sh"
. "$SOURCE/tests/containerd.inc.sh"

local_store() {
	CALICO_DATASTORE_TYPE=local CALICO_LOCAL_PATH="$T/store" "$@"
}

# Allocations of the last minute do not count as leaked.
age_allocations() {
	local_store "$BUILD/tests/store_edit" keys /calico/ipam/v2/assignment/ >"$T/blocks"
	[ -s "$T/blocks" ] || fail "no block"
	while read -r block; do
		local_store "$BUILD/tests/store_edit" get "$block" >"$T/block"
		local_store "$BUILD/tests/store_edit" put "$block" \
			"$(sed 's/"timestamp":"20[0-9]*-/"timestamp":"2020-/g' "$T/block")"
	done <"$T/blocks"
}

# check STATUS WORDS
check() {
	status=0
	ctl check >"$T/check" 2>&1 || status=$?
	[ "$status" = "$1" ] && grep -q "$2" "$T/check" || {
		cat "$T/check" >&2
		fail "check: $status, not $1 with \"$2\""
	}
	! grep -q "cannot be judged" "$T/check" || fail "$(cat "$T/check")"
}

start lives
ctr_ run -d --cni --rootfs "$T/root" killed /bin/sleep 1000 >"$T/run.killed" 2>&1
age_allocations
check 0 "compared with 2 entries"
ctr_ task kill -s KILL killed
within 100 ctr_ task rm killed
holds 4
check 6 "2 problems"
[ "$(grep -c "^leaked-address .*killed" "$T/check")" = 2 ] || fail "$(cat "$T/check")"
say "$(grep ^leaked-address "$T/check")"
ctl release --handle "net1.$CTR_NAMESPACE-killed" --yes >/dev/null
check 0 "no problem"
stop lives
holds 0
