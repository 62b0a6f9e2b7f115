# SPDX-License-Identifier: Apache-2.0
# Ten nodes borrow from the same four blocks, each write a compare-and-swap through the API
# server: a few commits a second on a machine that has other work. Each request has patience.
[ -n "${SANDBOX:-}" ] || export SANDBOX_SECONDS=900
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
race "\"timeout_ms\": 400000, \"datastore_type\": \"kubernetes\", \"kubernetes\": { \"kubeconfig\": \"$KUBE/calico-kubeconfig\" }"
handles=$(calico ipamhandles)
[ -z "$handles" ] || fail "handles are left:" $handles
