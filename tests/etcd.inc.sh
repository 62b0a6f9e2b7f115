# SPDX-License-Identifier: Apache-2.0
# Sourced after sandbox.inc.sh: an etcd of the test's own, at the usual port of the
# sandbox's own loopback.  It ends with the sandbox.

want_etcd() {
	command -v etcd >/dev/null || skip "no etcd (Debian: etcd-server)"
	command -v etcdctl >/dev/null || skip "no etcdctl (Debian: etcd-client)"
}

# etcd_with URL OPTIONS...: starts it and waits until it answers.
etcd_with() {
	etcd_url=$1
	shift
	etcd --data-dir "$T/etcd" --log-level error --listen-peer-urls http://127.0.0.1:2380 \
		--listen-client-urls "$etcd_url" --advertise-client-urls "$etcd_url" \
		"$@" >"$T/etcd.log" 2>&1 &
	within 200 etcd_ctl endpoint health
}

etcd_ctl() {
	ETCDCTL_API=3 ETCDCTL_ENDPOINTS=$etcd_url etcdctl ${etcd_ctl_tls:-} "$@"
}

start_etcd() {
	etcd_with http://127.0.0.1:2379
}

# sign NAME SUBJECT EXTENSIONS: a key and a certificate of the test's own authority.  Keys are P-256,
# or of key_kind: options of openssl req.
p256="ec -pkeyopt ec_paramgen_curve:prime256v1"
sign() {
	openssl req -newkey ${key_kind:-$p256} -nodes -subj "$2" \
		-keyout "$tls/$1.key" -out "$tls/$1.csr" 2>/dev/null
	echo "$3" >"$tls/$1.ext"
	openssl x509 -req -in "$tls/$1.csr" -CA "$tls/ca.crt" -CAkey "$tls/ca.key" -CAcreateserial \
		-days 2 -extfile "$tls/$1.ext" -out "$tls/$1.crt" 2>/dev/null
}

# start_etcd_tls FOLDER OPTIONS...: only clients with a certificate of ca.crt are served;
# client.crt and client.key are such.  The gateway calls its own server, with the
# server's certificate, which must be good for both.
start_etcd_tls() {
	tls=$1
	shift
	mkdir -p "$tls"
	openssl req -x509 -newkey ${key_kind:-$p256} -nodes -days 2 \
		-subj "/CN=test authority" -keyout "$tls/ca.key" -out "$tls/ca.crt" 2>/dev/null
	sign server "/CN=etcd" "subjectAltName=IP:127.0.0.1
extendedKeyUsage=serverAuth,clientAuth"
	sign client "/CN=calico-ipam" "extendedKeyUsage=clientAuth"
	etcd_ctl_tls="--cacert $tls/ca.crt --cert $tls/client.crt --key $tls/client.key"
	etcd_with https://127.0.0.1:2379 --client-cert-auth --trusted-ca-file "$tls/ca.crt" \
		--cert-file "$tls/server.crt" --key-file "$tls/server.key" "$@"
}

# The keys below a prefix, one a line.
etcd_keys() {
	etcd_ctl get --prefix --keys-only "$1" | grep . || true
}
