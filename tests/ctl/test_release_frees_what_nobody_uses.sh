# SPDX-License-Identifier: Apache-2.0
# By address, by handle, by a node that is gone, and from reports; never what changed
# hands since.  Over the local store and a real etcd.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"
. "$SOURCE/tests/ctl/stores.inc.sh"

ipam=/calico/ipam/v2
cluster=/calico/resources/v3/projectcalico.org/clusterinformations/default

clean() {
	exits 0 "$CTL" check --cni-cache "$T/cache" --node nobody -o json
	has problemCount 0
}

in_use() {
	exits 0 "$CTL" show -o json
	has inUse "$1 $2"
}

by_address() {
	plugin ADD c1
	four=$(sed -n 's/.*"address": "\(10[0-9.]*\).*/\1/p' "$T/result")
	exits 0 "$CTL" release "$four" --dry-run
	says "$T/out" "to release"
	says "$T/out" "net1.c1"
	exits 2 "$CTL" release "$four" </dev/null
	says "$T/err" "--yes does it"
	in_use 1 1
	exits 0 "$CTL" release "$four" 10.86.0.200 --yes
	says "$T/out" "1 addresses released"
	says "$T/out" "not allocated"
	in_use 0 1
	clean
	exits 3 "$CTL" release "$four" --yes
	says "$T/err" "nothing is allocated"
	exits 2 "$CTL" release ten --yes
	exits 2 "$CTL" release
	exits 2 "$CTL" release 10.0.0.1 --handle x
	says "$T/err" "one of these"
}

by_handle() {
	plugin ADD c1
	in_use 1 1
	exits 0 "$CTL" release --handle net1.c1 --yes -o json
	has result '"released" "released"'
	has released 2
	in_use 0 0
	clean
	exits 3 "$CTL" release --handle net1.c1 --yes
}

by_node() {
	plugin ADD c1
	plugin ADD c2
	put $ipam/host/node-1/ipv4/block/10.86.0.16-28 '{"state":"pending","deleted":false}'
	exits 4 "$CTL" release --node node-1 --yes
	says "$T/err" 'node "node-1" exists'
	drop /calico/resources/v3/projectcalico.org/nodes/node-1
	exits 0 "$CTL" release --node node-1 --yes
	says "$T/out" "4 addresses released"
	says "$T/out" "3 blocks given back"
	keys $ipam/host/ >"$T/left"
	keys $ipam/assignment/ >>"$T/left"
	keys $ipam/handle/ >>"$T/left"
	silent "$T/left"
	exits 3 "$CTL" release --node node-1 --yes
	exits 0 "$CTL" node create node-1
	clean
}

# The node that this machine is, the network's configuration says, as it does to the plugin.
this_machine() {
	put $ipam/host/node-9/ipv4/block/10.86.0.128-28 '{"state":"confirmed","deleted":false}'
	put $ipam/assignment/ipv4/block/10.86.0.128-28 '{"cidr":"10.86.0.128/28","affinity":"host:node-9","allocations":[null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null],"unallocated":[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15],"attributes":[],"deleted":false}'
	cat >"$T/named.conflist" <<-END
	{ "cniVersion": "1.0.0", "name": "net1", "plugins": [ { "type": "bridge",
	  "ipam": { "type": "calico-ipam" }, "nodename": "node-9" } ] }
	END
	exits 4 "$CTL" --config "$T/named.conflist" release --node node-9 --yes
	says "$T/err" 'node "node-9" is this machine'
	exits 0 "$CTL" --config "$T/named.conflist" release --node node-9 --yes --force
	clean
}

# What cannot be read may hold the rest of it.
unreadable() {
	plugin ADD c1
	plugin ADD c2
	put $ipam/assignment/ipv4/block/10.86.0.128-28 '{"affinity":"host:node-1"'
	exits 1 "$CTL" release --handle net1.c1 --yes --dry-run
	says "$T/out" "2 addresses to release"
	says "$T/err" "1 blocks cannot be read, and were passed over; one at key $ipam/assignment/ipv4/block/10.86.0.128-28"
	exits 1 "$CTL" release --handle net1.c1 --yes
	says "$T/out" "2 addresses released"
	says "$T/err" "one at key $ipam/assignment/ipv4/block/10.86.0.128-28"
	exits 1 "$CTL" release --handle net1.c1 --yes
	says "$T/err" "nothing was found in the blocks that can be read; 1 cannot, one at key $ipam/assignment/ipv4/block/10.86.0.128-28"
	drop /calico/resources/v3/projectcalico.org/nodes/node-1
	exits 1 "$CTL" release --node node-1 --yes
	says "$T/out" "2 addresses released"
	says "$T/err" "1 blocks cannot be read, and were passed over"
	for words in release reclaim; do
		exits 1 "$CTL" $words --node node-1 --yes
		says "$T/err" "one at key $ipam/assignment/ipv4/block/10.86.0.128-28"
	done
	drop $ipam/assignment/ipv4/block/10.86.0.128-28
	exits 0 "$CTL" node create node-1
	clean
}

# The report calls c1 unused, for the namespace that the cache names is not there.
is_gone() {
	echo '{"kind":"cniCacheV1","netns":"'"$T/gone"'"}' >"$T/cache/net1-$1-eth0"
}

check_reports() {
	exits "$1" "$CTL" check --cni-cache "$T/cache" --node node-1 --report "$2"
}

# As if what the plugin has just assigned had been assigned years ago.
age_allocations() {
	for key in $(keys $ipam/assignment/); do
		put "$key" "$(value "$key" | sed 's/"timestamp":"20[0-9]*-/"timestamp":"2020-/g')"
	done
}

reports() {
	plugin ADD c1
	plugin ADD c2
	age_allocations
	is_gone c1
	touch "$T/cache/net1-c2-eth0"
	check_reports 6 "$T/a.json"
	exits 0 "$CTL" release --from-report "$T/a.json" --dry-run
	says "$T/out" "2 addresses to release"
	# The same addresses, given to another container since.
	plugin DEL c1
	four=$(sed -n 's/^"\(10[0-9.]*\)":.*net1\.c1".*/\1/p' "$T/a.json")
	CNI_ARGS="IP=$four" plugin ADD c3
	exits 4 "$CTL" release --from-report "$T/a.json" --yes
	says "$T/out" "0 addresses released"
	says "$T/out" "changed since"
	exits 0 "$CTL" show --ip "$four" -o json
	has handle '"net1.c3"'
	plugin DEL c3
	plugin DEL c2
	rm "$T/cache/net1-c1-eth0" "$T/cache/net1-c2-eth0"
	in_use 0 0
	clean
}

rules() {
	plugin ADD c1
	age_allocations
	is_gone c1
	put $ipam/handle/net1.gone '{"block":{},"deleted":false}'
	put $cluster '{"kind":"ClusterInformation","spec":{"clusterGUID":"aaaa","datastoreReady":true}}'
	check_reports 6 "$T/open.json"
	exits 4 "$CTL" release --from-report "$T/open.json" --yes
	says "$T/err" "datastore was not locked"
	sed 's/"datastoreLocked":false/"datastoreLocked":true/' "$T/open.json" >"$T/claimed.json"
	exits 4 "$CTL" release --from-report "$T/claimed.json" --yes
	says "$T/err" "data store is not locked. Either lock the data store"
	put $cluster '{"kind":"ClusterInformation","spec":{"clusterGUID":"aaaa","datastoreReady":false}}'
	exits 4 "$CTL" release --from-report "$T/open.json" --force --yes
	says "$T/err" "the provided reports are all stale - at least one should be up-to-date"
	check_reports 6 "$T/a.json"
	sed 's/"clusterGUID":"aaaa"/"clusterGUID":"bbbb"/' "$T/a.json" >"$T/other.json"
	exits 4 "$CTL" release --from-report "$T/other.json" --force --yes
	says "$T/err" "cluster does not match the provided report ($T/other.json): mismatched cluster GUID"
	sed 's/"version":"[^"]*"/"version":"v3.30.0"/' "$T/a.json" >"$T/version.json"
	exits 4 "$CTL" release --from-report "$T/version.json" --yes
	says "$T/err" "the provided report ($T/version.json) was produced using a different version"
	sed 's/"inUse":false/"inUse":true/' "$T/a.json" >"$T/used.json"
	exits 0 "$CTL" release --from-report "$T/a.json" --from-report "$T/used.json" --dry-run
	says "$T/out" "0 addresses to release, 1 leaked handles"
	put $cluster '{"kind":"ClusterInformation","spec":{"clusterGUID":"aaaa","datastoreReady":false,"clusterType":"x"}}'
	check_reports 6 "$T/b.json"
	exits 0 "$CTL" release --from-report "$T/a.json" --from-report "$T/b.json" --yes
	says "$T/out" "2 addresses released, 1 leaked handles deleted"
	clean
	in_use 0 0
}

job() {
	rm -rf "$T/cache" && mkdir -p "$T/cache"
	plugin_uses ''
	exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/24 --block-size 28
	exits 0 "$CTL" pool create v6 --cidr fd86::/64
	exits 0 "$CTL" node create node-1
	by_address
	by_handle
	by_node
	unreadable
	this_machine
	reports
	rules
}

over_each_store job
