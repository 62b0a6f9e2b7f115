# SPDX-License-Identifier: Apache-2.0
# Each allocation of as many bytes as one record's value takes fails: wherever import keeps it.
. "$SOURCE/tests/kills/kills.inc.sh"
command -v jq >/dev/null || skip "no jq"

CALICO_LOCAL_PATH=$T/store
export CALICO_LOCAL_PATH
"$CTL" pool create four --cidr 10.9.0.0/24 >"$T/said"
"$CTL" pool create six --cidr fd09::/120 >"$T/said"
"$CTL" export "$T/archive" >"$T/said"
bytes=$(jq '.records[] | select(.key | endswith("/ippools/four")) | .value | utf8bytelength' "$T/archive")

n=0 failed=1
until [ "$failed" = 0 ]; do
	n=$((n + 1))
	rm -rf "$T/store"
	SHORT_OF_MEMORY="$n of $((bytes + 1))" ALLOCATIONS=$T/allocations \
		"$DEVELOPED/tests/short-calico-ipamctl" import "$T/archive" >"$T/said" 2>&1 && status=0 || status=$?
	read -r _ failed _ <"$T/allocations"
	[ "$status" = 0 ] || [ "$failed" != 0 ] || fail "import: status $status: $(cat "$T/said")"
	[ "$status" != 0 ] || "$CTL" import --dry-run "$T/archive" | grep -q '^0 records would be imported' ||
		fail "allocation $n: status 0, and not all is there"
	"$CTL" import "$T/archive" >"$T/again" 2>&1 ||
		fail "allocation $n, status $status: $(cat "$T/said"); again: $(cat "$T/again")"
done
say "$n allocations"
[ "$n" -gt 3 ] || fail "no allocation of $((bytes + 1)) bytes"
