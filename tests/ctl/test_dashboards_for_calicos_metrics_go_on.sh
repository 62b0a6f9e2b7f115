# SPDX-License-Identifier: Apache-2.0
# --calico-names: the names and labels of Calico's kube-controllers (docs/DATA-MODEL.md 12), beside ours; over each store.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"
. "$SOURCE/tests/ctl/stores.inc.sh"

command -v promtool >/dev/null || skip "no promtool (Debian: prometheus)"

# put_block CIDR AFFINITY ATTRIBUTES ALLOCATIONS
put_block() {
	put "/calico/ipam/v2/assignment/ipv4/block/$(echo "$1" | tr / -)" "{\"cidr\":\"$1\",\"affinity\":$2,\"allocations\":$4,\"unallocated\":[3],\"attributes\":$3,\"sequenceNumber\":7,\"sequenceNumberForAllocation\":{},\"deleted\":false}"
}

held() {
	echo "{\"handle_id\":\"n.$1\",\"secondary\":{\"network\":\"n\",\"ifname\":\"eth0\",\"timestamp\":\"2026-08-22 10:00:00 +0000 UTC\"$2}}"
}

job() {
	exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/24 --block-size 30
	exits 0 "$CTL" pool create v6 --cidr fd86::/64
	exits 0 "$CTL" node create node-1
	exits 0 "$CTL" node create node-2
	put_block 10.86.0.0/30 '"host:node-1"' "[$(held a ',"node":"node-1"'),$(held b ',"node":"node-2"'),$(held c '')]" '[0,1,2,null]'
	put_block 10.86.0.4/30 null "[$(held d ',"node":"node-1"')]" '[0,0,0,null]'
	put_block 192.0.2.0/30 '"host:node-1"' "[$(held e ',"node":"node-1"')]" '[0,0,0,null]'
	exits 0 "$CTL" metrics --calico-names
	promtool check metrics <"$T/out" >"$T/lint" 2>&1 || fail "promtool: $(cat "$T/lint")"
	says "$T/out" 'calico_ipam_pool_node_addresses{pool="v4",node="node-1",family="4"} 4'
	grep '^ipam_' "$T/out" | grep -v gc_ | LC_ALL=C sort | is_sorted
	exits 0 "$CTL" metrics
	! grep -q '^ipam_' "$T/out" || fail "Calico's names come unasked"
	exits 0 "$CTL" metrics --calico-names --no-check
	! grep -q 'gc_candidates' "$T/out" || fail "candidates are told that nobody looked for"
	exits 2 "$CTL" metrics --calico-names --node-local
}

is_sorted() {
	diff -u - "$SOURCE/tests/ctl/calico_names.expected" >&2 || fail "Calico's names are not as expected"
}

over_each_store job
