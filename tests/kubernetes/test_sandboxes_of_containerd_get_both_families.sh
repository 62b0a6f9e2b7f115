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

want_sandboxes
network 10-net1.conflist 1.0.0 net1 "$BRIDGE" '"prefix": "pool", "gateway": "first"'
begin_containerd

say "thirty at once"
begin_sandboxes $(seq -f 'many-%g' 30)
each_has_both 30

say "and gone again"
remove_all_sandboxes
