# SPDX-License-Identifier: Apache-2.0
# calico-ipam-dhcp-agent.service: systemd finds no fault with it, it excludes the other agents,
# and its end is not the end of the dnsmasqs.
. "$SOURCE/tests/sandbox.inc.sh"

command -v systemd-analyze >/dev/null || skip "no systemd-analyze (Debian: systemd)"
unit=$SOURCE/openstack/calico-ipam-dhcp-agent.service
sed "s,^ExecStart=[^ ]*,ExecStart=$BUILD/openstack/calico-dhcp-agent," "$unit" >"$T/calico-ipam-dhcp-agent.service"
systemd-analyze verify --man=no "$T/calico-ipam-dhcp-agent.service" >"$T/verdict" 2>&1 || true
grep -F calico-ipam-dhcp-agent "$T/verdict" >&2 && fail "systemd finds fault with the unit"

for line in KillMode=process Restart=always \
	'Conflicts=calico-dhcp-agent.service neutron-dhcp-agent.service' NoNewPrivileges=yes ProtectSystem=strict; do
	grep -qxF "$line" "$unit" || fail "the unit has no $line"
done
"$BUILD/openstack/calico-dhcp-agent" --version | grep -q '^calico-dhcp-agent [0-9]' || fail "no version"
"$BUILD/openstack/calico-dhcp-agent" --help | grep -q -- --config-dir || fail "no help"
refused "$T/wrong" "$BUILD/openstack/calico-dhcp-agent" --unknown
