# SPDX-License-Identifier: Apache-2.0
# Sourced after cni.inc.sh, cluster.inc.sh and node.inc.sh: sandboxes of a containerd that is asked
# by its CRI, as kubelet asks it, but without kubelet; crio.inc.sh makes a CRI-O of it.

cri_socket=/run/containerd.sock
# What a sandbox asks of Linux, as JSON.
sandbox_linux='{}'

crictl_() {
	crictl --runtime-endpoint "unix://$cri_socket" --timeout 60s "$@"
}

# begin_sandbox NAME: its id goes to $T/sandbox.NAME.
begin_sandbox() {
	echo "{ \"metadata\": { \"name\": \"$1\", \"namespace\": \"default\", \"uid\": \"$1\", \"attempt\": 0 }, \"linux\": $sandbox_linux }" \
		>"$T/sandbox.$1.json"
	crictl_ runp "$T/sandbox.$1.json" >"$T/sandbox.$1" 2>"$T/error.$1"
}

# start_sandboxes NAME...: all at once, and waits for none.
start_sandboxes() {
	began=
	for name in "$@"; do
		begin_sandbox "$name" &
		began="$began $!"
	done
}

# Whatever becomes of them.
await_sandboxes() {
	for process in $began; do
		wait "$process" || true
	done
}

begin_sandboxes() {
	start_sandboxes "$@"
	for process in $began; do
		wait "$process" || fail "a sandbox does not begin: $(cat "$T"/error.*)"
	done
}

# One an address, of all sandboxes.
sandbox_ips() {
	for sandbox in $(crictl_ pods -q); do
		crictl_ inspectp "$sandbox" >"$T/status" || fail "inspectp $sandbox"
		sed -n 's/.*"ip": "\(.*\)".*/\1/p' "$T/status"
	done
}

# Containers that hold addresses of net1, by the store.
holders() {
	ctl show --addresses -o wide | sed -n 's/.*net1\.\([0-9a-f]\{64\}\).*/\1/p' | sort -u
}

# Each sandbox that is ready has its addresses, and nobody else.
nobody_else_holds() {
	crictl_ pods -q --state Ready | sort >"$T/ready"
	holders | cmp -s - "$T/ready" || {
		holders >"$T/holders"
		fail "who holds addresses, and who is ready: $(diff "$T/holders" "$T/ready")"
	}
	say "$(wc -l <"$T/ready") sandboxes are ready, and nobody else has an address"
}

at_least_so_many_hold() {
	[ "$(holders | wc -l)" -ge "$1" ]
}

# As kubelet does with those that are not ready.
remove_dead_sandboxes() {
	for sandbox in $(crictl_ pods -q --state NotReady); do
		crictl_ rmp -f "$sandbox" >/dev/null || fail "rmp $sandbox"
	done
}

# each_has_both N: by the runtime's status each of N sandboxes has an address of each family that no
# other has, and by the store nobody else has any.
each_has_both() {
	holds $(($1 * 2))
	statuses_have_both "$1"
	crictl_ pods -q | sort >"$T/ids"
	holders | cmp -s - "$T/ids" || fail "the store names other sandboxes than the runtime"
}

statuses_have_both() {
	sandbox_ips >"$T/ips"
	[ "$(grep -c '^10\.80\.' "$T/ips") $(grep -c '^fd80::' "$T/ips")" = "$1 $1" ] ||
		fail "the sandboxes have $(tr '\n' ' ' <"$T/ips")"
	[ -z "$(sort "$T/ips" | uniq -d)" ] || fail "two sandboxes have $(sort "$T/ips" | uniq -d)"
}

# Nothing is left of any sandbox.
remove_all_sandboxes() {
	crictl_ stopp $(crictl_ pods -q) >/dev/null || fail "stopp"
	crictl_ rmp $(crictl_ pods -q) >/dev/null || fail "rmp"
	holds 0
	ctl check >"$T/check" || {
		cat "$T/check" >&2
		fail "calico-ipamctl check"
	}
	[ -z "$(ip -o link show type veth)" ] || fail "interfaces are left: $(ip -o link show type veth)"
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

# The networks of $T/net.d, the plugins, and an image.
furnish_node() {
	mkdir -p /opt/cni/bin /etc/cni/net.d
	cp "$PLUGIN" "$TOOLS/bridge" /opt/cni/bin/
	cp "$T"/net.d/*.conflist /etc/cni/net.d/
	trap clean_up EXIT
	make_image
}

begin_containerd() {
	furnish_node
	write_containerd_config
	start_containerd
	ctr_ images import "$T/image.tar" >/dev/null
}
