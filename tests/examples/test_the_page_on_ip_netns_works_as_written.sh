# SPDX-License-Identifier: Apache-2.0
# The commands of docs/RUNTIMES.md with nothing but namespaces, as they stand, with cnitool installed.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/cni.inc.sh"

want_cnitool
unset NETCONFPATH CNI_PATH
rm -rf /etc/cni /opt/cni
mkdir -p /opt/cni/bin
cp "$PLUGIN" "$TOOLS/bridge" /opt/cni/bin/
PATH=$BUILD/ctl:$TOOLS:$PATH
cd "$SOURCE"
{
	echo 'set -ex'
	sed -n '/^## ip netns/,$s/^	//p' docs/RUNTIMES.md
} >"$T/typed"
[ "$(wc -l <"$T/typed")" -gt 12 ] || fail "docs/RUNTIMES.md has no commands for ip netns"
# A new address is looked at for a second before it may be used.
sed -i 's/^ip -n two address/sleep 2; &/' "$T/typed"
sh "$T/typed" >"$T/said" 2>&1 || {
	cat "$T/said" >&2
	fail "docs/RUNTIMES.md"
}
grep -q '10\.80\.' "$T/said" && grep -q 'fd80:' "$T/said" && grep -q ' 0% packet loss' "$T/said" || fail "it says $(cat "$T/said")"
"$CTL" show --addresses >"$T/said"
! grep -q ' assigned ' "$T/said" || fail "addresses are left: $(cat "$T/said")"
