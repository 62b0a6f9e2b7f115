# SPDX-License-Identifier: Apache-2.0
# In the places of a network's files: FIFOs, links that lead nowhere, and what is larger than any
# of them can be. All is removed, and told; dnsmasq, which would wait for a FIFO, meets none. A
# lease file that tells of one address again and again, and a limit below the number of addresses,
# keep dnsmasq from its start no more.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/openstack/agent.inc.sh"
. "$SOURCE/tests/openstack/guests.inc.sh"

want_agent
start_etcd
configure
sed -i 's/^dns_domain/dnsmasq_lease_max = 1\n&/' "$T/agent.conf"
network=92000000-0000-4000-8000-000000000000 folder=$CONFS/92000000-0000-4000-8000-000000000000
subnet 92000000-0000-4000-8000-000000000004 $network 10.92.0.0/24 10.92.0.1
subnet 92000000-0000-4000-8000-000000000006 $network 2001:db8:92::/127 2001:db8:92:: "$STATEFUL"
vm d1 fa:16:3e:00:92:01 $network 10.92.0.11 2001:db8:92::1
vm d2 fa:16:3e:00:92:02 $network 10.92.0.12

mkdir -p "$folder"
mkfifo "$folder/leases" "$folder/opts"
ln -s host "$folder/host"
truncate -s 9M "$folder/addn_hosts"
mkfifo "$folder/taps"
start_agent
within 100 test -s "$folder/pid"
for file in leases opts host addn_hosts taps; do
	[ -f "$folder/$file" ] && [ ! -L "$folder/$file" ] || fail "$file is no file"
	grep -q "is removed .*path=\"$folder/$file\"" "$T/agent.log" || fail "it is not told what was in the place of $file"
done
grep -q '10\.92\.0\.12' "$folder/host" || fail "the host file does not have d2"
say "what was in the places of five files is gone, and the network served"

stop_agent
kill "$(dnsmasq_of $network)"
is_gone() {
	[ "$(dnsmasqs)" = 0 ]
}
within 50 is_gone
rm "$folder/pid"
for iaid in 1 2 3 4 5 6 7 8; do
	echo "1996061503 $iaid 2001:db8:92::1 d1 00:01:02:03"
done >>"$folder/leases"
start_agent
within 100 test -s "$folder/pid"
kill -0 "$(dnsmasq_of $network)" || fail "dnsmasq does not run"
[ "$(grep -c 2001:db8:92::1 "$folder/leases")" = 1 ] || fail "the lease file has not one lease of the address: $(cat "$folder/leases")"
say "of an address with eight leases one stays, and dnsmasq starts"

rm "$folder/opts"
mkdir "$folder/opts"
kill -HUP $agent
within 100 grep -q "$folder/opts is a folder: move it away" "$T/agent.log"
stop_agent
say "a folder in a file's place is told by its name, and stays"
