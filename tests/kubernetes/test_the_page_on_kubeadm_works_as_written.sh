# SPDX-License-Identifier: Apache-2.0
# The commands of docs/CLUSTER.md by kubeadm and containerd, without Calico, as they stand: from a
# machine that has the packages to a pod with both families; and a second node that joins it.
SANDBOX_SECONDS=580
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/pages.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/kubernetes/cluster.inc.sh"
. "$SOURCE/tests/kubernetes/node.inc.sh"
. "$SOURCE/tests/kubernetes/kubeadm.inc.sh"
unset -f kubectl

clean_up() {
	clean_status=$?
	if [ "$clean_status" != 0 ] && [ "$clean_status" != 77 ]; then
		tail -n 30 "$T/kubelet.log" "$T/containerd.log" >&2 2>/dev/null || true
	fi
	touch "$T/ends"
	end_services || true
	[ -e "$T/joined" ] || [ -z "${second:-}" ] || kill "$second" 2>/dev/null || true
	wait || true
	leave_sandbox
}

reaches_the_api_by_its_service() {
	kubectl exec one -- /bin/busybox wget -O- http://10.96.0.1:443/ 2>&1 | grep -q '400 Bad Request'
}

nothing_is_held() {
	calico-ipamctl show --addresses >"$T/held" && ! grep ' assigned ' "$T/held"
}

begin_second_node() {
	FIRST=$T unshare -m -n -u sh "$SOURCE/tests/kubernetes/second_node.sh" &
	second=$!
	within 300 test -e "$T/waits_for_its_link"
	ip link set world netns "$second"
}

second_has_answered() {
	[ -e "$T/joined" ] || [ -e "$T/failed" ]
}

join_second_node() {
	tar -C / -cf "$T/network.tar" etc/calico-ipam/tls etc/cni/net.d/10-net.conflist
	"$KUBE_TOOLS/kubeadm" token create --print-join-command >"$T/joins" || fail "kubeadm token create"
	mv "$T/joins" "$T/join"
	in_time 90 second_has_answered
	[ -e "$T/joined" ] || fail "the second node"
}

on_second() {
	nsenter -t "$second" -n "$@"
}

# block NODE FAMILY: that node's.
block() {
	calico-ipamctl affinity list --node "$1" --no-headers | awk -v family="$2" '$1 ~ family { print $1 }'
}

# As conf-examples/README.md says, "On several nodes".
route_blocks() {
	ip route add "$(block node-2 '[.]')" via 192.0.2.8
	ip route add "$(block node-2 :)" via 2001:db8::8
	on_second ip route add "$(block node-1 '[.]')" via 192.0.2.7
	on_second ip route add "$(block node-1 :)" via 2001:db8::7
}

reaches() {
	kubectl exec "$1" -- /bin/busybox ping -c 1 -W 2 "$2"
}

want_kubeadm
trap clean_up EXIT
make_machine
begin_second_node
type_section_of_each_node
import_images
type_section $page 2.
export KUBECONFIG=/etc/kubernetes/admin.conf
leave_the_limit_of_connections
type_section $page 3b.
# Nobody types as fast as this.
kubectl wait --for=create serviceaccount/default --timeout=2m >/dev/null
type_section $page 4.
node_addresses=$(kubectl get node node-1 -o 'jsonpath={.status.addresses[?(@.type=="InternalIP")].address}')
[ "$node_addresses" = "192.0.2.7 2001:db8::7" ] || fail "the node has $node_addresses"
pod_ips=$(pod_addresses one)
say "the pod has $pod_ips"
for address in $pod_ips; do
	said "\"ip\":\"$address\""
	grep -q "^$address  *assigned  *node-1  *default/one " "$T/said" || fail "calico-ipamctl show does not say whose $address is"
done
in_time 30 reaches_the_api_by_its_service

say "a second node joins, and its pods are reached"
join_second_node
kubectl wait --for=condition=Ready node/node-2 --timeout=2m >/dev/null || fail "node-2"
kubectl run two --image=registry.k8s.io/pause:3.10.2 --overrides='{"spec": {"nodeName": "node-2"}}' >/dev/null
kubectl wait --for=condition=Ready pod/two --timeout=2m >/dev/null || fail "pod two"
route_blocks
pod_ips=$(pod_addresses two)
for address in $pod_ips; do
	in_time 30 reaches one "$address"
	say "pod one reaches pod two at $address"
done
kubectl delete pod one two --timeout 60s >/dev/null
in_time 30 nothing_is_held
