# SPDX-License-Identifier: Apache-2.0
# Beside an older Calico, whose role has nothing of kubevirt.io, the pods of virtual machines are containers like
# others; and once a machine keeps addresses, nobody gives it others for want of that right (ipam/vm/vm.h).
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/store.inc.sh"
. "$SOURCE/tests/kubernetes/cluster.inc.sh"
. "$SOURCE/tests/kubernetes/machines.inc.sh"

want_kubernetes
start_machines
until_may no

# is_refused VERB NODE CONTAINER POD WORDS
is_refused() {
	refused_words=$5
	! plugin "$1" "$2" "$3" "$4" || fail "$1 of $3: nobody refuses it"
	grep -qF -e "$refused_words" "$T/answer" || fail "$1 of $3: not \"$refused_words\": $(cat "$T/answer")"
}

warns() {
	grep -q 'WARNING.*No right to read the virtual machine.*get on virtualmachineinstances and virtualmachines of kubevirt.io.*vmiName="vm1"' "$T/said" ||
		fail "no warning: $(cat "$T/said")"
	: >"$T/said"
}

handles_are() {
	kubectl get ipamhandles.crd.projectcalico.org -o 'jsonpath={.items[*].spec.handleID}' >"$T/handles"
	[ "$(cat "$T/handles")" = "$*" ] || fail "handles: $(cat "$T/handles"), not $*"
}

machine=$(made '{"apiVersion": "kubevirt.io/v1", "kind": "VirtualMachine", "metadata": {"name": "vm1", "namespace": "default"}}')
instance=$(made "{\"apiVersion\": \"kubevirt.io/v1\", \"kind\": \"VirtualMachineInstance\",
	\"metadata\": {\"name\": \"vm1\", \"namespace\": \"default\", $(owned VirtualMachine vm1 "$machine")}}")
launcher virt-launcher-vm1-a
launcher virt-launcher-vm1-b '"kubevirt.io/migrationJobUID": "g-1"'
: >"$T/said"

# Where nobody has said that addresses are kept; a machine moves as it did, to another address.
must ADD node-1 c1 virt-launcher-vm1-a
warns
must ADD node-2 c2 virt-launcher-vm1-b
handles_are net.c1 net.c2
must DEL node-1 c1 virt-launcher-vm1-a
warns
must DEL node-2 c2 virt-launcher-vm1-b
holds 0

# Where they are not kept nobody reads a machine.
ctl config set kubeVirtVMAddressPersistence=Disabled
: >"$T/said"
must ADD node-1 c1 virt-launcher-vm1-a
must DEL node-1 c1 virt-launcher-vm1-a
! grep -q 'No right to read' "$T/said" || fail "a warning: $(cat "$T/said")"
holds 0
is_refused ADD node-2 c2 virt-launcher-vm1-b 'live migration target pod is not allowed'

# Where they are to be kept none is given that would not be, and what was is given back.
must ADD node-1 c1 virt-launcher-vm1-a
ctl config set kubeVirtVMAddressPersistence=Enabled
is_refused ADD node-1 c3 virt-launcher-vm1-a 'give its user get on virtualmachineinstances and virtualmachines of kubevirt.io'
handles_are net.c1
: >"$T/said"
must DEL node-1 c1 virt-launcher-vm1-a
warns
holds 0

# With the right, the last DEL of such a container gives back what it was given as one.
ctl config set kubeVirtVMAddressPersistence=Disabled
must ADD node-1 c1 virt-launcher-vm1-a
ctl config set kubeVirtVMAddressPersistence=Enabled
may_read_machines
must DEL node-1 c1 virt-launcher-vm1-a
holds 0

# What the machine keeps from now on waits for the right where that is taken away.
must ADD node-1 c4 virt-launcher-vm1-a
first=$(addresses)
handles_are net.vmi.default.vm1
may_not_read_machines
is_refused ADD node-2 c5 virt-launcher-vm1-a 'VirtualMachineInstance vm1 has addresses, which no other pod may take'
is_refused DEL node-1 c4 virt-launcher-vm1-a 'give its user get on virtualmachineinstances and virtualmachines of kubevirt.io'
handles_are net.vmi.default.vm1
may_read_machines
must ADD node-2 c5 virt-launcher-vm1-a
[ "$(addresses)" = "$first" ] || fail "with the right again it has $(addresses), not $first"
holds 2
say "machines start and end, and keep what they have"
