# SPDX-License-Identifier: Apache-2.0
# The document's two cases, dual stack and IPv6 only, and slaac: real DHCP clients behind taps,
# real dnsmasqs that the agent starts, and each guest reaches the others and the outside.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/openstack/agent.inc.sh"
. "$SOURCE/tests/openstack/guests.inc.sh"

want_guests
start_etcd
configure
neutron
host_routes
start_agent

vm d1 fa:16:3e:00:50:01 $NETWORK_DUAL 10.50.0.11 2001:db8:50::11
vm d2 fa:16:3e:00:50:02 $NETWORK_DUAL 10.50.0.12 2001:db8:50::12
vm d3 fa:16:3e:00:50:03 $NETWORK_DUAL 10.50.0.13 2001:db8:50::13
vm d4 fa:16:3e:00:50:04 $NETWORK_DUAL 10.50.0.14
vm s1 fa:16:3e:00:56:01 $NETWORK_SIX 2001:db8:56::11
vm s2 fa:16:3e:00:56:02 $NETWORK_SIX 2001:db8:56::12
vm a1 fa:16:3e:00:51:01 $NETWORK_AUTO 10.51.0.11 2001:db8:51:0:f816:3eff:fe00:5101
vm a2 fa:16:3e:00:51:02 $NETWORK_AUTO 10.51.0.12 2001:db8:51:0:f816:3eff:fe00:5102
within 100 test -e "$CONFS/$NETWORK_AUTO/pid"

run_networkd d1
run_dhcpcd d2
run_dhclient d3
run_dhclient d4
run_networkd s1
run_dhcpcd s2
run_dhcpcd a1
# A guest that has the kernel make its address, as many images do.
in_guest a2 dhclient -4 -d -pf "$T/guest/a2.pid" -lf "$T/guest/a2.leases" eth0 >"$T/guest/a2.log" 2>&1 &

for pair in d1/10.50.0.11 d2/10.50.0.12 d3/10.50.0.13 d4/10.50.0.14; do
	within_or_log "${pair%/*}" 300 has_address "${pair%/*}" "${pair#*/}/24"
done
for pair in d1/2001:db8:50::11 d2/2001:db8:50::12 d3/2001:db8:50::13 s1/2001:db8:56::11 s2/2001:db8:56::12; do
	within_or_log "${pair%/*}" 300 has_address "${pair%/*}" "${pair#*/}/128"
done
within_or_log a1 300 has_address a1 10.51.0.11/24
within_or_log a1 300 has_address a1 2001:db8:51:0:f816:3eff:fe00:5101/64
within_or_log a2 300 has_address a2 2001:db8:51:0:f816:3eff:fe00:5102/64
say "each guest has its addresses, IPv6 ones as /128"

ip -n d4 -6 addr show dev eth0 scope global | grep -q inet6 && fail "an IPv4 guest has an IPv6 address"

for guest in d1 d2 d3 s1 s2 a1 a2; do
	ip -n "$guest" -6 route show default | grep -q 'via fe80' || fail "$guest has no IPv6 default route"
done

for to in 10.50.0.12 10.50.0.13 10.50.0.14 10.51.0.11 198.51.100.2 2001:db8:50::12 2001:db8:50::13 \
	2001:db8:56::11 2001:db8:51:0:f816:3eff:fe00:5101 2001:db8:ffff::2; do
	within_or_log d1 50 reaches d1 "$to"
done
within_or_log s1 50 reaches s1 2001:db8:56::12
within_or_log s2 50 reaches s2 2001:db8:ffff::2
# With Calico's agent these two do not.
within_or_log a1 50 reaches a1 2001:db8:51:0:f816:3eff:fe00:5102
within_or_log a2 50 reaches a2 2001:db8:51:0:f816:3eff:fe00:5101
within_or_log a2 50 reaches a2 10.51.0.11
say "guests reach each other, across networks and the outside, over both families"

# told NAME: what dhcpcd was told, as variables.
told() {
	in_guest "$1" dhcpcd -U eth0 2>/dev/null | tr -d "'"
}
told d2 | grep -qx 'domain_name_servers=192.0.2.53' || fail "d2 was told no nameserver"
told d2 | grep -qx interface_mtu=1500 || fail "d2 was not told its MTU"
told s2 | grep -q 'dhcp6_name_servers=2001:db8:56::$' || { told s2 >&2; fail "s2 was told no nameserver that it reaches"; }
echo 'nameserver 2001:db8:56::' >"$T/guest/s2/resolv.conf"
within_or_log s2 50 in_guest s2 getent ahostsv6 host-2001-db8-56--11.vms.example.org
say "names are answered at the address that guests were told"

# discover NAME: the router advertisement that the guest is sent.
discover() {
	ip netns exec "$1" rdisc6 -1 -r 5 eth0 >"$T/ra.$1" || fail "$1 is advertised no router"
}
field() {
	sed -n "s/^ *$2 *: *\([^ ]*\).*/\1/p" "$T/ra.$1"
}
for guest in d4 s1 a1; do
	discover "$guest"
	[ "$(field "$guest" On-link)" = No ] || fail "$guest is told that its subnet is on its link"
done
[ "$(field s1 'Stateful address conf.')" = Yes ] || fail "s1 is not told to ask for an address"
[ "$(field s1 'Autonomous address conf.')" = No ] || fail "s1 is told to make an address"
[ "$(field s1 'Recursive DNS server')" = 2001:db8:56:: ] || fail "s1 is told another nameserver"
[ "$(field a1 'Stateful address conf.')" = No ] || fail "a1 is told to ask for an address"
[ "$(field a1 'Autonomous address conf.')" = Yes ] || fail "a1 is not told to make its address"
[ "$(field a1 Prefix)" = 2001:db8:51::/64 ] || fail "a1 is advertised another prefix"
say "router advertisements have the flags of their modes"
stop_agent
