# SPDX-License-Identifier: Apache-2.0
# With prefix "block" each block has a gateway and edges that nobody is given: counted and
# shown as reserved by every command, so that what is free is what an ADD can have.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"
. "$SOURCE/tests/ctl/stores.inc.sh"

configure() {
	cat >"$T/stdin.json" <<-CONF
	{"cniVersion": "1.0.0", "name": "net1", "type": "ptp", "nodename": "node-1",
	 "ipam_lock_file": "$T/lock",
	 "ipam": {"type": "calico-ipam", "assign_ipv4": "true", "assign_ipv6": "true",
	          $1}}
	CONF
}

fill() {
	for i in $(seq 5); do
		plugin ADD "c$i"
	done
	says "$T/result" '"gateway": "10.86.0.1"'
}

pool_numbers() {
	exits 0 "$CTL" show
	is "$T/out" <<-END
	POOL  CIDR          TOTAL  IN-USE  USE  RESERVED  COOLING  FREE  STATE
	v4    10.86.0.0/28     16       5  31%         6        0     5  enabled
	v6    fd86::/120      256       5   1%         8        0   243  enabled
	END
	exits 0 "$CTL" show --blocks
	says "$T/out" '  10.86.0.0/29      8       5  62%         3        0     0  -        host:node-1'
	says "$T/out" '  fd86::80/122     64       5   7%         2        0    57  -        host:node-1'
	exits 0 "$CTL" metrics --no-check
	says "$T/out" 'calico_ipam_pool_addresses{pool="v4",cidr="10.86.0.0/28",family="4",state="reserved"} 6'
	says "$T/out" 'calico_ipam_pool_addresses{pool="v4",cidr="10.86.0.0/28",family="4",state="free"} 5'
	exits 0 "$CTL" map "$T/map.html"
	says "$T/map.html" '"eth0","net1.c5"]],[[0,2],[7,1]]]'
}

# state ADDRESS STATE
state() {
	exits 0 "$CTL" show --ip "$1" -o json
	has state "\"$2\""
}

addresses() {
	state 10.86.0.0 reserved
	state 10.86.0.1 reserved
	state 10.86.0.7 reserved
	state 10.86.0.2 assigned
	state fd86::1 reserved
	state fd86::3f free
	# The same holds of a block that nobody has claimed yet.
	state 10.86.0.8 reserved
	state 10.86.0.9 reserved
	state 10.86.0.10 free
	state 10.86.0.15 reserved
	has reservation '"calico-ipam-gateway-v4"'
}

reservations() {
	exits 0 "$CTL" reservation list
	says "$T/out" '0, 1 and 7 of each /29 block'
	says "$T/out" '0 and 1 of each /122 block'
	exits 0 "$CTL" reservation list -o json
	says "$T/out" '"calico-ipam/blocks": "first"'
	put /calico/resources/v3/projectcalico.org/ipreservations/calico-ipam-gateway-gone \
		'{"kind":"IPReservation","metadata":{"name":"calico-ipam-gateway-gone","annotations":{"calico-ipam/blocks":"edges"}},"spec":{"reservedCIDRs":["10.99.0.1/32"]}}'
	exits 0 "$CTL" reservation list
	says "$T/out" '10.99.0.1/32; of each block: edges'
}

refused_add() {
	CNI_COMMAND=ADD CNI_CONTAINERID=$1 CNI_IFNAME=eth0 CNI_NETNS=$T/no CNI_PATH=/opt/cni/bin \
		"$PLUGIN" <"$T/stdin.json" >"$T/result" || return 0
	fail "$1 has an address: $(cat "$T/result")"
}

# What is free is what can be had, to the last address; and the error blames no container.
to_the_last() {
	for i in 6 7 8 9 10; do
		plugin ADD "c$i"
	done
	exits 0 "$CTL" show
	says "$T/out" 'v4    10.86.0.0/28     16      10  62%         6        0     0  enabled'
	refused_add c11
	says "$T/result" 'No IPs available in pools: [10.86.0.0/28]'
	! grep -q 'a container holds' "$T/result" || fail "$(cat "$T/result")"
}

blames_who_holds_it() {
	exits 0 "$CTL" pool create one --cidr 10.87.0.0/29 --block-size 29
	configure '"ipv4_pools": ["one"], "gateway": []'
	CNI_ARGS=IP=10.87.0.1 plugin ADD holder
	configure '"ipv4_pools": ["one"], "gateway": "first"'
	refused_add c12
	says "$T/result" 'a block whose first usable address a container holds'
	exits 0 "$CTL" pool delete one --force --yes
}

job() {
	configure '"gateway": "first"'
	exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/28 --block-size 29
	exits 0 "$CTL" pool create v6 --cidr fd86::/120
	exits 0 "$CTL" node create node-1
	fill
	pool_numbers
	addresses
	reservations
	to_the_last
	blames_who_holds_it
}

over_each_store job
