# SPDX-License-Identifier: Apache-2.0
# Sourced by the tests that do the same over each store: pools, nodes, numbers.

. "$SOURCE/tests/ctl/manifests.inc.sh"

# The node; elsewhere it may be another's to make.
make_the_node() {
	exits 0 "$CTL" node create node-1 --label rack=1
}

make_the_node_twice() {
	exits 4 "$CTL" node create node-1
	says "$T/err" 'resource already exists: Node(node-1)'
}

# pool_labelled LABELS WORD: a manifest with these labels, and what applying it says.
pool_labelled() {
	cat >"$T/labelled.yaml" <<-END
	apiVersion: projectcalico.org/v3
	kind: IPPool
	metadata: {name: v4, labels: $1}
	spec: {cidr: 10.86.0.0/24}
	END
	exits 0 "$CTL" apply -f "$T/labelled.yaml"
	is "$T/out" <<-END
	ippool/v4 $2
	END
}

main_job() {
	exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/24 --block-size 28
	is "$T/out" <<-END
	pool v4 created
	END
	exits 0 "$CTL" pool create v6 --cidr fd86::/48
	make_the_node
	exits 0 "$CTL" pool list
	is "$T/out" <<-END
	NAME  CIDR          BLOCKS  STATE    MODE       NAT  IPIP   VXLAN  USES               SELECTOR
	v4    10.86.0.0/24     /28  enabled  Automatic  no   Never  Never  [Workload Tunnel]  all()
	v6    fd86::/48       /122  enabled  Automatic  no   Never  Never  [Workload Tunnel]  all()
	END
	silent "$T/err"

	exits 4 "$CTL" pool create v4 --cidr 10.99.0.0/16
	says "$T/err" 'resource already exists: IPPool(v4)'
	silent "$T/out"
	exits 4 "$CTL" pool create other --cidr 10.86.0.128/25
	says "$T/err" 'CIDR overlaps with IPPool(v4) CIDR 10.86.0.0/24'
	make_the_node_twice

	exits 0 "$CTL" node list
	says "$T/out" rack=1
	exits 0 "$CTL" node list -o json
	has kind '"Node"'
	has rack '"1"'
	has status '{}'

	goes_round
	exits 0 "$CTL" get ippool v4 -o yaml
	sed 's/cidr:/natOutgoing: true\n  cidr:/' "$T/out" >"$T/pool.yaml"
	exits 6 "$CTL" diff -f "$T/pool.yaml"
	says "$T/out" '+  natOutgoing: true'
	exits 0 "$CTL" apply -f "$T/pool.yaml"
	is "$T/out" <<-END
	ippool/v4 configured
	END
	exits 4 "$CTL" apply -f "$T/pool.yaml"
	says "$T/err" 'update conflict: IPPool(v4)'
	exits 0 "$CTL" pool update v4 --nat-outgoing false

	pool_labelled '{team: net, site: a}' configured
	pool_labelled '{team: net}' configured
	pool_labelled '{team: net}' unchanged
	pool_labelled '{}' configured
	pool_labelled '{}' unchanged

	plugin ADD first
	plugin ADD second
	exits 0 "$CTL" show
	is "$T/out" <<-END
	POOL  CIDR                              TOTAL  IN-USE  USE  RESERVED  COOLING                       FREE  STATE
	v4    10.86.0.0/24                        256       2  <1%         0        0                        254  enabled
	v6    fd86::/48     1208925819614629174706176       2  <1%         0        0  1208925819614629174706174  enabled
	END
	exits 0 "$CTL" show --blocks
	[ "$(grep -c host:node-1 "$T/out")" = 2 ] || fail "show --blocks has no row for each of two blocks"
	exits 0 "$CTL" show --blocks --addresses -o json
	has name '"v4" "v6"'
	has blockCount '1 1'
	has pool '"v4" "v6"'
	has total '256 1208925819614629174706176 16 64'
	has inUse '2 2 2 2'
	has free '254 1208925819614629174706174 14 62'
	has affinity '"host:node-1" "host:node-1"'
	has state '"enabled" "enabled" "assigned" "assigned" "assigned" "assigned"'
	has node '"node-1" "node-1" "node-1" "node-1"'
	has ifname '"eth0" "eth0" "eth0" "eth0"'
	[ "$(grep -c '"handle": "net1.first"' "$T/out")" = 2 ] || fail "the handle of the first container"

	exits 4 "$CTL" pool delete v4
	says "$T/err" "2 addresses of 10.86.0.0/24 are in use"
	exits 0 "$CTL" pool delete v4 --force --yes
	says "$T/out" "pool v4 deleted"
	says "$T/out" "2 addresses of 10.86.0.0/24 remain allocated"
	exits 0 "$CTL" show --blocks -o json
	has pool '"v6" null'
	has affinity '"host:node-1" null'
	plugin DEL first
	plugin DEL second
	exits 0 "$CTL" pool delete v6 -o json --yes
	has deleted '"v6"'
	has deletedBlocks 1
	has allocated 0
	exits 0 "$CTL" show --blocks
	is "$T/out" <<-END
	POOL  CIDR  TOTAL  IN-USE  USE  RESERVED  COOLING  FREE  STATE  AFFINITY
	END
	exits 3 "$CTL" pool delete v6
	says "$T/err" 'resource does not exist: IPPool(v6)'
}
