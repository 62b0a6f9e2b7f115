# SPDX-License-Identifier: Apache-2.0
# metrics --node-local over each store: this node's blocks and their addresses by state, and no other's; it fails where it has no name.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"
. "$SOURCE/tests/ctl/stores.inc.sh"

command -v promtool >/dev/null || skip "no promtool (Debian: prometheus)"

own=$(hostname | tr A-Z a-z)
[ ! -s /var/lib/calico/nodename ] || own=$(cat /var/lib/calico/nodename)

# put_block CIDR NODE
put_block() {
	put "/calico/ipam/v2/assignment/ipv4/block/$(echo "$1" | tr / -)" "{\"cidr\":\"$1\",\"affinity\":\"host:$2\",\"allocations\":[null,0,0,1],\"unallocated\":[0],\"attributes\":[{\"handle_id\":\"n.a\",\"secondary\":{\"node\":\"$2\"}},{\"releasedAt\":\"2099-08-22T10:00:00Z\"}],\"sequenceNumber\":7,\"sequenceNumberForAllocation\":{},\"deleted\":false}"
	put "/calico/ipam/v2/host/$2/ipv4/block/$(echo "$1" | tr / -)" '{"state":"confirmed","deleted":false}'
}

job() {
	exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/24 --block-size 30
	exits 0 "$CTL" pool create v6 --cidr fd86::/64
	put_block 10.86.0.0/30 "$own"
	put_block 10.86.0.4/30 "$own"
	put_block 10.86.0.8/30 another-node
	exits 0 "$CTL" metrics --node-local
	promtool check metrics <"$T/out" >"$T/lint" 2>&1 || fail "promtool: $(cat "$T/lint")"
	says "$T/out" "calico_ipam_own_blocks{node=\"$own\",pool=\"v4\",family=\"4\"} 2"
	says "$T/out" "calico_ipam_own_blocks{node=\"$own\",pool=\"v6\",family=\"6\"} 0"
	for state in 'in_use"} 4' 'cooling"} 2' 'reserved"} 0' 'free"} 2'; do
		says "$T/out" "calico_ipam_own_addresses{node=\"$own\",pool=\"v4\",family=\"4\",state=\"$state"
	done
	! grep -q 'another-node\|calico_ipam_pool\|problems' "$T/out" || fail "others are told: $(cat "$T/out")"
	# One that says nothing of itself, and one that says it is another's.
	put /calico/ipam/v2/assignment/ipv4/block/10.86.0.4-30 '{"cidr":'
	put "/calico/ipam/v2/host/$own/ipv4/block/10.86.0.8-30" '{"state":"confirmed","deleted":false}'
	put "/calico/ipam/v2/host/$own/ipv4/block/10.86.0.12-30" '{"state":"pending","deleted":false}'
	exits 0 "$CTL" metrics --node-local
	says "$T/out" "calico_ipam_own_blocks{node=\"$own\",pool=\"v4\",family=\"4\"} 1"
	says "$T/out" 'calico_ipam_own_unreadable_blocks 1'
}

over_each_store job
