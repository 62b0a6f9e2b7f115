# SPDX-License-Identifier: Apache-2.0
# Etcd is killed, compacted behind the agent's back, paused, and cut off in the midst of its answers:
# guests keep and renew what they have, and what was written meanwhile is served once it is back.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/openstack/agent.inc.sh"
. "$SOURCE/tests/openstack/guests.inc.sh"
. "$SOURCE/tests/openstack/faults.inc.sh"

want_agent
start_etcd
configure "etcd_port = 2378"
through_a_cutter 1000000000 1000000000
neutron
start_agent
vm d1 fa:16:3e:00:50:01 $NETWORK_DUAL 10.50.0.11 2001:db8:50::11
keep d1 10.50.0.11 2001:db8:50::11

say "killed, and back after ten seconds"
kill_etcd
sleep 10
start_etcd
vm d2 fa:16:3e:00:50:02 $NETWORK_DUAL 10.50.0.12 2001:db8:50::12
is_served d2 4 4000 10.50.0.12
is_served d2 6 4000 2001:db8:50::12

say "unreachable while records are written, go, and are compacted; killed besides"
end_cutter
vm d3 fa:16:3e:00:50:03 $NETWORK_DUAL 10.50.0.13
forget_vm d2
etcd_ctl compact "$(etcd_ctl get / -w fields | awk '/"Revision"/ { print $3 }')" >/dev/null
kill_etcd
start_etcd
vm s1 fa:16:3e:00:56:01 $NETWORK_SIX 2001:db8:56::11
through_a_cutter 1000000000 1000000000
is_served d3 4 4000 10.50.0.13
is_served s1 6 4000 2001:db8:56::11
guest d2 4 gone 4000 >/dev/null || fail "d2 is served still"
grep -q tapd2 "$CONFS"/*/host && fail "d2 is in a host file still"

# Longer than from one question whether etcd is there to the next.
say "paused; a dnsmasq that dies meanwhile is back soon"
kill -STOP "$(pid_of_etcd)"
another_dnsmasq() {
	[ "$(dnsmasq_of "$1")" != "$2" ]
}
for round in 1 2 3 4 5 6 7; do
	before=$(dnsmasq_of $NETWORK_DUAL)
	kill -9 "$before"
	within 30 another_dnsmasq $NETWORK_DUAL "$before"
	sleep 1.5
done
kill -CONT "$(pid_of_etcd)"
vm s2 fa:16:3e:00:56:02 $NETWORK_SIX 2001:db8:56::12
is_served s2 6 10000 2001:db8:56::12

say "each answer is cut off somewhere"
end_cutter
through_a_cutter 100 20000
vm d4 fa:16:3e:00:50:04 $NETWORK_DUAL 10.50.0.14
forget_vm d3
is_served d4 4 15000 10.50.0.14
guest d3 4 gone 15000 >/dev/null || fail "d3 is served still"
kept
stop_agent
