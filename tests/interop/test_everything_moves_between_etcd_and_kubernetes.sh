# SPDX-License-Identifier: Apache-2.0
# export and import between etcd and a Kubernetes API server, there and back: the same records, and
# calicoctl finds them as sound on either side.  What cannot go over is named.
. "$SOURCE/tests/interop/interop.inc.sh"
. "$SOURCE/tests/kubernetes/cluster.inc.sh"

want_kubernetes
start_cluster

to_etcd() {
	use_etcd
	export DATASTORE_TYPE=etcdv3
	unset KUBECONFIG
}

to_kubernetes() {
	use_store CALICO_DATASTORE_TYPE=kubernetes "KUBECONFIG=$KUBE/admin.kubeconfig"
	export DATASTORE_TYPE=kubernetes KUBECONFIG="$KUBE/admin.kubeconfig"
}

says() {
	grep -qF -e "$2" "$1" || {
		cat "$1" >&2
		fail "not said: $2"
	}
}

# sums FILE: what calicoctl finds in the store in use.
sums() {
	calicoctl ipam check >"$T/check" 2>&1 || {
		cat "$T/check" >&2
		fail "calicoctl ipam check"
	}
	grep -E 'blocks record|^Found .* (handles|pools)|leaked|not allocated|problems' "$T/check" >"$1"
	says "$1" 'Found 0 handles with no matching IPs'
}

# pools FILE: as calicoctl shows them, without what a store gives itself.
pools() {
	for pools_kind in ippool ipreservation; do
		calicoctl get $pools_kind -o yaml
	done | grep -vE ' (uid|creationTimestamp|resourceVersion):' >"$1"
}

# ipam FILE: of an archive the records that are to the byte the same in every store.
ipam() {
	grep '"key":"/calico/ipam/' "$1" | sed 's/,$//'
}

ctl pool create v4 --cidr 10.86.0.0/16 --block-size 27 --node-selector 'has(zone)' >/dev/null
ctl pool create v6 --cidr fd86::/64 >/dev/null
calicoctl create -f - >/dev/null <<END
apiVersion: projectcalico.org/v3
kind: IPPool
metadata: {name: theirs, labels: {of: calico}}
spec: {cidr: 10.87.0.0/16, blockSize: 28, ipipMode: Always, natOutgoing: true, nodeSelector: 'zone == "b"'}
END
ctl reservation create kept --cidr 10.86.0.0/28 >/dev/null
ctl config set strict_affinity=true maxBlocksPerHost=4 >/dev/null
label_node node-1 zone=a && label_node node-2 zone=b
add ours one
add theirs two
add ours three node-2 '"assign_ipv6": "false"'
add theirs Four node-2 '"assign_ipv6": "false"'
del ours one
etcd_ctl put /calico/resources/v3/projectcalico.org/felixconfigurations/default '{"kind":"FelixConfiguration"}' >/dev/null
etcd_ctl put /calico/resources/v3/projectcalico.org/workloadendpoints/default/x '{"kind":"WorkloadEndpoint"}' >/dev/null
sums "$T/sums.etcd"
pools "$T/pools.etcd"
ctl export "$T/etcd.json" >/dev/null

# Into Kubernetes, of whose nodes one is there, without its label.
cluster_node node-1
to_kubernetes
ctl import "$T/etcd.json" --dry-run >"$T/out" 2>&1
[ -z "$(calico ippools ipamblocks)" ] || fail "a dry run has written"
ctl import "$T/etcd.json" >"$T/out" 2>&1 || {
	cat "$T/out" >&2
	fail "import into Kubernetes"
}
says "$T/out" 'has no place in this store: /calico/resources/v3/projectcalico.org/felixconfigurations/default'
says "$T/out" 'has no place in this store: /calico/resources/v3/projectcalico.org/workloadendpoints/default/x'
says "$T/out" '3 records of the file have no place in this store'
says "$T/out" 'node node-2 is not in this cluster: kubelet registers it'
says "$T/out" "node node-1 has other labels in this cluster; run: kubectl label --overwrite node node-1 zone=a"

# Once that is done nothing of it is left.
cluster_node node-2 zone=b
eval "$(sed -n 's/.*; run: //p' "$T/out")" >/dev/null
ctl import "$T/etcd.json" >"$T/out" 2>&1 || fail "import once more"
says "$T/out" '0 records imported'
says "$T/out" '2 records of the file have no place in this store'
! grep -q 'node node-' "$T/out" || fail "it speaks of nodes that are as they were"
sums "$T/sums.kubernetes"
diff "$T/sums.etcd" "$T/sums.kubernetes" >&2 || fail "calicoctl finds otherwise in Kubernetes"
pools "$T/pools.kubernetes"
diff "$T/pools.etcd" "$T/pools.kubernetes" >&2 || fail "the pools are others in Kubernetes"

# What differs is not written over.
calicoctl patch ippool theirs -p '{"spec": {"natOutgoing": false}}' >/dev/null
! ctl import "$T/etcd.json" >"$T/out" 2>&1 || fail "a pool that differs is taken for the same"
says "$T/out" 'differs: /calico/resources/v3/projectcalico.org/ippools/theirs'
calicoctl patch ippool theirs -p '{"spec": {"natOutgoing": true}}' >/dev/null

# And back, into an etcd that has none of it.
ctl export "$T/kubernetes.json" >/dev/null
ipam "$T/etcd.json" >"$T/ipam.etcd"
ipam "$T/kubernetes.json" | diff "$T/ipam.etcd" - >&2 || fail "Kubernetes holds other records"
[ -s "$T/ipam.etcd" ] || fail "nothing was compared"
etcd_ctl del --prefix /calico/ >/dev/null
to_etcd
ctl import "$T/kubernetes.json" >"$T/out" 2>&1 || {
	cat "$T/out" >&2
	fail "import into etcd"
}
ctl export "$T/again.json" >/dev/null
diff "$T/kubernetes.json" "$T/again.json" >&2 || fail "etcd holds other records than Kubernetes"
sums "$T/sums.again"
diff "$T/sums.etcd" "$T/sums.again" >&2 || fail "calicoctl finds otherwise in etcd"
pools "$T/pools.again"
diff "$T/pools.etcd" "$T/pools.again" >&2 || fail "the pools are others in etcd"

# Who holds an address still does, on either side.
for store in kubernetes etcd; do
	to_$store
	[ $store = etcd ] || store_of_request="\"datastore_type\": \"kubernetes\", \"kubernetes\": { \"kubeconfig\": \"$KUBE/plain-kubeconfig\" }"
	[ $store = kubernetes ] || store_of_request="\"datastore_type\": \"etcdv3\", \"etcd_endpoints\": \"$etcd_url\""
	holds 4
	del ours two
	del theirs three node-2
	del ours Four node-2
	holds 0
done
