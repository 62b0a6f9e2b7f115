# SPDX-License-Identifier: Apache-2.0
# Where etcd_ca_cert_file names an authority, a server of one that the system trusts is refused,
# wherever libcurl was built to look for the system's: in a file of all, or in a folder.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
want_etcd

start_etcd_tls "$T/tls"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=other authority" \
	-keyout "$T/other.key" -out "$T/other.crt" 2>/dev/null
export ETCD_ENDPOINTS=https://127.0.0.1:2379 ETCD_CERT_FILE="$T/tls/client.crt" ETCD_KEY_FILE="$T/tls/client.key"

# The system trusts etcd's authority, in both ways.
mkdir -p /etc/ssl/certs
cat "$T/tls/ca.crt" >>/etc/ssl/certs/ca-certificates.crt
cp "$T/tls/ca.crt" "/etc/ssl/certs/$(openssl x509 -noout -subject_hash -in "$T/tls/ca.crt").0"
ETCD_CA_CERT_FILE='' "$CTL" pool list >"$T/out" || fail "the system's authorities are not used"
ETCD_CA_CERT_FILE="$T/tls/ca.crt" "$CTL" pool list >"$T/out"

refused "$T/out" env ETCD_CA_CERT_FILE="$T/other.crt" "$CTL" pool list
grep -qF "verified with $T/other.crt" "$T/out" || {
	cat "$T/out" >&2
	fail "the refusal does not name what the server was verified with"
}
