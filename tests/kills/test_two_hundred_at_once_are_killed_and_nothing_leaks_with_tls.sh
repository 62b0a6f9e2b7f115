# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/kills/kills.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"

want_etcd
command -v openssl >/dev/null || skip "no openssl"
start_etcd_tls "$T/tls"
for nodes in 10 1; do
	kills many_at_once "$etcd_url $tls" "$rounds" "$nodes"
	rm -rf "$T/many_at_once"
done
