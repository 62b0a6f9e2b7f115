# SPDX-License-Identifier: Apache-2.0
# The document's two cases, dual stack and IPv6 only, and slaac: real DHCP clients behind taps,
# real dnsmasqs that the agent starts, and each guest reaches the others and the outside. They renew
# what they have after agent and dnsmasq were killed.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/openstack/agent.inc.sh"
. "$SOURCE/tests/openstack/guests.inc.sh"

want_guests
start_etcd
configure
sed -i 's/^dns_domain/dhcp_renewal_time = 3\ndhcp_rebinding_time = 5\n&/' "$T/agent.conf"
neutron
# All but slaac twice is served as stateful.
stateless=52000000-0000-4000-8000-000000000000 single=53000000-0000-4000-8000-000000000000
subnet 52000000-0000-4000-8000-000000000006 $stateless 2001:db8:52::/64 2001:db8:52:: \
	'"ipv6_ra_mode": "dhcpv6-stateless", "ipv6_address_mode": "dhcpv6-stateless"'
subnet 53000000-0000-4000-8000-000000000006 $single 2001:db8:53::/64 2001:db8:53:: '"ipv6_ra_mode": "slaac"'
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
vm m1 fa:16:3e:00:52:01 $stateless 2001:db8:52::11
vm m2 fa:16:3e:00:53:01 $single 2001:db8:53::11
within 100 test -e "$CONFS/$NETWORK_AUTO/pid"

run_networkd d1
run_dhcpcd d2
run_dhclient d3
run_dhclient d4
# It asks by DHCPv6 where the advertisement says so, as openstack guest --check has it.
run_networkd s1 ipv4
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

# told NAME VARIABLE=VALUE: by dhcpcd, which may be writing it just then.
told() {
	in_guest "$1" dhcpcd -U eth0 2>/dev/null | tr -d "'" | grep -q "$2$"
}
within_or_log d2 50 told d2 domain_name_servers=192.0.2.53
within_or_log d2 50 told d2 interface_mtu=1500
within_or_log s2 50 told s2 dhcp6_name_servers=2001:db8:56::
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
for guest in d4 s1 a1 m1 m2; do
	discover "$guest"
	[ "$(field "$guest" On-link)" = No ] || fail "$guest is told that its subnet is on its link"
done
for pair in s1/2001:db8:56:: m1/2001:db8:52:: m2/2001:db8:53::; do
	guest=${pair%/*} prefix=${pair#*/}
	[ "$(field $guest 'Stateful address conf.')" = Yes ] || fail "$guest is not told to ask for an address"
	[ "$(field $guest 'Autonomous address conf.')" = No ] || fail "$guest is told to make an address"
	[ "$(field $guest Prefix)" = "$prefix/64" ] || fail "$guest is advertised another prefix"
	[ "$(field $guest 'Recursive DNS server')" = "$prefix" ] || fail "$guest is told another nameserver"
done
[ "$(field a1 'Stateful address conf.')" = No ] || fail "a1 is told to ask for an address"
[ "$(field a1 'Autonomous address conf.')" = Yes ] || fail "a1 is not told to make its address"
[ "$(field a1 Prefix)" = 2001:db8:51::/64 ] || fail "a1 is advertised another prefix"
say "router advertisements have the flags of their modes"

# said NAME WORDS: how often its client has said so.
said() {
	cat "$T/guest/$1".log* | grep -c -e "$2" || true
}
# says_again NAME WORDS COUNT: more often than so.
says_again() {
	[ "$(said "$1" "$2")" -gt "$3" ]
}
# dhclient renews an IPv4 lease after three seconds, asking the address that gave it, and after five anybody; this
# IPv6 lease at once. dhcpcd does when it is told to.
acks=$(said d3 '^DHCPACK') renews=$(said d2 'hooks RE\(NEW\|BIND\)$') renews6=$(said d2 'hooks RE\(NEW\|BIND\)6$')
kill -9 "$(cat "$T/guest/d3.pid6")" || fail "no dhclient -6 in d3"
sed -i 's/renew [0-9]*;/renew 1;/' "$T/guest/d3.leases6"
killed=$(dnsmasq_of $NETWORK_DUAL)
kill -9 $agent "$killed"
wait $agent || true
start_agent
is_back() {
	[ "$(dnsmasq_of $NETWORK_DUAL)" != "$killed" ] && kill -0 "$(dnsmasq_of $NETWORK_DUAL)"
}
within 100 is_back
in_guest d3 dhclient -6 -d -pf "$T/guest/d3.pid6" -lf "$T/guest/d3.leases6" eth0 >"$T/guest/d3.log6" 2>&1 &
in_guest d2 dhcpcd -N eth0 || fail "dhcpcd in d2 is not there"
within_or_log d3 100 says_again d3 '^DHCPACK' "$acks"
within_or_log d3 100 grep -q '^XMT: Forming Renew' "$T/guest/d3.log6"
within_or_log d3 100 grep -q '^RCV:  | X-- t1' "$T/guest/d3.log6"
within_or_log d2 150 says_again d2 'hooks RE\(NEW\|BIND\)$' "$renews"
renews_ipv6() {
	says_again d2 'hooks RE\(NEW\|BIND\)6$' "$renews6" || { in_guest d2 dhcpcd -N eth0 && sleep 1; false; }
}
within_or_log d2 25 renews_ipv6
for guest in d1 d2 d3 d4; do
	[ "$(said $guest 'DHCPNAK\|NAK:\|hooks \(NAK\|EXPIRE\|FAIL\|EXPIRE6\)\|NoBinding')" = 0 ] || fail "$guest was refused what it has"
done
for pair in d2/10.50.0.12/24 d2/2001:db8:50::12/128 d3/10.50.0.13/24 d3/2001:db8:50::13/128; do
	has_address "${pair%%/*}" "${pair#*/}" || fail "${pair%%/*} has not $pair any more"
done
say "dhclient and dhcpcd renew over both families, of a dnsmasq that was killed with its agent"
stop_agent
