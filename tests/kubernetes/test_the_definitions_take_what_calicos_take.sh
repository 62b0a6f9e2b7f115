# SPDX-License-Identifier: Apache-2.0
# The project's definitions of Calico's kinds let pass what they must and refuse what Calico's refuse;
# where Calico's own are at hand (KUBE_CRDS, or ../shared beside the clone), they are asked the same.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/kubernetes/cluster.inc.sh"

published=${KUBE_CRDS:-$SOURCE/../shared/kubernetes/crds}
KUBE_CRDS=

# object yes|no KIND SPEC: one that is to be taken, or refused; its name says which.
object() {
	number=$((number + 1))
	echo '---'
	echo "{ \"apiVersion\": \"$group\", \"kind\": \"$2\", \"metadata\": { \"name\": \"$1-$number\" }, \"spec\": $3 }"
}

pools() {
	object yes IPPool '{"cidr":"10.0.0.0/16"}'
	object yes IPPool '{"cidr":"fd00::/64","blockSize":122,"vxlanMode":"Always","natOutgoing":true,"disabled":false}'
	object yes IPPool '{"cidr":"10.0.0.0/16","blockSize":20,"allowedUses":["Workload"],"namespaceSelector":"has(a)","assignmentMode":"Manual"}'
	object yes IPPool '{"cidr":"10.0.0.0/28","disabled":true}'
	object yes IPPool '{"cidr":"10.0.0.0/24","allowedUses":["LoadBalancer"],"ipipMode":"Never"}'
	object no IPPool '{}'
	object no IPPool '{"cidr":"10.0.0.1/16"}'
	object no IPPool '{"cidr":"10.0.0.0"}'
	object no IPPool '{"cidr":"10.0.0.0/16","blockSize":19}'
	object no IPPool '{"cidr":"fd00::/64","blockSize":115}'
	object no IPPool '{"cidr":"10.0.0.0/28"}'
	object no IPPool '{"cidr":"169.254.3.0/24"}'
	object no IPPool '{"cidr":"fe80::/64"}'
	object no IPPool '{"cidr":"fd00::/64","ipipMode":"Always"}'
	object no IPPool '{"cidr":"10.0.0.0/16","ipipMode":"Always","vxlanMode":"CrossSubnet"}'
	object no IPPool '{"cidr":"10.0.0.0/16","ipipMode":"always"}'
	object no IPPool '{"cidr":"10.0.0.0/16","assignmentMode":"Sometimes"}'
	object no IPPool '{"cidr":"10.0.0.0/16","nodeSelector":"global()"}'
	object no IPPool '{"cidr":"10.0.0.0/16","allowedUses":["Tunnel"],"namespaceSelector":"all()"}'
	object no IPPool '{"cidr":"10.0.0.0/16","allowedUses":["Workload","LoadBalancer"]}'
	object no IPPool '{"cidr":"10.0.0.0/16","allowedUses":["LoadBalancer"],"vxlanMode":"Always"}'
	object no IPPool '{"cidr":"10.0.0.0/16","allowedUses":["LoadBalancer"],"disableBGPExport":true}'
	object no IPPool '{"cidr":"10.0.0.0/16","allowedUses":["LoadBalancer"],"nodeSelector":"has(a)"}'
}

block='"cidr":"10.0.0.0/30","unallocated":[1,2],"strictAffinity":false'
records() {
	object yes IPAMBlock "{$block,\"affinity\":\"host:node-1\",\"allocations\":[0,null,null,0],\"attributes\":[{\"handle_id\":\"h\",\"secondary\":{\"node\":\"n\"}}],\"deleted\":false,\"sequenceNumber\":1795878537843223352,\"sequenceNumberForAllocation\":{\"0\":1795878537843223352}}"
	object yes IPAMBlock "{$block,\"allocations\":[],\"attributes\":[{\"alternateOwnerAttrs\":{\"pod\":\"p\"},\"releasedAt\":\"2026-08-22T10:00:00Z\"}],\"affinityClaimTime\":\"2026-08-22T10:00:00Z\"}"
	object no IPAMBlock "{$block,\"allocations\":[]}"
	object no IPAMBlock "{$block,\"allocations\":[\"0\"],\"attributes\":[]}"
	object no IPAMBlock "{$block,\"allocations\":[],\"attributes\":[{\"secondary\":{\"node\":1}}]}"
	object no IPAMBlock "{$block,\"allocations\":[],\"attributes\":[],\"affinityClaimTime\":\"today\"}"
	object yes IPAMHandle '{"handleID":"Net.A","block":{"10.0.0.0/30":1},"deleted":false}'
	object no IPAMHandle '{"block":{"10.0.0.0/30":1}}'
	object no IPAMHandle '{"handleID":"h","block":{"10.0.0.0/30":"1"}}'
	object no IPAMHandle '{"handleID":"h","block":{},"deleted":"false"}'
	object yes $config '{"strictAffinity":true,"autoAllocateBlocks":false,"maxBlocksPerHost":4,"kubeVirtVMAddressPersistence":"Enabled","ipCooldownSeconds":1200}'
	object no $config '{"strictAffinity":false,"autoAllocateBlocks":true,"ipCooldownSeconds":1201}'
	object no $config '{"strictAffinity":false,"autoAllocateBlocks":true,"maxBlocksPerHost":-1}'
	object no $config '{"strictAffinity":false,"autoAllocateBlocks":true,"kubeVirtVMAddressPersistence":"On"}'
	object yes IPReservation '{"reservedCIDRs":["10.0.0.0/30","fd00::/126"]}'
	object no IPReservation '{"reservedCIDRs":["10.0.0.0/30","10.0.0.0/30"]}'
	object no IPReservation '{"reservedCIDRs":["10.0.0.0"]}'
	object yes ClusterInformation '{"clusterGUID":"1","datastoreReady":true}'
	object no ClusterInformation '{"datastoreReady":"true"}'
}

affinity='"cidr":"10.0.0.0/30","node":"node-1"'
of_v1() {
	object yes BlockAffinity "{$affinity,\"state\":\"confirmed\",\"deleted\":\"false\",\"type\":\"host\"}"
	object no BlockAffinity "{$affinity,\"state\":\"confirmed\",\"deleted\":false}"
	object no BlockAffinity "{$affinity,\"deleted\":\"false\"}"
}

of_v3() {
	object yes BlockAffinity "{$affinity,\"state\":\"confirmed\",\"deleted\":false,\"type\":\"host\"}"
	object no BlockAffinity "{$affinity,\"state\":\"confirmed\",\"deleted\":\"false\"}"
	object no BlockAffinity "{$affinity,\"state\":\"lost\",\"deleted\":false}"
	object no IPAMBlock "{$block,\"affinity\":\"node-1\",\"allocations\":[],\"attributes\":[]}"
}

# judge VERSION GROUP KIND-OF-CONFIGURATION: which are taken.
judge() {
	group=$2/$1 config=$3 number=0
	{
		pools
		records
		of_$1
	} >"$T/objects"
	kubectl create --validate=false --dry-run=server -f "$T/objects" -o 'jsonpath={.metadata.name}{"\n"}' >"$T/taken" 2>"$T/refused" || true
	grep -o '"name": "yes-[0-9]*"' "$T/objects" | cut -d '"' -f 4 >"$T/expected"
	diff "$T/expected" "$T/taken" || {
		cat "$T/refused" >&2
		fail "$whose definitions of $group judge otherwise (<: what is to be taken)"
	}
	say "$whose definitions of $group take $(wc -l <"$T/taken") objects and refuse $((number - $(wc -l <"$T/taken")))"
}

judge_all() {
	whose=$1
	judge v1 crd.projectcalico.org IPAMConfig
	judge v3 projectcalico.org IPAMConfiguration
}

want_kubernetes
start_cluster v1 v3
judge_all "the project's"
if [ -d "$published/v1" ]; then
	kubectl delete crd --all >/dev/null
	KUBE_CRDS=$published
	kube_install_crds v1 v3 || fail "Calico's definitions cannot be installed"
	judge_all "Calico's"
fi
