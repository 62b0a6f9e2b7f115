# SPDX-License-Identifier: Apache-2.0
# Where nothing says where the API server is, plugin and command ask as a pod does: by the service account
# that is mounted into it. Each part of it counts, and is read anew by each process.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/kubernetes/cluster.inc.sh"
. "$SOURCE/tests/ctl/typed.inc.sh"
account=/var/run/secrets/kubernetes.io/serviceaccount

want_kubernetes
start_cluster
cluster_node node-1
plugin_uses '"datastore_type": "kubernetes",'
mkdir -p "$account"
cp "$KUBE/tls/ca.crt" "$account/ca.crt"
printf '%s' "$kube_token" >"$account/token"
printf kube-system >"$account/namespace"
export KUBERNETES_SERVICE_HOST=127.0.0.1 KUBERNETES_SERVICE_PORT=$kube_port
export CALICO_DATASTORE_TYPE=kubernetes HOME="$T" CNI_IFNAME=eth0 CNI_NETNS="$T/no-netns" CNI_PATH=/opt/cni/bin
unset KUBECONFIG

exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/24
exits 0 "$CTL" pool create v6 --cidr fd86::/64
plugin ADD first
grep -qF '"10.86.0.' "$T/result" || fail "the plugin's answer is $(cat "$T/result")"
[ "$(calico ipamhandles)" = "ipamhandle.$calico_group/net1.first" ] || fail "the handles are $(calico ipamhandles)"
plugin DEL first
[ -z "$(calico ipamhandles)" ] || fail "the handles are $(calico ipamhandles)"

# It is that account, and no more.
exits 5 "$CTL" node list
says "$T/err" "in-cluster, token file $account/token"
says "$T/err" "system:serviceaccount:kube-system:calico-cni-plugin"

# both STATUS SENTENCE: plugin and command say so, and the command ends with that status.
both() {
	exits "$1" "$CTL" pool list
	says "$T/err" "$2"
	exits 1 env CNI_COMMAND=ADD CNI_CONTAINERID=second sh -c '"$0" <"$1"' "$PLUGIN" "$T/stdin.json"
	says "$T/out" "$2"
}

# A token that the server does not know, and the next that kubelet writes.
mv "$account/token" "$T/token"
printf strange >"$account/token"
both 5 "Kubernetes API server https://127.0.0.1:$kube_port does not accept who asks (in-cluster, token file $account/token): renew its token"
: >"$account/token"
both 1 "in-cluster: token file $account/token is empty"
kubectl create token calico-cni-plugin -n kube-system >"$account/token"
plugin ADD second
plugin DEL second

# Another authority, and none: then those of the system are asked.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
	-subj "/CN=another authority" -keyout "$T/other.key" -out "$account/ca.crt" 2>/dev/null
both 5 "(verified with $account/ca.crt)"
rm "$account/ca.crt"
both 5 "SSL certificate problem: unable to get local issuer certificate"
cp "$KUBE/tls/ca.crt" "$account/ca.crt"

# The settings go over token and authority.
printf strange >"$account/token"
rm "$account/ca.crt"
exits 0 env "CALICO_K8SAPITOKEN=$kube_token" "K8S_CA_FILE=$KUBE/tls/ca.crt" "$CTL" pool list
says "$T/out" 10.86.0.0/24

# And a kubeconfig over all of it.
exits 0 env "KUBECONFIG=$KUBE/calico-kubeconfig" "$CTL" pool list

# Outside of a pod nothing of it is there.
rm "$account/token"
both 1 "nothing says where the API server is: no kubeconfig, no endpoint, and this is no pod; set kubernetes.kubeconfig"
