# SPDX-License-Identifier: Apache-2.0
# Behind a Kubernetes API server the pods of a node say which of host-local's reservations live: those
# become the pods' own, and the others are removed with them.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/store.inc.sh"
. "$SOURCE/tests/kubernetes/cluster.inc.sh"

want_kubernetes
[ -x "$TOOLS/host-local" ] || skip "no $TOOLS/host-local (sh tests/run.sh builds it)"
kube_options=-v=3
start_cluster
use_cluster
for node in node-1 node-2; do
	create_node $node
done
create_pool v4 10.86.0.0/24
create_pool v6 fd86::/64
folder=$T/networks/net

# reserve CONTAINER IFNAME: host-local's ADD of both families.
reserve() {
	CNI_COMMAND=ADD CNI_CONTAINERID=$1 CNI_IFNAME=$2 CNI_NETNS=/none CNI_PATH=/none "$TOOLS/host-local" >"$T/reserved" <<-END || fail "host-local: $(cat "$T/reserved")"
	{ "cniVersion": "1.0.0", "name": "net", "type": "ptp", "ipam": { "type": "host-local", "dataDir": "$T/networks",
	  "ranges": [ [ { "subnet": "10.86.0.0/24" } ], [ { "subnet": "fd86::/64" } ] ] } }
	END
}

# reserved CONTAINER: as a pod's status has it.
reserved() {
	grep -l "^$1" "$folder"/[0-9a-f]*.* "$folder"/[0-9a-f]*:* | sed 's|.*/\(.*\)|{ "ip": "\1" }|' | paste -s -d , - |
		sed 's/.*/{ "phase": "Running", "podIPs": [ & ] }/'
}

upgrade() {
	upgrade_got=0
	ctl upgrade-from-host-local net --dir "$folder" "$@" >"$T/out" 2>&1 || upgrade_got=$?
}

says() {
	grep -qF -e "$1" "$T/out" || {
		cat "$T/out" >&2
		fail "not said: $1"
	}
}

reserve alive eth0
cluster_pod alive node-1 "$(reserved alive)"
reserve second eth1
reserve gone eth0
reserve elsewhere eth0
cluster_pod elsewhere node-2 "$(reserved elsewhere)"
reserve finished eth0
cluster_pod finished node-1 "$(reserved finished | sed 's/Running/Succeeded/')"

# While a pod has no address yet nobody can say that a reservation is nobody's.
cluster_pod waiting node-1
upgrade --dry-run --node node-1
says '10 would be taken over, 0 held already, 0 of no pod, 0 failed'
cluster_pod_is waiting '{ "phase": "Running", "podIPs": [ { "ip": "192.0.2.7" } ] }'

# Who may not list pods is told what to do.
(store_settings="CALICO_DATASTORE_TYPE=kubernetes KUBECONFIG=$KUBE/calico-kubeconfig" upgrade --node node-1 && cp "$T/out" "$T/denied")
cp "$T/denied" "$T/out"
says 'the pods of node-1, by which reservations are judged; --no-pods takes over all of them'
says 'ask as an administrator (KUBECONFIG)'
upgrade --dry-run --no-pods --node node-1
says '10 would be taken over, 0 held already, 0 failed'

# A name that no node of the cluster has: of its pods there are none, so that every reservation would be nobody's.
for words in '' --dry-run --no-pods; do
	upgrade $words --node node-11
	[ "$upgrade_got" = 3 ] || fail "exit status $upgrade_got for a node that is not there: $(cat "$T/out")"
	says 'the cluster has no node "node-11": --node NODE gives the name of the Node that this machine is'
	says 'did you mean node-1?'
	holds 0
	[ "$(ls "$folder" | grep -c '^[0-9a-f].*[.:]')" = 10 ] || fail "reservations were removed: $(ls "$folder")"
done

holds 0
upgrade --node node-1
[ "$upgrade_got" = 0 ] || fail "exit status $upgrade_got: $(cat "$T/out")"
says "4 taken over, 0 held already, 6 of no pod, 0 failed; the reservations in $folder are removed"
[ -z "$(ls "$folder" | grep '^[0-9a-f].*[.:]')" ] || fail "reservations are left: $(ls "$folder")"
holds 4
ctl show --addresses -o wide >"$T/out"
[ "$(grep -c ' default/alive ' "$T/out")" = 2 ] || fail "the pod's name is not with its addresses: $(cat "$T/out")"
[ "$(grep -c ' net.second' "$T/out")" = 2 ] || fail "another interface's addresses are not taken over: $(cat "$T/out")"
pods_were_listed_of node-1
