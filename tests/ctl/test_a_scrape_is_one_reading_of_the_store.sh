# SPDX-License-Identifier: Apache-2.0
# metrics --listen over a real etcd: what a scrape costs it, what many at once do, and what is told while it is away.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"
. "$SOURCE/tests/ctl/serving.inc.sh"

served() {
	curl -s "$CALICO_ETCD_ENDPOINTS/metrics" |
		awk '/^grpc_server_handled_total.*(Range|Txn|Put|DeleteRange)"/ { n += $2 } END { print n + 0 }'
}

wait_out_the_last() {
	sleep 1.2
}

use_etcd
exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/24
exits 0 "$CTL" node create node-1
listen

before=$(served)
scrape
says "$T/page" 'calico_ipam_up 1'
says "$T/page" 'calico_ipam_info{version='
says "$T/page" 'store="etcd"'
says "$T/page" 'calico_ipam_pool_size{pool="v4",cidr="10.86.0.0/24",family="4"} 256'
one=$(($(served) - before))
[ "$one" -gt 0 ] || fail "a scrape asked the store for nothing"

# Ten at once, while the store is slow to answer, are one reading.
wait_out_the_last
before=$(served)
kill -STOP "$etcd_pid"
clients=
for n in 1 2 3 4 5 6 7 8 9 10; do
	curl -s -o "$T/page.$n" "$url" &
	clients="$clients $!"
done
sleep 1
kill -CONT "$etcd_pid"
wait $clients
for n in 2 3 4 5 6 7 8 9 10; do
	cmp "$T/page.1" "$T/page.$n" || fail "not all got the same page"
done
says "$T/page.1" 'calico_ipam_up 1'
all=$(($(served) - before))
[ "$all" = "$one" ] || fail "ten scrapes at once asked $all times, one $one times"

# Within the time that the scraper has, a store that hangs is told to be down, and when it was not.
success=$(sed -n 's/^calico_ipam_last_success_timestamp_seconds //p' "$T/page.1")
[ "$success" -gt 1700000000 ] || fail "the last success is $success"
wait_out_the_last
kill -STOP "$etcd_pid"
began=$(date +%s%N)
scrape -H 'X-Prometheus-Scrape-Timeout-Seconds: 5'
took=$((($(date +%s%N) - began) / 1000000))
kill -CONT "$etcd_pid"
[ "$took" -lt 5000 ] || fail "a scrape that may take 5 s took $took ms"
says "$T/page" 'calico_ipam_up 0'
says "$T/page" "calico_ipam_last_success_timestamp_seconds $success"
! grep -q calico_ipam_pool "$T/page" || fail "numbers are told that nobody read"
says "$T/served" "metrics: "

# What it says to its log, it says once.
wait_out_the_last
stop_etcd
scrape
says "$T/page" 'calico_ipam_up 0'
lines=$(wc -l <"$T/served")
wait_out_the_last
scrape
[ "$(wc -l <"$T/served")" = "$lines" ] || fail "each scrape fills the log: $(cat "$T/served")"

# A file is not left to say that all is well, either.
exits 5 "$CTL" metrics --output-file "$T/ipam.prom"
says "$T/ipam.prom" 'calico_ipam_up 0'
says "$T/ipam.prom" 'calico_ipam_last_success_timestamp_seconds 0'
echo 'calico_ipam_up 1
calico_ipam_last_success_timestamp_seconds 1795954676' >"$T/ipam.prom"
exits 5 "$CTL" metrics --output-file "$T/ipam.prom"
says "$T/ipam.prom" 'calico_ipam_last_success_timestamp_seconds 1795954676'
end_server
