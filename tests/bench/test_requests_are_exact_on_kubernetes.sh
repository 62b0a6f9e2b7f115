# SPDX-License-Identifier: Apache-2.0
# The bench runs on an API server, small, and what it counts there is what was promised: requests, rounds,
# writes, memory. Times mean nothing here: other tests run beside it.

# The release is built before the sandbox, which has no network; see tests/release.
. "$SOURCE/tests/release/release.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/kubernetes/cluster.inc.sh"

want_kubernetes
command -v jq >/dev/null || skip "no jq"

sh "$SOURCE/tests/bench/bench.sh" --kubernetes --small --plugin "$PLUGIN" --ctl "$CTL" --work "$T/bench" \
	--figures "$T/figures" >"$T/table" 2>"$T/said" || {
	cat "$T/said" >&2
	fail "the bench"
}
cat "$T/table"

figure() {
	figure_value=$(sed -n "s/^$1	//p" "$T/figures")
	[ -n "$figure_value" ] || fail "no figure $1"
	echo "$figure_value"
}

# at_most NAME VALUE
at_most() {
	[ "$(figure "$1")" -le "$2" ] || fail "$1 is $(figure "$1"), more than $2"
	say "$1 is $(figure "$1"), at most $2"
}

at_most requests.kube_add 9
at_most rounds.kube_add 2
at_most writes.kube_add 3
at_most requests.kube_del 9
at_most rounds.kube_del 4
at_most writes.kube_del 4
at_most kib.kube 8192
at_most kib.kube-del 8192
# The floor sends as much as we do, within what headers make of it.
[ $(($(figure sent.kube_floor) * 100)) -ge $(($(figure sent.kube_add) * 90)) ] || fail "the floor sends less"
[ $(($(figure sent.kube_floor) * 100)) -le $(($(figure sent.kube_add) * 110)) ] || fail "the floor sends more"
grep -q 'warm ADD : floor' "$T/table" || fail "the table is not whole"
