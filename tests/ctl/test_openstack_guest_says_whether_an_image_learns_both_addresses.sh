# SPDX-License-Identifier: Apache-2.0
# Of a mounted image: what keeps its guest from an address is found, with what mends it.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/guest.inc.sh"

exits 3 "$CTL" openstack guest --check "$root"
says "$T/err" "$root"
exits 2 "$CTL" openstack guest
mkdir "$root"
exits 6 "$CTL" openstack guest --check "$root"
says "$T/out" "1 problem: system none, interfaces by nobody, DHCPv6 client none"

echo 'PRETTY_NAME="Debian GNU/Linux 9 (stretch)"' | put /etc/os-release
put_old_ifupdown
exits 6 "$CTL" openstack guest --check "$root"
says "$T/out" "interface eth0 does not ask for an IPv6 address by DHCPv6"
says "$T/out" "dhclient takes its IPv6 address as /64, not /128"
says "$T/out" "new_ip6_prefixlen=128"
says "$T/out" "3 problems: system Debian GNU/Linux 9 (stretch), interfaces by ifupdown, DHCPv6 client dhclient (/64)"
exits 6 "$CTL" openstack guest --check "$root" -o json
has problemCount 3
has manager '"ifupdown"'
has prefixLength 64

printf 'iface eth0 inet6 dhcp\n' >>"$root/etc/network/interfaces"
echo 'new_ip6_prefixlen=128' | put /etc/dhcp/dhclient-enter-hooks.d/length
exits 0 "$CTL" openstack guest --check "$root"
is "$T/out" <<'END'
no problem: system Debian GNU/Linux 9 (stretch), interfaces by ifupdown, DHCPv6 client dhclient (/128)
END
