# SPDX-License-Identifier: Apache-2.0
# A network's device is a dummy, an ifb or a veth, whichever the kernel has, and each serves; one that
# was left half made, or down, does too.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/openstack/agent.inc.sh"
. "$SOURCE/tests/openstack/guests.inc.sh"
. "$SOURCE/tests/openstack/faults.inc.sh"

want_agent
start_etcd
configure
neutron
device=ns-50000000-00
make() {
	status=0
	"$BUILD/tests/device" "$1" $device 1400 || status=$?
}

# served N: the agent begins with the device as it is, and serves a guest over both families.
served() {
	start_agent
	vm "d$1" "fa:16:3e:00:50:$1" $NETWORK_DUAL "10.50.0.$1" "2001:db8:50::$1"
	is_served "d$1" 4 10000 "10.50.0.$1"
	is_served "d$1" 6 10000 "2001:db8:50::$1"
	ip link show $device | grep -q 'UP,LOWER_UP.* mtu 1500' || fail "the device is down: $(ip link show $device)"
	unplug "d$1"
	forget_vm "d$1"
	nothing_left() {
		[ "$(dnsmasqs)" = 0 ] && ! ip link show $device
	}
	within 50 nothing_left
	stop_agent
}

number=11
for kind in dummy ifb veth; do
	make $kind
	[ $status != 3 ] || continue
	[ $status = 0 ] || fail "a $kind is not made: status $status"
	ip -d link show $device >"$T/device"
	grep -q 'mtu 1400' "$T/device" && grep -q 'link/ether 02:00:00:00:00:00' "$T/device" ||
		fail "another device than was wanted: $(cat "$T/device")"
	make $kind
	[ $status = 4 ] || fail "a $kind that is there is made again: status $status"
	served $number
	kinds="${kinds:-} $kind" number=$((number + 1))
done
case $kinds in
*veth) ;;
*) fail "no veth" ;;
esac
ip -o link show type veth | grep -v to-outside && fail "an end of a veth is left"
ip link add $device type veth peer name ps-50000000-00
served $number
say "made and served over:$kinds, and one that was left down"
