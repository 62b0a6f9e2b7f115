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
