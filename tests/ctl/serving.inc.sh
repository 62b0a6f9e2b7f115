# SPDX-License-Identifier: Apache-2.0
# Sourced after ctl.inc.sh, and etcd.inc.sh where that is used: metrics served on a free port.
#
# listen OPTIONS...: starts it; sets url and listener (its process), its words are in $T/listener.
# scrape OPTIONS...: one page, by curl, into $T/page.  end_listener: as systemd would.

command -v curl >/dev/null || skip "no curl"

listen() {
	listening='^calico-ipamctl: metrics at \(http:.*\)$'
	rm -f "$T/listener"
	: >"$T/listener"
	"$CTL" metrics --listen 0 "$@" 2>"$T/listener" &
	listener=$!
	trap 'kill $listener 2>/dev/null || true; ! command -v stop_etcd >/dev/null || stop_etcd; rm -rf "$T"' EXIT
	tries=100
	until grep -q "$listening" "$T/listener"; do
		kill -0 "$listener" 2>/dev/null || fail "it does not listen: $(cat "$T/listener")"
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || fail "it does not say where it listens: $(cat "$T/listener")"
		sleep 0.1
	done
	url=$(sed -n "s/$listening/\1/p" "$T/listener")
}

scrape() {
	code=$(curl -s --max-time 20 -o "$T/page" -w '%{http_code}' "$@" "$url") || fail "no answer: $(cat "$T/listener")"
	[ "$code" = 200 ] || fail "$code: $(cat "$T/page")"
}

end_listener() {
	kill -TERM "$listener"
	wait "$listener" || fail "SIGTERM ends it with $?: $(cat "$T/listener")"
	! grep -q 'Sanitizer\|runtime error' "$T/listener" || fail "$(cat "$T/listener")"
	listener=
}
