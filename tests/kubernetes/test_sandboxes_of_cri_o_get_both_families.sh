# SPDX-License-Identifier: Apache-2.0
# CRI-O asked by its CRI as kubelet asks it: thirty sandboxes at once, each with both addresses,
# which they keep when CRI-O is killed and begins again, while etcd is silent too, and gone again. On
# the embedded store with our network before CRI-O's example; on etcd where cni_default_network
# names ours, and the plugins are in two folders.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/cni.inc.sh"
. "$SOURCE/tests/store.inc.sh"
. "$SOURCE/tests/kubernetes/cluster.inc.sh"
. "$SOURCE/tests/kubernetes/node.inc.sh"
. "$SOURCE/tests/kubernetes/sandboxes.inc.sh"
. "$SOURCE/tests/kubernetes/crio.inc.sh"

# example FILE: the network that CRI-O comes with.
example() {
	cat >"/etc/cni/net.d/$1" <<-END
	{ "cniVersion": "1.0.0", "name": "crio", "plugins": [{ "type": "bridge", "bridge": "crio0",
	  "ipam": { "type": "host-local", "ranges": [[{ "subnet": "10.85.0.0/16" }]] } }] }
	END
}

# that_last N: sandboxes, begun all at once.
that_last() {
	say "$1 at once"
	begin_sandboxes $(seq -f 'many-%g' "$1")
	each_has_both "$1"
	say "CRI-O killed, and begun again"
	kill_crio
	start_crio
	each_has_both "$1"
}

want_crio
want_etcd
network 10-net1.conflist 1.0.0 net1 "$BRIDGE" '"prefix": "pool", "gateway": "first"'
mkdir -p /etc/cni/net.d
example 100-crio-bridge.conflist
begin_crio
that_last 30
say "and gone again"
remove_all_sandboxes
kill_crio

say "on etcd, by name, with plugins in two folders"
etcd_with http://127.0.0.1:2379
use_etcd
create_node node-1
create_pool pool4 10.80.0.0/16
create_pool pool6 fd80::/64
rm /etc/cni/net.d/*
example 10-crio-bridge.conflist
cat >/etc/cni/net.d/10-net1.conflist <<END
{ "cniVersion": "1.1.0", "name": "net1", "plugins": [ { $BRIDGE, "datastore_type": "etcdv3",
  "etcd_endpoints": "$etcd_url", "ipam_lock_file": "$T/ipam.lock",
  "ipam": { "type": "calico-ipam", "assign_ipv6": "true", "prefix": "pool" } } ] }
END
mkdir "$T/bin"
mv /opt/cni/bin/calico-ipam "$T/bin/"
cp "$TOOLS/host-local" /opt/cni/bin/
write_crio_config 'cni_default_network = "net1"' "plugin_dirs = [\"/opt/cni/bin/\", \"$T/bin\"]"
start_crio
that_last 10
remove_all_sandboxes

say "CRI-O begins while etcd is silent"
begin_sandboxes one two three
kill_crio
kill -STOP "$(pgrep -x etcd)"
run_crio
statuses_have_both 3
kill -CONT "$(pgrep -x etcd)"
within 200 network_is_ready
each_has_both 3
remove_all_sandboxes
