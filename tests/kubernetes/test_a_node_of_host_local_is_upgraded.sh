# SPDX-License-Identifier: Apache-2.0
# calico-ipam -upgrade, as Calico's init container starts it: what host-local gave the pods of a node becomes their
# own, the tunnel keeps its address, and the cluster waits meanwhile; killed anywhere and repeated (docs/DATA-MODEL.md 16).
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/store.inc.sh"
. "$SOURCE/tests/kubernetes/cluster.inc.sh"

want_kubernetes
kube_options=-v=3
start_cluster
use_cluster
create_pool v4 10.86.0.0/16
create_pool v6 fd86::/64
kubectl create --validate=false -f - <<-END >/dev/null || fail "node, cluster and account"
apiVersion: v1
kind: Node
metadata: {name: node-1, annotations: {kept: "yes"}}
spec: {podCIDR: 10.86.1.0/24, podCIDRs: [10.86.1.0/24], unschedulable: true}
---
apiVersion: crd.projectcalico.org/v1
kind: ClusterInformation
metadata: {name: default}
spec: {clusterGUID: "1", datastoreReady: true}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: calico-node, namespace: kube-system}
---
# The rights of Calico's manifests that are beyond the plugin's.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: calico-node}
rules:
- {apiGroups: [""], resources: [pods], verbs: [list]}
- {apiGroups: [""], resources: [nodes/status], verbs: [update]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: calico-node}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: calico-node}
subjects: [{kind: ServiceAccount, name: calico-node, namespace: kube-system}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: calico-node-cni}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: calico-cni-plugin}
subjects: [{kind: ServiceAccount, name: calico-node, namespace: kube-system}]
END

# The container that it runs in: /host/opt/cni/bin and /var/lib/cni/networks are the host's.
root=$T/root
mkdir -p "$root" "$T/container/upper" "$T/container/work"
mount -t overlay -o "lowerdir=/,upperdir=$T/container/upper,workdir=$T/container/work" container "$root" ||
	skip "this machine does not allow overlay mounts"
mount --bind /proc "$root/proc"
cp "$PLUGIN" "$root/calico-ipam"
kube_token=$(kubectl create token calico-node -n kube-system --duration 1h) || fail "calico-node has no token"
kube_config "token: \"$kube_token\"" >"$root/calico-node"
cp "$KUBE/calico-kubeconfig" "$root/calico-cni-plugin"
bin=$root/host/opt/cni/bin
name=node-1
folder=$root/var/lib/cni/networks/k8s-pod-network

# upgrade ACCOUNT
upgrade() {
	chroot "$root" env -i "KUBERNETES_NODE_NAME=$name" "KUBECONFIG=/$1" /calico-ipam -upgrade 2>>"$T/said"
}

# It is started and goes on; killed by `stop`.
start() {
	: >"$T/said"
	upgrade "$1" &
	upgrading=$!
}

stop() {
	kill -9 "$upgrading" $(cat "/proc/$upgrading/task/$upgrading/children" 2>/dev/null) 2>/dev/null || true
	wait "$upgrading" 2>/dev/null || true
}

says() {
	grep -qF -e "$1" "$T/said" || {
		cat "$T/said" >&2
		fail "not said: $1"
	}
}

spec() {
	kubectl get "$1" -o "jsonpath=$2"
}

ready_is() {
	[ "$(spec clusterinformations.crd.projectcalico.org/default '{.spec.datastoreReady}')" = "$1" ]
}

# What host-local has of a pod, of one that is gone, and beside them.
reserve() {
	mkdir -p "$bin" "$folder"
	touch "$bin/calico" "$bin/host-local" "$bin/portmap" "$folder/lock"
	printf '%s\n%s' 1111 eth0 >"$folder/10.86.1.7"
	printf '%s\n%s' 1111 eth0 >"$folder/fd86::7"
	printf '%s\r\n%s' 2222 eth0 >"$folder/10.86.1.8"
	printf 10.86.1.8 >"$folder/last_reserved_ip.0"
}

mkdir -p "$bin"
start calico-node
wait "$upgrading" || fail "no folder of host-local is an error"
says 'no migration necessary'
holds 0

reserve
cluster_pod web node-1 '{ "phase": "Running", "podIPs": [ { "ip": "10.86.1.7" }, { "ip": "fd86::7" } ] }'

# The plugin's own account may not do it, and the cluster is left as it is.
start calico-cni-plugin
within 100 grep -q retrying "$T/said"
stop
says 'PUT /api/v1/nodes/node-1/status is not allowed'
says "the plugin's account has no right to it; ask as Calico's calico-node"
ready_is true || fail "the cluster waits for who may not go on"
[ -e "$bin/calico" ] || fail "the executables are gone"
holds 1

# What somebody has to mend first is told while the cluster goes on. put_wrong MESSAGE
put_wrong() {
	start calico-node
	within 100 grep -q retrying "$T/said"
	stop
	says "$1"
	ready_is true || fail "the cluster waits until somebody mends this node: $1"
	[ -e "$bin/calico" ] || fail "the executables are gone: $1"
}
: >"$folder/10.86.1.7"
put_wrong "the file 10.86.1.7 is empty"
printf '%s\n%s' 1111 eth0 >"$folder/10.86.1.7"
mkdir "$folder/kept"
put_wrong "$(basename "$folder")/kept is a folder"
rmdir "$folder/kept"
printf '%s\n%s' 3333 eth1 >"$folder/192.0.2.1"
put_wrong "not in a configured pool: 192.0.2.1"
rm "$folder/192.0.2.1"
: >"$folder/10.86.1.9"
name=node-11
put_wrong "resource does not exist: Node(node-11)"
[ -e "$folder/10.86.1.8" ] || fail "of a node that is not there a reservation was taken for nobody's"
name=node-1

# Killed while it waits for the last ADDs: the next one goes on.
start calico-node
within 100 ready_is false
stop
holds 1
[ "$(spec node/node-1 '{.metadata.annotations.projectcalico\.org/IPv4IPIPTunnelAddr}')" = 10.86.1.1 ] || fail "the tunnel has no address"
[ "$(spec node/node-1 '{.metadata.annotations.kept} {.spec.unschedulable}')" = "yes true" ] || fail "the node is not as it was"
ready_is false || fail "somebody else made the cluster ready"
cp -a "$folder" "$T/reserved"

start calico-node
wait "$upgrading" || fail "exit status $?: $(cat "$T/said")"
says 'failed=0 heldAlready=0 takenOver=2 withoutPod=2'
pods_were_listed_of node-1
ready_is true || fail "the cluster still waits"
[ ! -e "$folder" ] || fail "left: $(ls -A "$folder")"
[ "$(ls "$bin")" = portmap ] || fail "executables: $(ls "$bin")"
holds 3
ctl show --addresses -o wide >"$T/out"
[ "$(grep -c ' default/web ' "$T/out")" = 2 ] || fail "the pod's name is not with its addresses: $(cat "$T/out")"
ctl check >"$T/out" 2>&1 || [ $? = 7 ] || fail "check: $(cat "$T/out")"

# Killed behind the last allocation: what is held is left as it is.
cp -a "$T/reserved" "$folder"
start calico-node
wait "$upgrading" || fail "exit status $?: $(cat "$T/said")"
says 'failed=0 heldAlready=2 takenOver=0 withoutPod=2'
[ ! -e "$folder" ] || fail "left: $(ls -A "$folder")"
holds 3

# An empty folder stops nobody.
mkdir "$folder"
start calico-node
wait "$upgrading" || fail "exit status $?: $(cat "$T/said")"
[ ! -e "$folder" ] || fail "the empty folder is left"
ready_is true || fail "an empty folder has the cluster wait"

# The pod's DEL finds what it has.
cat >"$T/request" <<-END
{ "cniVersion": "1.0.0", "name": "k8s-pod-network", "type": "calico", "nodename": "node-1", "datastore_type": "kubernetes",
  "kubernetes": { "kubeconfig": "$KUBE/calico-kubeconfig" }, "ipam": { "type": "calico-ipam" } }
END
env -i PATH="$PATH" CNI_COMMAND=DEL CNI_CONTAINERID=1111 CNI_IFNAME=eth0 CNI_PATH=/opt/cni/bin "$PLUGIN" <"$T/request" >"$T/out" 2>&1 ||
	fail "DEL: $(cat "$T/out")"
holds 1
umount -l "$root/proc" "$root"
