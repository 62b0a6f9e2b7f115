# SPDX-License-Identifier: Apache-2.0
# Each inconsistency is written into the store by hand, reported, mended where that is
# safe, and then the store is clean; over the local store and a real etcd.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"
. "$SOURCE/tests/ctl/stores.inc.sh"

ipam=/calico/ipam/v2
block=$ipam/assignment/ipv4/block/10.86.0.0-30
affinity=$ipam/host/node-1/ipv4/block/10.86.0.0-30
handle=$ipam/handle/net1.c1
entry='{"handle_id":"net1.c1","secondary":{"ifname":"eth0","network":"net1","node":"node-1","timestamp":"2026-08-22 10:00:00 +0000 UTC"}}'
confirmed='{"state":"confirmed","deleted":false}'

# put_block KEY CIDR ALLOCATIONS UNALLOCATED ATTRIBUTES
put_block() {
	put "$1" "{\"cidr\":\"$2\",\"affinity\":\"host:node-1\",\"affinity_claim_time\":\"2026-08-22T10:00:00Z\",\"allocations\":$3,\"unallocated\":$4,\"attributes\":[$5],\"sequenceNumber\":9,\"sequenceNumberForAllocation\":{\"0\":7},\"deleted\":false}"
}

sound() {
	put_block $block 10.86.0.0/30 '[0,null,null,null]' '[1,2,3]' "$entry"
	put $affinity "$confirmed"
	put $handle '{"block":{"10.86.0.0/30":1},"deleted":false}'
	clean
}

check() {
	exits "$1" "$CTL" check --cni-cache "$T/cache" --node node-1 -o json
	silent "$T/err"
}

clean() {
	check 0
	has problemCount 0
}

# finds PROBLEM WHERE: it, and nothing else.
finds() {
	check 6
	has problem "\"$1\""
	has "${3:-key}" "\"$2\""
}

# mends PROBLEM WHERE: found, not mended by --dry-run, mended by --yes, then clean.
mends() {
	finds "$1" "$2"
	exits 6 "$CTL" check --cni-cache "$T/cache" --node node-1 --mend --dry-run
	says "$T/out" "1 would be mended"
	finds "$1" "$2"
	exits 2 "$CTL" check --mend </dev/null
	says "$T/err" "--yes"
	exits 0 "$CTL" check --cni-cache "$T/cache" --node node-1 --mend --yes
	says "$T/out" "$1"
	says "$T/out" "1 mended"
	clean
}

mendable() {
	put $handle '{"block":{"10.86.0.0/30":5},"deleted":false}'
	mends handle-count $handle
	put $handle '{"block":{"10.86.0.0/30":1,"10.86.0.64/30":1},"deleted":false}'
	mends handle-names-no-block $handle
	put $ipam/handle/net1.gone '{"block":{"10.86.0.0/30":1},"deleted":false}'
	mends leaked-handle $ipam/handle/net1.gone
	drop $handle
	mends handle-missing $handle
	put $ipam/host/node-2/ipv4/block/10.86.0.8-30 '{"state":"pending","deleted":false}'
	mends affinity-without-block $ipam/host/node-2/ipv4/block/10.86.0.8-30
	put $ipam/host/node-2/ipv4/block/10.86.0.0-30 "$confirmed"
	mends affinity-of-another $ipam/host/node-2/ipv4/block/10.86.0.0-30
	drop $affinity
	mends affinity-missing $affinity
	put $affinity '{"state":"pendingDeletion","deleted":false}'
	mends affinity-unconfirmed $affinity
	put_block $block 10.86.0.0/30 '[1,null,null,null]' '[1,2,3]' "{\"handle_id\":\"net1.old\"},$entry"
	mends unused-attribute $block
	put_block $block 10.86.0.0/30 '[0,null,null,null]' '[3,3,0]' "$entry"
	mends wrong-free-list $block
}

told() {
	put_block $block 10.86.0.0/30 '[0,1,null,null]' '[2,3]' "$entry,{\"releasedAt\":\"2099-01-01T00:00:00Z\"}"
	finds released-in-the-future $block
	put_block $block 10.86.0.0/30 '[7,null,null,null]' '[1,2,3]' "$entry"
	finds unreadable-record $block
	sound
	put $handle '{"block":'
	finds unreadable-record $handle
	sound
	put_block $ipam/assignment/ipv4/block/10.99.0.0-30 10.99.0.0/30 '[null,null,null,null]' '[0,1,2,3]' ''
	put $ipam/host/node-1/ipv4/block/10.99.0.0-30 "$confirmed"
	finds block-in-no-pool $ipam/assignment/ipv4/block/10.99.0.0-30
	drop $ipam/assignment/ipv4/block/10.99.0.0-30
	drop $ipam/host/node-1/ipv4/block/10.99.0.0-30
	put_block $ipam/assignment/ipv4/block/10.86.0.0-31 10.86.0.0/31 '[0,null]' '[1]' '{"handle_id":"net1.c2"}'
	put $ipam/host/node-1/ipv4/block/10.86.0.0-31 "$confirmed"
	put $ipam/handle/net1.c2 '{"block":{"10.86.0.0/31":1},"deleted":false}'
	check 6
	has problem '"block-size" "block-overlap" "duplicate-address"'
	has address '"10.86.0.0"'
	drop $ipam/assignment/ipv4/block/10.86.0.0-31
	drop $ipam/host/node-1/ipv4/block/10.86.0.0-31
	drop $ipam/handle/net1.c2
	clean
}

containers() {
	mkdir -p "$T/netns"
	echo '{"kind":"cniCacheV1","netns":"/var/run/netns/c1"}' >"$T/cache/net1-c1-eth0"
	touch "$T/netns/c1"
	exits 0 "$CTL" check --cni-cache "$T/cache" --node node-1 --netns-dir "$T/netns"
	rm "$T/netns/c1"
	exits 6 "$CTL" check --cni-cache "$T/cache" --node node-1 --netns-dir "$T/netns"
	says "$T/out" "the network namespace of its container is gone"
	exits 7 "$CTL" check --cni-cache "$T/cache" --node node-2
	exits 3 "$CTL" check --node-local --cni-cache "$T/none"
	says "$T/err" "no CNI cache at $T/none"
	echo '{}' >"$T/cache/net1-c1-eth0"
}

# The node that this machine is, the network's configuration says, as it does to the plugin.
containers_of_a_node_that_is_named() {
	echo '{"kind":"cniCacheV1","netns":"'$T'/gone"}' >"$T/cache/net1-c1-eth0"
	cat >"$T/named.conflist" <<-END
	{ "cniVersion": "1.0.0", "name": "net1", "plugins": [ { "type": "bridge",
	  "ipam": { "type": "calico-ipam" }, "nodename": "node-1" } ] }
	END
	exits 6 "$CTL" --config "$T/named.conflist" check --cni-cache "$T/cache"
	says "$T/out" "the network namespace of its container is gone"
	echo '{}' >"$T/cache/net1-c1-eth0"
}

# judged STATUS ENTRY: check with that entry of the cache.
judged() {
	echo "$2" >"$T/cache/net1-c1-eth0"
	exits "$1" "$CTL" check --cni-cache "$T/cache" --node node-1
}

# libcni before 1.2 keeps the namespace in the result alone, before 0.8 the result alone.
containers_of_an_older_libcni() {
	lives='"interfaces":[{"name":"cni0"},{"name":"eth1","sandbox":"'$T'/gone"},{"name":"eth0","sandbox":"'$T'/netns"}]'
	gone='"interfaces":[{"name":"cni0"},{"name":"eth1","sandbox":"'$T'/netns"},{"name":"eth0","sandbox":"'$T'/gone"}]'
	kind='"kind":"cniCacheV1","ifName":"eth0"'
	judged 0 "{$kind,\"result\":{$lives}}"
	says "$T/out" "were compared with 1 entry of its CNI cache"
	! grep -q "cannot be judged" "$T/out" || fail "an entry that was judged"
	judged 6 "{$kind,\"result\":{$gone}}"
	says "$T/out" "the network namespace of its container is gone"
	judged 0 "{\"cniVersion\":\"0.3.1\",$lives}"
	judged 6 "{\"cniVersion\":\"0.3.1\",$gone}"
	mkdir -p "$T/other"
	touch "$T/other/gone"
	exits 0 "$CTL" check --cni-cache "$T/cache" --node node-1 --netns-dir "$T/other"
}

# not_judged ENTRY: it counts as a container that lives, and that is said.
not_judged() {
	judged 0 "$1"
	says "$T/out" "1 of these cannot be judged"
	exits 0 "$CTL" check --cni-cache "$T/cache" --node node-1 -o json
	has cacheEntries 1
	has cacheEntriesNotJudged 1
}

# A container's process is gone, and a process of the host has its number.
processes_that_took_a_number() {
	unshare -m -n -p -f --mount-proc true 2>/dev/null || skip "needs root for namespaces"
	cat >"$T/host.sh" <<-'END'
	unshare -n sleep 100 &
	while [ "$(readlink /proc/$!/ns/net)" = "$(readlink /proc/1/ns/net)" ]; do
		sleep 0.1
	done
	[ "$2" = taken ] && process=$$ || process=$!
	echo '{"kind":"cniCacheV1","netns":"/proc/'$process'/ns/net"}' >"$1/net1-c1-eth0"
	"$3" check --cni-cache "$1" --node node-1
	END
	exits 6 unshare -m -p -f --mount-proc --kill-child sh "$T/host.sh" "$T/cache" taken "$CTL"
	exits 0 unshare -m -p -f --mount-proc --kill-child sh "$T/host.sh" "$T/cache" lives "$CTL"
}

containers_that_cannot_be_judged() {
	not_judged '{}'
	not_judged 'no JSON'
	not_judged '{"kind":"cniCacheV1","ifName":"eth0","result":{"interfaces":[{"name":"eth1","sandbox":"/gone"}]}}'
	judged 6 '{"kind":"cniCacheV1","netns":"/proc/4194305/ns/net"}'
	processes_that_took_a_number
	exits 0 "$CTL" check --cni-cache "$T/cache" --node node-1 --netns-dir "$T/netns"
	says "$T/out" "1 of these cannot be judged"
	echo '{}' >"$T/cache/net1-c1-eth0"
}

endpoints() {
	wep=/calico/resources/v3/projectcalico.org/workloadendpoints/default
	put $wep/e "{\"kind\":\"WorkloadEndpoint\",\"spec\":{\"orchestrator\":\"k8s\",\"node\":\"node-1\",\"ipNetworks\":[\"10.86.0.9/32\"]}}"
	finds in-use-not-allocated 10.86.0.9 address
	put $wep/e "{\"kind\":\"WorkloadEndpoint\",\"spec\":{\"orchestrator\":\"k8s\",\"node\":\"node-1\",\"ipNetworks\":[\"192.0.2.9/32\"]}}"
	clean
	exits 6 "$CTL" check --endpoints -o json
	says "$T/out" in-use-in-no-pool
	drop $wep/e
}

report() {
	exits 0 "$CTL" check --cni-cache "$T/cache" --node node-1 --report "$T/report.json"
	[ "$(find "$T" -name 'report.json*' | wc -l)" = 1 ] || fail "a draft of the report is left"
	cp "$T/report.json" "$T/out"
	says "$T/out" '"clusterGUID":""'
	says "$T/out" '"10.86.0.0":[{"ip":"10.86.0.0","handle":"net1.c1","sequenceNumber":7,"pod":"","namespace":"","node":"node-1","type":"workload","creationTimestamp":"2026-08-22 10:00:00 +0000 UTC","inUse":true,"borrowed":false,"coolingDown":false,"owners":[]}]'
	says "$T/out" '"leakedHandles":['
}

job() {
	exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/24 --block-size 30
	mkdir -p "$T/cache"
	echo '{}' >"$T/cache/net1-c1-eth0"
	sound
	mendable
	told
	containers
	containers_of_a_node_that_is_named
	containers_of_an_older_libcni
	containers_that_cannot_be_judged
	endpoints
	report
}

over_each_store job
