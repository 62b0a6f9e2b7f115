#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What calico-dhcp-agent takes, and how soon a guest is served: beside the bar, and beside Calico's own
# agent, whose figures are constants here (measured once, on a machine like this one).
#
#	sh tests/bench/openstack.sh [AGENT]	three minutes; the table goes to stdout
#	BENCH_SMALL=1				a few seconds: of everything less, for its own test
#
# AGENT: the executable; default build/release/openstack/calico-dhcp-agent where it is built, else
# $BUILD/openstack/calico-dhcp-agent. BUILD: the folder with the tests' programs; default build/quick.
# "Served" is a DISCOVER or SOLICIT that dnsmasq answers, asked each 50 ms (tests/openstack/guest.c), from
# the moment before etcdctl is started. Guests are network namespaces; etcd speaks TLS.
SOURCE=${SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
BUILD=${BUILD:-$SOURCE/build/quick}
BENCH_AGENT=${1:-${BENCH_AGENT:-$SOURCE/build/release/openstack/calico-dhcp-agent}}
[ -x "$BENCH_AGENT" ] || BENCH_AGENT=$BUILD/openstack/calico-dhcp-agent
SANDBOX_SECONDS=900
export SOURCE BUILD BENCH_AGENT SANDBOX_SECONDS
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/openstack/agent.inc.sh"
. "$SOURCE/tests/openstack/guests.inc.sh"
. "$SOURCE/tests/openstack/faults.inc.sh"
AGENT=$BENCH_AGENT
IDLE_S=60 AWAY_S=20 NETWORKS=20 PORTS=25 PUTS=5 ROW=20 GONE=4 TIMES=3 OLD_S=6 GUESTS=$(seq 10 39)
[ -z "${BENCH_SMALL:-}" ] || IDLE_S=3 AWAY_S=1 NETWORKS=3 PORTS=4 PUTS=1 ROW=3 GONE=1 TIMES=1 OLD_S=0 GUESTS="10 15 20 21 22 36 37"
CROWD=$((NETWORKS * PORTS)) ROW_LAST=$((19 + ROW))

say() {
	echo "bench: $*" >&2
}

# row WHAT CALICOS BAR MEASURED
row() {
	printf '%-52s %-28s %-14s %s\n' "$@" >>"$T/table"
}

# asking NAME 4|6 VERB [DUID]: in the background; what it says is in $T/asked.NAME.
asking() {
	: >"$T/asked.$1"
	ip netns exec "$1" "$GUEST" eth0 "$2" "$3" 60000 ${4:+"$4"} >>"$T/asked.$1" &
}

# answers NAME...: once all have been answered, the time from $T/begun.NAME to it, of each; nothing where what was
# asked shortly before was not answered any more.
answers() {
	for answer; do
		within 600 test -s "$T/asked.$answer"
	done
	for answer; do
		echo $(($(awk '{ print $NF }' "$T/asked.$answer") - $(cat "$T/begun.$answer")))
	done | sort -n | awk '{ all[NR] = $1 < 0 ? 0 : $1 } END {
		if (NR > 1) printf "%.2f s, at most %.2f s", all[int((NR + 1) / 2)] / 1000, all[NR] / 1000
		else printf "%.2f s", all[1] / 1000 }'
}

begun() {
	now_ms >"$T/begun.$1"
}

crowd() {
	say "$CROWD endpoints in $NETWORKS networks"
	for n in $(seq 10 $((9 + NETWORKS))); do
		network=000000$n-0000-4000-8000-000000000000
		echo "subnet 000000$n-0000-4000-8000-000000000004 $network 10.$n.0.0/24 10.$n.0.1"
		echo "subnet 000000$n-0000-4000-8000-000000000006 $network 2001:db8:$n::/64 2001:db8:$n:: '$STATEFUL'"
		for p in $(seq 10 $((9 + PORTS))); do
			echo "crowd_port $n $p $network"
			echo "link add tap$n-$p type veth peer name p$n-$p" >>"$T/links"
			echo "link set tap$n-$p up" >>"$T/links"
		done
	done >"$T/crowd"
	ip -batch "$T/links"
	. "$T/crowd"
}
crowd_port() {
	put "/calico/resources/v3/projectcalico.org/workloadendpoints/openstack/compute--1-openstack-vm$1$2-port$1$2" \
		"{\"kind\": \"WorkloadEndpoint\", \"metadata\": {\"annotations\": \
{\"openstack.projectcalico.org/network-id\": \"$3\"}}, \"spec\": {\"interfaceName\": \"tap$1-$2\", \
\"mac\": \"fa:16:3e:00:$1:$2\", \"ipNetworks\": [\"10.$1.0.$2/32\", \"2001:db8:$1::$2/128\"], \"allowedIps\": []}}"
}

endpoint() {
	echo "/calico/resources/v3/projectcalico.org/workloadendpoints/openstack/compute--1-openstack-vm$1-port$1"
}

start_etcd_again() {
	etcd_with https://127.0.0.1:2379 --client-cert-auth --trusted-ca-file "$tls/ca.crt" \
		--cert-file "$tls/server.crt" --key-file "$tls/server.key"
}

# Those of gRPC: the question itself is none.
requests() {
	curl -s --cacert "$tls/ca.crt" --cert "$tls/client.crt" --key "$tls/client.key" "$etcd_url/metrics" |
		awk '/^grpc_server_started_total/ { n += $2 } END { print n }'
}

rss() {
	awk '$1 == "VmRSS:" { rss = $2 } $1 == "RssAnon:" { anon = $2 }
		END { printf "%.1f MB (%.1f MB of it its own)", rss / 1024, anon / 1024 }' "/proc/$agent/status"
}

want_agent
start_etcd_tls "$T/tls"
configure "etcd_scheme = https" "etcd_ca_cert_file = $tls/ca.crt" "etcd_cert_file = $tls/client.crt" \
	"etcd_key_file = $tls/client.key"
neutron
host_routes	# a router knows its guests of their solicitations; else dnsmasq waits for each
crowd
begin=$(now_ms)
start_agent
all_run() {
	[ "$(dnsmasqs)" = $NETWORKS ]
}
within 600 all_run
row "$CROWD endpoints, $NETWORKS networks, from the agent's start" "" "" \
	"$(echo "$begin $(now_ms)" | awk '{ printf "%.1f s", ($2 - $1) / 1000 }')"
sleep 2
row "memory, TLS, $CROWD endpoints in $NETWORKS networks" "150 MB and 2 of 116 MB" "10 MB" "$(rss)"

say "guests"
for n in $GUESTS; do
	boot "g$n" "fa:16:3e:01:50:$n"
done
guests() {
	seq -f "g%.0f" "$1" "$2"
}
# served N FAMILY: its record is written while it asks.
served() {
	asking "g$1" "$2" served
	begun "g$1"
	port "g$1" "fa:16:3e:01:50:$1" $NETWORK_DUAL "10.50.0.$1" "2001:db8:50::$1"
}

say "endpoint put -> served"
for n in $(seq 10 $((9 + PUTS))); do
	served $n 4
	sleep 1
done
row "endpoint put -> served, $PUTS a second apart" "0.55 s, then 12 s" "0.3 s" "$(answers $(guests 10 $((9 + PUTS))))"
for n in $(seq 15 $((14 + PUTS))); do
	served $n 6
	sleep 1
done
row "the same over IPv6" "" "0.3 s" "$(answers $(guests 15 $((14 + PUTS))))"
for n in $(seq 20 $ROW_LAST); do
	asking g$n 4 served
done
next=$(now_ms)
for n in $(seq 20 $ROW_LAST); do
	begun g$n
	port g$n "fa:16:3e:01:50:$n" $NETWORK_DUAL "10.50.0.$n" "2001:db8:50::$n"
	next=$((next + 100))
	left=$((next - $(now_ms)))
	[ "$left" -le 0 ] || sleep "$(printf '0.%03d' "$left")"
done
row "each of $ROW puts 100 ms apart" "" "2 s" "$(answers $(guests 20 $ROW_LAST))"

say "endpoint deleted -> gone"
for n in $(seq $((ROW_LAST - GONE + 1)) $ROW_LAST); do
	guest g$n 4 served 5000 >/dev/null
	asking g$n 4 gone
	sleep 0.3
	begun g$n
	forget_vm g$n
	sleep 1
done
row "endpoint deleted -> gone" "10.2 s" "1 s" "$(answers $(guests $((ROW_LAST - GONE + 1)) $ROW_LAST))"

say "dnsmasq killed -> back"
for n in $(seq 10 $((9 + TIMES))); do
	sleep $OLD_S
	kill -9 "$(dnsmasq_of $NETWORK_DUAL)"
	begun g$n
	asking g$n 4 served
done
row "dnsmasq killed -> back" "36 to 60 s" "2 s" "$(answers $(guests 10 $((9 + TIMES))))"

say "VM built anew -> its IPv6 address"
for n in $(seq 20 $((19 + TIMES))); do
	is_served g$n 6 5000 "2001:db8:50::$n" old
	begun g$n
	rebuild g$n "fa:16:3e:01:50:$n"
	asking g$n 6 take new
done
row "VM built anew (same port, new DUID) -> IPv6 address" "up to a day" "10 s" "$(answers $(guests 20 $((19 + TIMES))))"

say "idle for $IDLE_S s"
sleep $((1 + IDLE_S / 20))
before=$(requests)
sleep "$IDLE_S"
row "idle: requests to etcd a second" "0.86" "0.1" \
	"$(echo "$before $(requests)" | awk -v s="$IDLE_S" '{ printf "%.2f", ($2 - $1) / s }')"

say "etcd away for $AWAY_S s, with a change that is compacted"
etcd_ctl del "$(endpoint g$((ROW_LAST - GONE)))" >/dev/null
kill -STOP $agent
etcd_ctl put /calico/other 1 >/dev/null
port g36 fa:16:3e:01:50:36 $NETWORK_DUAL 10.50.0.36
etcd_ctl compact "$(etcd_ctl get / -w fields | awk '/"Revision"/ { print $3 }')" >/dev/null
kill_etcd
kill -CONT $agent
sleep "$AWAY_S"
start_etcd_again
begun g36
asking g36 4 served
port g37 fa:16:3e:01:50:37 $NETWORK_DUAL 10.50.0.37
begun g37
asking g37 4 served
row "etcd away $AWAY_S s, restarted, compacted in between" "4 to 10 s" "2 s" "$(answers g36 g37)"

say "CIDR used again by another network"
again=5a000000-0000-4000-8000-000000000000
asking g10 4 gone
begun g10
for name in $(guests 10 39); do
	echo "del \"$(endpoint "$name")\""
done | { echo; cat; echo; echo; } | etcd_ctl txn >/dev/null
etcd_ctl del /calico/dhcp/v2/no-region/subnet/50000000-0000-4000-8000-000000000004 >/dev/null
etcd_ctl del /calico/dhcp/v2/no-region/subnet/50000000-0000-4000-8000-000000000006 >/dev/null
boot n1 fa:16:3e:00:5a:01
subnet 5a000000-0000-4000-8000-000000000004 $again 10.50.0.0/24 10.50.0.1
asking n1 4 served
begun n1
port n1 fa:16:3e:00:5a:01 $again 10.50.0.11
row "CIDR used again by another network" "up to 5 minutes" "3 s" "$(answers n1)"

row "memory, after all this" "" "10 MB" "$(rss)"
stop_agent
cat "$T/table"
