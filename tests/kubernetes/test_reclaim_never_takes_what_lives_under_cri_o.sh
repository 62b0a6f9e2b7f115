# SPDX-License-Identifier: Apache-2.0
# Sandboxes of CRI-O have no process of their own: a mount alone keeps them. CRI-O killed while
# thirty begin, and gone while reclaim looks, with its cache and without: what lives keeps its
# addresses. What CRI-O forgets keeps its namespace, and once that is ended its addresses are given back.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/cni.inc.sh"
. "$SOURCE/tests/store.inc.sh"
use_store "CALICO_DATASTORE_TYPE=local" "CALICO_LOCAL_PATH=$T/store"
. "$SOURCE/tests/reclaim.inc.sh"
. "$SOURCE/tests/kubernetes/cluster.inc.sh"
. "$SOURCE/tests/kubernetes/node.inc.sh"
. "$SOURCE/tests/kubernetes/sandboxes.inc.sh"
. "$SOURCE/tests/kubernetes/crio.inc.sh"

# What CRI-O had begun when it was killed it does not know any more, and leaves its namespace.
end_forgotten_namespaces() {
	for sandbox in $(crictl_ pods -q); do
		crictl_ inspectp "$sandbox"
	done | sed -n 's|.*"path": "/var/run/netns/\(.*\)".*|\1|p' >"$T/known"
	for namespace in $(ls /run/netns); do
		grep -q "^$namespace\$" "$T/known" || ip netns del "$namespace"
	done
}

# Whoever called them is gone; they go on.  Nobody waits for them here.
no_plugin_runs() {
	[ -z "$(pgrep -r R,S,D -x 'bridge|calico-ipam')" ]
}

want_crio
network 10-net1.conflist 1.0.0 net1 "$BRIDGE" '"prefix": "pool", "gateway": "first"'
begin_crio

say "killed while thirty begin, beside three that live"
begin_sandboxes live-1 live-2 live-3
start_sandboxes $(seq -f 'many-%g' 30)
within 100 at_least_so_many_hold 8
kill_crio
await_sandboxes
within 300 no_plugin_runs
start_crio
reclaim
remove_dead_sandboxes
end_forgotten_namespaces
reclaim
nobody_else_holds
for name in live-1 live-2 live-3; do
	grep -q "$(cat "$T/sandbox.$name")" "$T/ready" || fail "$name, which lived, is not ready any more"
done

say "CRI-O gone, and its cache too"
kill_crio
[ -z "$(pgrep conmon)" ] || fail "sandboxes have processes"
reclaim
rm -rf /var/lib/cni/results
reclaim
holders | cmp -s - "$T/ready" || fail "reclaim took addresses of sandboxes that live: $(cat "$T/said")"

say "a namespace that ends while CRI-O is gone"
ip netns del "$(basename "$(ls -d /run/netns/* | head -n 1)")"
reclaim
[ "$(holders | wc -l)" = "$(($(wc -l <"$T/ready") - 1))" ] || fail "not one was given back: $(cat "$T/said")"
start_crio
