# SPDX-License-Identifier: Apache-2.0
# containerd killed while thirty sandboxes begin; a node that loses its power, with containerd's
# records and without; a container attached by hand beside an empty cache. After reclaim nobody holds
# an address who is gone, and none of a sandbox that lives was touched.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$SOURCE/tests/cni.inc.sh"
. "$SOURCE/tests/store.inc.sh"
use_store "CALICO_DATASTORE_TYPE=local" "CALICO_LOCAL_PATH=$T/store"
. "$SOURCE/tests/reclaim.inc.sh"
. "$SOURCE/tests/kubernetes/cluster.inc.sh"
. "$SOURCE/tests/kubernetes/node.inc.sh"
. "$SOURCE/tests/kubernetes/sandboxes.inc.sh"

kill_containerd() {
	kill -KILL "$containerd_process"
	wait "$containerd_process" 2>/dev/null || true
}

# What containerd has begun: shims, runc, sandboxes, plugins.
begun() {
	for folder in /proc/[0-9]*; do
		words=$({ tr '\0' ' ' <"$folder/cmdline"; } 2>/dev/null) || continue
		case $words in
		*/containerd-shim* | *runc* | /bin/busybox* | /opt/cni/bin/*) echo "${folder#/proc/}" ;;
		esac
	done
}

# No process is in a network namespace of its own.
only_the_node_runs() {
	[ "$(ls -l /proc/[0-9]*/ns/net 2>/dev/null | grep -o 'net:.*' | sort -u | wc -l)" = 1 ]
}

# Everything but the disk, and what the next boot is called.
lose_power() {
	kill_containerd
	while begun_now=$(begun) && [ -n "$begun_now" ]; do
		kill -KILL $begun_now 2>/dev/null || true
	done
	within 100 only_the_node_runs
	# One may cover another.
	for round in 1 2 3; do
		umount -l $(awk '$2 ~ "^/run/(netns|containerd-state)" { print $2 }' /proc/mounts | sort -r) 2>/dev/null || true
	done
	rm -rf /run/netns/* /run/containerd-state /run/calico-ipam
	reboot_as "$1"
}

boot() {
	ctl reclaim --boot --yes >"$T/said" 2>"$T/log" || fail "reclaim --boot: $(cat "$T/said" "$T/log")"
	holds 0
	start_containerd
}

want_sandboxes
network 10-net1.conflist 1.0.0 net1 "$BRIDGE" '"prefix": "pool", "gateway": "first"'
begin_containerd

say "killed while thirty begin, beside three that live"
start_sandboxes live-1 live-2 live-3
await_sandboxes
nobody_else_holds
start_sandboxes $(seq -f 'many-%g' 30)
within 100 at_least_so_many_hold 8
kill_containerd
await_sandboxes
start_containerd
reclaim
remove_dead_sandboxes
reclaim
nobody_else_holds
grep -q "$(cat "$T/sandbox.live-1")" "$T/ready" || fail "a sandbox that lived is not ready any more"

say "power lost while ten begin"
start_sandboxes $(seq -f 'more-%g' 10)
within 100 at_least_so_many_hold 6
lose_power 00000001-0000-4000-8000-000000000000
await_sandboxes
boot
remove_dead_sandboxes
start_sandboxes new-1 new-2
await_sandboxes
reclaim
nobody_else_holds

say "a container attached by hand beside an empty cache lives, and so do the sandboxes"
born by-hand
rm -rf /var/lib/cni/results/*
reclaim
has by-hand 2
holds 6
grep -q '6 are held by what lives' "$T/said" || fail "what lives is not told: $(cat "$T/said")"

say "power lost, and containerd's records with it"
lose_power 00000002-0000-4000-8000-000000000000
rm -rf "$T/containerd" /var/lib/cni
boot
ctr_ images import "$T/image.tar" >/dev/null
start_sandboxes newer-1 newer-2
await_sandboxes
reclaim
nobody_else_holds

say "a sandbox whose processes and namespace end, and of which the runtime forgets to tell"
lost=$(cat "$T/sandbox.newer-1")
netns=$(crictl_ inspectp "$lost" | sed -n 's/.*"path": "\(.*netns[^"]*\)".*/\1/p' | head -n 1)
kill_containerd
kill -KILL $(ip netns pids "${netns##*/}") 2>/dev/null || true
ip netns del "${netns##*/}"
reclaim
holders >"$T/holders"
[ "$(cat "$T/holders")" = "$(cat "$T/sandbox.newer-2")" ] || fail "others have addresses: $(cat "$T/holders")"
start_containerd
