# SPDX-License-Identifier: Apache-2.0
# calico-ipam -upgrade is Calico's, for the Kubernetes datastore: over an etcd it says what to do instead, and touches
# neither etcd nor what host-local has; and a wrong environment is no reason to try again.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/store.inc.sh"

want_etcd
start_etcd
use_etcd
create_pool v4 10.86.0.0/16
create_node node-1
folder=/var/lib/cni/networks/k8s-pod-network
mkdir -p "$folder"
printf '%s\n%s' 1111 eth0 >"$folder/10.86.1.7"

# upgrade WORDS NAME=VALUE...: it fails at once, and says so.
upgrade() {
	upgrade_words=$1
	shift
	refused "$T/said" env -i "$@" "$PLUGIN" -upgrade
	grep -qF -e "$upgrade_words" "$T/said" || {
		cat "$T/said" >&2
		fail "not said: $upgrade_words"
	}
	[ -e "$folder/10.86.1.7" ] || fail "the reservation is gone"
	holds 0
}

upgrade 'on this one: calico-ipamctl upgrade-from-host-local k8s-pod-network' KUBERNETES_NODE_NAME=node-1 DATASTORE_TYPE=etcdv3 "ETCD_ENDPOINTS=$etcd_url"
upgrade 'KUBERNETES_NODE_NAME not specified, refusing to migrate...' "ETCD_ENDPOINTS=$etcd_url"
upgrade 'KUBERNETES_NODE_NAME: ' KUBERNETES_NODE_NAME=a/b

ctl upgrade-from-host-local k8s-pod-network --node node-1 >"$T/out" 2>&1 || fail "$(cat "$T/out")"
holds 1
ctl upgrade-from-host-local k8s-pod-network --node node-1 >"$T/out" 2>&1 || fail "repeated: $(cat "$T/out")"
holds 1

# Without the folder nobody is asked anything.
rm -r "$folder"
env -i KUBERNETES_NODE_NAME=node-1 K8S_API_ENDPOINT=https://127.0.0.1:1 "$PLUGIN" -upgrade 2>"$T/said" || fail "$(cat "$T/said")"
