# SPDX-License-Identifier: Apache-2.0
# An endpoint that goes, a VM that is built anew, an address that moves to another port, and a CIDR
# that another network uses: each served as it is now, and no lease of before stands in its way.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/openstack/agent.inc.sh"
. "$SOURCE/tests/openstack/guests.inc.sh"
. "$SOURCE/tests/openstack/faults.inc.sh"

want_agent
start_etcd
configure
neutron
start_agent
vm d1 fa:16:3e:00:50:01 $NETWORK_DUAL 10.50.0.11 2001:db8:50::11
vm d2 fa:16:3e:00:50:02 $NETWORK_DUAL 10.50.0.12 2001:db8:50::12
vm d3 fa:16:3e:00:50:03 $NETWORK_DUAL 10.50.0.13 2001:db8:50::13
is_served d1 4 10000 10.50.0.11
is_served d1 6 10000 2001:db8:50::11
is_served d2 4 10000 10.50.0.12
is_served d2 6 10000 2001:db8:50::12 first
is_served d3 6 10000 2001:db8:50::13

say "a VM is built anew, and has another DUID"
rebuild d2 fa:16:3e:00:50:02
is_served d2 6 10000 2001:db8:50::12 second

say "the same while no agent runs"
stop_agent
rebuild d2 fa:16:3e:00:50:02
start_agent
is_served d2 6 10000 2001:db8:50::12 third

say "an address moves to another port, whose taps stay, in two changes and in one"
# change_addresses NAME ADDRESSES: those of its record.
change_addresses() {
	etcd_ctl get --print-value-only "$(endpoint_key "$1")" |
		sed "s|\"ipNetworks\": \[[^]]*\]|\"ipNetworks\": [$2]|" >"$T/record"
	put "$(endpoint_key "$1")" "$(cat "$T/record")"
}
endpoint_key() {
	echo "/calico/resources/v3/projectcalico.org/workloadendpoints/openstack/compute--1-openstack-vm$1-port$1"
}
# told MAC ADDRESS: dnsmasq has been told that it is that port's.
told() {
	told_tries=0
	until awk -v mac="$1" -v address="$2" 'index($0, mac) && index($0, address) { found = 1 } END { exit !found }' \
		"$CONFS/$NETWORK_DUAL/host"; do
		told_tries=$((told_tries + 1))
		[ "$told_tries" -lt 100 ] || fail "$2 is not $1's: $(cat "$CONFS/$NETWORK_DUAL/host")"
		sleep 0.1
	done
	sleep 0.5
}
change_addresses d3 '"10.50.0.13/32"'
sleep 0.5
change_addresses d2 '"10.50.0.12/32", "2001:db8:50::13/128"'
told fa:16:3e:00:50:02 2001:db8:50::13
is_served d2 6 10000 2001:db8:50::13 third
change_addresses d1 '"10.50.0.12/32", "2001:db8:50::11/128"'
change_addresses d2 '"10.50.0.11/32", "2001:db8:50::13/128"'
told fa:16:3e:00:50:02 10.50.0.11
is_served d1 4 10000 10.50.0.12
is_served d2 4 10000 10.50.0.11

say "an endpoint goes"
forget_vm d2
guest d2 4 gone 3000 >/dev/null || fail "d2 is served still"

say "its CIDR is used again by another network"
forget_vm d1
forget_vm d3
etcd_ctl del /calico/dhcp/v2/no-region/subnet/50000000-0000-4000-8000-000000000004 >/dev/null
etcd_ctl del /calico/dhcp/v2/no-region/subnet/50000000-0000-4000-8000-000000000006 >/dev/null
again=5a000000-0000-4000-8000-000000000000
subnet 5a000000-0000-4000-8000-000000000004 $again 10.50.0.0/24 10.50.0.1
subnet 5a000000-0000-4000-8000-000000000006 $again 2001:db8:50::/64 2001:db8:50:: "$STATEFUL"
vm n1 fa:16:3e:00:5a:01 $again 10.50.0.11 2001:db8:50::11
is_served n1 4 5000 10.50.0.11
is_served n1 6 5000 2001:db8:50::11
[ "$(dnsmasqs)" = 1 ] || fail "$(dnsmasqs) dnsmasqs run for 1 network"

# Debian 12's dnsmasq dies of SIGHUP once it has served a guest with a tag: each agent sees it once.
deaths=$(grep -c 'dnsmasq has ended' "$T/agent.log") || true
[ "$deaths" -le 2 ] || fail "$deaths dnsmasqs died of what two agents told them"
stop_agent
