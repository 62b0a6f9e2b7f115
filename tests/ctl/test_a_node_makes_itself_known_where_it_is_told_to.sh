# SPDX-License-Identifier: Apache-2.0
# "create_node": true: the first ADD on a node that etcd does not know makes it known, STATUS says
# that it would, and neither writes a node that is there.  Without the key it is refused as ever.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"

use_etcd
exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/24
exits 0 "$CTL" pool create v6 --cidr fd86::/64

refused_as_unknown() {
	exits 1 plugin_fails "$1"
	says "$T/result" 'node \"node-1\" is not in the store'
}

plugin_fails() {
	CNI_COMMAND=$1 CNI_CONTAINERID=one CNI_IFNAME=eth0 CNI_NETNS="$T/no-netns" CNI_PATH=/opt/cni/bin \
		"$PLUGIN" <"$T/stdin.json" >"$T/result"
}

plugin_uses '"cniVersion": "1.1.0",'
refused_as_unknown ADD
plugin_uses '"cniVersion": "1.1.0", "create_node": false,'
refused_as_unknown STATUS
exits 0 "$CTL" node list -o json
is "$T/out" <<-END
[]
END

plugin_uses '"cniVersion": "1.1.0", "create_node": true,'
plugin STATUS none
exits 0 "$CTL" node list -o json
is "$T/out" <<-END
[]
END
plugin ADD one
says "$T/result" '10.86.0.'
says "$T/result" 'fd86::'
exits 0 "$CTL" node list
says "$T/out" node-1
[ "$(grep -c node-1 "$T/out")" = 1 ] || fail "the node is there more than once"

# What the administrator gave it stays.
exits 0 "$CTL" node label node-1 rack=1
exits 0 "$CTL" node list -o json
cp "$T/out" "$T/before"
plugin ADD two
exits 0 "$CTL" node list -o json
is "$T/out" <"$T/before"

# What else is wrong is said as ever.
exits 0 "$CTL" node delete node-1 --force --yes
exits 0 "$CTL" release --node node-1 --yes
exits 0 "$CTL" pool delete v4 --yes
exits 1 plugin_fails ADD
says "$T/result" IPv4
sed -i 's/"create_node": true/"create_node": "yes"/' "$T/stdin.json"
exits 1 plugin_fails ADD
says "$T/result" create_node

# A pool whose selector wants a label is not for a node that has none.
exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/24 --node-selector 'rack == "1"'
sed -i 's/"create_node": "yes"/"create_node": true/' "$T/stdin.json"
exits 1 plugin_fails STATUS
says "$T/result" 'pool'

# Of first ADDs at once, as after a boot, none finds that another made the node and fails for it.
exits 0 "$CTL" pool update v4 --node-selector 'all()'
for round in 1 2 3 4; do
	pids=
	for i in $(seq 12); do
		sed "s|\"node-1\"|\"race-$round\", \"run_path\": \"$T/run$((i % 4))\"|; s|$T/lock|$T/lock$((i % 4))|" \
			"$T/stdin.json" >"$T/stdin.$i.json"
		CNI_COMMAND=ADD CNI_CONTAINERID="r$round-$i" CNI_IFNAME=eth0 CNI_NETNS="$T/no-netns" \
			CNI_PATH=/opt/cni/bin "$PLUGIN" <"$T/stdin.$i.json" >"$T/result.$i" 2>"$T/log.$i" &
		pids="$pids $!"
	done
	for pid in $pids; do
		wait "$pid" || fail "a first ADD of many fails: $(cat "$T"/result.*)"
	done
done
