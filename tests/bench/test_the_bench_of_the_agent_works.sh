# SPDX-License-Identifier: Apache-2.0
# The bench of calico-dhcp-agent runs, small: each row of its table has its figure, the memory is within its bar,
# and an agent that is idle asks etcd next to nothing. Times mean nothing here: other tests run beside it.

# The release is built before the sandbox, which has no network; see tests/release.
. "$SOURCE/tests/release/release.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/openstack/agent.inc.sh"

want_agent
command -v openssl >/dev/null || skip "no openssl"
BENCH_SMALL=1 BUILD=$DEVELOPED sh "$SOURCE/tests/bench/openstack.sh" "$SOURCE/build/release/openstack/calico-dhcp-agent" \
	>"$T/rows" 2>"$T/said" || {
	cat "$T/said" >&2
	fail "the bench"
}
cat "$T/rows"

time_form='[0-9]*\.[0-9]* s\(, at most [0-9]*\.[0-9]* s\)\{0,1\}$'
for what in '12 endpoints, 3 networks, from' 'endpoint put -> served' 'the same over IPv6' 'each of 3 puts' \
	'endpoint deleted -> gone' 'dnsmasq killed -> back' 'VM built anew' 'etcd away' 'CIDR used again'; do
	grep -q "^$what.* $time_form" "$T/rows" || fail "no figure in the row: $what"
done

# at_most ROW BAR EXPRESSION: what sed finds in the row by the expression.
at_most() {
	sed -n "s/^$1.* $3$/\1/p" "$T/rows" >"$T/figure"
	awk -v bar="$2" 'NR == 1 && $1 >= 0 && $1 <= bar { good = 1 } END { exit !good }' "$T/figure" ||
		fail "$1: $(cat "$T/figure"), and at most $2 is promised"
	say "$1: $(cat "$T/figure"), at most $2"
}
at_most 'memory, TLS' 10 '\([0-9.]*\) MB ([0-9.]* MB of it its own)'
at_most 'memory, after' 10 '\([0-9.]*\) MB ([0-9.]* MB of it its own)'
# One within its three seconds, as one of the reads that find a dead stream may be.
at_most 'idle' 0.34 '\([0-9.]*\)'
