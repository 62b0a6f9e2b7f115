# SPDX-License-Identifier: Apache-2.0
# The main job behind a Kubernetes API server; and what cannot be done there is refused, with what to
# do instead.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/kubernetes/cluster.inc.sh"
. "$SOURCE/tests/ctl/typed.inc.sh"
. "$SOURCE/tests/ctl/main_job.inc.sh"
. "$SOURCE/tests/ctl/watch.inc.sh"
. "$SOURCE/tests/ctl/serving.inc.sh"

make_the_node() {
	cluster_node node-1 rack=1
}

# Nodes are kubelet's.
make_the_node_twice() {
	exits 4 "$CTL" node create node-1
	for verb in "create node-2" "label node-1 a=b" "delete node-1 --force --yes"; do
		exits 1 "$CTL" node $verb
		says "$T/err" "is Kubernetes' own: kubelet registers a node, and kubectl changes or deletes it"
	done
	[ "$(kubectl get nodes -o name)" = node/node-1 ] || fail "the nodes are $(kubectl get nodes -o name)"
}

want_kubernetes
start_cluster
export CALICO_DATASTORE_TYPE=kubernetes KUBECONFIG="$KUBE/admin.kubeconfig"
plugin_uses "\"datastore_type\": \"kubernetes\", \"kubernetes\": { \"kubeconfig\": \"$KUBE/calico-kubeconfig\" },"
main_job

# Nothing tells when the store has changed: it is read again every two seconds.
goes_on_rests=5
goes_on

# Who holds what, in each form.
exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/24
exits 0 "$CTL" pool create v6 --cidr fd86::/64
kubectl label "ippools.$calico_group" v4 team=net site=a >/dev/null
pool_labelled '{team: net}' configured
pool_labelled '{}' configured
pool_labelled '{}' unchanged
plugin ADD third
address=$(grep -o '10\.86\.0\.[0-9]*' "$T/result" | head -n 1)
exits 0 "$CTL" show --ip "$address"
says "$T/out" net1.third
exits 0 "$CTL" map "$T/map.html"
says "$T/out" "2 pools, 2 blocks, 2 addresses in use"
exits 0 "$CTL" metrics
says "$T/out" 'calico_ipam_pool_addresses{pool="v4",cidr="10.86.0.0/24",family="4",state="in_use"} 1'
exits 0 "$CTL" affinity list
says "$T/out" "host:node-1  confirmed     1"
exits 0 "$CTL" history --ip "$address"
says "$T/out" "this store keeps no history"

# Affinities from before Calico labelled them: Calico's own list of a node's finds them once something is written.
labelled() {
	kubectl get "blockaffinities.$calico_group" -o name -l "projectcalico.org/hostname-hash=$1,projectcalico.org/affinity-type=host,projectcalico.org/ip-version=$2" | wc -l
}
hash=$(kubectl get "blockaffinities.$calico_group" -o 'jsonpath={.items[0].metadata.labels.projectcalico\.org/hostname-hash}')
[ "$(labelled "$hash" 4)" = 1 ] && [ "$(labelled "$hash" 6)" = 1 ] || fail "the affinities have other labels"
kubectl label "blockaffinities.$calico_group" --all projectcalico.org/hostname-hash- projectcalico.org/affinity-type- \
	projectcalico.org/ip-version- >/dev/null
[ "$(labelled "$hash" 4)" = 0 ] || fail "the affinities keep their labels"
rm -rf /run/calico-ipam
plugin ADD fourth
[ "$(labelled "$hash" 4)" = 1 ] && [ "$(labelled "$hash" 6)" = 1 ] ||
	fail "the affinities: $(kubectl get "blockaffinities.$calico_group" --show-labels)"
plugin DEL fourth

# What does not agree is mended.
kubectl delete "ipamhandles.$calico_group" net1.third >/dev/null
kubectl delete "blockaffinities.$calico_group" --all >/dev/null
exits 6 "$CTL" check
says "$T/out" "handle-missing (1)"
says "$T/out" "affinity-missing (2)"
exits 0 "$CTL" check --mend --yes
says "$T/out" "3 mended"
exits 0 "$CTL" check

# Forty together: two writes for each handle that goes, one for their block, and no read of each.
# served VERBS RESOURCE: requests that the server has answered.
served() {
	kubectl get --raw /metrics | awk -v verbs="$1" -v resource="resource=\"$2\"" '
		/^apiserver_request_total/ && index($0, resource) && match($0, "verb=\"(" verbs ")\"") { n += $NF }
		END { print n + 0 }'
}
block=$(kubectl get "ipamblocks.$calico_group" -o jsonpath='{.items[*].spec.cidr}' | tr ' ' '\n' | grep -F 10.86.)
for i in $(seq 40); do
	echo "{\"apiVersion\": \"$calico_group/$calico_version\", \"kind\": \"IPAMHandle\", \"metadata\": {\"name\": \"net1.leaked$i\"},
		\"spec\": {\"handleID\": \"net1.leaked$i\", \"block\": {\"$block\": 1}, \"deleted\": false}}"
done | kubectl create -f - >/dev/null
gets=$(served GET ipamhandles) writes=$(served 'PUT|POST|DELETE' ipamhandles) blocks=$(served PUT ipamblocks)
exits 0 "$CTL" check --mend --yes
says "$T/out" "40 mended"
[ "$(served GET ipamhandles)" = "$gets" ] || fail "handles were read one by one"
[ "$(served 'PUT|POST|DELETE' ipamhandles)" = $((writes + 80)) ] || fail "not two writes for each handle"
[ "$(served PUT ipamblocks)" = $((blocks + 1)) ] || fail "the block was not written once for all"
exits 0 "$CTL" check

# A split would lose the pool for a moment.
exits 1 "$CTL" pool split v4 --into 25
says "$T/err" "calicoctl datastore migrate lock && calicoctl ipam split --name=v4 HOW_MANY"
exits 0 "$CTL" pool list
says "$T/out" "10.86.0.0/24"

# A node's addresses are not released while it is there.
exits 4 "$CTL" release --node node-1 --yes
says "$T/err" "delete it first (kubectl delete node)"
kubectl delete node node-1 >/dev/null
hostname node-2
exits 0 "$CTL" release --node node-1 --yes
says "$T/out" "2 addresses released, 2 blocks given back"
exits 0 "$CTL" check

# A node that is not there is made by nobody but kubelet.
plugin_uses "\"datastore_type\": \"kubernetes\", \"create_node\": true, \"kubernetes\": { \"kubeconfig\": \"$KUBE/calico-kubeconfig\" },"
exits 1 env CNI_COMMAND=ADD CNI_CONTAINERID=four CNI_IFNAME=eth0 CNI_NETNS="$T/no-netns" CNI_PATH=/opt/cni/bin \
	sh -c '"$0" <"$1"' "$PLUGIN" "$T/stdin.json"
says "$T/out" 'node-1'
[ -z "$(kubectl get nodes -o name)" ] || fail "there is a node: $(kubectl get nodes -o name)"

# A served map is read anew, though nothing tells when the store has changed.
drawn() {
	curl -s --noproxy '*' --max-time 20 "${url}state" >/dev/null
	curl -s --noproxy '*' --max-time 20 "${url}drawing"
}
serve map map --serve 0
! drawn | grep -q '"disabled":true' || fail "a pool is disabled already"
exits 0 "$CTL" pool disable v4
tries=40
until drawn | grep -q '"disabled":true'; do
	tries=$((tries - 1))
	[ "$tries" -gt 0 ] || fail "what changes is not drawn: $(cat "$T/served")"
	sleep 0.5
done
end_server
