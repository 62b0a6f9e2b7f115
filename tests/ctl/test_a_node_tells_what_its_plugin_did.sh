# SPDX-License-Identifier: Apache-2.0
# metrics --node-local: the plugin's requests by outcome, how long they took, what they asked of the store; whatever becomes of the file, an ADD succeeds.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/serving.inc.sh"

command -v promtool >/dev/null || skip "no promtool (Debian: prometheus)"

# told NAME LABELS: the value of that sample.
told() {
	awk -v sample="calico_ipam_plugin_$1" '$1 == sample { print $2 }' "$T/out"
}

# counts COMMAND OUTCOME N
counts() {
	exits 0 "$CTL" metrics --node-local
	[ "$(told "requests_total{command=\"$1\",outcome=\"$2\"}")" = "$3" ] || {
		cat "$T/out" >&2
		fail "$1 that came to $2 are not $3"
	}
}

use_local_store
plugin_uses "\"datastore_type\": \"local\", \"local_path\": \"$T/store\", \"run_path\": \"$T/run\","
exits 0 "$CTL" metrics --node-local
says "$T/out" 'calico_ipam_plugin_requests_total{command="ADD",outcome="ok"} 0'
says "$T/out" 'calico_ipam_plugin_counters_up 1'
[ ! -e "$T/run" ] || fail "looking makes a run folder"

exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/31 --block-size 32
exits 0 "$CTL" pool create v6 --cidr fd86::/64
plugin ADD c1 2>"$T/log"
plugin ADD c2 2>"$T/log"
! (plugin ADD c3) 2>"$T/log" || fail "a third address of two"
plugin DEL c1 2>"$T/log"
plugin DEL c1 2>"$T/log"
counts ADD ok 2
counts ADD exhausted 1
counts DEL ok 2
promtool check metrics <"$T/out" >"$T/lint" 2>&1 || fail "promtool: $(cat "$T/lint")"
[ "$(told 'failures_total{command="ADD"}')" = 1 ] || fail "failures are not counted"
[ "$(told 'duration_seconds_count{command="ADD"}')" = 3 ] || fail "the histogram has not all ADDs"
[ "$(told 'duration_seconds_bucket{command="DEL",le="60"}')" = 2 ] || fail "a DEL took more than a minute"
[ "$(told store_requests_total)" -gt 0 ] || fail "no request to the store is counted"
[ "$(stat -c '%a %U' "$T/run/counters")" = "600 $(id -un)" ] || fail "others read or write it"

# Whatever lies there, the request goes on, and counts from 1 where it can.
spoiled() {
	(plugin ADD "$1") 2>"$T/log" || fail "an ADD failed by its counters: $(cat "$T/log")"
	! grep -q 'Sanitizer\|runtime error' "$T/log" || fail "$(cat "$T/log")"
	plugin DEL "$1" 2>"$T/log"
}
truncate -s 100 "$T/run/counters"
exits 0 "$CTL" metrics --node-local
says "$T/out" 'calico_ipam_plugin_counters_up 0'
spoiled d1
counts ADD ok 1
head -c 100000 /dev/urandom >"$T/run/counters"
spoiled d2
counts ADD ok 1
rm "$T/run/counters"
mkfifo "$T/run/counters"
spoiled d3
counts ADD ok 1
rm "$T/run/counters"
mkdir "$T/run/counters"
spoiled d4
rmdir "$T/run/counters"

# They are told where the store is away, too.
counts ADD ok 0
plugin ADD e1 2>"$T/log"
rm -r "$T/store"
echo "no folder" >"$T/store"
listen --node-local
scrape
says "$T/page" 'calico_ipam_up 0'
says "$T/page" 'calico_ipam_plugin_requests_total{command="ADD",outcome="ok"} 1'
end_server
