# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/store.inc.sh"
. "$SOURCE/tests/race.inc.sh"

want_etcd
start_etcd
use_etcd
create_pool race-4 "$V4_POOL"
create_pool race-6 "$V6_POOL"
for node in $(seq 0 $((NODES - 1))); do
	create_node "node-$node"
done
race '"datastore_type": "etcdv3", "etcd_endpoints": "http://127.0.0.1:2379"'
handles=$(etcd_keys /calico/ipam/v2/handle/)
[ -z "$handles" ] || fail "handles are left:" $handles
