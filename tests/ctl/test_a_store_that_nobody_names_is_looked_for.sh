# SPDX-License-Identifier: Apache-2.0
# Without settings: calicoctl's configuration, else this host's networks, else an error.
. "$SOURCE/tests/sandbox.inc.sh"
sandbox=$T
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
trap 'rm -rf "$T"; T=$sandbox; leave_sandbox' EXIT
rm -rf /etc/calico /etc/cni /var/lib/calico-ipam /var/lib/calico
mkdir -p /etc/calico /etc/cni/net.d

# network NAME KEYS: a network of ours, with these keys beside "ipam".
network() {
	echo "{\"cniVersion\": \"1.0.0\", \"name\": \"$1\", \"plugins\": [{\"type\": \"portmap\"},
		{\"type\": \"bridge\", $2 \"ipam\": {\"type\": \"calico-ipam\"}}]}" >"/etc/cni/net.d/$1.conflist"
}

# config LINES: calicoctl's, with these lines in spec.
config() {
	printf 'apiVersion: projectcalico.org/v3\nkind: CalicoAPIConfig\nmetadata:\nspec:\n%s\n' "$1" >/etc/calico/calicoctl.cfg
}

nothing_is_made() {
	[ ! -e /var/lib/calico-ipam ] || fail "a local store was made"
}

no_store_is_invented() {
	for words in show metrics "pool list" "pool create four --cidr 10.1.0.0/16" "check" "node create"; do
		exits 1 "$CTL" $words
		says "$T/err" "no store is named"
		says "$T/err" "CALICO_ETCD_ENDPOINTS"
		says "$T/err" "CALICO_DATASTORE_TYPE=local"
		says "$T/err" "--config"
		silent "$T/out"
	done
	nothing_is_made
	exits 1 env KUBECONFIG=/root/.kube/config "$CTL" show
	says "$T/err" "kubeconfig /root/.kube/config is not there"
	exits 1 env ETCD_ENDPOINT=http://misspelt "$CTL" show
	says "$T/err" "ETCD_ENDPOINT speaks of etcd"
	"$CTL" doctor >"$T/out" || true
	says "$T/out" "no store is named by the environment"
	nothing_is_made
}

a_local_store_is_made_where_it_is_named() {
	exits 0 env DATASTORE_TYPE=local "$CTL" pool create bare --cidr 10.1.0.0/16
	rm -r /var/lib/calico-ipam
	exits 0 env CALICO_DATASTORE_TYPE=local "$CTL" pool create four --cidr 10.1.0.0/16
	rm -r /var/lib/calico-ipam
	exits 0 env CALICO_LOCAL_PATH="$T/path" "$CTL" pool create four --cidr 10.1.0.0/16
	nothing_is_made
	network 10-net ''
	exits 0 "$CTL" pool create four --cidr 10.1.0.0/16
	[ -e /var/lib/calico-ipam/data.mdb ] || fail "the network's store was not made"
	rm -r /var/lib/calico-ipam
}

the_networks_of_this_host_say_which() {
	network 10-net "\"local_path\": \"$T/net\", \"nodename\": \"by-conflist\","
	exits 0 "$CTL" pool create net --cidr 10.2.0.0/16
	exits 0 "$CTL" node create --label rack=1
	says "$T/out" "node by-conflist created"
	exits 0 "$CTL" --config /etc/cni/net.d/10-net.conflist pool list
	says "$T/out" "net "
	echo '{"cniVersion": "1.0.0", "name": "other", "type": "macvlan", "ipam": {"type": "dhcp"}}' >/etc/cni/net.d/05-other.conf
	echo "no configuration" >/etc/cni/net.d/README
	network 20-same "\"datastore_type\": \"local\", \"local_path\": \"$T/net\", \"log_level\": \"debug\","
	exits 0 "$CTL" pool list
	says "$T/out" "net "
	exits 0 env KUBECONFIG=/root/.kube/config "$CTL" pool list
	says "$T/out" "net "
	exits 0 env CALICO_LOCAL_PATH="$T/path" "$CTL" pool list
	says "$T/out" "four "
	nothing_is_made
}

two_stores_are_an_error() {
	network 30-two '"etcd_endpoints": "http://127.0.0.1:2399",'
	exits 1 "$CTL" pool list
	says "$T/err" "/etc/cni/net.d/10-net.conflist and /etc/cni/net.d/30-two.conflist name different stores"
	says "$T/err" "(local store $T/net; etcd http://127.0.0.1:2399)"
	says "$T/err" "with --config"
	"$CTL" doctor >"$T/out" || true
	says "$T/out" "commands without --config fail: /etc/cni/net.d/10-net.conflist and"
	exits 0 "$CTL" --config /etc/cni/net.d/10-net.conflist pool list
	exits 5 "$CTL" --config /etc/cni/net.d/30-two.conflist pool list
	network 30-two '"datastore_type": "kubernetes",'
	exits 1 "$CTL" pool list
	says "$T/err" "30-two.conflist name different stores"
	rm /etc/cni/net.d/10-net.conflist /etc/cni/net.d/20-same.conflist
	exits 1 env HOME=/nowhere "$CTL" pool list
	says "$T/err" "nothing says where the API server is"
	rm /etc/cni/net.d/30-two.conflist
	network 10-net "\"local_path\": \"$T/net\","
}

what_cannot_be_read_is_not_passed_over() {
	echo '{"name": "torn"' >/etc/cni/net.d/40-torn.conflist
	exits 1 "$CTL" pool list
	says "$T/err" "/etc/cni/net.d/40-torn.conflist: invalid JSON"
	says "$T/err" "say which store is meant, with --config"
	rm /etc/cni/net.d/40-torn.conflist
	cp "$CTL" "$T/ctl"
	chmod 755 "$T" "$T/ctl"
	config '  etcdEndpoints: http://127.0.0.1:2399'
	chmod 600 /etc/calico/calicoctl.cfg
	exits 1 setpriv --reuid 65534 --clear-groups "$T/ctl" show
	says "$T/err" "/etc/calico/calicoctl.cfg: Permission denied"
	rm /etc/calico/calicoctl.cfg
}

calicoctls_configuration_comes_first() {
	start_etcd_tls "$T/tls"
	config "  datastoreType: etcdv3
  etcdEndpoints: $etcd_url
  etcdCACertFile: $tls/ca.crt
  etcdCertFile: $tls/client.crt
  etcdKeyFile: $tls/client.key"
	exits 0 "$CTL" pool create far --cidr 10.3.0.0/16
	etcd_keys /calico/resources/v3/projectcalico.org/ippools/ >"$T/keys"
	says "$T/keys" ippools/far
	"$CTL" doctor >"$T/out" || true
	says "$T/out" "the local store $T/net answers"
	says "$T/out" "the etcd $etcd_url answers"
	cp /etc/calico/calicoctl.cfg "$T/mine.yaml"
	rm /etc/calico/calicoctl.cfg
	exits 0 "$CTL" --config "$T/mine.yaml" pool list
	says "$T/out" "far "
	printf '{"apiVersion": "projectcalico.org/v3", "kind": "CalicoAPIConfig", "spec": {"etcdEndpoints": "%s",
		"etcdCACertFile": "%s", "etcdCertFile": "%s", "etcdKeyFile": "%s"}}' \
		"$etcd_url" "$tls/ca.crt" "$tls/client.crt" "$tls/client.key" >"$T/mine.json"
	exits 0 "$CTL" --config "$T/mine.json" pool list
	says "$T/out" "far "
	exits 0 env CALICO_DATASTORE_TYPE=local CALICO_LOCAL_PATH="$T/path" "$CTL" --config "$T/mine.json" pool list
	says "$T/out" "four "
	cp "$T/mine.json" /etc/calico/calicoctl.cfg
	exits 0 "$CTL" pool list
	says "$T/out" "far "
}

what_is_wrong_with_it_is_told() {
	config '  datastoreType: kubernetes'
	exits 1 env HOME=/nowhere "$CTL" show
	says "$T/err" "nothing says where the API server is"
	config '  etcdEndpoint: http://127.0.0.1:2379'
	exits 1 "$CTL" show
	says "$T/err" '/etc/calico/calicoctl.cfg:5: "etcdEndpoint" is not known in spec'
	config '  etcdEndpoints: "http://127.0.0.1:2379'
	exits 1 "$CTL" show
	says "$T/err" '/etc/calico/calicoctl.cfg:6: invalid YAML: '
	config '  datastoreType: etcdv3'
	exits 1 "$CTL" show
	says "$T/err" '/etc/calico/calicoctl.cfg: datastore_type is "etcdv3" but no endpoint is given'
	rm /etc/calico/calicoctl.cfg
	exits 1 "$CTL" --config "$T/keys" show
	says "$T/err" "$T/keys:1: is no CalicoAPIConfig"
}

# on_terminal COMMAND...: what a person at a terminal sees is in $T/typescript.
on_terminal() {
	script -qec "$*" "$T/typescript" </dev/null >/dev/null
}

on_a_terminal_the_store_is_named_once() {
	on_terminal "$CTL" pool list
	says "$T/typescript" "store: local store $T/net (by /etc/cni/net.d/10-net.conflist)"
	[ "$(grep -c 'store: ' "$T/typescript")" = 1 ] || fail "not once: $(cat "$T/typescript")"
	CALICO_LOCAL_PATH="$T/path" on_terminal "$CTL" pool list
	says "$T/typescript" "store: local store $T/path (by the environment)"
	on_terminal "$CTL" pool list "2>$T/aside"
	silent "$T/aside"
	exits 0 "$CTL" pool list
	silent "$T/err"
}

want_etcd
no_store_is_invented
a_local_store_is_made_where_it_is_named
the_networks_of_this_host_say_which
two_stores_are_an_error
what_cannot_be_read_is_not_passed_over
calicoctls_configuration_comes_first
what_is_wrong_with_it_is_told
on_a_terminal_the_store_is_named_once
