# SPDX-License-Identifier: Apache-2.0
# The cluster that other tests stand on is as strict as one of Calico's: the plugin's token reads and
# writes Calico's kinds, in both groups, and reads nodes, namespaces and pods; nothing else.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/kubernetes/cluster.inc.sh"

want_kubernetes
started=$(date +%s%N)
start_cluster v1 v3
say "ready after $((($(date +%s%N) - started) / 1000000)) ms"
cluster_node node-1 zone=a

# may yes|no VERB RESOURCE [OPTIONS...]
may() {
	may_answer=$1
	shift
	[ "$(kubectl_as_plugin auth can-i "$@" 2>/dev/null)" = "$may_answer" ] || fail "may the plugin $*? not \"$may_answer\""
}

for kind in ippools.crd.projectcalico.org ipamconfigs.crd.projectcalico.org \
	ipamblocks.projectcalico.org ipamconfigurations.projectcalico.org; do
	for verb in get list create update delete; do
		may yes $verb $kind
	done
	may no watch $kind
	may no patch $kind
done
for kind in nodes namespaces pods; do
	may yes get $kind
	may no list $kind
	may no update $kind
done
may no get secrets

# It writes, and what its kind does not name is kept.
kubectl_as_plugin create --validate=false -f - <<END >/dev/null || fail "the plugin cannot create a pool"
{ "apiVersion": "crd.projectcalico.org/v1", "kind": "IPPool", "metadata": { "name": "pool" },
  "spec": { "cidr": "10.86.0.0/16", "ofLater": { "kept": true } } }
END
kubectl_as_plugin get ippools.crd.projectcalico.org pool -o 'jsonpath={.spec.nodeSelector} {.spec.ofLater.kept}' >"$T/pool"
[ "$(cat "$T/pool")" = "all() true" ] || [ -n "${KUBE_CRDS:-}" ] || fail "the pool is $(cat "$T/pool")"
refused "$T/said" kubectl_as_plugin create --validate=false -f - <<END
{ "apiVersion": "crd.projectcalico.org/v1", "kind": "IPPool", "metadata": { "name": "host-bits" },
  "spec": { "cidr": "10.86.0.1/16" } }
END
refused "$T/said" kubectl_as_plugin get nodes
kubectl_as_plugin get node node-1 -o 'jsonpath={.metadata.labels.zone}' >"$T/zone"
[ "$(cat "$T/zone")" = a ] || fail "the node's zone is $(cat "$T/zone")"
[ "$(calico ippools ipamblocks)" = ippool.crd.projectcalico.org/pool ] || fail "the cluster holds $(calico ippools ipamblocks)"
