# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/release/release.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
want_etcd
command -v dnsmasq >/dev/null || skip "no dnsmasq (Debian: dnsmasq-base)"

start_etcd
CALICO_ETCD_ENDPOINTS=http://127.0.0.1:2379
export CALICO_ETCD_ENDPOINTS
"$CTL" node create node-1 >"$T/made"
"$CTL" pool create four --cidr 10.86.0.0/16 >>"$T/made"
on_etcd() {
	printf '"datastore_type":"etcdv3",%s,"ipam":{"type":"calico-ipam"}' "$1"
}

say "by address, with no /etc at all"
call ADD c1 "$(on_etcd '"etcd_endpoints":"http://127.0.0.1:2379"')"
answers '"10\.86\.'

say "by /etc/hosts"
mkdir -p "$ROOT/etc"
echo "127.0.0.1 store" >"$ROOT/etc/hosts"
call ADD c2 "$(on_etcd '"etcd_endpoints":"http://store:2379"')"
answers '"10\.86\.'

say "a name that nobody knows is told, and soon"
refused "$T/answer" given ADD c3 "$(on_etcd '"etcd_endpoints":"http://nowhere:2379","timeout_ms":3000')"
answers 'nowhere'

# Ten servers with long names: an answer of more than 512 bytes, which UDP cuts off.
say "by DNS, addresses and SRV records, over TCP too"
set --
for i in 0 1 2 3 4 5 6 7 8; do
	dead=a-server-whose-name-is-long-enough-to-fill-the-answer-$i.example.test
	set -- "$@" "--srv-host=_etcd-client._tcp.example.test,$dead,1,$i" "--host-record=$dead,127.0.0.1"
done
dnsmasq --no-daemon --local=/test/ --no-resolv --no-hosts --conf-file=/dev/null --user=root --pid-file= --listen-address=127.0.0.1 \
	--bind-interfaces --host-record=etcd.example.test,127.0.0.1 --srv-host=_etcd-client._tcp.few.test,etcd.example.test,2379 \
	"$@" --srv-host=_etcd-client._tcp.example.test,etcd.example.test,2379,9 >"$T/dnsmasq.log" 2>&1 &
echo "nameserver 127.0.0.1" >"$ROOT/etc/resolv.conf"
within 50 sh -c "ss -Hlnt 'sport = 53' | grep -q ."
call ADD c4 "$(on_etcd '"etcd_endpoints":"http://etcd.example.test:2379"')"
answers '"10\.86\.'
call ADD c5 "$(on_etcd '"etcd_discovery_srv":"few.test"')"
answers '"10\.86\.'
call ADD c6 "$(on_etcd '"etcd_discovery_srv":"example.test"')"
answers '"10\.86\.'
refused "$T/answer" given ADD c7 "$(on_etcd '"etcd_discovery_srv":"nothing.test"')"
answers 'no such name'
