# SPDX-License-Identifier: Apache-2.0
# What hangs, or is in its way, keeps the agent from nothing else: a store as it begins, a dnsmasq
# that does not end, another network with the same gateway. It looks at what changes alone, and as the
# first process of a container it leaves no dead ones.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/openstack/agent.inc.sh"
. "$SOURCE/tests/openstack/guests.inc.sh"
. "$SOURCE/tests/openstack/faults.inc.sh"

want_agent
start_etcd
configure
neutron

etcd=$(pid_of_etcd)
kill -STOP "$etcd"
start_agent
within 50 grep -q 'agent has started' "$T/agent.log"
sleep 0.5
before=$(now_ms)
stop_agent
took=$(($(now_ms) - before))
kill -CONT "$etcd"
[ "$took" -lt 1000 ] || fail "it ended $took ms after SIGTERM, while the store hung"
say "while the store hangs SIGTERM ends it within $took ms"

unshare -p -f --kill-child --mount-proc "$AGENT" --config-file "$T/agent.conf" >>"$T/agent.log" 2>&1 &
agent=$!
vm d1 fa:16:3e:00:50:01 $NETWORK_DUAL 10.50.0.11 2001:db8:50::11
vm s1 fa:16:3e:00:56:01 $NETWORK_SIX 2001:db8:56::11
is_served d1 4 10000 10.50.0.11
is_served s1 6 10000 2001:db8:56::11
inner=$(ps -o pid= --ppid "$agent" | tr -d ' ')
dnsmasqs_of_it() {
	ps -o pid=,stat=,comm= --ppid "$inner" | awk '$3 == "dnsmasq" { print $1, $2 }'
}
dnsmasqs_of_it | grep -q . || fail "as the first process it has no dnsmasq for its child"
kill -9 $(dnsmasqs_of_it | sed 's/ .*//')
sleep 1
two_live() {
	[ "$(dnsmasqs_of_it | grep -vc Z)" = 2 ] && ! dnsmasqs_of_it | grep Z
}
within 50 two_live
say "as the first process it reaps what it did not start"
kill -9 "$inner"
wait $agent || true

: >"$T/agent.log"
start_agent
started() {
	grep -n "dnsmasq started network=\"$1\"" "$T/agent.log" | tail -n 1 | sed 's/:.*//' | grep .
}
within 50 started $NETWORK_DUAL
within 50 started $NETWORK_SIX
sleep 1
hung=$(dnsmasq_of $NETWORK_DUAL)
: >"$T/agent.log"
kill -STOP "$hung"
vm d2 fa:16:3e:00:50:02 $NETWORK_DUAL 10.50.0.12
vm s2 fa:16:3e:00:56:02 $NETWORK_SIX 2001:db8:56::12
within 100 started $NETWORK_DUAL
within 100 started $NETWORK_SIX
[ "$(started $NETWORK_SIX)" -lt "$(started $NETWORK_DUAL)" ] ||
	fail "a network waited for another one's dnsmasq, which did not end"
[ ! -e "/proc/$hung/exe" ] || fail "one that hangs was left"
is_served d2 4 5000 10.50.0.12
is_served s2 6 5000 2001:db8:56::12
say "while one that hangs is ended, another network is served"

sleep 2.5
mv "$CONFS/$NETWORK_SIX/host" "$T/host"
mkdir "$CONFS/$NETWORK_SIX/host"
: >"$T/agent.log"
vm d3 fa:16:3e:00:50:03 $NETWORK_DUAL 10.50.0.13
is_served d3 4 5000 10.50.0.13
grep "$NETWORK_SIX" "$T/agent.log" && fail "files of a network that did not change are looked at"
rmdir "$CONFS/$NETWORK_SIX/host"
mv "$T/host" "$CONFS/$NETWORK_SIX/host"
ip link del ns-56000000-00
within 30 ip link show ns-56000000-00
is_served s1 6 5000 2001:db8:56::11
say "only what changes is looked at, and a device that went is there again"

twin=5b000000-0000-4000-8000-000000000000
first=$(dnsmasq_of $NETWORK_DUAL)
subnet 5b000000-0000-4000-8000-000000000004 $twin 10.50.0.0/24 10.50.0.1
vm t1 fa:16:3e:00:5b:01 $twin 10.50.0.99
within 50 grep -q "its gateway 10.50.0.1 is that of network $NETWORK_DUAL, which is served" "$T/agent.log"
[ "$(dnsmasq_of $NETWORK_DUAL)" = "$first" ] && kill -0 "$first" || fail "the network that was served is disturbed"
for name in d1 d2 d3; do
	forget_vm $name
done
is_served t1 4 15000 10.50.0.99
say "of two networks with one gateway the second is told, and served once the first has gone"
stop_agent
