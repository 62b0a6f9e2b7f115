# SPDX-License-Identifier: Apache-2.0
# Each dnsmasq that is killed is back, one that hangs is ended and started anew, and guests keep
# and renew what they have.
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
vm s1 fa:16:3e:00:56:01 $NETWORK_SIX 2001:db8:56::11
keep d1 10.50.0.11 2001:db8:50::11
is_served s1 6 10000 2001:db8:56::11

another_serves() {
	another=$(dnsmasq_of "$1")
	[ "$another" != "$2" ] && kill -0 "$another"
}

for round in 1 2 3; do
	killed=$(dnsmasq_of $NETWORK_DUAL)
	kill -9 "$killed" "$(dnsmasq_of $NETWORK_SIX)"
	within 40 another_serves $NETWORK_DUAL "$killed"
done
say "killed three times, and back each time"
is_served d1 4 3000 10.50.0.11
is_served s1 6 3000 2001:db8:56::11
[ "$(dnsmasqs)" = 2 ] || fail "$(dnsmasqs) dnsmasqs run for 2 networks"

# It has answered once before it hangs: the agent asks each seven seconds. The other one has so much to do that it
# answers late, up to six seconds.
hung=$(dnsmasq_of $NETWORK_DUAL)
other=$(dnsmasq_of $NETWORK_SIX)
busy() {
	while kill -STOP "$other"; do
		sleep 6
		kill -CONT "$other"
		sleep 0.2
	done
}
sleep 10
busy 2>/dev/null &
busy=$!
kill -STOP "$hung"
within 280 another_serves $NETWORK_DUAL "$hung"
say "one that hangs was ended, and another one started"
sleep 4
kill $busy
kill -CONT "$other"
is_served d1 4 3000 10.50.0.11
[ "$(dnsmasq_of $NETWORK_SIX)" = "$other" ] || fail "a dnsmasq that did not hang was ended"
[ "$(dnsmasqs)" = 2 ] || fail "$(dnsmasqs) dnsmasqs run for 2 networks"
kept
stop_agent
