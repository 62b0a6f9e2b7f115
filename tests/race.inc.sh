# SPDX-License-Identifier: Apache-2.0
# Sourced after sandbox.inc.sh and store.inc.sh: many processes at once, as on ten nodes.
#
# The pools hold 256 addresses a family in four blocks, so that 200 containers on ten
# nodes must borrow from each other's blocks.  Each node has a host lock of its own.

CONTAINERS=200
NODES=10
V4_POOL=10.90.0.0/24
V6_POOL=fd90::/120

# request NODE 'STORE KEYS': what a runtime on that node hands to the plugin.
request() {
	cat <<END
{
	"cniVersion": "1.0.0",
	"name": "race",
	"type": "bridge",
	"nodename": "node-$1",
	"ipam_lock_file": "$T/lock-$1",
	$2,
	"ipam": {
		"type": "calico-ipam",
		"assign_ipv4": "true",
		"assign_ipv6": "true",
		"ipv4_pools": ["$V4_POOL"],
		"ipv6_pools": ["$V6_POOL"]
	}
}
END
}

# run_plugin VERB CONTAINER NUMBER
run_plugin() {
	run_status=0
	CNI_COMMAND=$1 CNI_CONTAINERID=container-$2 CNI_IFNAME=eth0 CNI_NETNS=/run/netns/none \
		CNI_PATH=$BUILD/plugin "$PLUGIN" <"$T/request-$(($2 % NODES))" \
		>"$T/$1/$2" 2>"$T/$1/$2.log" || run_status=$?
	echo "$run_status" >"$T/$1/$2.status"
}

# all_at_once VERB: every container at the same time; each must succeed.
all_at_once() {
	mkdir -p "$T/$1"
	at_once_pids=
	for number in $(seq "$CONTAINERS"); do
		run_plugin "$1" "$number" &
		at_once_pids="$at_once_pids $!"
	done
	wait $at_once_pids
	for number in $(seq "$CONTAINERS"); do
		[ "$(cat "$T/$1/$number.status")" = 0 ] || {
			cat "$T/$1/$number" "$T/$1/$number.log" >&2
			fail "$1 of container-$number, and $(grep -vlx 0 "$T/$1"/*.status | wc -l) in all"
		}
	done
	say "$CONTAINERS x $1"
}

# The addresses of a family that the answers to ADD hold, one a line.
given() {
	sed -n 's/.*"address": "\([^"/]*\).*/\1/p' "$T"/ADD/*[0-9] | grep "$1" || true
}

each_has_an_address_of_its_own() {
	for mark in '\.' ':'; do
		[ "$(given "$mark" | wc -l)" = "$CONTAINERS" ] || fail "not $CONTAINERS addresses with $mark"
		twice=$(given "$mark" | sort | uniq -d)
		[ -z "$twice" ] || fail "given twice:" $twice
	done
}

# race 'STORE KEYS'
race() {
	for node in $(seq 0 $((NODES - 1))); do
		request "$node" "$1" >"$T/request-$node"
	done
	all_at_once ADD
	each_has_an_address_of_its_own
	holds $((2 * CONTAINERS))
	all_at_once DEL
	holds 0
}
