# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/ctl/ctl.inc.sh"

# made PATH: a pool made now lands in the local store at that path.
n=0
made() {
	made_at=$1
	shift
	n=$((n + 1))
	exits 0 "$@" pool create "p$n" --cidr "10.$n.0.0/16"
	env CALICO_DATASTORE_TYPE=local CALICO_LOCAL_PATH="$made_at" "$CTL" pool list >"$T/list"
	says "$T/list" "p$n "
}

cat >"$T/list.conflist" <<END
{"cniVersion": "1.0.0", "name": "net1", "plugins": [
	{"type": "portmap", "datastore_type": "etcdv3"},
	{"type": "bridge", "local_path": "$T/conflist", "ipam": {"type": "calico-ipam"}},
	{"type": "ptp", "local_path": "$T/second", "ipam": {"type": "calico-ipam"}}]}
END
cat >"$T/single.conf" <<END
{"name": "net1", "type": "bridge", "ipam": {"type": "calico-ipam", "local_path": "$T/inside"}}
END

made "$T/plain" env CALICO_LOCAL_PATH="$T/plain" "$CTL"
made "$T/conflist" "$CTL" --config "$T/list.conflist"
# A bare word means something to somebody else.
made "$T/conflist" env LOCAL_PATH="$T/plain" "$CTL" "--config=$T/list.conflist"
made "$T/prefixed" env CALICO_LOCAL_PATH="$T/prefixed" "$CTL" --config "$T/list.conflist"
# The plugin does not read it there, so neither may we.
exits 1 "$CTL" --config "$T/single.conf" show
says "$T/err" '"local_path" stands within "ipam"; move it beside'

# A word about etcd or Kubernetes forbids the default, and is named.
exits 1 env ETCD_ENDPOINT=http://misspelt "$CTL" show
says "$T/err" "ETCD_ENDPOINT speaks of etcd"
echo '{"name": "n", "type": "bridge", "ipam": {"type": "calico-ipam"}}' >"$T/silent"
exits 1 env KUBECONFIG=/nowhere/config "$CTL" --config "$T/silent" show
says "$T/err" "kubeconfig /nowhere/config is not there"
exits 1 env HOME=/nowhere CALICO_DATASTORE_TYPE=kubernetes "$CTL" show
says "$T/err" "set kubernetes.kubeconfig"
exits 1 env CALICO_DATASTORE_TYPE=etcdv3 "$CTL" show
says "$T/err" "set etcd_endpoints"

# Files that do not help are named.
exits 3 "$CTL" --config "$T/nowhere" show
says "$T/err" "$T/nowhere"
echo '{"name": "net1"' >"$T/broken"
exits 1 "$CTL" --config "$T/broken" show
says "$T/err" "$T/broken: invalid JSON"
echo '{"name": "net1", "type": "bridge", "ipam": {"type": "host-local"}}' >"$T/foreign"
exits 1 "$CTL" --config "$T/foreign" show
says "$T/err" 'ipam.type "calico-ipam"'
echo '{"name": "n", "type": "bridge", "etcd_endpoint": "x", "ipam": {"type": "calico-ipam"}}' >"$T/misspelt"
exits 1 "$CTL" --config "$T/misspelt" show
says "$T/err" '"etcd_endpoint" is not known'
