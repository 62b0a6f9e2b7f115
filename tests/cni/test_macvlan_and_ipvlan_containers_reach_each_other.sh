# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/cni.inc.sh"
. "$SOURCE/tests/store.inc.sh"

want_cnitool
ip link add up0 type veth peer name up1
ip link set up0 up
ip link set up1 up

network 10-net1.conflist 1.0.0 net1 '"type": "macvlan", "master": "up0"' '"prefix": "pool"'
two_containers net1
take_away net1

ip netns del one
ip netns del two
if ip link add probe0 link up0 type ipvlan 2>/dev/null; then
	ip link del probe0
	network 10-net1.conflist 1.0.0 net1 '"type": "ipvlan", "master": "up0"' '"prefix": "pool"'
	two_containers net1
	take_away net1
else
	echo "LEFT OUT: the ipvlan half, this kernel has no ipvlan" >&2
fi
