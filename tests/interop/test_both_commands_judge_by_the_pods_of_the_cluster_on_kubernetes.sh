# SPDX-License-Identifier: Apache-2.0
# Behind a Kubernetes API server pods and nodes say which addresses are leaked, to our command as to
# calicoctl; each releases what the other reported, and nothing that a pod has is lost.
interop_store=kubernetes
. "$SOURCE/tests/interop/interop.inc.sh"

# add_pod NAME [NODE]: its addresses are assigned by our plugin.
add_pod() {
	add ours "$1" "${2:-node-1}" '' "K8S_POD_NAMESPACE=default;K8S_POD_NAME=$1"
}

addresses_of() {
	cut -d / -f 1 "$T/answers/$1"
}

# ips_of NAME: as a pod's status has them.
ips_of() {
	addresses_of "$1" | sed 's/.*/{ "ip": "&" }/' | paste -s -d , - | sed 's/.*/"podIPs": [ & ]/'
}

# Nobody has these: their pods are not there, elsewhere, done, or their node is gone.
make_leaks() {
	for name in gone moved done; do
		add_pod $name
	done
	add_pod lost node-2
	cluster_pod moved node-1 '{ "phase": "Running", "podIPs": [ { "ip": "192.0.2.77" } ] }'
	cluster_pod done node-1 "{ \"phase\": \"Succeeded\", $(ips_of done) }"
	make_allocations_old
	for name in gone moved done lost; do
		addresses_of $name
	done | sort >"$T/leaks"
}

# told FILE: the addresses that a report calls unused, except those that calicoctl alone does.
unused_in() {
	tr -d '\n ' <"$1" | grep -o '"ip":"[^"]*"[^}]*"inUse":[a-z]*' | sed -n 's/"ip":"\([^"]*\)".*:false$/\1/p' | sort
}

ctl pool create v4 --cidr 10.86.0.0/16 >/dev/null
ctl pool create v6 --cidr fd86::/64 >/dev/null
for name in alive waiting; do
	add_pod $name
done
cluster_pod alive node-1 "{ \"phase\": \"Running\", $(ips_of alive) }"
cluster_pod waiting node-1
make_leaks
kubectl delete node node-2 >/dev/null

exits() {
	exits_want=$1 exits_got=0
	shift
	"$@" >"$T/out" 2>&1 || exits_got=$?
	[ "$exits_got" = "$exits_want" ] || {
		cat "$T/out" >&2
		fail "exit status $exits_got, not $exits_want: $*"
	}
}

says() {
	grep -q -- "$1" "$T/out" || {
		cat "$T/out" >&2
		fail "not said: $1"
	}
}

exits 6 ctl check --report "$T/report"
says "net.gone on node-1, and its pod is not there any more"
says "net.moved on node-1, and its pod has another address"
says "net.done on node-1, and its pod is not there any more, or has finished"
says "net.lost on node-2, and its node is not there any more"
unused_in "$T/report" >"$T/ours"
diff "$T/leaks" "$T/ours" >&2 || fail "our report is not as the pods are"

# To calicoctl a pod that has no address yet holds none.
calicoctl ipam check -o "$T/report.theirs" >/dev/null
unused_in "$T/report.theirs" >"$T/theirs"
addresses_of waiting | sort - "$T/leaks" >"$T/expected"
diff "$T/expected" "$T/theirs" >&2 || fail "calicoctl judges otherwise"

calicoctl ipam release --from-report="$T/report" --force >/dev/null
exits 0 ctl check
holds 4

# The other way round.
kubectl delete pod moved done --force --grace-period=0 >/dev/null 2>&1
cluster_pod_is waiting "{ \"phase\": \"Running\", $(ips_of waiting) }"
cluster_node node-2
make_leaks
calicoctl ipam check -o "$T/report.theirs" >/dev/null
ctl release --from-report "$T/report.theirs" --force --yes >"$T/released" || {
	cat "$T/released" >&2
	fail "release of what calicoctl reported"
}
holds 4
exits 0 ctl check
calicoctl ipam check --show-problem-ips >"$T/out"
says 'Found 0 IPs that are allocated in IPAM but not actually in use'

# Who may not list pods is told whom to be.
exits 5 env $store_settings "KUBECONFIG=$KUBE/calico-kubeconfig" "$CTL" check
says 'is not allowed (kubeconfig .*ask as an administrator (KUBECONFIG)'
