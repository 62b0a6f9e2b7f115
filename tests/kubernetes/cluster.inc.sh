# SPDX-License-Identifier: Apache-2.0
# Sourced after sandbox.inc.sh and etcd.inc.sh: a cluster of the test's own, a kube-apiserver at
# https://127.0.0.1:6443 over the etcd that start_etcd starts.  It ends with the sandbox.
#
# kubectl WORDS...		as who may do everything
# $KUBE/calico-kubeconfig	the plugin's, $KUBE/admin.kubeconfig: of who may do everything
# kubectl_as_plugin WORDS...	as the plugin's account

KUBE=$T/kube
kube_port=6443
. "$SOURCE/tests/kubernetes/server.inc.sh"

kubectl_as_plugin() {
	KUBECACHEDIR=$KUBE/cache.plugin "$KUBE_TOOLS/kubectl" --kubeconfig "$KUBE/plain-kubeconfig" "$@"
}

# want_kubernetes [PROGRAM...]: what tests/kubernetes/build.sh builds.
want_kubernetes() {
	want_etcd
	kube_is_built kube-apiserver "$@" || skip "no kube-apiserver, kubectl${*:+, $*} in $KUBE_TOOLS (sh tests/kubernetes/build.sh)"
}

# start_cluster [v1|v3...]: with these groups of Calico's kinds; if none is given with KUBE_GROUP, and
# where that is not set with v1. What is asked of kubectl by $calico_group is of the first; $kube_options are the server's.
start_cluster() {
	[ "$#" != 0 ] || set -- "${KUBE_GROUP:-v1}"
	calico_version=$1
	case $1 in
	v1) calico_group=crd.projectcalico.org ;;
	v3) calico_group=projectcalico.org ;;
	*) fail "groups of Calico's kinds are v1 and v3, not $1" ;;
	esac
	mkdir -p "$KUBE"
	[ -n "${etcd_url:-}" ] || start_etcd
	kube_etcd=$etcd_url
	kube_make_certificates
	kube_write_admin
	kube_run_apiserver ${kube_options:-}
	kube_await_apiserver || {
		tail -n 20 "$KUBE/kube-apiserver.log" >&2
		fail "the API server does not become ready"
	}
	kube_install_crds "$@" || fail "Calico's kinds cannot be installed"
	kube_make_account || fail "the plugin's account cannot be made"
}

# cluster_node NAME [LABEL=VALUE...]: what kubelet would register.
cluster_node() {
	cluster_name=$1
	shift
	kubectl create --validate=false -f - <<-END >/dev/null || fail "node $cluster_name"
	{ "apiVersion": "v1", "kind": "Node", "metadata": { "name": "$cluster_name",
	  "labels": { "kubernetes.io/hostname": "$cluster_name" } } }
	END
	[ "$#" = 0 ] || kubectl label node "$cluster_name" "$@" >/dev/null || fail "labels of node $cluster_name"
}

# cluster_pod NAME NODE [STATUS]: what a scheduler and kubelet would make of it; the status in JSON.
cluster_pod() {
	kubectl create --validate=false -f - <<-END >/dev/null || fail "pod $1"
	{ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "$1", "namespace": "default" },
	  "spec": { "nodeName": "$2", "containers": [ { "name": "c", "image": "none" } ] } }
	END
	[ "$#" = 2 ] || cluster_pod_is "$1" "$3"
}

cluster_pod_is() {
	kubectl patch pod "$1" --subresource=status --type=merge -p "{ \"status\": $2 }" >/dev/null || fail "pod $1's status"
}

# pods_were_listed_of NODE: of no other, since a cluster with `kube_options=-v=3` began, but by kubectl and
# the server itself.
pods_were_listed_of() {
	grep -F 'URI="/api/v1/pods?' "$KUBE/kube-apiserver.log" | grep -v 'userAgent="kube' >"$T/lists" || fail "nobody has listed pods"
	! grep -vF "fieldSelector=spec.nodeName%3D$1\"" "$T/lists" >&2 || fail "pods of all nodes were listed"
}

# make_allocations_old: those of the last minute are judged by nobody.
make_allocations_old() {
	kubectl get "ipamblocks.$calico_group" -o json | sed 's/"timestamp": "[0-9]*-/"timestamp": "2020-/' |
		kubectl replace --validate=false -f - >/dev/null || fail "the blocks cannot be replaced"
}

# use_cluster: of store.inc.sh, the store is this cluster; its nodes are kubelet's, not ours.
use_cluster() {
	use_store CALICO_DATASTORE_TYPE=kubernetes "KUBECONFIG=$KUBE/admin.kubeconfig"
	create_node() {
		cluster_node "$1"
	}
}

# calico KIND...: those objects of $calico_group, by name, one a line.
calico() {
	for calico_kind in "$@"; do
		kubectl get "$calico_kind.$calico_group" -o name
	done
}
