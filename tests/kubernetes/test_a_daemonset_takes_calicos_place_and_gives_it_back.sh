# SPDX-License-Identifier: Apache-2.0
# The image and the DaemonSet of deploy/ on a node of kubelet and containerd, where Calico's own
# executable gives the addresses: ours takes its place, comes back when Calico's is written over it,
# and with the pod's end Calico's has its place again. Pods live through all of it. That pod is made, and
# ended, by Kubernetes' own controllers and its scheduler.
pods_store=kubernetes pods_sandbox=release/release pods_kubeconfig=plain-kubeconfig
. "$SOURCE/tests/kubernetes/pods.inc.sh"

want_kubernetes kube-controller-manager kube-scheduler
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

# installer FIELD: of the DaemonSet's pod, which is on this node.
installer() {
	kubectl get pods -n kube-system -l app.kubernetes.io/name=calico-ipam -o "jsonpath={.items[0]$1}"
}

# What kubelet asks twice a minute.
probe() {
	probes=$((${probes:-0} + 1))
	ctr_ tasks exec --exec-id "probe-$probes" "$(installer .status.containerStatuses[0].containerID |
		sed 's|^containerd://||')" /calico-ipam-install ready
}

# may_do ACCOUNT
may_do() {
	kubectl auth can-i --list --no-headers --as="$1" || fail "kubectl auth can-i"
}

# What makes a DaemonSet's pods, finds each its node, and ends them when it is gone; it ends with the sandbox.
run_controllers() {
	kube-controller-manager --kubeconfig "$KUBE/admin.kubeconfig" --leader-elect=false --secure-port 0 \
		--controllers daemonset-controller,garbage-collector-controller >"$T/controllers.log" 2>&1 &
	kube-scheduler --kubeconfig "$KUBE/admin.kubeconfig" --leader-elect=false --secure-port 0 >"$T/scheduler.log" 2>&1 &
}

# has_rolled_out: as docs/DEPLOY.md waits for it.
has_rolled_out() {
	kubectl rollout status -n kube-system daemonset/calico-ipam --timeout 90s >"$T/rollout" 2>&1 || {
		tail -n 5 "$T/controllers.log" "$T/scheduler.log" >&2
		fail "the DaemonSet does not roll out: $(cat "$T/rollout")"
	}
	[ "$(installer .metadata.ownerReferences[0].kind)" = DaemonSet ] || fail "its pod is not the controller's"
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
run_controllers
has_rolled_out
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
kubectl wait -n kube-system --for delete pod -l app.kubernetes.io/name=calico-ipam --timeout 60s >/dev/null ||
	fail "the installer does not end: $(tail -n 5 "$T/controllers.log")"
is_theirs || fail "Calico's is not in its place again: $(ls /opt/cni/bin)"
[ ! -e /opt/cni/bin/calico-ipamctl ] || fail "calico-ipamctl is left"
gives theirs after
delete_pods
holds_soon 0
ctl check >"$T/check" || fail "calico-ipamctl check: $(cat "$T/check")"
