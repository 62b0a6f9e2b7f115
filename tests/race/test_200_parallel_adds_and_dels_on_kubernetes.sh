# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/store.inc.sh"
. "$SOURCE/tests/kubernetes/cluster.inc.sh"
. "$SOURCE/tests/race.inc.sh"

want_kubernetes
start_cluster
use_cluster
create_pool race-4 "$V4_POOL"
create_pool race-6 "$V6_POOL"
for node in $(seq 0 $((NODES - 1))); do
	create_node "node-$node"
done
race "\"datastore_type\": \"kubernetes\", \"kubernetes\": { \"kubeconfig\": \"$KUBE/calico-kubeconfig\" }"
handles=$(calico ipamhandles)
[ -z "$handles" ] || fail "handles are left:" $handles
