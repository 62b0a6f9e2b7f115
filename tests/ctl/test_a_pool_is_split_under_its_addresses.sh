# SPDX-License-Identifier: Apache-2.0
# pool split: nothing in use is touched, the plugin goes on with the new pools.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"
. "$SOURCE/tests/ctl/stores.inc.sh"

ipam=/calico/ipam/v2

everything_in_use() {
	for key in $(keys $ipam/); do
		echo "$key $(value "$key")"
	done
}

splits() {
	plugin_uses ''
	exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/24 --block-size 28 --nat-outgoing
	exits 0 "$CTL" pool create v6 --cidr fd86::/120
	exits 0 "$CTL" node create node-1
	for i in 1 2 3; do
		plugin ADD c$i
	done
	everything_in_use >"$T/before"

	exits 0 "$CTL" pool split v4 --into 26 --dry-run
	says "$T/out" 'would be split into 4 pools'
	exits 0 "$CTL" pool list -o json
	has name '"v4" "v6"'
	exits 0 "$CTL" pool split v4 --into /26 -o json --yes
	has name '"v4-0" "v4-1" "v4-2" "v4-3"'
	has cidr '"10.86.0.0/26" "10.86.0.64/26" "10.86.0.128/26" "10.86.0.192/26"'
	[ "$(grep -c '"blocks": 1' "$T/out")" = 1 ] || fail "the one block is not in one part"
	exits 0 "$CTL" pool split v6 --into 121 --yes
	says "$T/out" 'pool v6 (fd86::/120) split into 2 pools'
	everything_in_use | is "$T/before"
	exits 0 "$CTL" pool list -o json
	has name '"v4-0" "v4-1" "v4-2" "v4-3" "v6-0" "v6-1"'
	has natOutgoing 'true true true true'

	# The plugin deletes, asks for one address, and assigns, all in the new pools.
	plugin DEL c1
	plugin ADD c4
	plugin ADD c3
	exits 0 "$CTL" show --addresses -o json
	[ "$(grep -c '"state": "assigned"' "$T/out")" = 6 ] || fail "three containers hold two addresses each"

	exits 3 "$CTL" pool split v4 --into 26
	exits 1 "$CTL" pool split v4-0 --into 29
	says "$T/err" 'at least as large as its blocks of /28'
	exits 2 "$CTL" pool split v4-0 --into x
	exits 2 "$CTL" pool split v4-0
	for i in 2 3 4; do
		plugin DEL c$i
	done
	under_way
}

# Containers that start while the pool is split all have an address, and all agrees.
under_way() {
	pids=
	for i in 1 2 3 4 5 6 7 8; do
		CNI_COMMAND=ADD CNI_CONTAINERID=r$i CNI_IFNAME=eth0 CNI_NETNS="$T/no-netns" CNI_PATH=/opt/cni/bin \
			"$PLUGIN" <"$T/stdin.json" >"$T/result$i" 2>&1 &
		pids="$pids $!"
	done
	exits 0 "$CTL" pool split v4-0 --into 27 --yes
	exits 0 "$CTL" pool split v6-0 --into 122 --yes
	for pid in $pids; do
		wait "$pid" || {
			cat "$T"/result* >&2
			fail "a container has no address"
		}
	done
	exits 0 "$CTL" show --addresses -o json
	[ "$(grep -c '"state": "assigned"' "$T/out")" = 16 ] || fail "eight containers hold two addresses each"
	"$CTL" check -o json >"$T/out" || [ $? = 7 ] || fail "check"
	has problemCount 0
	exits 0 "$CTL" pool list -o json
	has name '"v4-0-0" "v4-0-1" "v4-1" "v4-2" "v4-3" "v6-0-0" "v6-0-1" "v6-1"'
	for i in 1 2 3 4 5 6 7 8; do
		plugin DEL r$i
	done
}

over_each_store splits
