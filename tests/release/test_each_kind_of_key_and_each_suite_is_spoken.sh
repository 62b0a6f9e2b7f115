# SPDX-License-Identifier: Apache-2.0
# The release lists fewer of OpenSSL's algorithms than there are (plugin/release/libraries.sh): none that TLS with one of
# our suites, or a certificate that etcd can have, needs.
. "$SOURCE/tests/release/release.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
want_etcd

tls=/tls
pair='"etcd_endpoints":"https://127.0.0.1:2379","etcd_cert_file":"/tls/client.crt","etcd_key_file":"/tls/client.key"'
keys="\"datastore_type\":\"etcdv3\",$pair,\"etcd_ca_cert_file\":\"/tls/ca.crt\",\"ipam\":{\"type\":\"calico-ipam\"}"

# serve OPTIONS...: an etcd whose keys, and their authority's, are of key_kind.
serve() {
	rm -rf "$T/etcd" "$T/tls" "$ROOT/tls"
	start_etcd_tls "$T/tls" "$@"
	served=$!
	cp -r "$T/tls" "$ROOT/tls"
	for made in "node create node-1" "pool create four --cidr 10.86.0.0/16"; do
		env -i PATH="$PATH" CALICO_ETCD_ENDPOINTS=https://127.0.0.1:2379 CALICO_ETCD_CA_CERT_FILE=/tls/ca.crt \
			CALICO_ETCD_CERT_FILE=/tls/client.crt CALICO_ETCD_KEY_FILE=/tls/client.key \
			chroot "$ROOT" /calico-ipamctl $made >"$T/made"
	done
}

unserve() {
	kill "$served"
	wait "$served" 2>/dev/null || true
}

n=0
spoken() {
	n=$((n + 1))
	call ADD "c$n" "$keys"
	answers '"10\.86\.'
}

each_suite() {
	for suite in $(sed -n 's/^\t{ "\(TLS_[A-Z0-9_]*\)", [N"].*/\1/p' "$SOURCE/datastore/http/tls_names.c" | grep "$1"); do
		given_env=TLS_CIPHER_SUITES=$suite
		spoken
	done
	given_env=
}

# Those that Go does not offer by itself, too; TLS 1.3's need no naming.
suites_of() {
	sed -n 's/^\t{ "\(TLS_[A-Z0-9_]*\)", ".*/\1/p' "$SOURCE/datastore/http/tls_names.c" | grep "$1" | paste -sd ,
}

say "P-256, and each suite of ECDSA and of TLS 1.3"
serve --cipher-suites "$(suites_of _ECDSA_)"
each_suite '_ECDSA_\|^TLS_AES\|^TLS_CHACHA'
unserve

say "RSA, and each of its suites"
key_kind=rsa:2048
serve --cipher-suites "$(suites_of '_ECDHE_RSA_\|^TLS_RSA_')"
each_suite '_ECDHE_RSA_\|^TLS_RSA_'
unserve

for key_kind in "ec -pkeyopt ec_paramgen_curve:secp384r1" "ec -pkeyopt ec_paramgen_curve:secp521r1" ed25519 rsa:4096; do
	say "$key_kind"
	serve
	spoken
	# With what the first has kept.
	spoken
	unserve
done
[ "$n" -ge 25 ] || fail "$n requests are not all suites"
