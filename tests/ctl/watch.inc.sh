# SPDX-License-Identifier: Apache-2.0
# Sourced after typed.inc.sh: show --watch, beside an administrator who changes two pools.

# shown TEXT: soon it is in what the watch has printed.
shown() {
	tries=0
	until grep -qF -- "$1" "$T/watched"; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || fail "\"$1\" was not shown: $(cat "$T/watched" "$T/watched.err")"
		sleep 0.1
	done
}

goes_on() {
	exits 0 "$CTL" pool create first --cidr 10.86.0.0/24
	: >"$T/watched"
	"$CTL" show --watch >"$T/watched" 2>"$T/watched.err" &
	watching=$!
	shown 'first  10.86.0.0/24'
	exits 0 "$CTL" pool create second --cidr 10.87.0.0/24
	shown '10.87.0.0/24'
	exits 0 "$CTL" pool disable second
	shown disabled
	exits 0 "$CTL" pool disable second
	sleep "${goes_on_rests:-3}"
	[ "$(grep -c '^POOL' "$T/watched")" = 3 ] || fail "not shown three times: $(cat "$T/watched")"
	kill -0 $watching || fail "it has ended: $(cat "$T/watched.err")"
	kill $watching
	wait $watching 2>/dev/null || :

	# YAML is a stream of documents.
	: >"$T/watched"
	"$CTL" show --watch --pool first -o yaml >"$T/watched" 2>"$T/watched.err" &
	watching=$!
	shown 'state: enabled'
	exits 0 "$CTL" pool disable first
	shown 'state: disabled'
	[ "$(grep -c '^---$' "$T/watched")" = 2 ] || fail "not two documents: $(cat "$T/watched")"
	exits 0 "$CTL" pool delete first --yes
	tries=0
	while kill -0 $watching 2>/dev/null && [ $tries -lt 200 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	rc=0
	wait $watching || rc=$?
	[ $rc = 3 ] || fail "it goes on, or ended with $rc, when the pool is gone"
	exits 0 "$CTL" pool delete second --yes
}
