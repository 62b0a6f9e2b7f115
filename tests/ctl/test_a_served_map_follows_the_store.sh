# SPDX-License-Identifier: Apache-2.0
# A page that is looked at shows what becomes of the store, keeps what was chosen on it, says when the
# store cannot be read and of when it is then; any number of pages cost the store one reading a second.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"
. "$SOURCE/tests/ctl/stores.inc.sh"
. "$SOURCE/tests/ctl/browser.inc.sh"
. "$SOURCE/tests/ctl/serving.inc.sh"

pictures=${SCREENSHOTS:-$T}
serve_map() {
	trap 'kill_server; stop_browser; stop_etcd; rm -rf "$T"' EXIT
	serve map map --serve 0
}

# get PATH OPTIONS...: the page into $T/page; the status is its answer.
get() {
	get_path=$1
	shift
	curl -sS --noproxy '*' --max-time 30 -o "$T/page" -w '%{http_code}' "$@" "$url$get_path"
}

# state FIELD: a number or a text of it.
state() {
	curl -sS --noproxy '*' --max-time 30 "${url}state" | sed -n "s/.*\"$1\":\"\{0,1\}\([^\",]*\).*/\1/p"
}

# becomes SCRIPT VALUE: within 30 s.
becomes() {
	tries=150
	until [ "$(script "$1")" = "$2" ]; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || fail "$1 is $(script "$1"), not $2; $(cat "$T/served")"
		sleep 0.2
	done
}

answers_get_alone() {
	case $url in http://127.0.0.1:*) ;; *) fail "without an address it serves at $url" ;; esac
	[ "$(get '')" = 200 ] || fail "no page"
	says "$T/page" "connect-src 'self'"
	[ "$(get drawing)" = 200 ] || fail "no drawing"
	says "$T/page" '"pools":[{"name":"v4"'
	[ "$(get other)" = 404 ] || fail "there is another page"
	[ "$(get '' -X POST -d x)" = 405 ] || fail "POST is answered"
	[ "$(get state -H 'Host: evil.example')" = 403 ] || fail "a page of the web reads it under a name of its own"
	[ "$(get 'state?password=hidden')" = 200 ] || fail "no state"
	[ "$(wc -l <"$T/served")" = 1 ] || fail "it logs requests: $(cat "$T/served")"
}

# While records change all the time, whoever asks soon after a reading is shown that one.
is_read_once_a_second() {
	first=$(state made)
	: >"$T/ages"
	for n in $(seq 40); do
		exits 0 "$CTL" pool update v4 --node-selector "n == \"$n\""
		state ageMs >>"$T/ages"
	done
	[ "$(awk '$1 > 300' "$T/ages" | wc -l)" -gt 2 ] || fail "each who asks costs a reading: $(xargs <"$T/ages")"
	tries=100
	until [ "$(state made)" != "$first" ]; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || fail "what changes is not read"
		sleep 0.1
	done
}

# Whoever asks, the reading that is shown grows older than it would be where no watch is.
nothing_changes() {
	tries=100
	until [ "$(state ageMs)" -gt 8000 ]; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || fail "a store that has not changed is read anew"
		sleep 0.5
	done
}

alone() {
	use_local_store
	exits 3 "$CTL" map --serve 0
	says "$T/err" 'is not there, or there is nothing in it: create a pool first'
	exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/24 --block-size 28
	serve_map
	answers_get_alone
	is_read_once_a_second
	nothing_changes
	end_server
	exits 2 "$CTL" map --serve 8085 "$T/x.html"
	says "$T/err" 'with --serve no FILE is written'
	exits 2 "$CTL" map --serve name.example:1
	says "$T/err" '--serve: "name.example:1" begins with no IP address'
	unset CALICO_DATASTORE_TYPE CALICO_LOCAL_PATH
}

block() {
	put "/calico/ipam/v2/assignment/ipv4/block/10.86.0.0-28" "{\"cidr\":\"10.86.0.0/28\",\"affinity\":\"host:node-1\",\"allocations\":[0,$1,null,null,null,null,null,null,null,null,null,null,null,null,null,null],\"unallocated\":[2,3,4,5,6,7,8,9,10,11,12,13,14,15],\"attributes\":[{\"handle_id\":\"net1.c1\",\"secondary\":{\"node\":\"node-1\",\"namespace\":\"web\",\"pod\":\"pod-1\"}}],\"sequenceNumber\":7,\"sequenceNumberForAllocation\":{},\"deleted\":false}"
}

etcd_again() {
	/usr/bin/etcd --data-dir "$T/etcd" --log-level error --listen-peer-urls "$etcd_peer" \
		--initial-advertise-peer-urls "$etcd_peer" --initial-cluster "default=$etcd_peer" \
		--listen-client-urls "http://127.0.0.1:$etcd_port" \
		--advertise-client-urls "http://127.0.0.1:$etcd_port" >"$T/etcd.log" 2>&1 &
	etcd_pid=$!
}

looked_at() {
	start_browser
	use_etcd
	exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/24 --block-size 28
	serve_map
	browse_to "${url}#panel=problems"
	becomes "return document.getElementById('live').textContent" live
	block null
	becomes "return order.length + ''" 1
	script "selectAddress('10.86.0.1'); return ''"
	block 0
	becomes "return document.getElementById('detail').textContent" \
		'10.86.0.1: in use by web/pod-1 on node-1. Block 10.86.0.0/28 of pool v4, belongs to node-1.'
	becomes "return panel + ' ' + data.problems.kinds.map((k) => k[0]).join(' ')" 'problems handle-missing affinity-missing'
	kill -KILL "$etcd_pid"
	wait "$etcd_pid" 2>/dev/null || true
	becomes "return document.getElementById('live').className" dead
	text_of '#live' >"$T/told"
	says "$T/told" 'The store cannot be read: '
	grep -qE 'What is shown was read ([0-9]+ (second|minute)s?) ago\.' "$T/told" || fail "$(cat "$T/told")"
	screenshot "$pictures/map_dead_store.png"
	[ "$(script "return order.length + ''")" = 1 ] || fail "what was shown is gone"
	etcd_again
	becomes "return document.getElementById('live').textContent" live
	drop /calico/ipam/v2/assignment/ipv4/block/10.86.0.0-28
	becomes "return order.length + ''" 0
	end_server
	becomes "return document.getElementById('live').textContent.slice(0, 31)" 'calico-ipamctl does not answer.'
}

alone
looked_at
