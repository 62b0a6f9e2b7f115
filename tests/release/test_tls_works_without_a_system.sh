# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/release/release.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
want_etcd

start_etcd_tls "$T/tls"
cp -r "$tls" "$ROOT/tls"
pair='"etcd_endpoints":"https://127.0.0.1:2379","etcd_cert_file":"/tls/client.crt","etcd_key_file":"/tls/client.key"'
own_roots="$pair,\"etcd_ca_cert_file\":\"/tls/ca.crt\""
on_etcd() {
	printf '"datastore_type":"etcdv3",%s,"ipam":{"type":"calico-ipam"}' "$1"
}
# As an operator would, with the same files.
ctl() {
	env -i PATH="$PATH" CALICO_ETCD_ENDPOINTS=https://127.0.0.1:2379 CALICO_ETCD_CA_CERT_FILE=/tls/ca.crt \
		CALICO_ETCD_CERT_FILE=/tls/client.crt CALICO_ETCD_KEY_FILE=/tls/client.key \
		chroot "$ROOT" /calico-ipamctl "$@"
}
ctl node create node-1 >"$T/made"
ctl pool create four --cidr 10.86.0.0/16 >>"$T/made"

say "with an authority's file, both versions, and suites by name"
call ADD c1 "$(on_etcd "$own_roots")"
answers '"10\.86\.'
given_env=TLS_MIN_VERSION=1.3
call ADD c2 "$(on_etcd "$own_roots")"
answers '"10\.86\.'
given_env=TLS_CIPHER_SUITES=TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
call ADD c3 "$(on_etcd "$own_roots")"
answers '"10\.86\.'
given_env=

say "without roots, nobody is trusted"
refused "$T/answer" given ADD c4 "$(on_etcd "$pair")"
answers 'certificate'

say "the roots of whichever distribution are found, among many"
for roots in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt; do
	mkdir -p "$ROOT${roots%/*}"
	cat /etc/ssl/certs/ca-certificates.crt "$tls/ca.crt" >"$ROOT$roots"
	call ADD "c5$(echo $roots | tr -dc a-z)" "$(on_etcd "$pair")"
	answers '"10\.86\.'
	rm "$ROOT$roots"
done
