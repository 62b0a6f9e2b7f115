# SPDX-License-Identifier: Apache-2.0
# The doctor looks at the kubeconfig that the plugin is given: which server, as whom, with which
# rights, and whether Calico's kinds are there.  Each fault is named, with what to do.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/kubernetes/cluster.inc.sh"

want_kubernetes
start_cluster
account=system:serviceaccount:kube-system:calico-cni-plugin
mkdir -p "$T/net.d"

# doctor KUBECONFIG [KEYS]: of a network that uses it.
doctor() {
	cat >"$T/net.d/10-net.conflist" <<-END
	{ "cniVersion": "1.0.0", "name": "net", "plugins": [ { "type": "bridge", "datastore_type": "kubernetes",
	  "kubernetes": { "kubeconfig": "$1" }, "run_path": "$T/run", ${2:-}
	  "ipam": { "type": "calico-ipam" } } ] }
	END
	"$CTL" doctor --conf-dir "$T/net.d" --cni-path /opt/cni/bin >"$T/out" 2>&1 || true
}

# finds HEALTH WHAT WORDS...: a line of that health about it has them all.
finds() {
	finds_health=$1 finds_what=$2
	shift 2
	for words in "$@"; do
		grep -E "^$finds_health +$finds_what " "$T/out" | grep -qF -e "$words" || {
			cat "$T/out" >&2
			fail "no line \"$finds_health $finds_what ... $words\""
		}
	done
}

never() {
	! grep -Eq "^$1 +$2 " "$T/out" || fail "it says: $(grep -E "^$1 +$2 " "$T/out")"
}

# until_no COMMAND...: what the server has taken in takes a moment to be so.
until_no() {
	until_left=200
	while "$@" >/dev/null 2>&1; do
		until_left=$((until_left - 1))
		[ "$until_left" -gt 0 ] || fail "still: $*"
		sleep 0.1
	done
}

may() {
	kubectl_as_plugin auth can-i "$@"
}

may_not() {
	! may "$@"
}

# All is well.
doctor "$KUBE/calico-kubeconfig"
finds OK datastore "the Kubernetes API server https://127.0.0.1:6443 answers"
finds OK "API server" "https://127.0.0.1:6443, asked as kubeconfig $KUBE/calico-kubeconfig, context calico-context" 'token of user "calico"'
finds OK "Calico's CRDs" "crd.projectcalico.org/v1: all kinds are there"
finds OK rights "$account may do all that Calico's CNI role may"
finds WARN certificate-authority "what the kubeconfig holds expires in 1 days"

# A node that Kubernetes does not have: no command of ours makes one.
mkdir "$T/bin"
ln -s "$PLUGIN" "$T/bin/calico-ipam"
"$CTL" doctor --conf-dir "$T/net.d" --cni-path "$T/bin" >"$T/out" 2>&1 || true
finds FAIL ready 'node "node-1" is not in the store; set nodename to one of those of: kubectl get nodes' \
	"kubectl get nodes  # and name one of them as nodename: \${EDITOR:-vi} $T/net.d/10-net.conflist"

# A group that is not there.
doctor "$KUBE/calico-kubeconfig" '"calico_api_group": "projectcalico.org/v3",'
finds FAIL "Calico's CRDs" "projectcalico.org/v3: the server has no IPAMBlock, IPAMConfiguration, IPAMHandle, BlockAffinity, ClusterInformation, IPPool, IPReservation" \
	"or mend calico_api_group"
finds FAIL datastore "are Calico's CRDs installed?" "kubectl get crd"

# Virtual machines, of which Calico's older role knows nothing: what is suggested is all it takes.
kubectl create --validate=false -f "$SOURCE/tests/kubernetes/kubevirt.yaml" >/dev/null
kubectl wait --for condition=Established --timeout 20s crd --all >/dev/null
doctor "$KUBE/calico-kubeconfig"
finds WARN rights "$account may not get virtualmachineinstances; get virtualmachines: new virtual machines do not keep their addresses"
never OK rights
never FAIL rights
sed -n 's/.*\(kubectl create clusterrole calico-ipam-virtualmachineinstances .*[^ ]\) *$/\1/p' "$T/out" >"$T/suggested"
[ -s "$T/suggested" ] || fail "nothing is suggested"
. "$T/suggested" >/dev/null || fail "the commands that are suggested: $(cat "$T/suggested")"
until_no may_not get virtualmachines.kubevirt.io
doctor "$KUBE/calico-kubeconfig"
finds OK rights "$account may do all that Calico's CNI role may"

# A verb that the role lacks, and one that only the command needs.
kubectl patch clusterrole calico-cni-plugin --type=json -p '[
	{ "op": "replace", "path": "/rules/1/resources", "value": [ "ippools", "ipreservations", "ipamblocks",
	  "blockaffinities", "ipamconfigs", "clusterinformations" ] },
	{ "op": "add", "path": "/rules/-", "value": { "apiGroups": [ "crd.projectcalico.org" ],
	  "resources": [ "ipamhandles" ], "verbs": [ "get", "list", "create", "delete" ] } },
	{ "op": "replace", "path": "/rules/0/resources", "value": [ "nodes", "namespaces" ] } ]' >/dev/null
until_no may update ipamhandles.crd.projectcalico.org
until_no may get pods
doctor "$KUBE/calico-kubeconfig"
finds FAIL rights "$account may not update ipamhandles" \
	"kubectl create clusterrole calico-ipam-ipamhandles --verb=update --resource=ipamhandles.crd.projectcalico.org && kubectl create clusterrolebinding calico-ipam-ipamhandles --clusterrole=calico-ipam-ipamhandles --serviceaccount=kube-system:calico-cni-plugin"
finds WARN rights "$account may not get pods" "kubectl create clusterrole calico-ipamctl-pods --verb=get --resource=pods"
never OK rights

# A kind that is not installed.
kubectl delete crd ipamhandles.crd.projectcalico.org >/dev/null
lists_handles() {
	kubectl get --raw /apis/crd.projectcalico.org/v1 | grep -q ipamhandles
}
until_no lists_handles
doctor "$KUBE/calico-kubeconfig"
finds FAIL "Calico's CRDs" "the server has no IPAMHandle" "kubectl get crd -o name"

# Who is not known.
sed 's/token: .*/token: "not-a-token"/' "$KUBE/calico-kubeconfig" >"$T/wrong-token"
doctor "$T/wrong-token"
finds FAIL datastore "does not accept who asks (kubeconfig $T/wrong-token, context calico-context, token of user \"calico\")" \
	"kubectl auth whoami"
never OK rights

# A client's certificate that has run out.
kube_sign expired "/O=system:masters/CN=admin" "extendedKeyUsage=clientAuth" -1
kube_config "client-certificate: $KUBE/tls/expired.crt" "client-key: $KUBE/tls/expired.key" >"$T/expired"
doctor "$T/expired"
finds FAIL client-certificate "$KUBE/tls/expired.crt expired at " "openssl x509 -noout"
finds FAIL datastore "does not accept who asks" "$KUBE/tls/expired.crt"
kube_config "client-certificate-data: $(kube_in_line "$KUBE/tls/expired.crt")" \
	"client-key-data: $(kube_in_line "$KUBE/tls/expired.key")" >"$T/expired"
doctor "$T/expired"
finds FAIL client-certificate "what the kubeconfig holds expired at " "kubectl config view --raw"

# A kubeconfig that is not there, and a server that does not run.
doctor "$T/nowhere"
finds FAIL datastore "$T/nowhere"
sed 's/:6443/:6444/' "$KUBE/calico-kubeconfig" >"$T/elsewhere"
doctor "$T/elsewhere"
finds FAIL datastore "https://127.0.0.1:6444" "kubectl get --raw /readyz"
