# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/cni.inc.sh"
. "$SOURCE/tests/store.inc.sh"

# Each container is given a network device of its own, plugged into one bridge.
device() {
	ip link add "dev-$1" type veth peer name "port-$1"
	ip link set "port-$1" master wall0 up
	network "$1.conflist" 1.0.0 "net-$1" "\"type\": \"host-device\", \"device\": \"dev-$1\"" '"prefix": "pool"'
}

want_cnitool
ip link add wall0 type bridge
ip link set wall0 up
for name in one two; do
	device $name
	container $name
	attach net-$name $name
	check net-$name $name
done
reach_each_other one two
holds 4
for name in one two; do
	detach net-$name $name
done
holds 0
