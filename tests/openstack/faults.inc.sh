# SPDX-License-Identifier: Apache-2.0
# Sourced after guests.inc.sh: guests that ask and renew all the time (tests/openstack/guest.c),
# and stores that can be cut off.

GUEST=$BUILD/tests/guest
CUTTER=$BUILD/tests/cutter
KILLED_AT=$BUILD/tests/killed_at
keepers=

now_ms() {
	date +%s%3N
}

# guest NAME 4|6 VERB LIMIT_MS [DUID]
guest() {
	guest_namespace=$1
	shift
	ip netns exec "$guest_namespace" "$GUEST" eth0 "$@"
}

# is_served NAME 4|6 LIMIT_MS ADDRESS [DUID]
is_served() {
	is_served_got=$(guest "$1" "$2" take "$3" ${5:+"$5"}) || {
		tail -n 15 "$T/agent.log" >&2
		fail "$1 is not served $4"
	}
	[ "${is_served_got% *}" = "$4" ] || fail "$1 was given ${is_served_got% *}, not $4"
}

# keep NAME IPV4 [IPV6]: this guest has its addresses, and renews them ten times a second until
# kept(), which fails if it was refused one of them once.
keep() {
	is_served "$1" 4 10000 "$2"
	ip -n "$1" addr replace "$2/24" dev eth0
	ip netns exec "$1" "$GUEST" eth0 4 keep 10000 >"$T/keep.$1.4" 2>&1 &
	keepers="$keepers $!/$1.4"
	[ -n "${3:-}" ] || return 0
	ip netns exec "$1" "$GUEST" eth0 6 keep 10000 >"$T/keep.$1.6" 2>&1 &
	keepers="$keepers $!/$1.6"
}

kept() {
	for keeper in $keepers; do
		kill "${keeper%%/*}" 2>/dev/null || true
		wait "${keeper%%/*}" || fail "${keeper#*/}: $(cat "$T/keep.${keeper#*/}")"
		say "${keeper#*/} (address, renewals, longest silence in ms): $(cat "$T/keep.${keeper#*/}")"
	done
	keepers=
}

unplug() {
	ip link del "tap$1"
}

# The endpoint's record goes.
forget_vm() {
	etcd_ctl del "/calico/resources/v3/projectcalico.org/workloadendpoints/openstack/compute--1-openstack-vm$1-port$1" >/dev/null
}

# The VM is built anew on the same port: the same MAC and record, another tap and another DUID.
rebuild() {
	unplug "$1"
	boot "$1" "$2"
}

# etcd is behind a cutter at port 2378, which the agent uses.
through_a_cutter() {
	setsid "$CUTTER" 2378 2379 "$1" "$2" &
	cutter=$!
}

end_cutter() {
	kill -9 "-$cutter"
	wait "$cutter" 2>/dev/null || true
}

pid_of_etcd() {
	ps -eo pid=,comm= | awk '$2 == "etcd" { print $1 }'
}

kill_etcd() {
	killed_etcd=$(pid_of_etcd)
	kill -9 "$killed_etcd"
	wait "$killed_etcd" || true
}
