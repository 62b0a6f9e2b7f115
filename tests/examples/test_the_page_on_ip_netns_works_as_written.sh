# SPDX-License-Identifier: Apache-2.0
# The commands of docs/RUNTIMES.md with nothing but namespaces, as they stand, with cnitool installed.
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/cni.inc.sh"
. "$SOURCE/tests/pages.inc.sh"

want_cnitool
unset NETCONFPATH CNI_PATH
rm -rf /etc/cni /opt/cni
mkdir -p /opt/cni/bin
cp "$PLUGIN" "$TOOLS/bridge" /opt/cni/bin/
PATH=$BUILD/ctl:$TOOLS:$PATH
# A new address is looked at for a second before it may be used.
type_section docs/RUNTIMES.md 'ip netns' 's/^ip -n two address/sleep 2; &/'
said 10.80. fd80: ' 0% packet loss'
"$CTL" show --addresses >"$T/said"
! grep -q ' assigned ' "$T/said" || fail "addresses are left: $(cat "$T/said")"
