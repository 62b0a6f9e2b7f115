# SPDX-License-Identifier: Apache-2.0
# metrics --listen: GET and HEAD alone, to whoever may ask, however clients behave; and it ends when it is told to.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/serving.inc.sh"

# answers CODE OPTIONS...
answers() {
	want=$1
	shift
	code=$(curl -s --max-time 10 -o "$T/page" -D "$T/head" -w '%{http_code}' "$@") || fail "no answer: $*"
	[ "$code" = "$want" ] || fail "$code, not $want: $*"
}

use_local_store
listen
port=${url##*:} port=${port%/*}

answers 200 "$url"
says "$T/head" 'Content-Type: text/plain; version=0.0.4'
curl -sI --max-time 10 "$url" >"$T/head"
says "$T/head" ' 200 '
for method in POST PUT DELETE OPTIONS PATCH TRACE; do
	answers 405 -X "$method" "$url"
	says "$T/head" 'Allow: GET, HEAD'
done
answers 405 --data few "$url"
# Of much, the end of the connection may come before the answer is read.
code=$(curl -s --max-time 10 -o "$T/page" -w '%{http_code}' --data-binary @/bin/sh "$url" || true)
[ "$code" != 200 ] || fail "what is sent is taken"
for path in "" metrics/ Metrics metrics/../etc/passwd ..%2f..%2fetc%2fpasswd '%00'; do
	answers 404 --path-as-is "http://127.0.0.1:$port/$path"
done

# A page of the web that has a name for 127.0.0.1 is not told.
answers 403 -H "Host: evil.example:$port" "$url"
answers 200 -H "Host: localhost:$port" "$url"

# It is on loopback alone.
awk -v port="$(printf ':%04X' "$port")" '$2 ~ port "$" && $4 == "0A" { print $2 }' /proc/net/tcp /proc/net/tcp6 >"$T/sockets"
[ "$(cut -d: -f1 "$T/sockets")" = 0100007F ] || fail "it listens elsewhere: $(cat "$T/sockets")"
exits 1 "$CTL" metrics --listen "$port"
says "$T/err" "cannot listen on 127.0.0.1:$port"

# A head of a megabyte, one that never ends, and what is no HTTP.
head -c 1000000 /dev/zero | tr '\0' a >"$T/long"
code=$(curl -s --max-time 10 -o "$T/page" -w '%{http_code}' -H @"$T/long" "$url?$(head -c 60000 "$T/long")" || true)
[ "$code" != 200 ] || fail "a head of a megabyte is read"
head -c 100000 /dev/urandom | timeout 5 bash -c "cat >/dev/tcp/127.0.0.1/$port" || true
answers 200 "$url"

# Who says nothing, thirty of them, keeps nobody from an answer.
for n in $(seq 30); do
	bash -c "exec 3<>/dev/tcp/127.0.0.1/$port; printf 'GET /metrics HTTP/1.1\r\n' >&3; sleep 30" &
	silent="${silent:-} $!"
done
sleep 1
answers 200 "$url"
kill $silent 2>/dev/null || true
wait $silent 2>/dev/null || true

# Nothing that was asked is in its log.
[ "$(wc -l <"$T/served")" = 1 ] || fail "it logs: $(cat "$T/served")"
end_server

# Wrong use, and what no scrape would find right.
for address in node-1:9475 http://127.0.0.1:9475 127.0.0.1:70000 127.0.0.1 ''; do
	exits 2 "$CTL" metrics --listen "$address"
	says "$T/err" '--listen'
done
exits 2 "$CTL" metrics --listen 0 --output-file "$T/x.prom"
exits 1 "$CTL" metrics --listen 192.0.2.1:0
says "$T/err" 'cannot listen on 192.0.2.1:0'
exits 3 "$CTL" --config "$T/none.conflist" metrics --listen 0
says "$T/err" "$T/none.conflist"

# Where others reach it, that is said.
serve metrics metrics --listen 0.0.0.0:0
says "$T/served" 'others reach this address'
end_server
