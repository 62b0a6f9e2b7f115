# SPDX-License-Identifier: Apache-2.0
# That no entry of the runtime's CNI cache names a container is not that it is gone: one that was
# attached by hand is in none, and a cache may be lost.  Where leaks were not looked for, the last
# line, JSON and the exit status say so.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"
. "$SOURCE/tests/ctl/stores.inc.sh"

ipam=/calico/ipam/v2

entry() {
	echo '{"handle_id":"net1.'"$1"'","secondary":{"ifname":"eth0","network":"net1","node":"'"$2"'","timestamp":"2026-08-22 10:00:00 +0000 UTC"}}'
}

# holds BLOCK NODE CONTAINER: its first address.
holds() {
	put "$ipam/assignment/ipv4/block/$1-30" "{\"cidr\":\"$1/30\",\"affinity\":\"host:$2\",\"affinity_claim_time\":\"2026-08-22T10:00:00Z\",\"allocations\":[0,null,null,null],\"unallocated\":[1,2,3],\"attributes\":[$(entry "$3" "$2")],\"sequenceNumber\":9,\"sequenceNumberForAllocation\":{\"0\":7},\"deleted\":false}"
	put "$ipam/host/$2/ipv4/block/$1-30" '{"state":"confirmed","deleted":false}'
	put "$ipam/handle/net1.$3" "{\"block\":{\"$1/30\":1},\"deleted\":false}"
}

check() {
	exits "$1" "$CTL" check --cni-cache "$T/cache" --node node-1
	tail -n 1 "$T/out" >"$T/last"
	says "$T/last" "$2"
	! grep -q "leaked-address" "$T/out" || [ "$1" = 6 ] || fail "an address was called leaked"
	! grep -q "ipamctl release" "$T/out" || [ "$1" = 6 ] || fail "an address is offered for release"
	exits "$1" "$CTL" check --cni-cache "$T/cache" --node node-1 -o json
	has leaksLookedFor "$3"
	has addressesJudged "$4"
	has addressesNotJudged "$5"
	has addressesInNoCacheEntry "$6"
}

use_local_store
mkdir "$T/cache"
exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/24 --block-size 30
check 0 "leaked addresses were looked for" true 0 0 0

# What lives, and is in no cache.
holds 10.86.0.0 node-1 by-hand
check 7 "leaked addresses were not looked for" false 0 1 1
exits 7 "$CTL" check --cni-cache "$T/cache" --node node-1
says "$T/out" "1 address of node-1, such as 10.86.0.0, is in no entry of its CNI cache"
rmdir "$T/cache"
exits 7 "$CTL" check
says "$T/out" "leaked addresses were not looked for"

# Beside one that is there, it is still not known to be gone.
mkdir "$T/cache"
holds 10.86.0.4 node-1 runs
touch "$T/netns"
echo "{\"kind\":\"cniCacheV1\",\"netns\":\"$T/netns\"}" >"$T/cache/net1-runs-eth0"
check 7 "leaked addresses were looked for among 1 of 2" false 1 1 1

# Both are there; another node's is for that to judge.
cp "$T/cache/net1-runs-eth0" "$T/cache/net1-by-hand-eth0"
check 0 "leaked addresses were looked for" true 2 0 0
holds 10.86.0.8 node-2 elsewhere
check 0 "leaked addresses were looked for among 2 of 3" true 2 1 0

# One that is gone by evidence is leaked, and the advice names what verifies it.
echo "{\"kind\":\"cniCacheV1\",\"netns\":\"$T/none\"}" >"$T/cache/net1-runs-eth0"
check 6 "leaked addresses were looked for among 2 of 3" true 2 1 0
exits 6 "$CTL" check --cni-cache "$T/cache" --node node-1
says "$T/out" "10.86.0.4"
says "$T/out" "the network namespace of its container is gone"
says "$T/out" "see that nobody uses it"

# Endpoints judge all, where they are said to.
exits 6 "$CTL" check --endpoints -o json
has leaksLookedFor true
