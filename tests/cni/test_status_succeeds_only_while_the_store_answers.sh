# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/cni.inc.sh"
. "$SOURCE/tests/store.inc.sh"

want_spec_1_1_0
network 10-net1.conflist 1.1.0 net1 "$BRIDGE" '"prefix": "pool", '"$DEFAULT_ROUTES"
"$CNITOOL" status net1 /run/netns/none || fail "status of a good configuration"

say "a store that cannot be: its folder is a file"
echo "not a folder" >"$T/file"
sed "s|\"$T/store\"|\"$T/file/store\"|" "$T/net.d/10-net1.conflist" >"$T/net.d/20-net2.conflist"
sed -i 's/"net1"/"net2"/' "$T/net.d/20-net2.conflist"
refused "$T/status" "$CNITOOL" status net2 /run/netns/none
grep -q "$T/file/store" "$T/status" || fail "the error does not name the store: $(cat "$T/status")"
say "$(cat "$T/status")"
