# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/cni.inc.sh"
. "$SOURCE/tests/store.inc.sh"

# What a runtime never does: only our plugin's DEL, behind the bridge's back.
release_behind_its_back() {
	sed -n '/"plugins"/,$p' "$T/net.d/10-net1.conflist" | awk '
		BEGIN { print "{\"cniVersion\": \"1.0.0\", \"name\": \"net1\"," }
		NR > 2 && !/^\t\t}$/ && !/^\t\]$/ { print }' >"$T/ipam.conf"
	CNI_COMMAND=DEL CNI_CONTAINERID=$(cnitool_id "$1") CNI_NETNS=/run/netns/$1 CNI_IFNAME=eth0 \
		"$PLUGIN" <"$T/ipam.conf" || fail "DEL of $1"
}

want_cnitool
network 10-net1.conflist 1.0.0 net1 "$BRIDGE" '"prefix": "pool", '"$DEFAULT_ROUTES"
two_containers net1
lost=$(address 4 one)
release_behind_its_back one
holds 2
refused "$T/check" "$CNITOOL" check net1 /run/netns/one
grep -q "$lost" "$T/check" || fail "the error does not name $lost: $(cat "$T/check")"
say "$(cat "$T/check")"
check net1 two
take_away net1
