# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/kills/kills.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"

want_etcd
start_etcd
for nodes in 10 1; do
	for store in local "$etcd_url"; do
		kills many_at_once "$store" "$rounds" "$nodes"
		rm -rf "$T/many_at_once"
	done
done
