# SPDX-License-Identifier: Apache-2.0
# A dnsmasq as Calico's agent started it (its recorded command line and files) is taken over under a
# guest that renews all the time, with its server id and leases; and given back: the same command
# line, over the files as they are then, serves that guest on.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/openstack/agent.inc.sh"
. "$SOURCE/tests/openstack/guests.inc.sh"
. "$SOURCE/tests/openstack/faults.inc.sh"

want_agent
CONFS=/var/lib/neutron/dhcp	# as in the recorded command line
start_etcd
configure
sed -i 's,^state_path = .*,state_path = /var/lib/neutron,' "$T/agent.conf"
step 0 39
recorded=$SOURCE/tests/openstack/dnsmasq/2-end/dual
network=d1afef68-edaf-43d2-b1a7-0d326cd22f5f
mkdir -p "$CONFS/$network"
cp "$recorded/host" "$recorded/addn_hosts" "$recorded/opts" "$recorded/interface" "$CONFS/$network"
# Those that have not ended today, but for that of the guest's port, who has another DUID.
awk -v until=$(($(date +%s) + 80000)) '$1 != "duid" { $1 = until } $3 != "2001:db8:a::1010"' \
	"$recorded/leases" >"$CONFS/$network/leases"

ip link add ns-d1afef68-ed type dummy 2>/dev/null || ip link add ns-d1afef68-ed type ifb
ip link set ns-d1afef68-ed up
ip addr add 10.28.0.1/24 dev ns-d1afef68-ed noprefixroute
ip addr add 2001:db8:a::/64 dev ns-d1afef68-ed nodad noprefixroute
for name in $(sed -n 's/^--interface=\(tap.*\)/\1/p' "$recorded/cmdline"); do
	[ "$name" = tapfacff401-22 ] || tap "$name"
done
guest=facff401-22
# The arguments are lines.
start_theirs() {
	xargs -d '\n' -a "$recorded/cmdline" env
}
boot $guest fa:16:3e:ec:18:9a
ip route add 10.28.0.10/32 dev tap$guest
start_theirs
keep $guest 10.28.0.10 2001:db8:a::1010
within 50 grep -q ' 2001:db8:a::1010 ' "$CONFS/$network/leases"
theirs=$(dnsmasq_of $network)

start_agent
has_networks() {
	[ "$(dnsmasqs)" = 6 ] && [ "$(dnsmasq_of $network)" != "$theirs" ]
}
within 100 has_networks
grep -q "dnsmasq taken over network=\"$network\" pid=$theirs" "$T/agent.log" || fail "it was not taken over"
sleep 1
has_leases() {
	grep -qx 'duid 00:01:00:01:32:9d:a6:01:fe:16:3e:ec:18:9a' "$CONFS/$network/leases" || fail "another duid"
	[ "$(grep -c '^duid' "$CONFS/$network/leases")" = 1 ] || fail "not one duid"
	for address in 10.28.0.10 10.28.0.75 2001:db8:a::1010 2001:db8:a::195 2001:db8:a::3d5; do
		grep -q " $address " "$CONFS/$network/leases" || fail "the lease of $address is gone"
	done
}
has_leases
say "taken over, with its server id and its leases"

stop_agent
ours=$(dnsmasq_of $network)
kill "$ours"
within 50 test ! -e "/proc/$ours/exe"
start_theirs
sleep 2
[ "$(dnsmasq_of $network)" != "$ours" ] || fail "it did not start"
has_leases
kept
for family in 4 6; do
	read -r address renewals silence <"$T/keep.$guest.$family"
	[ "$renewals" -gt 20 ] && [ "$silence" -lt 3000 ] || fail "$address: $renewals renewals, $silence ms without"
done
say "given back, and the guest renewed all the time"
