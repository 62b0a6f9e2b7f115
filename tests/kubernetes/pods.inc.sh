# SPDX-License-Identifier: Apache-2.0
# Sourced first by the tests of pods, with `pods_store` set: etcd, mutable_etcd (behind mute_proxy.c,
# whose folder is $T, and asked for two seconds at most) or kubernetes.  A node with kubelet whose
# pods get their addresses from our plugin; the release's, with `pods_sandbox=release/release`.  Its
# kubeconfig is that of Calico's installer, or another of server.inc.sh's, `pods_kubeconfig`.
. "$SOURCE/tests/${pods_sandbox:-sandbox}.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/store.inc.sh"
. "$SOURCE/tests/kubernetes/cluster.inc.sh"
. "$SOURCE/tests/kubernetes/node.inc.sh"

# What the plugin is told of the store, in a network's configuration.
settings_of_store() {
	case $pods_store in
	etcd) echo "\"datastore_type\": \"etcdv3\", \"etcd_endpoints\": \"$etcd_url\"" ;;
	mutable_etcd) echo "\"datastore_type\": \"etcdv3\", \"etcd_endpoints\": \"http://127.0.0.1:2479\", \"timeout_ms\": 2000" ;;
	kubernetes) echo "\"datastore_type\": \"kubernetes\", \"kubernetes\": { \"kubeconfig\": \"/etc/cni/net.d/calico-kubeconfig\" }" ;;
	esac
}

# network IPV4 IPV6: each true or false; what pods get from now on.
network() {
	mkdir -p /etc/cni/net.d
	cp "$KUBE/${pods_kubeconfig:-calico-kubeconfig}" /etc/cni/net.d/calico-kubeconfig
	cat >/etc/cni/net.d/10-pods.conflist <<-END
	{ "cniVersion": "1.0.0", "name": "k8s-pod-network", "plugins": [
	  { "type": "bridge", "bridge": "cni0", "isGateway": true, $(settings_of_store),
	    "ipam": { "type": "calico-ipam", "assign_ipv4": "$1", "assign_ipv6": "$2",
	      "ipv4_pools": ["10.85.0.0/16"], "ipv6_pools": ["fd85::/64"],
	      "prefix": "pool", "gateway": "first" } } ] }
	END
}

use_the_store() {
	case $pods_store in
	etcd)
		use_etcd
		create_node node-1
		;;
	mutable_etcd)
		use_etcd
		create_node node-1
		"$BUILD/tests/mute_proxy" 2479 "${etcd_url##*:}" "$T" &
		;;
	kubernetes)
		use_cluster
		;;
	esac
	create_pool v4 10.85.0.0/16
	create_pool v6 fd85::/64
}

# has_addresses POD FAMILY...: in the cluster's eyes exactly one of each, from our pools, the
# node's first family first.
has_addresses() {
	has_pod=$1
	shift
	pod_ips "$has_pod" | sed -e 's/^10\.85\..*/4/' -e 's/^fd85::.*/6/' >"$T/families"
	[ "$(tr '\n' ' ' <"$T/families")" = "$* " ] || fail "$has_pod has $(pod_ips "$has_pod" | tr '\n' ' ')"
	say "$has_pod has $(pod_ips "$has_pod" | tr '\n' ' ')"
}

no_address_twice() {
	kubectl get pods -n default -o 'jsonpath={range .items[*].status.podIPs[*]}{.ip}{"\n"}{end}' >"$T/ips"
	[ "$(wc -l <"$T/ips")" = "$1" ] || fail "the pods have $(wc -l <"$T/ips") addresses, not $1"
	[ -z "$(sort "$T/ips" | uniq -d)" ] || fail "two pods have $(sort "$T/ips" | uniq -d)"
}

# A test of its own, since holds ends the script.
holds_now() {
	(holds "$1")
}

# What was under way when a service was killed is taken back later, by kubelet's own cleaning.
holds_soon() {
	in_time 30 holds_now "$1"
	say "the store holds $1 addresses"
}

# At the end, good or bad.
clean_up() {
	clean_status=$?
	if [ "$clean_status" != 0 ] && [ "$clean_status" != 77 ]; then
		tail -n 30 "$T/kubelet.log" "$T/containerd.log" >&2 2>/dev/null || true
	fi
	end_node || true
	leave_sandbox
}

want_node
mkdir -p /opt/cni/bin
cp "$PLUGIN" "$TOOLS/bridge" /opt/cni/bin/
trap clean_up EXIT
start_cluster
use_the_store
network true true
start_node
