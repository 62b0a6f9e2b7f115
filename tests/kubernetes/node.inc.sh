# SPDX-License-Identifier: Apache-2.0
# Sourced after cluster.inc.sh, whose cluster runs: this machine as its node node-1, with
# kubelet, containerd and runc, and pods that sleep.  There is no scheduler: pods name their node.
#
# CNI's configuration comes from /etc/cni/net.d, plugins from /opt/cni/bin.

BUSYBOX=/bin/busybox
IMAGE=test.local/sleeper:1
NODE_ADDRESSES=192.0.2.10,2001:db8::10
PATH=$KUBE_TOOLS:$PATH
. "$SOURCE/tests/images.inc.sh"

want_node() {
	want_kubernetes kubelet containerd containerd-shim-runc-v2 ctr runc
	[ -x "$BUSYBOX" ] || skip "no $BUSYBOX (Debian: busybox-static)"
	[ -x "$TOOLS/bridge" ] || skip "no reference plugins in $TOOLS (sh tests/run.sh builds them)"
}

# An interface of the node's own with an address of each family; kubelet takes none from loopback.
make_node_interface() {
	ip link add uplink type veth peer name world
	ip link set uplink up
	ip link set world up
	ip addr add "${NODE_ADDRESSES%,*}/24" dev uplink
	ip addr add "${NODE_ADDRESSES#*,}/64" dev uplink nodad
	ip route add default via 192.0.2.1 dev uplink
}

# in_time SECONDS COMMAND...: tries it until then; a command here takes long itself.
in_time() {
	in_time_end=$(($(date +%s) + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -lt "$in_time_end" ] || {
			"$@" >&2 || true
			fail "not in time: $*"
		}
		sleep 0.2
	done
}

# An image of one program; it is the pod's own ("pause") as well as its container's.  It ends when it
# is asked to, as no first process of a pod does by itself.
make_image() {
	mkdir -p "$T/sleeper/bin"
	cp "$BUSYBOX" "$T/sleeper/bin/busybox"
	pack_image "$IMAGE" "$T/sleeper" \
		'{ "Entrypoint": ["/bin/busybox", "sh", "-c", "trap exit TERM; /bin/busybox sleep 100000 & wait"] }' >"$T/image.tar"
}

ctr_() {
	ctr -a /run/containerd.sock -n k8s.io "$@"
}

write_containerd_config() {
	cat >"$T/containerd.toml" <<-END
	version = 3
	root = "$T/containerd"
	state = "/run/containerd-state"
	[grpc]
	address = "/run/containerd.sock"
	[plugins."io.containerd.cri.v1.images".pinned_images]
	sandbox = "$IMAGE"
	[plugins."io.containerd.cri.v1.runtime"]
	restrict_oom_score_adj = true
	[plugins."io.containerd.cri.v1.runtime".cni]
	use_internal_loopback = true
	[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
	runtime_type = "io.containerd.runc.v2"
	[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
	BinaryName = "$KUBE_TOOLS/runc"
	END
}

start_containerd() {
	containerd -c "$T/containerd.toml" >>"$T/containerd.log" 2>&1 &
	containerd_process=$!
	within 200 ctr_ version
}

write_kubelet_config() {
	kube_sign kubelet "/O=system:nodes/CN=system:node:node-1" "extendedKeyUsage=clientAuth"
	kube_config "client-certificate-data: $(kube_in_line "$KUBE/tls/kubelet.crt")" \
		"client-key-data: $(kube_in_line "$KUBE/tls/kubelet.key")" >"$KUBE/kubelet.kubeconfig"
	cat >"$T/kubelet.yaml" <<-END
	apiVersion: kubelet.config.k8s.io/v1beta1
	kind: KubeletConfiguration
	containerRuntimeEndpoint: unix:///run/containerd.sock
	authentication: {anonymous: {enabled: false}, x509: {clientCAFile: "$KUBE/tls/ca.crt"}}
	volumePluginDir: "$T/kubelet-plugins"
	cgroupDriver: cgroupfs
	failCgroupV1: false
	failSwapOn: false
	cgroupsPerQOS: false
	enforceNodeAllocatable: []
	localStorageCapacityIsolation: false
	evictionHard: {imagefs.available: 0%, nodefs.available: 0%, nodefs.inodesFree: 0%, memory.available: 1Mi}
	makeIPTablesUtilChains: false
	resolvConf: ""
	readOnlyPort: 0
	nodeStatusUpdateFrequency: 2s
	kubeAPIQPS: 200
	kubeAPIBurst: 400
	END
}

run_kubelet() {
	kubelet --config "$T/kubelet.yaml" --kubeconfig "$KUBE/kubelet.kubeconfig" --root-dir "$T/kubelet" \
		--cert-dir "$T/kubelet-tls" --hostname-override node-1 --node-ip "$NODE_ADDRESSES" \
		>>"$T/kubelet.log" 2>&1 &
	kubelet_process=$!
}

kubelet_is_well() {
	[ "$(curl -s --max-time 2 http://127.0.0.1:10248/healthz)" = ok ]
}

# Where it never ran, the machine may not be one for it (control groups, kernel): what it said is shown.
# CI allows no test to be skipped.
kubelet_does_not_stay() {
	[ -z "$kubelet_has_run" ] || fail "kubelet does not stay"
	tail -n 20 "$T/kubelet.log" >&2
	skip "!!! LEFT OUT: pods. kubelet cannot run here; kubernetes.sandboxes_of_containerd_get_both_families can"
}

kubelet_has_run=
# As its unit would, again until it stays: it ends if containerd answers but is not whole yet.
start_kubelet() {
	run_kubelet
	kubelet_left=300
	until kubelet_is_well; do
		kubelet_left=$((kubelet_left - 1))
		[ "$kubelet_left" -gt 0 ] || kubelet_does_not_stay
		kill -0 "$kubelet_process" 2>/dev/null || run_kubelet
		sleep 0.1
	done
	kubelet_has_run=yes
}

node_is_ready() {
	[ "$(kubectl get node node-1 -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')" = True ]
}

# Before it, CNI's configuration: containerd reads it at its start.
start_node() {
	make_node_interface
	make_image
	write_containerd_config
	start_containerd
	ctr_ images import "$T/image.tar" >/dev/null
	write_kubelet_config
	start_kubelet
	in_time 60 node_is_ready
}

# pods NAME...: made all at once.
pods() {
	for pod in "$@"; do
		cat <<-END
		---
		apiVersion: v1
		kind: Pod
		metadata: {name: $pod, namespace: default}
		spec:
		  nodeName: node-1
		  automountServiceAccountToken: false
		  dnsPolicy: Default
		  enableServiceLinks: false
		  terminationGracePeriodSeconds: 2
		  containers:
		  - {name: sleeper, image: "$IMAGE", imagePullPolicy: Never}
		END
	done >"$T/pods.yaml"
	kubectl create --validate=false -f "$T/pods.yaml" >/dev/null || fail "pods $*"
}

pods_by_phase() {
	kubectl get pods -n default -o 'jsonpath={range .items[*]}{.status.phase}{"\n"}{end}' | grep -c "^$1\$" || true
}

run_pods() {
	[ "$(pods_by_phase Running)" = "$1" ]
}

are_no_pods() {
	[ -z "$(kubectl get pods -n default -o name)" ]
}

# delete_pods [NAME...]: waits until all are gone.
delete_pods() {
	if [ "$#" = 0 ]; then
		kubectl delete pods -n default --all --timeout 60s >/dev/null || fail "the pods are not gone within a minute"
	else
		kubectl delete pods -n default "$@" --timeout 60s >/dev/null || fail "$* not gone within a minute"
	fi
}

# pod_ips NAME: its addresses, one a line, as everybody in the cluster is told.
pod_ips() {
	kubectl get pod -n default "$1" -o 'jsonpath={range .status.podIPs[*]}{.ip}{"\n"}{end}'
}

# Both are killed; what they started lives on, as on a node whose services crash.
kill_services() {
	kill -KILL "$kubelet_process" "$containerd_process" 2>/dev/null || true
	wait "$kubelet_process" "$containerd_process" 2>/dev/null || true
}

start_services() {
	start_containerd
	start_kubelet
}

# What lives below a shim, and all shims: only this sandbox's processes are seen here.
kill_containers() {
	for process in $(pgrep containerd-shim); do
		kill -KILL "$process" $(pgrep -P "$process") 2>/dev/null || true
	done
}

# unmount_below FOLDER: the deepest first.
unmount_below() {
	awk -v below="$1/" 'index($5, below) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
		while read -r mounted; do
			umount -l "$mounted" 2>/dev/null || true
		done
}

# All that a power cut ends is ended: processes, interfaces, mounts, /run.
cut_power() {
	kill_services
	kill_containers
	unmount_below "$T/containerd"
	unmount_below "$T/kubelet"
	unmount_below /run
	find /run -mindepth 1 -delete
	mkdir -p /run/netns
	ip link del cni0
}

# end_control_groups NAME: a sandbox does not end them by itself.
end_control_groups() {
	for try in 1 2 3 4 5 6 7 8 9 10; do
		for folder in "/sys/fs/cgroup/$1" /sys/fs/cgroup/*/"$1"; do
			[ ! -d "$folder" ] || find "$folder" -depth -type d -exec rmdir {} + 2>/dev/null || true
		done
		[ -n "$(find /sys/fs/cgroup -maxdepth 2 -name "$1")" ] || break
		sleep 0.2
	done
}

end_node() {
	kill_services
	kill_containers
	end_control_groups k8s.io
}
