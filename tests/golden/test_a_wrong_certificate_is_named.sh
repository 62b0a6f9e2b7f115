# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
want_etcd
. "$SOURCE/tests/golden/golden.inc.sh"
start_etcd_tls "$T/tls"
etcd_ctl put /calico/resources/v3/projectcalico.org/nodes/node-a \
	'{"kind":"Node","apiVersion":"projectcalico.org/v3","metadata":{"name":"node-a"},"spec":{},"status":{}}' >"$T/put"
tls=$T/other
mkdir -p "$tls"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
	-subj "/CN=another authority" -keyout "$tls/ca.key" -out "$tls/ca.crt" 2>/dev/null
sign client "/CN=calico-ipam" "extendedKeyUsage=clientAuth"
play tests/golden/etcd_tls.golden
