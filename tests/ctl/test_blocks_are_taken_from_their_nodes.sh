# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"
. "$SOURCE/tests/ctl/stores.inc.sh"

ipam=/calico/ipam/v2
block=$ipam/assignment/ipv4/block/10.86.0.0-28

blocks() {
	plugin_uses ''
	exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/28 --block-size 28
	exits 0 "$CTL" pool create v6 --cidr fd86::/122
	exits 0 "$CTL" node create node-1
	plugin ADD first
	exits 0 "$CTL" affinity list -o json
	has block '"10.86.0.0/28" "fd86::/122"'
	has owner '"host:node-1" "host:node-1"'
	has state '"confirmed" "confirmed"'
	has blockIs '"own" "own"'
	has held '1 1'
	for words in 'affinity list' 'reclaim --yes'; do
		exits 3 "$CTL" $words --node node-2
		says "$T/err" 'nothing in this store is of node "node-2"; did you mean node-1?'
	done
	exits 0 "$CTL" node create node-2
	exits 0 "$CTL" affinity list --node node-2
	is "$T/out" <<-END
	BLOCK  OWNER  STATE  HELD  CLAIMED  REMARK
	END

	exits 4 "$CTL" affinity release 10.86.0.0/28
	says "$T/out" 'kept: in use'
	exits 4 "$CTL" affinity release --node node-1 -o json
	has released 'false false'
	value $block >"$T/value"
	says "$T/value" '"affinity":"host:node-1"'

	# With --force it belongs to nobody; its address is released by DEL, and the block goes.
	exits 0 "$CTL" affinity release 10.86.0.0/28 --force --yes
	says "$T/out" 'block without owner'
	value $block >"$T/value"
	says "$T/value" '"affinity":null'
	! grep -q affinity_claim_time "$T/value" || fail "the claim time stays"
	[ -z "$(keys $ipam/host/node-1/ipv4/)" ] || fail "the affinity stays"
	exits 3 "$CTL" affinity release 10.86.0.0/28
	says "$T/err" 'belongs to nobody'
	plugin DEL first
	[ -z "$(keys $block)" ] || fail "the ownerless block stays"

	exits 0 "$CTL" affinity release --node node-1 --yes
	says "$T/out" 'block deleted'
	[ -z "$(keys $ipam/assignment/)$(keys $ipam/host/)" ] || fail "something stays of the empty block"
	exits 3 "$CTL" affinity release --node node-1

	# One that cannot be read: what was released before it is told.
	put $ipam/host/node-3/ipv4/block/10.86.0.16-28 '{"state":"confirmed","deleted":false}'
	put $ipam/host/node-3/ipv4/block/10.86.0.32-28 '{"state":"confirmed","deleted":false}'
	put $ipam/assignment/ipv4/block/10.86.0.32-28 '{'
	exits 1 "$CTL" affinity release --node node-3 --yes
	says "$T/err" '1 of 2 blocks were released, then'
	exits 1 "$CTL" affinity release --node node-3 --yes
	! grep -q 'were released' "$T/err" || fail "nothing was: $(cat "$T/err")"
	drop $ipam/assignment/ipv4/block/10.86.0.32-28
	drop $ipam/host/node-3/ipv4/block/10.86.0.32-28

	# What a crash leaves: an affinity without its block, and one whose block is another's.
	put $ipam/host/node-1/ipv4/block/10.86.0.0-28 '{"state":"pending","deleted":false}'
	exits 0 "$CTL" affinity list
	says "$T/out" 'no such block'
	exits 0 "$CTL" affinity release 10.86.0.0/28 --yes
	says "$T/out" 'affinity deleted'
	plugin ADD second
	put $ipam/host/node-2/ipv4/block/10.86.0.0-28 ''
	exits 0 "$CTL" affinity list --node node-2
	says "$T/out" "the block is another's"
	exits 0 "$CTL" affinity release --node node-2 --yes
	says "$T/out" 'affinity deleted'
	value $block >"$T/value"
	says "$T/value" '"affinity":"host:node-1"'
	put $ipam/virtual/load-balancer/ipv4/block/10.87.0.0-26 '{"state":"confirmed"}'
	exits 0 "$CTL" affinity release 10.87.0.0/26 --yes
	says "$T/out" 'virtual:load-balancer'
	plugin DEL second

	exits 2 "$CTL" affinity release
	exits 2 "$CTL" affinity release 10.86.0.0/28 --node node-1
	exits 2 "$CTL" affinity release 10.86.0.1/28
	put $block broken
	exits 1 "$CTL" affinity release 10.86.0.0/28
	says "$T/err" "$block"
}

over_each_store blocks
