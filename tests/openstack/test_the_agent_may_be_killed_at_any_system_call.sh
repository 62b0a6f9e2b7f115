# SPDX-License-Identifier: Apache-2.0
# The agent is killed at its system calls, before and after, while it takes over what runs and makes
# of it what the store now wants. Then another one begins: each time all is served as it is to be,
# by one dnsmasq a network, the files are whole, and guests keep and renew what they have.
#
#	KILLED_POINTS=2000	at so many of its calls, and not only 20
[ -n "${SANDBOX:-}" ] || [ -z "${KILLED_POINTS:-}" ] || export SANDBOX_SECONDS=36000
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
keep d1 10.50.0.11 2001:db8:50::11
is_served d2 6 10000 2001:db8:50::12 0
vm d3 fa:16:3e:00:50:03 $NETWORK_DUAL 10.50.0.13
vm s1 fa:16:3e:00:56:01 $NETWORK_SIX 2001:db8:56::11
vm a1 fa:16:3e:00:51:01 $NETWORK_AUTO 10.51.0.11 2001:db8:51:0:f816:3eff:fe00:5101

# One way, and back: d2 is built anew in both. In the first s1's network goes, a1's comes, d3 goes.
key_of() {
	echo "/calico/resources/v3/projectcalico.org/workloadendpoints/openstack/compute--1-openstack-vm$1-port$1"
}
for name in d3 s1 a1; do
	etcd_ctl get --print-value-only "$(key_of $name)" >"$T/record.$name"
done
come() {
	put "$(key_of "$1")" "$(cat "$T/record.$1")"
}
there() {
	forget_vm a1
	come d3
	come s1
}
back() {
	forget_vm d3
	forget_vm s1
	come a1
}

is_whole() {
	print_served >"$T/now" 2>/dev/null
	cmp -s "$T/now" "$T/wanted.$1"
}
is_settled() {
	is_whole "$1" && [ "$(dnsmasqs)" = 2 ]
}

# What is wanted, from an agent that nobody disturbs.
learn() {
	"$1"
	sleep 1.5
	print_served >"$T/wanted.$1"
}
learn there
learn back
[ "$(grep -c === "$T/wanted.back")" = 2 ] || fail "other networks than two are served"
[ "$(grep -c === "$T/wanted.there")" = 2 ] || fail "other networks than two are served"
stop_agent

# killed WAY CALL before|after: what became of it is in $where; the next agent makes it good.
round=0
killed() {
	round=$((round + 1))
	$1
	rebuild d2 fa:16:3e:00:50:02
	where=$("$KILLED_AT" "$2" "$3" 2 "$AGENT" --config-file "$T/agent.conf") || fail "$where"
	start_agent
	within 60 is_settled "$1"
	is_served d2 6 5000 2001:db8:50::12 $round
	within 20 is_settled "$1"
	find "$CONFS" -type f -size 0 | grep . && fail "killed $3 call $2, $where: a file is empty"
	kill -9 $agent
	wait $agent 2>/dev/null || true
}

killed there 1000000 before
calls=${where#- of }
points=${KILLED_POINTS:-20} met=0
for point in $(seq 0 $((points - 1))); do
	way=back moment=before
	[ $((point % 2)) = 0 ] || way=there
	[ $((point % 4)) -lt 2 ] || moment=after
	killed $way $((point * calls / points)) $moment
	case $where in -*) ;; *) met=$((met + 1)) ;; esac
done
say "killed at $met of $calls system calls"
[ "$met" -ge $((points * 3 / 4)) ] || fail "only $met calls were met"
kept
