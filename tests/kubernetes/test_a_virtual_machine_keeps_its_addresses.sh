# SPDX-License-Identifier: Apache-2.0
# The pods of a virtual machine of KubeVirt's come and go, and it moves to another node: it keeps its addresses
# until it is deleted, and a release of another kind does not take them (docs/DATA-MODEL.md 14).
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/store.inc.sh"
. "$SOURCE/tests/kubernetes/cluster.inc.sh"
. "$SOURCE/tests/kubernetes/machines.inc.sh"

want_kubernetes
start_machines
may_read_machines

machine=$(made '{"apiVersion": "kubevirt.io/v1", "kind": "VirtualMachine", "metadata": {"name": "vm1", "namespace": "default",
	"finalizers": ["kubevirt.io/test"]}}')
instance=$(made "{\"apiVersion\": \"kubevirt.io/v1\", \"kind\": \"VirtualMachineInstance\",
	\"metadata\": {\"name\": \"vm1\", \"namespace\": \"default\", $(owned VirtualMachine vm1 "$machine")}}")

launcher virt-launcher-vm1-a
must ADD node-1 c1 virt-launcher-vm1-a
first=$(addresses)
say "the machine has $first"
kubectl get ipamhandles.crd.projectcalico.org -o 'jsonpath={.items[*].spec.handleID}' >"$T/handles"
[ "$(cat "$T/handles")" = net.vmi.default.vm1 ] || fail "handles: $(cat "$T/handles")"
[ "$(attributes vmi-uid "$instance")" = 2 ] && [ "$(attributes vm-uid "$machine")" = 2 ] || fail "no uids in the blocks"

must DEL node-1 c1 virt-launcher-vm1-a
must DEL node-1 c1 virt-launcher-vm1-a
holds 2
[ "$(attributes pod virt-launcher-vm1-a)" = 0 ] || fail "the pod that has gone is an owner"
kubectl delete pod virt-launcher-vm1-a --grace-period 0 --force >/dev/null 2>&1
must DEL node-1 c1 virt-launcher-vm1-a
holds 2
ctl check >"$T/checked" || [ $? = 7 ] || { cat "$T/checked"; fail "check of what the machine keeps"; }

launcher virt-launcher-vm1-b
must ADD node-1 c2 virt-launcher-vm1-b
[ "$(addresses)" = "$first" ] || fail "its next pod has $(addresses)"
grep -q '"dst"' "$T/answer" || fail "no routes"

launcher virt-launcher-vm1-c '"kubevirt.io/migrationJobUID": "g-1"'
must ADD node-2 c3 virt-launcher-vm1-c
[ "$(addresses)" = "$first" ] || fail "the pod that it moves to has $(addresses)"
! grep -q '"dst"' "$T/answer" || fail "the pod that it moves to has routes"
must DEL node-1 c2 virt-launcher-vm1-b
holds 2
[ "$(attributes pod virt-launcher-vm1-b)" = 0 ] && [ "$(attributes pod virt-launcher-vm1-c)" = 2 ] || fail "who owns them?"

ctl config set kubeVirtVMAddressPersistence=Disabled
if plugin ADD node-2 c4 virt-launcher-vm1-c; then
	fail "a move where addresses are not kept"
fi
grep -q 'live migration target pod is not allowed' "$T/answer" || fail "$(cat "$T/answer")"

# Where it keeps nothing its pods are containers like others: an ADD settles what its DEL left undone.
launcher virt-launcher-vm1-d
must ADD node-1 c7 virt-launcher-vm1-d
if (flock 9 && MORE='"timeout_ms": 500,' && plugin DEL node-1 c7 virt-launcher-vm1-d) 9>"$T/lock-node-1"; then
	fail "a DEL without the host lock"
fi
must ADD node-1 c7 virt-launcher-vm1-d
must DEL node-1 other other
holds 4
must DEL node-1 c7 virt-launcher-vm1-d
holds 2
ctl config set kubeVirtVMAddressPersistence=Enabled

kubectl delete virtualmachine vm1 --wait=false >/dev/null
must DEL node-2 c3 virt-launcher-vm1-c
holds 0
kubectl get ipamhandles.crd.projectcalico.org -o name >"$T/left"
[ ! -s "$T/left" ] || fail "left: $(cat "$T/left")"

# Of a long name the handle has a hash, with a '_' that is in no object's name.
long=vm$(printf %0120d 0)
machine=$(made "{\"apiVersion\": \"kubevirt.io/v1\", \"kind\": \"VirtualMachine\", \"metadata\": {\"name\": \"$long\", \"namespace\": \"default\"}}")
instance=$(made "{\"apiVersion\": \"kubevirt.io/v1\", \"kind\": \"VirtualMachineInstance\",
	\"metadata\": {\"name\": \"$long\", \"namespace\": \"default\", $(owned VirtualMachine "$long" "$machine")}}")
launcher virt-launcher-long-a "" "$long"
must ADD node-1 c5 virt-launcher-long-a
first=$(addresses)
kubectl get ipamhandles.crd.projectcalico.org -o 'jsonpath={.items[*].spec.handleID}' >"$T/handles"
grep -qx 'net\.vmi\._[A-Za-z0-9_-]*' "$T/handles" || fail "handles: $(cat "$T/handles")"
must DEL node-1 c5 virt-launcher-long-a
launcher virt-launcher-long-b "" "$long"
must ADD node-2 c6 virt-launcher-long-b
[ "$(addresses)" = "$first" ] || fail "the next pod of a long name has $(addresses)"
ctl check >"$T/checked" || [ $? = 7 ] || { cat "$T/checked"; fail "check of a long name"; }
kubectl delete virtualmachine "$long" >/dev/null
must DEL node-2 c6 virt-launcher-long-b
holds 0
kubectl get ipamhandles.crd.projectcalico.org -o name >"$T/left"
[ ! -s "$T/left" ] || fail "left: $(cat "$T/left")"
say "addresses go with the machine, and not before"
