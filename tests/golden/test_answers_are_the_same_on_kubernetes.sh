# SPDX-License-Identifier: Apache-2.0
# What the plugin answers to requests of each version, along the life of an allocation, of exact addresses and of each kind
# of error is the same on an API server, byte for byte; only the store's name is another. Its own errors are in kubernetes.golden.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/store.inc.sh"
. "$SOURCE/tests/kubernetes/cluster.inc.sh"
want_kubernetes
. "$SOURCE/tests/golden/golden.inc.sh"
start_cluster
use_cluster
place="Kubernetes API server https://127.0.0.1:$kube_port"
base="$base,\"datastore_type\":\"kubernetes\",\"kubernetes\":{\"kubeconfig\":\"$KUBE/calico-kubeconfig\"}"

# fresh: as a store that has just been made, but for its pools and its node.
fresh() {
	for kind in ipamblocks blockaffinities ipamhandles; do
		kubectl delete "$kind.$calico_group" --all >/dev/null
	done
	rm -rf "$T/run"
}

# make_pool NAME SPEC
make_pool() {
	echo "{\"apiVersion\":\"$calico_group/$calico_version\",\"kind\":\"IPPool\",\"metadata\":{\"name\":\"$1\"},\"spec\":$2}" |
		kubectl create --validate=false -f -
}

without_pools() {
	fresh
	kubectl delete "ippools.$calico_group" --all >/dev/null
}

play tests/golden/kubernetes.golden
# Done once more for another group (tests/CMakeLists.txt), the longest is left out: its errors are of requests.
if [ -z "${KUBE_GROUP:-}" ]; then
	without_pools
	play tests/golden/errors.golden
fi
without_pools
create_pool 10-0-0-0-16 10.0.0.0/16
create_pool fd00---64 fd00::/64
ctl pool create 192-0-2-0-32 --cidr 192.0.2.0/32 --block-size 32 --assignment-mode Manual
for golden in verbs results_for_bridge results_for_calico exact_addresses; do
	fresh
	play "tests/golden/$golden.golden"
done

# says_so: the server shows a certificate that has run out.
says_so() {
	curl -s --cacert "$KUBE/tls/ca.crt" -o /dev/null -w '%{ssl_verify_result}' "https://127.0.0.1:$kube_port" | grep -qx 10
}
kube_sign_server -1
within 300 says_so
rm -rf "$T/run"
play tests/golden/kubernetes_expired.golden
