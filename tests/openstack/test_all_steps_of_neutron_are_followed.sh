# SPDX-License-Identifier: Apache-2.0
# Neutron's 39 recorded steps, one after the other in a real etcd, under a running agent and
# real dnsmasqs: after each all is served as golden/NN.txt has it.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/openstack/agent.inc.sh"

want_agent
start_etcd
configure
start_agent

before=0
for number in $(seq 1 39); do
	taps_of_step "$number"
	step "$before" "$number"
	name=$(printf '%02d' "$number")
	tries=60
	until is_served_as_golden "$name"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || {
			golden "$name" | diff - "$T/served" >&2 || true
			tail -n 20 "$T/agent.log" >&2
			fail "after step $name something else is served"
		}
		sleep 0.1
	done
	before=$number
done
say "39 steps, $(metric dnsmasq_starts_total) starts, $(metric dnsmasq_reloads_total) reloads"

for network in "$CONFS"/*; do
	ip addr show dev "$(cat "$network/interface")" >>"$T/addresses"
done
grep -q '2001:db8:a::/64 scope global' "$T/addresses" || fail "the gateway of 2001:db8:a::/64 is on no device"
grep -q 'inet 10.28.0.1/24 brd 10.28.0.255' "$T/addresses" || fail "10.28.0.1 is on no device"
ip -4 route show proto kernel | grep -q 'dev ns-' && fail "a device brought a route to its subnet"

say "a restarted agent takes over what runs"
pids=$(cat "$CONFS"/*/pid)
stop_agent
[ "$(dnsmasqs)" = 6 ] || fail "a dnsmasq ended with the agent"
start_agent
within 50 grep -c 'dnsmasq reads its files again' "$T/agent.log"
sleep 1
[ "$pids" = "$(cat "$CONFS"/*/pid)" ] || fail "a dnsmasq was started anew for nothing"

say "all goes with the records"
step 39 0
nothing_is_left() {
	[ -z "$(ls "$CONFS")" ] && [ "$(dnsmasqs)" = 0 ]
}
within 50 nothing_is_left
ip -o link | grep 'ns-' && fail "a device is left"
stop_agent
