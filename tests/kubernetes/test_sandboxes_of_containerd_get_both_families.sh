# SPDX-License-Identifier: Apache-2.0
# containerd asked by its CRI as kubelet asks it, but without kubelet, so that this runs too where
# kubelet cannot: thirty sandboxes at once, each with both addresses, and gone again; on the
# embedded store.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/cni.inc.sh"
. "$SOURCE/tests/store.inc.sh"
. "$SOURCE/tests/kubernetes/cluster.inc.sh"
. "$SOURCE/tests/kubernetes/node.inc.sh"
. "$SOURCE/tests/kubernetes/sandboxes.inc.sh"

# begin_sandboxes NAME...: all at once.
begin_sandboxes() {
	began=
	for name in "$@"; do
		begin_sandbox "$name" &
		began="$began $!"
	done
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

want_sandboxes
network 10-net1.conflist 1.0.0 net1 "$BRIDGE" '"prefix": "pool", "gateway": "first"'
begin_containerd

say "thirty at once"
begin_sandboxes $(seq -f 'many-%g' 30)
holds 60
sandbox_ips >"$T/ips"
[ "$(grep -c '^10\.80\.' "$T/ips") $(grep -c '^fd80::' "$T/ips")" = "30 30" ] ||
	fail "the sandboxes have $(tr '\n' ' ' <"$T/ips")"
[ -z "$(sort "$T/ips" | uniq -d)" ] || fail "two sandboxes have $(sort "$T/ips" | uniq -d)"
crictl_ pods -q | sort >"$T/ids"
ctl show --addresses -o wide | sed -n 's/.*net1\.\([0-9a-f]\{64\}\).*/\1/p' | sort -u | cmp -s - "$T/ids" ||
	fail "the store names other sandboxes than containerd"

say "and gone again"
crictl_ stopp $(cat "$T/ids") >/dev/null || fail "stopp"
crictl_ rmp $(cat "$T/ids") >/dev/null || fail "rmp"
holds 0
ctl check >"$T/check" || {
	cat "$T/check" >&2
	fail "calico-ipamctl check"
}
[ -z "$(ip -o link show type veth)" ] || fail "interfaces are left: $(ip -o link show type veth)"
