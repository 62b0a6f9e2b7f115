# SPDX-License-Identifier: Apache-2.0
# --once before the agent, as docs/OPENSTACK.md 3 has it. dnsmasq reads all of it as a user of its own, whatever root's
# umask is, and what an earlier run wrote is mended. A lease of an address that is another port's now is known by the
# old host file: where no dnsmasq runs it goes with it, else both stay until the agent has ended that.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/openstack/agent.inc.sh"
. "$SOURCE/tests/openstack/guests.inc.sh"

want_agent
start_etcd
configure
neutron
folder=$CONFS/$NETWORK_DUAL
leased=2001:db8:50::11
lease="$(($(date +%s) + 80000)) 4660 $leased * 00:01:00:01:32:9d:a6:01:fe:16:3e:00:50:01"
vm d1 fa:16:3e:00:50:01 $NETWORK_DUAL 10.50.0.11 $leased

# once UMASK
once() {
	(umask "$1" && "$AGENT" --config-file "$T/agent.conf" --once) >"$T/once" 2>"$T/once.log" || fail "--once failed: $(cat "$T/once.log")"
}

are_readable() {
	[ "$(stat -c %a "$CONFS" "$folder" | sort -u)" = 755 ] || fail "folders: $(stat -c '%a %n' "$CONFS" "$folder")"
	[ "$(cd "$folder" && stat -c %a host opts addn_hosts interface | sort -u)" = 644 ] || fail "files: $(ls -l "$folder")"
}

once 077
are_readable
once 027
! grep ^network "$T/once" || fail "a second time something changed"
for wrong in 700 750; do
	chmod "$wrong" "$CONFS" "$folder"
	chmod 640 "$folder/host" "$folder/opts"
	once 077
	are_readable
	grep -qx "network $NETWORK_DUAL: host" "$T/once" || fail "what was mended is not told: $(cat "$T/once")"
done
say "readable whatever the umask is"

# What lies there wrong is the agent's to mend too, and dnsmasq learns of it.
chmod 700 "$folder"
chmod 600 "$folder/host" "$folder/opts" "$folder/addn_hosts"
(umask 077 && exec "$AGENT" --config-file "$T/agent.conf" >>"$T/agent.log" 2>&1) &
agent=$!
within 50 test -s "$folder/pid"
are_readable
stop_agent
say "and mended by the agent"

is_gone() {
	[ "$(dnsmasqs)" = 0 ]
}
end_dnsmasq() {
	kill "$(dnsmasq_of $NETWORK_DUAL)"
	within 50 is_gone
	rm "$folder/pid"
}

# Without a dnsmasq.
end_dnsmasq
echo "$lease" >>"$folder/leases"
once 022
grep -q " $leased " "$folder/leases" || fail "a lease that may stay has gone: $(cat "$folder/leases")"
port d1 fa:16:3e:00:50:01 $NETWORK_DUAL 10.50.0.11
vm d2 fa:16:3e:00:50:02 $NETWORK_DUAL 10.50.0.12 $leased
once 022
grep -q "^fa:16:3e:00:50:02,.*$leased" "$folder/host" || fail "the host file does not have d2: $(cat "$folder/host")"
! grep " $leased " "$folder/leases" || fail "the lease of another port stays"
grep -q "^duid " "$folder/leases" || fail "the duid has gone"
say "the lease goes"

# With one: which has it.
echo "$lease" >>"$folder/leases"
start_agent
within 50 test -s "$folder/pid"
grep -q " $leased " "$folder/leases" || fail "d2's lease has gone"
stop_agent
port d2 fa:16:3e:00:50:02 $NETWORK_DUAL 10.50.0.12
port d1 fa:16:3e:00:50:01 $NETWORK_DUAL 10.50.0.11 $leased
cp "$folder/host" "$T/host"
for time in first second; do
	once 022
	grep -qx "network $NETWORK_DUAL: host, which the agent writes: a lease must end before" "$T/once" || fail "$time: it is not told: $(cat "$T/once")"
	cmp -s "$folder/host" "$T/host" || fail "$time: by what a lease is judged has gone"
	grep -q " $leased " "$folder/leases" || fail "$time: the lease file of a dnsmasq that runs was written"
done
start_agent
is_served() {
	grep -q "^fa:16:3e:00:50:01,.*$leased" "$folder/host" && [ "$(dnsmasqs)" = 1 ] && ! grep -q " $leased " "$folder/leases"
}
within 50 is_served
sleep 1
is_served || fail "the lease came again: $(cat "$folder/leases")"
stop_agent
say "the agent ends it"
