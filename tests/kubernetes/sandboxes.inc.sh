# SPDX-License-Identifier: Apache-2.0
# Sourced after cni.inc.sh, cluster.inc.sh and node.inc.sh: sandboxes of a containerd that is asked
# by its CRI, as kubelet asks it, but without kubelet.

crictl_() {
	crictl --runtime-endpoint unix:///run/containerd.sock --timeout 60s "$@"
}

# begin_sandbox NAME: its id goes to $T/sandbox.NAME.
begin_sandbox() {
	echo "{ \"metadata\": { \"name\": \"$1\", \"namespace\": \"default\", \"uid\": \"$1\", \"attempt\": 0 }, \"linux\": {} }" \
		>"$T/sandbox.$1.json"
	crictl_ runp "$T/sandbox.$1.json" >"$T/sandbox.$1" 2>"$T/error.$1"
}

clean_up() {
	clean_status=$?
	[ "$clean_status" = 0 ] || [ "$clean_status" = 77 ] || tail -n 30 "$T/containerd.log" >&2 2>/dev/null || true
	kubelet_process= end_node || true
	leave_sandbox
}

want_sandboxes() {
	want_kubernetes containerd containerd-shim-runc-v2 ctr crictl runc
	[ -x "$BUSYBOX" ] || skip "no $BUSYBOX (Debian: busybox-static)"
	want_cnitool
}

# On the networks of $T/net.d.
begin_containerd() {
	mkdir -p /opt/cni/bin /etc/cni/net.d
	cp "$PLUGIN" "$TOOLS/bridge" /opt/cni/bin/
	cp "$T"/net.d/*.conflist /etc/cni/net.d/
	trap clean_up EXIT
	make_image
	write_containerd_config
	start_containerd
	ctr_ images import "$T/image.tar" >/dev/null
}
