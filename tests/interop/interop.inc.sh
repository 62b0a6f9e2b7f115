# SPDX-License-Identifier: Apache-2.0
# Sourced first by the tests of this folder: Calico's own plugin and command beside ours, over
# one etcd; or, with `interop_store=kubernetes` set before, over one API server, each as its
# kubeconfig lets it.  tests/interop/build.sh and tests/kubernetes/build.sh build what is needed.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/store.inc.sh"

theirs=$TOOLS/calico/calico-ipam
[ -x "$theirs" ] || skip "no $theirs (sh tests/interop/build.sh, with Go 1.23 or newer)"

begin_with_etcd() {
	want_etcd
	start_etcd
	use_etcd
	export ETCD_ENDPOINTS="$etcd_url" DATASTORE_TYPE=etcdv3
	store_of_request="\"datastore_type\": \"etcdv3\", \"etcd_endpoints\": \"$etcd_url\""
	etcd_ctl put /calico/resources/v3/projectcalico.org/clusterinformations/default \
		'{"kind":"ClusterInformation","apiVersion":"projectcalico.org/v3","metadata":{"name":"default","uid":"1","creationTimestamp":"2026-08-22T10:00:00Z"},"spec":{"clusterGUID":"1"}}' >/dev/null
}

begin_with_kubernetes() {
	. "$SOURCE/tests/kubernetes/cluster.inc.sh"
	want_kubernetes
	start_cluster
	use_cluster
	export DATASTORE_TYPE=kubernetes KUBECONFIG="$KUBE/admin.kubeconfig"
	store_of_request="\"datastore_type\": \"kubernetes\", \"kubernetes\": { \"kubeconfig\": \"$KUBE/plain-kubeconfig\" }"
	kubectl create --validate=false -f - <<-END >/dev/null
	{ "apiVersion": "crd.projectcalico.org/v1", "kind": "ClusterInformation",
	  "metadata": { "name": "default" }, "spec": { "clusterGUID": "1", "datastoreReady": true } }
	END
}

interop_store=${interop_store:-etcd}
begin_with_$interop_store
for node in node-1 node-2; do
	create_node $node
done

# No allocation's handle is left, in the store's own words.
no_handle_is_left() {
	case $interop_store in
	etcd) etcd_keys /calico/ipam/v2/handle/ ;;
	kubernetes) calico ipamhandles ;;
	esac >"$T/handles"
	[ ! -s "$T/handles" ] || fail "handles are left: $(cat "$T/handles")"
}

# label_node NAME LABEL=VALUE: by whoever may; the cluster's nodes are not ours to label.
label_node() {
	case $interop_store in
	etcd) ctl node label "$1" "$2" ;;
	kubernetes) kubectl label node "$1" "$2" ;;
	esac >/dev/null
}

# create_their_node NAME LABEL VALUE: as calicoctl makes one; a cluster's come from kubelet.
create_their_node() {
	case $interop_store in
	etcd)
		echo "{ \"apiVersion\": \"projectcalico.org/v3\", \"kind\": \"Node\", \"metadata\": { \"name\": \"$1\", \"labels\": { \"$2\": \"$3\" } } }" |
			calicoctl create -f - >/dev/null
		;;
	kubernetes) cluster_node "$1" "$2=$3" ;;
	esac
}

# leak_handle NAME BLOCK: a handle that no allocation names.
leak_handle() {
	case $interop_store in
	etcd) etcd_ctl put "/calico/ipam/v2/handle/$1" "{\"block\":{\"$2\":1},\"deleted\":false}" ;;
	kubernetes)
		kubectl create --validate=false -f - <<-END
		{ "apiVersion": "crd.projectcalico.org/v1", "kind": "IPAMHandle", "metadata": { "name": "$1" },
		  "spec": { "handleID": "$1", "block": { "$2": 1 }, "deleted": false } }
		END
		;;
	esac >/dev/null
}

mkdir "$T/answers"

calicoctl() {
	"$TOOLS/calico/calicoctl" "$@"
}

# request [NODE [KEYS-OF-IPAM]]: a configuration that both understand.
request() {
	cat <<-END
	{ "cniVersion": "${version:-1.0.0}", "name": "net", "type": "calico", "nodename": "${1:-node-1}",
	  "log_level": "error", "log_file_path": "$T/cni.log", $store_of_request,
	  "ipam_lock_file": "$T/lock-${1:-node-1}",
	  "ipam": { "type": "calico-ipam", "assign_ipv4": "true", "assign_ipv6": "true"${2:+, $2} } }
	END
}

# call ours|theirs VERB CONTAINER [NODE [KEYS [CNI_ARGS]]]: the answer goes to stdout.
call() {
	case $1 in
	ours) program=$PLUGIN ;;
	theirs) program=$theirs ;;
	esac
	request "${4:-node-1}" "${5:-}" | env CNI_COMMAND="$2" CNI_CONTAINERID="$3" CNI_IFNAME=eth0 CNI_NETNS=/run/netns/none \
		CNI_PATH=/opt/cni/bin CNI_ARGS="IgnoreUnknown=1${6:+;$6}" "$program" 2>"$T/answers/$3.err"
}

# add ours|theirs CONTAINER [NODE [KEYS [CNI_ARGS]]]: its addresses go to $T/answers/CONTAINER.
add() {
	add_who=$1 add_container=$2
	shift 2
	call "$add_who" ADD "$add_container" "$@" >"$T/answers/$add_container.json" || {
		cat "$T/answers/$add_container.json" "$T/answers/$add_container.err" >&2
		fail "ADD of $add_container by $add_who"
	}
	grep -o '"address": *"[^"]*"' "$T/answers/$add_container.json" | cut -d '"' -f 4 >"$T/answers/$add_container"
}

del() {
	call "$1" DEL "$2" "${3:-node-1}" >"$T/answers/$2.json" || {
		cat "$T/answers/$2.json" "$T/answers/$2.err" >&2
		fail "DEL of $2 by $1"
	}
}

other() {
	[ "$1" = ours ] && echo theirs || echo ours
}

# Neither command finds a fault; of leaks ours cannot tell here.  What calicoctl calls leaked is held by no workload endpoint,
# of which these tests have none.
no_fault_is_found() {
	ctl check >"$T/check" || [ $? = 7 ] || {
		cat "$T/check" >&2
		fail "calico-ipamctl check"
	}
	calicoctl ipam check >"$T/check" 2>&1 || true
	for line in 'Found 0 handles with no matching IPs' \
		'Found 0 handles mentioned in blocks with no matching handle resource'; do
		grep -q "$line" "$T/check" || {
			cat "$T/check" >&2
			fail "calicoctl ipam check: not \"$line\""
		}
	done
	say "neither calico-ipamctl nor calicoctl finds a fault"
}
