# SPDX-License-Identifier: Apache-2.0
# /etc/calico/calicoctl.cfg leads both to one store, and what ours refuses theirs does.
. "$SOURCE/tests/interop/interop.inc.sh"
ctl pool create shared --cidr 10.86.0.0/16 >/dev/null
unset ETCD_ENDPOINTS DATASTORE_TYPE
mkdir -p /etc/calico
head='apiVersion: projectcalico.org/v3
kind: CalicoAPIConfig
metadata:
spec:'

pools_by_ours() {
	"$CTL" pool list
}

pools_by_theirs() {
	calicoctl get ippools
}

# both_take TEXT: the file with this text.
both_take() {
	echo "$1" >/etc/calico/calicoctl.cfg
	for pools in pools_by_ours pools_by_theirs; do
		$pools >"$T/said" 2>&1 || fail "$pools refuses $1: $(cat "$T/said")"
		grep -q shared "$T/said" || fail "$pools reads another store: $(cat "$T/said")"
	done
}

both_refuse() {
	echo "$1" >/etc/calico/calicoctl.cfg
	refused "$T/said" pools_by_ours
	refused "$T/said" pools_by_theirs
}

both_take "$head
  datastoreType: etcdv3
  etcdEndpoints: $etcd_url"
both_take "$head
  etcdEndpoints: '$etcd_url' # the type is left out"
both_take "$head {etcdEndpoints: \"$etcd_url\", etcdUsername: ~, etcdPassword: \"\",
  k8sClientQPS: 5.5, usePodCIDR: no}"
both_take "---
$head
  etcdEndpoints: !!str
    $etcd_url
..."
both_take "{\"kind\": \"CalicoAPIConfig\", \"spec\": {\"etcdEndpoints\": \"$etcd_url\"},
	\"apiVersion\": \"projectcalico.org/v3\"}"
both_refuse ""
both_refuse "$head
  etcdEndpoint: $etcd_url"
both_refuse "$head
etcdEndpoints: $etcd_url"
both_refuse "$head
  etcdEndpoints: [$etcd_url]"
both_refuse "$head
  etcdEndpoints: \"$etcd_url"
both_refuse "kind: CalicoAPIConfig
spec: {etcdEndpoints: \"$etcd_url\"}"
both_refuse "$head
  datastoreType: Etcdv3
  etcdEndpoints: $etcd_url"
for password in 10 0123 0x1F 1e3 0o17 0b11 yes True off y .inf '[a]' '{a: b}'; do
	both_refuse "$head
  etcdEndpoints: $etcd_url
  etcdPassword: $password"
done
for password in '"10"' 1.2.3 10.0.0.1 2001-01-01 '!!str 10' '~'; do
	both_take "$head
  etcdEndpoints: $etcd_url
  etcdPassword: $password"
done
say "both take the same, and refuse the same"
