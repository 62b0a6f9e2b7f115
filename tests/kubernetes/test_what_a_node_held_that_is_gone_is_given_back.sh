# SPDX-License-Identifier: Apache-2.0
# reclaim --node: once the node is deleted, and not what a pod of it still has. Behind the Kubernetes
# API its nodes and pods judge; on etcd the node's own record can only contradict, and that is said.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/store.inc.sh"
. "$SOURCE/tests/reclaim.inc.sh"
. "$SOURCE/tests/kubernetes/cluster.inc.sh"

refuses() {
	refused "$T/said" ctl reclaim --node "$1" --yes --grace 0
	grep -q "$2" "$T/said" || fail "reclaim --node $1 does not say \"$2\": $(cat "$T/said")"
}

# job DELETE_COMMAND...: with two nodes and both pools.
job() {
	sed -i 's/"name": "net1"/"name": "net1", "nodename": "node-7"/' "$T/conf"
	cni ADD gone /run/netns/none
	sed -i 's/"nodename": "node-7"/"nodename": "node-1"/' "$T/conf"
	cni ADD here /run/netns/none
	refuses node-7 'exists; where it is gone for good, delete it first'
	refuses node-1 'is this machine'
	"$@" node-7 >/dev/null 2>&1 || fail "$* node-7"
	ctl reclaim --node node-7 --dry-run >"$T/said" 2>&1
	has gone 2
	reclaim --node node-7
	has gone 0
	has here 2
	cni DEL here /run/netns/none
	sed -i 's/"nodename": "node-1"/"nodename": "node-7"/' "$T/conf"
}

want_etcd
want_kubernetes kube-apiserver kubectl
start_etcd
use_etcd
create_pool v4 10.80.0.0/16
create_pool v6 fd80::/64
for node in node-1 node-7; do
	create_node $node
done
sed -i 's/"type": "bridge"/"type": "bridge", "etcd_endpoints": "http:\/\/127.0.0.1:2379"/' "$T/conf"
job ctl node delete --yes --force
grep -q 'nothing here tells whether node "node-7" still runs' "$T/log" || fail "not said what cannot be known: $(cat "$T/log")"

say "behind the Kubernetes API"
kube_options=-v=3
start_cluster
use_cluster
sed -i 's/"etcd_endpoints": "[^"]*"/"datastore_type": "kubernetes"/; s/, "nodename": "node-7"//' "$T/conf"
for node in node-1 node-7; do
	create_node $node
done
create_pool v4 10.80.0.0/16
create_pool v6 fd80::/64
job kubectl delete node
! grep -q 'nothing here tells' "$T/log" || fail "what the API server tells is not believed"
pods_were_listed_of node-7
