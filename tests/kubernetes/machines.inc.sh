# SPDX-License-Identifier: Apache-2.0
# Sourced after store.inc.sh and cluster.inc.sh: a cluster with virtual machines of KubeVirt's, whose pods
# nobody runs, and the plugin that is asked for their addresses.

start_machines() {
	start_cluster v1
	use_cluster
	create_pool p4 10.0.0.0/24
	create_pool p6 fd00::/120
	for node in node-1 node-2; do
		create_node "$node"
	done
	kubectl create --validate=false -f "$SOURCE/tests/kubernetes/kubevirt.yaml" >/dev/null
	kubectl wait --for condition=Established --timeout 20s crd --all >/dev/null
}

# until_may yes|no: whether the plugin's account may read machines, once the server knows.
until_may() {
	until_left=200
	while [ "$(kubectl_as_plugin auth can-i get virtualmachines.kubevirt.io 2>/dev/null)" != "$1" ] ||
		[ "$(kubectl_as_plugin auth can-i get virtualmachineinstances.kubevirt.io 2>/dev/null)" != "$1" ]; do
		until_left=$((until_left - 1))
		[ "$until_left" -gt 0 ] || fail "may the plugin read machines? not \"$1\""
		sleep 0.1
	done
}

may_read_machines() {
	kubectl apply --validate=false -f "$SOURCE/deploy/kubevirt-rights.yaml" >/dev/null || fail "deploy/kubevirt-rights.yaml"
	until_may yes
}

may_not_read_machines() {
	kubectl delete -f "$SOURCE/deploy/kubevirt-rights.yaml" >/dev/null || fail "deploy/kubevirt-rights.yaml"
	until_may no
}

# made JSON: prints the object's uid.
made() {
	echo "$1" | kubectl create --validate=false -o 'jsonpath={.metadata.uid}' -f - || fail "cannot make $1"
}

# owned KIND NAME UID
owned() {
	echo "\"ownerReferences\": [{\"apiVersion\": \"kubevirt.io/v1\", \"kind\": \"$1\", \"name\": \"$2\", \"uid\": \"$3\", \"controller\": true}]"
}

# launcher NAME [LABELS [INSTANCE]]: a pod of the instance.
launcher() {
	made "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"$1\", \"namespace\": \"default\",
		\"labels\": {${2:-}}, $(owned VirtualMachineInstance "${3:-vm1}" "$instance")},
		\"spec\": {\"containers\": [{\"name\": \"compute\", \"image\": \"none\"}]}}" >/dev/null
}

# plugin VERB NODE CONTAINER POD; MORE: what else its configuration says.
plugin() {
	cat >"$T/request" <<-END
	{ "cniVersion": "1.0.0", "name": "net", "type": "calico", "nodename": "$2", "datastore_type": "kubernetes",
	  "kubernetes": { "kubeconfig": "$KUBE/calico-kubeconfig" }, "run_path": "$T/run-$2",
	  "ipam_lock_file": "$T/lock-$2", ${MORE:-}
	  "ipam": { "type": "calico-ipam", "assign_ipv4": "true", "assign_ipv6": "true" } }
	END
	env -i PATH="$PATH" CNI_COMMAND="$1" CNI_CONTAINERID="$3" CNI_NETNS=/run/netns/x CNI_IFNAME=eth0 \
		CNI_PATH=/opt/cni/bin CNI_ARGS="IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=$4" \
		"$PLUGIN" <"$T/request" >"$T/answer" 2>>"$T/said"
}

must() {
	plugin "$@" || {
		cat "$T/answer" >&2
		fail "$*"
	}
}

addresses() {
	sed -n 's|.*"address": *"\([^/"]*\).*|\1|p' "$T/answer" | xargs
}

# attributes NAME VALUE: how many of the blocks' have it.
attributes() {
	kubectl get ipamblocks.crd.projectcalico.org -o json |
		grep -c "\"$1\": \"$2\"" || true
}
