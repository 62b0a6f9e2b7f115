# SPDX-License-Identifier: Apache-2.0
# Sourced after pods.inc.sh: pods of both families and of one, thirty at once, services that are
# killed meanwhile, and a node that loses its power.

some_run() {
	[ "$(pods_by_phase Running)" -ge 5 ]
}

some_are_gone() {
	[ "$(kubectl get pods -n default -o name | wc -l)" -le 25 ]
}

# Their containers run once more, in sandboxes with other addresses.
have_started_again() {
	[ "$(kubectl get pods -n default -o 'jsonpath={range .items[*]}{.status.containerStatuses[0].restartCount}{" "}{.status.containerStatuses[0].ready}{"\n"}{end}' |
		grep -c '^[1-9].* true$')" = "$1" ]
}

# What the cluster tells of its pods is what the store says they hold; the runtime's cache is not asked.
pods_have_what_they_hold() {
	[ "$pods_store" = kubernetes ] || return 0
	make_allocations_old
	ctl check --endpoints --node elsewhere >"$T/check" || fail "calico-ipamctl check: $(cat "$T/check")"
	grep -q "compared with the $1 that have" "$T/check" || fail "not $1 pods: $(cat "$T/check")"
}

say "both families, then one alone"
pods both
in_time 30 run_pods 1
has_addresses both 4 6
holds 2
network true false
kill_services
start_services
pods four
in_time 30 run_pods 2
has_addresses four 4
network false true
kill_services
start_services
pods six
in_time 30 run_pods 3
has_addresses six 6
holds 4
delete_pods
holds_soon 0

say "thirty at once, and both services killed while they come and while they go"
network true true
kill_services
start_services
pods $(seq -f 'many-%g' 30)
in_time 30 some_run
kill_services
start_services
in_time 60 run_pods 30
no_address_twice 60
holds_soon 60
pods_have_what_they_hold 30
kubectl delete pods -n default --all --wait=false >/dev/null
in_time 30 some_are_gone
kill_services
start_services
in_time 60 are_no_pods
holds_soon 0

say "the power is cut"
pods $(seq -f 'after-%g' 5)
in_time 30 run_pods 5
no_address_twice 10
cut_power
start_services
in_time 60 have_started_again 5
no_address_twice 10
holds_soon 10
delete_pods
holds_soon 0
ctl check >"$T/check" || {
	cat "$T/check" >&2
	fail "calico-ipamctl check"
}
[ -z "$(ip -o link show type veth | grep -v 'uplink\|world')" ] || fail "interfaces are left: $(ip -o link show type veth)"
