# SPDX-License-Identifier: Apache-2.0
# The commands of docs/CLUSTER.md by kubeadm and containerd, without Calico, as they stand: from a
# machine that has the packages to a pod with both families.
SANDBOX_SECONDS=580
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/pages.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/kubernetes/cluster.inc.sh"
. "$SOURCE/tests/kubernetes/node.inc.sh"
. "$SOURCE/tests/kubernetes/kubeadm.inc.sh"
unset -f kubectl

page=docs/CLUSTER.md

clean_up() {
	clean_status=$?
	if [ "$clean_status" != 0 ] && [ "$clean_status" != 77 ]; then
		tail -n 30 "$T/kubelet.log" "$T/containerd.log" >&2 2>/dev/null || true
	fi
	end_services || true
	leave_sandbox
}

reaches_the_api_by_its_service() {
	kubectl exec one -- /bin/busybox wget -O- http://10.96.0.1:443/ 2>&1 | grep -q '400 Bad Request'
}

nothing_is_held() {
	calico-ipamctl show --addresses >"$T/held" && ! grep ' assigned ' "$T/held"
}

want_kubeadm
trap clean_up EXIT
make_machine
type_section $page 1. 's/^calico-ipamctl doctor\t/calico-ipamctl doctor || [ $? = 6 ] /'
said "the host does not pass on its containers' IPv6 packets" 'net.ipv6.conf.all.forwarding = 1'
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
pod_ips=$(kubectl get pod one -o 'jsonpath={.status.podIPs[*].ip}')
say "the pod has $pod_ips"
case $pod_ips in
10.87.*' fd87:'*) ;;
*) fail "the pod has not one address of each family" ;;
esac
for address in $pod_ips; do
	said "\"ip\":\"$address\""
	grep -q "^$address  *assigned  *node-1  *default/one " "$T/said" || fail "calico-ipamctl show does not say whose $address is"
done
in_time 30 reaches_the_api_by_its_service
kubectl delete pod one --timeout 60s >/dev/null
in_time 30 nothing_is_held
