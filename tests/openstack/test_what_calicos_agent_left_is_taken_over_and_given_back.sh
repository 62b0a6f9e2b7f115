# SPDX-License-Identifier: Apache-2.0
# A dnsmasq as Calico's agent started it (its recorded command line and files) is taken over under a
# guest that renews all the time, with its server id and leases; and given back: the same command
# line, over the files as they are then, serves that guest on. One whose command line is as it is to
# be runs on, and its devices are the ones that serve.
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

# Another network, all of which is as it is to be.
six=69559d34-fd66-4b73-adb8-cead2de967b7
recorded_six=$SOURCE/tests/openstack/dnsmasq/2-end/v6
mkdir "$CONFS/$six"
cp "$recorded_six/host" "$recorded_six/addn_hosts" "$recorded_six/opts" "$recorded_six/interface" "$CONFS/$six"
awk -v until=$(($(date +%s) + 80000)) '$1 != "duid" { $1 = until } 1' "$recorded_six/leases" >"$CONFS/$six/leases"
ip link add ns-69559d34-fd type dummy 2>/dev/null || ip link add ns-69559d34-fd type ifb
ip link set ns-69559d34-fd up
ip addr add fd00:6::/64 dev ns-69559d34-fd nodad noprefixroute
tap tap29f6a140-db
xargs -d '\n' -a "$recorded_six/cmdline" env
within 50 test -s "$CONFS/$six/pid"
theirs_six=$(dnsmasq_of $six)
device_of() {
	ip -o link show "$1" | sed 's/:.*//'
}
device=$(device_of ns-d1afef68-ed) device_six=$(device_of ns-69559d34-fd)

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
within 50 grep -q "dnsmasq taken over network=\"$six\" pid=$theirs_six" "$T/agent.log"
[ "$(dnsmasq_of $six)" = "$theirs_six" ] && kill -0 "$theirs_six" || fail "one that is as it is to be was started anew"
grep -q ' fd00:6::112 .* 00:01:00:01:32:9d:a6:71:fa:16:3e:6c:cf:92$' "$CONFS/$six/leases" || fail "its lease is gone"
for folder in "$SOURCE"/tests/openstack/dnsmasq/2-end/*/; do
	cat "$folder/interface"
	echo
done | sort >"$T/recorded.devices"
ip -o link | sed -n 's/^[0-9]*: \(ns-[^:@]*\).*/\1/p' | sort | cmp -s - "$T/recorded.devices" || fail "other devices serve"
[ "$(device_of ns-d1afef68-ed)" = "$device" ] && [ "$(device_of ns-69559d34-fd)" = "$device_six" ] ||
	fail "a device was made anew"
say "taken over, with its server id and its leases; one that is as it is to be runs on"

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
