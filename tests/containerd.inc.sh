# SPDX-License-Identifier: Apache-2.0
# Sourced after sandbox.inc.sh, cni.inc.sh and store.inc.sh: a containerd of its own, whose
# `ctr run --cni` takes its configuration from /etc/cni/net.d, plugins from /opt/cni/bin.
#
# start NAME, running NAME, stop NAME: a container that sleeps; ctr_ WORDS: ctr.

BUSYBOX=/bin/busybox
CTR_NAMESPACE=calico-ipam-test

for needed in containerd ctr runc "$BUSYBOX"; do
	command -v "$needed" >/dev/null || skip "no $needed"
done
want_cnitool

ctr_() {
	ctr -a /run/containerd.sock -n "$CTR_NAMESPACE" "$@"
}

start_containerd() {
	cat >"$T/containerd.toml" <<-END
	version = 2
	root = "$T/containerd"
	state = "/run/containerd-state"
	disabled_plugins = ["io.containerd.grpc.v1.cri"]
	[grpc]
	address = "/run/containerd.sock"
	END
	containerd -c "$T/containerd.toml" >"$T/containerd.log" 2>&1 &
	within 200 ctr_ version
}

# A root file system of one program.
make_root() {
	mkdir -p "$T/root/bin" "$T/root/proc" "$T/root/sys" "$T/root/dev" "$T/root/tmp"
	cp "$BUSYBOX" "$T/root/bin/busybox"
	for name in sh ip ping sleep true; do
		ln -s busybox "$T/root/bin/$name"
	done
}

install_network() {
	rm -rf /etc/cni/net.d /opt/cni/bin
	mkdir -p /etc/cni/net.d /opt/cni/bin
	cp "$PLUGIN" "$TOOLS/bridge" /opt/cni/bin/
	network 10-net1.conflist 1.0.0 net1 "$BRIDGE" '"prefix": "pool", "gateway": "first", '"$DEFAULT_ROUTES"
	cp "$T/net.d/10-net1.conflist" /etc/cni/net.d/
}

running() {
	ctr_ task ls | grep -q "^$1 .*RUNNING"
}

# `ctr run` stays in front of the container, and detaches it from the network at its end.
start() {
	ctr_ run --rm --cni --rootfs "$T/root" "$1" /bin/sleep 1000 >"$T/run.$1" 2>&1 &
	echo $! >"$T/pid.$1"
	within 100 running "$1"
}

# Stops a container, and waits for `ctr run` to have cleaned up.
stop() {
	ctr_ task kill -s KILL "$1"
	wait "$(cat "$T/pid.$1")" || true
	! ctr_ container ls -q | grep -qx "$1" || fail "$1 is still there: $(cat "$T/run.$1")"
}

# At the end, good or bad.
clean_up() {
	[ "$?" = 0 ] || cat "$T"/run.* >&2 || true
	rmdir /sys/fs/cgroup/"$CTR_NAMESPACE" /sys/fs/cgroup/*/"$CTR_NAMESPACE" 2>/dev/null || true
	leave_sandbox
}
trap clean_up EXIT

make_root
install_network
start_containerd
ctr_ run --rm --rootfs "$T/root" probe /bin/true >"$T/probe" 2>&1 || {
	cat "$T/probe" "$T/containerd.log" >&2
	skip "this machine cannot run containers"
}
