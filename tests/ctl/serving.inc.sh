# SPDX-License-Identifier: Apache-2.0
# Sourced after typed.inc.sh, and etcd.inc.sh where that is used: what serves on a free port.
#
# serve WHAT OPTIONS...: starts calico-ipamctl so, until it says where WHAT is; sets url and server (its
# process), its words are in $T/served.  end_server: as systemd would.  kill_server: for a trap.
# listen OPTIONS...: metrics, and a trap that ends it.  scrape OPTIONS...: one page, by curl, into $T/page.

command -v curl >/dev/null || skip "no curl"

serve() {
	serving="^calico-ipamctl: $1 at \(http:.*\)\$"
	shift
	rm -f "$T/served"
	: >"$T/served"
	"$CTL" "$@" 2>"$T/served" &
	server=$!
	tries=300
	until grep -q "$serving" "$T/served"; do
		kill -0 "$server" 2>/dev/null || fail "it does not serve: $(cat "$T/served")"
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || fail "it does not say where it serves: $(cat "$T/served")"
		sleep 0.1
	done
	url=$(sed -n "s/$serving/\1/p" "$T/served")
}

kill_server() {
	[ -z "${server:-}" ] || kill "$server" 2>/dev/null || true
}

end_server() {
	kill -TERM "$server"
	wait "$server" || fail "SIGTERM ends it with $?: $(cat "$T/served")"
	! grep -q 'Sanitizer\|runtime error' "$T/served" || fail "$(cat "$T/served")"
	server=
}

listen() {
	trap 'kill_server; ! command -v stop_etcd >/dev/null || stop_etcd; rm -rf "$T"' EXIT
	serve metrics metrics --listen 0 "$@"
}

scrape() {
	code=$(curl -s --max-time 20 -o "$T/page" -w '%{http_code}' "$@" "$url") || fail "no answer: $(cat "$T/served")"
	[ "$code" = 200 ] || fail "$code: $(cat "$T/page")"
}
