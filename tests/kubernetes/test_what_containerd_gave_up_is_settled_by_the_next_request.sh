# SPDX-License-Identifier: Apache-2.0
# The answer of a commit is lost, and etcd keeps silent while containerd gives up the sandbox, with
# a DEL that fails too; no other DEL of it ever comes. Whatever comes next gives back what stayed:
# another sandbox, or STATUS where none comes. On etcd, behind a proxy that swallows that answer.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/cni.inc.sh"
. "$SOURCE/tests/store.inc.sh"
. "$SOURCE/tests/kubernetes/cluster.inc.sh"
. "$SOURCE/tests/kubernetes/node.inc.sh"
. "$SOURCE/tests/kubernetes/sandboxes.inc.sh"

# lose_a_sandbox NAME: two addresses stay of it, beside the $1 that were held.
lose_a_sandbox() {
	rm -f "$T/swallowed"
	touch "$T/mute"
	! begin_sandbox "$1" || fail "a sandbox begins although etcd keeps silent"
	[ -e "$T/swallowed" ] || fail "no answer was swallowed: $(cat "$T/error.$1")"
	rm "$T/mute"
	[ "$(crictl_ pods -q | wc -l)" = "$2" ] || fail "containerd still knows the sandbox: a DEL may come"
	holds $(($2 * 2 + 2))
}

want_etcd
want_sandboxes
etcd_with http://127.0.0.1:2379
use_etcd
"$BUILD/tests/mute_proxy" 2479 2379 "$T" &
create_node node-1
create_pool pool4 10.80.0.0/16
create_pool pool6 fd80::/64
cat >"$T/net.d/10-net1.conflist" <<END
{
	"cniVersion": "1.1.0",
	"name": "net1",
	"plugins": [
		{
			$BRIDGE,
			"datastore_type": "etcdv3",
			"etcd_endpoints": "http://127.0.0.1:2479",
			"timeout_ms": 2000,
			"log_level": "debug",
			"ipam_lock_file": "$T/ipam.lock",
			"ipam": { "type": "calico-ipam", "assign_ipv6": "true" }
		}
	]
}
END
begin_containerd
begin_sandbox first || fail "$(cat "$T/error.first")"
holds 2

say "another sandbox"
lose_a_sandbox lost 1
begin_sandbox next || fail "$(cat "$T/error.next")"
holds 4

say "nothing but STATUS"
lose_a_sandbox silent 2
"$CNITOOL" status net1 /run/netns/none || fail "cnitool status"
holds 4
crictl_ stopp $(crictl_ pods -q) >/dev/null || fail "stopp"
holds 0
