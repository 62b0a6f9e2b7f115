# SPDX-License-Identifier: Apache-2.0
# Sourced by cluster.inc.sh and by_hand.sh: a kube-apiserver on 127.0.0.1, over an etcd that
# runs.  tests/kubernetes/build.sh builds it.
#
# Given:  SOURCE (the repository), TOOLS (build/test-tools), KUBE (a folder for it all),
#         kube_port, kube_etcd (a URL), and if need be KUBE_CRDS, a folder with definitions
#         of Calico's kinds as it publishes them: v1 and v3.
# Gives:  $KUBE/admin.kubeconfig, who may do everything, by a certificate;
#         $KUBE/calico-kubeconfig, who may do what the plugin needs, by a token, in the
#         words of Calico's installer: it writes brackets around any host;
#         $KUBE/plain-kubeconfig, the same without them, which programs of a newer Go refuse.

KUBE_TOOLS=$TOOLS/kubernetes
kube_sheet=$SOURCE/tests/kubernetes

kube_is_built() {
	for kube_program in "${@:-kube-apiserver}"; do
		[ -x "$KUBE_TOOLS/$kube_program" ] || return 1
	done
	[ -x "$KUBE_TOOLS/kubectl" ]
}

# kube_sign NAME SUBJECT EXTENSIONS [DAYS]: a key and a certificate of the cluster's authority; -1: it has run out.
kube_sign() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "$2" \
		-keyout "$KUBE/tls/$1.key" -out "$KUBE/tls/$1.csr" 2>/dev/null
	echo "$3" >"$KUBE/tls/$1.ext"
	openssl x509 -req -in "$KUBE/tls/$1.csr" -CA "$KUBE/tls/ca.crt" -CAkey "$KUBE/tls/ca.key" \
		-CAcreateserial -days "${4:-2}" -extfile "$KUBE/tls/$1.ext" -out "$KUBE/tls/$1.crt" 2>/dev/null
}

# kube_sign_server [DAYS]: a server that runs takes it too.
kube_sign_server() {
	kube_sign server "/CN=kube-apiserver" "subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:kubernetes.default.svc
extendedKeyUsage=serverAuth" "$@"
}

kube_make_certificates() {
	mkdir -p "$KUBE/tls"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
		-subj "/CN=kubernetes" -keyout "$KUBE/tls/ca.key" -out "$KUBE/tls/ca.crt" 2>/dev/null
	openssl ecparam -name prime256v1 -genkey -noout -out "$KUBE/tls/accounts.key"
	kube_sign_server
	kube_sign admin "/O=system:masters/CN=admin" "extendedKeyUsage=clientAuth"
}

kube_in_line() {
	base64 -w 0 "$1"
}

# kube_config USER-LINE...: a kubeconfig in the words of Calico's installer, but for those brackets.
kube_config() {
	cat <<-END
	# Kubeconfig file for Calico CNI plugin. Installed by calico/node.
	apiVersion: v1
	kind: Config
	clusters:
	- name: local
	  cluster:
	    server: https://127.0.0.1:$kube_port
	    certificate-authority-data: "$(kube_in_line "$KUBE/tls/ca.crt")"
	users:
	- name: calico
	  user:
	$(printf '    %s\n' "$@")
	contexts:
	- name: calico-context
	  context:
	    cluster: local
	    user: calico
	current-context: calico-context
	END
}

kube_write_admin() {
	(umask 077 && kube_config "client-certificate-data: $(kube_in_line "$KUBE/tls/admin.crt")" \
		"client-key-data: $(kube_in_line "$KUBE/tls/admin.key")" >"$KUBE/admin.kubeconfig")
}

kubectl() {
	KUBECACHEDIR=$KUBE/cache "$KUBE_TOOLS/kubectl" --kubeconfig "$KUBE/admin.kubeconfig" "$@"
}

# kube_run_apiserver [OPTIONS...]: in the background; its process is $kube_apiserver.  It dies
# with this script.  A fifth of its start would go into collecting garbage; $kube_gogc, of who
# measures, has it as it comes.
kube_run_apiserver() {
	setpriv --pdeathsig KILL env "GOGC=${kube_gogc:-400}" "$KUBE_TOOLS/kube-apiserver" --etcd-servers "$kube_etcd" \
		--bind-address 127.0.0.1 --secure-port "$kube_port" --advertise-address 192.0.2.1 \
		--endpoint-reconciler-type none --cert-dir "$KUBE/tls" \
		--tls-cert-file "$KUBE/tls/server.crt" --tls-private-key-file "$KUBE/tls/server.key" \
		--client-ca-file "$KUBE/tls/ca.crt" --authorization-mode Node,RBAC \
		--enable-admission-plugins NodeRestriction --disable-admission-plugins ServiceAccount \
		--service-account-issuer https://kubernetes.default.svc \
		--service-account-key-file "$KUBE/tls/accounts.key" \
		--service-account-signing-key-file "$KUBE/tls/accounts.key" \
		--service-cluster-ip-range 10.96.0.0/16,fd96::/108 --allow-privileged \
		"$@" >>"$KUBE/kube-apiserver.log" 2>&1 &
	kube_apiserver=$!
}

# kube_audit: the options with which it notes in $KUBE/audit.log what the plugin asks.
kube_audit() {
	mkdir -p "$KUBE"
	cat >"$KUBE/policy.yaml" <<-END
	apiVersion: audit.k8s.io/v1
	kind: Policy
	omitStages: [RequestReceived]
	rules:
	- level: Request
	  users: ["system:serviceaccount:kube-system:calico-cni-plugin"]
	- level: None
	END
	echo "--audit-policy-file $KUBE/policy.yaml --audit-log-path $KUBE/audit.log"
}

kube_is_ready() {
	for kube_path in readyz api/v1/namespaces/kube-system; do
		curl -sf --max-time 5 --cacert "$KUBE/tls/ca.crt" --cert "$KUBE/tls/admin.crt" --key "$KUBE/tls/admin.key" \
			"https://127.0.0.1:$kube_port/$kube_path" >/dev/null || return 1
	done
}

# kube_await_apiserver: false if it has ended, or takes longer than a minute.
kube_await_apiserver() {
	kube_left=600
	until kube_is_ready; do
		kube_left=$((kube_left - 1))
		kill -0 "$kube_apiserver" 2>/dev/null && [ "$kube_left" -gt 0 ] || return 1
		sleep 0.1
	done
}

# kube_install_crds v1|v3...: the project's own, or those in KUBE_CRDS.
kube_install_crds() {
	for kube_version in "$@"; do
		kube_from=$kube_sheet/crds/$kube_version.yaml
		[ -z "${KUBE_CRDS:-}" ] || kube_from=$KUBE_CRDS/$kube_version
		kubectl create --validate=false -f "$kube_from" >/dev/null || return 1
	done
	kubectl wait --for condition=Established --timeout 20s crd --all >/dev/null
}

# The plugin's account.
kube_make_account() {
	kubectl create --validate=false -f "$kube_sheet/rbac.yaml" >/dev/null || return 1
	kube_token=$(kubectl create token calico-cni-plugin -n kube-system --duration 24h) || return 1
	(umask 077 && kube_config "token: \"$kube_token\"" >"$KUBE/plain-kubeconfig" &&
		sed 's|//127\.0\.0\.1:|//[127.0.0.1]:|' "$KUBE/plain-kubeconfig" >"$KUBE/calico-kubeconfig")
}
