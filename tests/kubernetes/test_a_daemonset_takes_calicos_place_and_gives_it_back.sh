# SPDX-License-Identifier: Apache-2.0
# The image and the DaemonSet of deploy/ on a node of kubelet and containerd, where Calico's own
# executable gives the addresses: ours takes its place, comes back when Calico's is written over it,
# and with the pod's end Calico's has its place again. Pods live through all of it.
#
# There is no controller: the pod is made by hand, of the DaemonSet's template as it stands.
pods_store=kubernetes pods_sandbox=release/release pods_kubeconfig=plain-kubeconfig
. "$SOURCE/tests/kubernetes/pods.inc.sh"

theirs=$TOOLS/calico/calico-ipam
[ -x "$theirs" ] || skip "no $theirs (sh tests/interop/build.sh)"
manifest=$SOURCE/deploy/calico-ipam.yaml
name=/opt/cni/bin/calico-ipam

# As Calico's installer does it.
calico_installs() {
	cp "$theirs" "$name.tmp"
	mv "$name.tmp" "$name"
	chmod 755 "$name"
}

is_ours() {
	cmp "$name" "$PLUGIN" && cmp "$name.replaced" "$theirs"
}

is_theirs() {
	cmp "$name" "$theirs" && [ "$(ls /opt/cni/bin/calico-ipam*)" = "$name" ]
}

# gives ours|theirs POD: it gets both families, and this one's log, which containerd has, says so.
gives() {
	pods "$2"
	in_time 60 runs "$2"
	has_addresses "$2" 4 6
	case $1 in
	ours) gives_source=commands.c ;;
	theirs) gives_source=ipam_plugin.go ;;
	esac
	grep -a "\[INFO\].*/\?$gives_source [0-9]*: Calico CNI IPAM request count" "$T/containerd.log" | grep -q "k8s-$2-eth0" ||
		fail "$2 has not its addresses from $1"
}

runs() {
	[ "$(kubectl get pod -n default "$1" -o 'jsonpath={.status.phase}')" = Running ]
}

is_ready() {
	[ "$(kubectl get pod -n kube-system calico-ipam-node-1 -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')" = "$1" ]
}

# What kubelet asks twice a minute.
probe() {
	probes=$((${probes:-0} + 1))
	ctr_ tasks exec --exec-id "probe-$probes" "$(kubectl get pod -n kube-system calico-ipam-node-1 \
		-o 'jsonpath={.status.containerStatuses[0].containerID}' | sed 's|^containerd://||')" /calico-ipam-install ready
}

# may_do ACCOUNT
may_do() {
	kubectl auth can-i --list --no-headers --as="$1" || fail "kubectl auth can-i"
}

# The DaemonSet's pod on this node.
run_installer() {
	{
		printf '{ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "calico-ipam-node-1", "namespace": "kube-system" }, "spec": '
		kubectl get daemonset -n kube-system calico-ipam -o 'jsonpath={.spec.template.spec}' | sed 's/^{/{ "nodeName": "node-1", /'
		echo ' }'
	} >"$T/installer.json"
	kubectl create -f "$T/installer.json" >/dev/null || fail "the DaemonSet's template makes no pod"
}

# Without what Calico's does not know.
sed -i -e 's/"isGateway": true, //' -e 's/, *$/,/' -e '/"prefix": "pool"/d' -e 's/\["fd85::\/64"\],$/["fd85::\/64"] } } ] }/' /etc/cni/net.d/10-pods.conflist

say "Calico's own"
kubectl create --validate=false -f - <<END >/dev/null
{ "apiVersion": "crd.projectcalico.org/v1", "kind": "ClusterInformation",
  "metadata": { "name": "default" }, "spec": { "clusterGUID": "1", "datastoreReady": true } }
END
calico_installs
gives theirs before

say "the DaemonSet"
sh "$SOURCE/deploy/image.sh" "$BUILD" "$T/ours.tar" >/dev/null
ctr_ images import "$T/ours.tar" >/dev/null || fail "the image cannot be imported"
kubectl create --validate=strict -f "$manifest" >/dev/null || fail "the API server does not take $manifest"
run_installer
in_time 60 is_ready True
is_ours || fail "it is ready, and ours is not there"
may_do system:serviceaccount:kube-system:calico-ipam >"$T/rights"
may_do system:serviceaccount:default:nobody | diff - "$T/rights" || fail "its account may do more than one without any rights"
say "the installer has needed $(awk '/^VmHWM/ { print $2 }' "/proc/$(pgrep -x calico-ipam-ins)/status") KiB"
gives ours during

say "it reports by STATUS"
mv /etc/cni/net.d/calico-kubeconfig "$T/set-aside"
refused "$T/probe" probe
grep -q '10-pods.conflist: not ready: .*/etc/cni/net.d/calico-kubeconfig' "$T/probe" || fail "the probe says $(cat "$T/probe")"
mv "$T/set-aside" /etc/cni/net.d/calico-kubeconfig
probe || fail "the probe does not get well"
kubectl delete pod -n default before --timeout 60s >/dev/null || fail "ours does not release what Calico's gave"
holds_soon 2

say "Calico's is written over it"
calico_installs
within 100 is_ours
gives ours later

say "taken away"
kubectl delete -f "$manifest" >/dev/null
kubectl delete pod -n kube-system calico-ipam-node-1 --timeout 60s >/dev/null || fail "the installer does not end"
is_theirs || fail "Calico's is not in its place again: $(ls /opt/cni/bin)"
[ ! -e /opt/cni/bin/calico-ipamctl ] || fail "calico-ipamctl is left"
gives theirs after
delete_pods
holds_soon 0
ctl check >"$T/check" || fail "calico-ipamctl check: $(cat "$T/check")"
