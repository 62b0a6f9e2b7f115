# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/kills/kills.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/store.inc.sh"
. "$SOURCE/tests/kubernetes/cluster.inc.sh"

want_kubernetes
start_cluster
use_cluster
create_pool four 10.9.0.0/24
create_pool six fd09::/120
for node in 0 1 2; do
	create_node "node-$node"
done
for nodes in 3 1; do
	kills many_at_once "$KUBE" "$rounds" "$nodes"
	rm -rf "$T/many_at_once"
done
