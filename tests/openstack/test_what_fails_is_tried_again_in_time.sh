# SPDX-License-Identifier: Apache-2.0
# A dnsmasq that ends whenever it is started is not started all the time, and is back soon
# after; addresses that change hands are free at once; an etcd that is away is in the metrics,
# and a dnsmasq that ends meanwhile is back.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/openstack/agent.inc.sh"
. "$SOURCE/tests/openstack/guests.inc.sh"

want_agent
start_etcd
etcd=$!
configure
neutron
start_agent
vm d1 fa:16:3e:00:50:01 $NETWORK_DUAL 10.50.0.11 2001:db8:50::11
vm d2 fa:16:3e:00:50:02 $NETWORK_DUAL 10.50.0.12 2001:db8:50::12
within 50 grep -q 10.50.0.12 "$CONFS/$NETWORK_DUAL/host"
sleep 1

is_back() {
	[ "$(dnsmasqs)" = 1 ] && kill -0 "$(dnsmasq_of $NETWORK_DUAL)"
}

before=$(metric dnsmasq_starts_total) begun=$(date +%s)
for i in $(seq 1 150); do
	kill -9 "$(dnsmasq_of $NETWORK_DUAL)" 2>/dev/null || true
	sleep 0.02
done
within 25 is_back
sleep 0.2
starts=$(($(metric dnsmasq_starts_total) - before))
seconds=$(($(date +%s) - begun))
[ "$starts" -le $((seconds + 3)) ] || fail "$starts starts within $seconds s"
say "$starts starts of one that was killed all the time, within $seconds s"

# What guests that have gone on another way left: leases that they hold.
stop_agent
kill "$(dnsmasq_of $NETWORK_DUAL)"
for last in 11 12; do
	echo "9999999999 10556601$last 2001:db8:50::$last host 00:01:00:01:32:9d:a7:e3:fa:16:3e:00:50:$last"
done >>"$CONFS/$NETWORK_DUAL/leases"
start_agent
within 50 is_back
[ "$(grep -c 10556601 "$CONFS/$NETWORK_DUAL/leases")" = 2 ] || fail "leases of a restarted agent are lost"
sleep 4
port d1 fa:16:3e:00:50:01 $NETWORK_DUAL 10.50.0.11 2001:db8:50::12
port d2 fa:16:3e:00:50:02 $NETWORK_DUAL 10.50.0.12 2001:db8:50::11
are_free() {
	! grep 10556601 "$CONFS/$NETWORK_DUAL/leases"
}
within 50 are_free
within 50 is_back
say "addresses that two ports have exchanged are held by no lease"

connected() {
	[ "$(metric store_connected)" = "$1" ]
}
within 50 connected 1
sleep 4
kill -9 "$etcd"
within 100 connected 0
kill -9 "$(dnsmasq_of $NETWORK_DUAL)"
within 20 is_back
start_etcd
etcd=$!
within 100 connected 1

kill -STOP "$etcd"
within 250 connected 0
for i in $(seq 1 24); do
	connected 0 || fail "an etcd that hangs is taken for one that answers"
	sleep 0.5
done
kill -CONT "$etcd"
within 100 connected 1
say "an etcd that is away or hangs is in the metrics"
stop_agent
