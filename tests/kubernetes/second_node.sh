# SPDX-License-Identifier: Apache-2.0
# Started by test_the_page_on_kubeadm_works_as_written.sh, within its sandbox: a second machine on the
# other end of that one's link.  It is told what to join by $FIRST/join, a script, and given
# $FIRST/network.tar; "joined" and "failed" are its answers there.
umount /var/lib/containerd /usr/libexec /var/log /var/lib /opt /etc
SANDBOX=first
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/pages.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/kubernetes/cluster.inc.sh"
. "$SOURCE/tests/kubernetes/node.inc.sh"
. "$SOURCE/tests/kubernetes/kubeadm.inc.sh"
unset -f kubectl
NODE_ADDRESSES=192.0.2.8,2001:db8::8

make_node_interface() {
	touch "$FIRST/waits_for_its_link"
	within 300 ip link set world name uplink
	ip link set uplink up
	ip addr add "${NODE_ADDRESSES%,*}/24" dev uplink
	ip addr add "${NODE_ADDRESSES#*,}/64" dev uplink nodad
	ip route add default via 192.0.2.1 dev uplink
}

answer() {
	[ -e "$FIRST/joined" ] || tail -n 20 "$T/kubelet.log" >&2 2>/dev/null || true
	[ -e "$FIRST/joined" ] || touch "$FIRST/failed"
	leave_sandbox
}

trap answer EXIT
hostname node-2
make_machine
type_section_of_each_node
import_images pause kube-proxy
within 2000 test -e "$FIRST/join"
sh -ex "$FIRST/join" >"$T/said" 2>&1 || {
	cat "$T/said" >&2
	fail "kubeadm join"
}
tar -C / -xf "$FIRST/network.tar"
calico-ipamctl node create
touch "$FIRST/joined"
until [ -e "$FIRST/ends" ]; do sleep 0.5; done
