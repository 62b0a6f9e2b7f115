# SPDX-License-Identifier: Apache-2.0
# Pools with their five numbers, blocks, borrowed addresses, one address, one node, one
# handle; and a block that cannot be read stops nothing.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"
. "$SOURCE/tests/ctl/stores.inc.sh"

block4=/calico/ipam/v2/assignment/ipv4/block
# node-1 holds .1 of its own block, node-2 borrows .2, and .3 cools down.
entry() {
	echo "{\"handle_id\":\"net1.$1\",\"secondary\":{\"ifname\":\"eth0\",\"namespace\":\"web\",\"network\":\"net1\",\"node\":\"$2\",\"pod\":\"pod-$1\",\"timestamp\":\"2026-08-22 10:00:00 +0000 UTC\"}}"
}

numbers() {
	exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/24 --block-size 30
	exits 0 "$CTL" pool create v6 --cidr fd86::/64
	put /calico/resources/v3/projectcalico.org/ipreservations/r \
		'{"kind":"IPReservation","metadata":{"name":"r"},"spec":{"reservedCIDRs":["10.86.0.0/29","10.86.0.2","10.86.0.128/25","fd86::/65"]}}'
	put $block4/10.86.0.0-30 "{\"cidr\":\"10.86.0.0/30\",\"affinity\":\"host:node-1\",\"allocations\":[null,0,1,2],\"unallocated\":[0],\"attributes\":[$(entry c1 node-1),$(entry c2 node-2),{\"releasedAt\":\"2026-08-22T10:00:00Z\"}],\"sequenceNumber\":7,\"sequenceNumberForAllocation\":{\"1\":5,\"2\":6,\"3\":6},\"deleted\":false}"
	exits 0 "$CTL" show
	is "$T/out" <<-END
	POOL  CIDR                         TOTAL  IN-USE  USE             RESERVED  COOLING                 FREE  STATE
	v4    10.86.0.0/24                   256       2  <1%                  133        1                  120  enabled
	v6    fd86::/64     18446744073709551616       0   0%  9223372036854775808        0  9223372036854775808  enabled
	END
	silent "$T/err"
	exits 0 "$CTL" show --blocks
	says "$T/out" '  10.86.0.0/30                     4       2  50%                    1        1                    0  -        host:node-1'
}

holders() {
	exits 0 "$CTL" show --borrowed -o wide
	sed -i 's/AGE *SINCE/AGE  SINCE/; s/  [0-9]*d  */  AGED  /' "$T/out"
	is "$T/out" <<-END
	ADDRESS    STATE     NODE    POD         IFNAME  AGE  SINCE                 HANDLE
	10.86.0.2  assigned  node-2  web/pod-c2  eth0    AGED  2026-08-22T10:00:00Z  net1.c2
	END
	exits 0 "$CTL" show --borrowed
	! grep -q net1.c2 "$T/out" || fail "the handle is shown where nobody asked for more"
	exits 0 "$CTL" show --node node-1 -o json
	has address '"10.86.0.1"'
	exits 0 "$CTL" show --handle net1.c2 -o json
	has address '"10.86.0.2"'
	exits 0 "$CTL" show --ip 10.86.0.2
	is "$T/out" <<-END
	FIELD           VALUE
	address         10.86.0.2
	state           assigned
	reservation     r
	pool            v4
	block           10.86.0.0/30
	affinity        host:node-1
	handle          net1.c2
	node            node-2
	namespace       web
	pod             pod-c2
	network         net1
	ifname          eth0
	since           2026-08-22T10:00:00Z
	borrowed        yes
	sequenceNumber  6
	END
	exits 0 "$CTL" show --ip 10.86.0.3 -o json
	has state '"cooling"'
	exits 0 "$CTL" show --ip 10.86.0.130 -o json
	has state '"reserved"'
	has reservation '"r"'
	exits 0 "$CTL" show --ip 10.86.0.64 -o json
	has state '"free"'
	exits 0 "$CTL" show --ip 192.0.2.1 -o json
	has state '"in no pool"'
	exits 2 "$CTL" show --ip ten
	says "$T/err" '"ten" is not an address'
}

# A name that nobody bears is no empty answer; a node that has nothing is one.
absent() {
	exits 3 "$CTL" show --handle nosuch
	says "$T/err" 'no address is held by handle "nosuch"'
	silent "$T/out"
	exits 3 "$CTL" show --node nosuch -o json
	says "$T/err" 'nothing in this store is of node "nosuch"'
	exits 3 "$CTL" show --node nosuch --blocks
	exits 3 "$CTL" show --node node-1 --handle net1.c2
	exits 0 "$CTL" show --node node-1 --borrowed -o json
	has address ''
	exits 0 "$CTL" node create idle
	exits 0 "$CTL" show --node idle
	is "$T/out" <<-END
	ADDRESS  STATE  NODE  POD  IFNAME  AGE
	END
}

unreadable() {
	put $block4/10.86.0.4-30 '{"cidr":'
	exits 0 "$CTL" show -o json
	has unreadableBlocks 1
	has inUse '2 0'
	says "$T/err" "not counted: failed to parse datastore entry key=$block4/10.86.0.4-30"
}

job() {
	numbers
	holders
	absent
	unreadable
}

over_each_store job
