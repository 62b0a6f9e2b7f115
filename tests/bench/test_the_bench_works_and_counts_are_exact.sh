# SPDX-License-Identifier: Apache-2.0
# The bench runs, small, and what it counts is what was promised: requests, bytes, instructions.
# Times mean nothing here: other tests run beside it.  Numbers of instructions repeat within 1 % on one
# machine; the margin is for other compilers and processors.  A change that saves lowers them here.

# The release is built before the sandbox, which has no network; see tests/release.
. "$SOURCE/tests/release/release.inc.sh"

want() {
	command -v "$1" >/dev/null || [ -x "$1" ] || skip "no $1 (Debian: $2)"
}
want etcd etcd-server
want etcdctl etcd-client
want valgrind valgrind
want openssl openssl
want jq jq
want /usr/lib/cni/host-local containernetworking-plugins

sh "$SOURCE/tests/bench/bench.sh" --small --plugin "$PLUGIN" --ctl "$CTL" --work "$T/bench" \
	--figures "$T/figures" --svg "$T/bench.svg" >"$T/table" 2>"$T/said" || {
	cat "$T/said" >&2
	fail "the bench"
}
cat "$T/table"

figure() {
	figure_value=$(sed -n "s/^$1	//p" "$T/figures")
	[ -n "$figure_value" ] || fail "no figure $1"
	echo "$figure_value"
}

# is NAME VALUE, at_most NAME VALUE
is() {
	[ "$(figure "$1")" = "$2" ] || fail "$1 is $(figure "$1"), not $2"
	say "$1 is $2"
}

at_most() {
	[ "$(figure "$1")" -le "$2" ] || fail "$1 is $(figure "$1"), more than $2"
	say "$1 is $(figure "$1"), at most $2"
}

# about NAME VALUE: at most 15 % above it.
about() {
	at_most "$1" $(($2 * 115 / 100))
}

for name in warm_add warm_del warm_add_of_10 warm_add_of_200; do
	is "connections.$name" 1
	is "requests.$name" 1
done
for name in first cold_add cold_del cold_add_of_10 cold_add_of_200; do
	is "connections.$name" 1
	at_most "requests.$name" 3
done
at_most requests.tight 4
at_most requests.full 6
at_most tapped_kib.full 65536
grep -q 'No IPs available in pools: \[172.16.0.0/16\]' "$T/bench/answer.full" || fail "full pools: no reason"

bytes() {
	echo $(($(figure "sent.$1") + $(figure "received.$1")))
}
for name in warm_add cold_add; do
	small=$(bytes "${name}_of_10") large=$(bytes "${name}_of_200")
	[ "$large" -le $((small * 12 / 10)) ] || fail "$name: $small bytes with 10 blocks, $large with 200"
	say "$name: $small bytes with 10 blocks, $large with 200"
done
is sent.floor_same "$(figure sent.warm_add)"
# As many as a warm ADD had when the bars were set.
before=$(bytes warm_add_values)
[ "$before" -ge 26020 ] && [ "$before" -le 27630 ] || fail "the floor of before has $before bytes, and had 26823"
say "the floor of before: $before bytes, 26823 then"

at_most kib.etcd 4096
at_most kib.tls 8192
at_most kib.local 2048
at_most size.plugin 4800000

for line in $(grep -v '^#' "$SOURCE/tests/bench/expected" | tr '\t' '='); do
	about "${line%=*}" "${line#*=}"
done
grep -q '^</svg>$' "$T/bench.svg" || fail "the picture is not whole"
grep -q 'reached' "$T/table" || fail "the table is not whole"
