# SPDX-License-Identifier: Apache-2.0
# Sourced after sandboxes.inc.sh: sandboxes of CRI-O instead of containerd's.  Like a kubelet's they
# have a process namespace for each container, so that CRI-O keeps none alive but by a mount.

cri_socket=/run/crio/crio.sock
# Of its control groups, so that they can be found.
crio_cgroup=${T##*/}
sandbox_linux='{ "cgroup_parent": "/'$crio_cgroup'", "security_context": { "namespace_options": { "pid": 1 } } }'

want_crio() {
	kube_is_built crictl crio copyimg pinns runc ||
		skip "no crictl, crio, copyimg, pinns, runc in $KUBE_TOOLS (sh tests/kubernetes/build.sh)"
	command -v conmon >/dev/null || skip "no conmon (Debian: conmon)"
	[ -x "$BUSYBOX" ] || skip "no $BUSYBOX (Debian: busybox-static)"
	want_cnitool
}

# write_crio_config [LINE...]: of its table of networks.
write_crio_config() {
	echo '{ "default": [{ "type": "insecureAcceptAnything" }] }' >"$T/policy.json"
	cat >"$T/crio.conf" <<-END
	[crio]
	root = "$T/crio"
	runroot = "/run/crio-storage"
	storage_driver = "vfs"
	log_dir = "$T/crio-logs"
	version_file = "/run/crio/version"
	clean_shutdown_file = "$T/crio-clean"
	[crio.api]
	listen = "$cri_socket"
	[crio.image]
	pause_image = "$IMAGE"
	pause_command = "/bin/busybox sleep 100000"
	signature_policy = "$T/policy.json"
	[crio.runtime]
	cgroup_manager = "cgroupfs"
	conmon_cgroup = "pod"
	default_runtime = "runc"
	disable_hostport_mapping = true
	pinns_path = "$KUBE_TOOLS/pinns"
	[crio.runtime.runtimes.runc]
	runtime_path = "$KUBE_TOOLS/runc"
	runtime_root = "/run/runc"
	monitor_path = "$(command -v conmon)"
	[crio.nri]
	enable_nri = false
	[crio.network]
	END
	[ "$#" = 0 ] || printf '%s\n' "$@" >>"$T/crio.conf"
}

# begin_crio [LINE...]: on the networks of $T/net.d. A bridge that the plugin makes changes its address
# until a first ADD has fixed it, and CRI-O asks at once by CHECK whether it is what it was.
begin_crio() {
	furnish_node
	ip link add cni0 address 02:00:00:00:00:01 type bridge
	write_crio_config "$@"
	copyimg --root "$T/crio" --runroot /run/crio-storage --storage-driver vfs --signature-policy "$T/policy.json" \
		--image-name "$IMAGE" --import-from "docker-archive:$T/image.tar" || fail "copyimg"
	start_crio
}

run_crio() {
	crio --config "$T/crio.conf" --config-dir '' >>"$T/crio.log" 2>&1 &
	crio_process=$!
	within 300 crictl_ version
}

network_is_ready() {
	crictl_ info | tr -d ' \n' | grep -q '"status":true,"type":"NetworkReady"'
}

# Once it is ready, it has given back what it had lost.
start_crio() {
	run_crio
	within 200 network_is_ready
}

kill_crio() {
	kill -KILL "$crio_process"
	wait "$crio_process" 2>/dev/null || true
}

clean_up() {
	clean_status=$?
	[ "$clean_status" = 0 ] || [ "$clean_status" = 77 ] || tail -n 30 "$T/crio.log" >&2 2>/dev/null || true
	kill_crio 2>/dev/null || true
	end_control_groups "$crio_cgroup"
	leave_sandbox
}
