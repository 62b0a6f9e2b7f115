# SPDX-License-Identifier: Apache-2.0
# Of a mounted image: what keeps its guest from an address is found, with what mends it.
. "$SOURCE/tests/ctl/ctl.inc.sh"

root=$T/image
put() {
	mkdir -p "$(dirname "$root$1")"
	cat >"$root$1"
}

exits 3 "$CTL" openstack guest --check "$root"
says "$T/err" "$root"
exits 2 "$CTL" openstack guest
mkdir "$root"
exits 6 "$CTL" openstack guest --check "$root"
says "$T/out" "1 problem: system none, interfaces by nobody, DHCPv6 client none"

# Debian's ifupdown, with the dhclient of ISC's 4.3.
echo 'PRETTY_NAME="Debian GNU/Linux 9 (stretch)"' | put /etc/os-release
: | put /sbin/ifup
put /sbin/dhclient-script <<'END'
run_hookdir /etc/dhcp/dhclient-enter-hooks.d
ip -6 addr add ${new_ip6_address}/${new_ip6_prefixlen} dev ${interface}
END
echo 4.3.5 | put /sbin/dhclient
put /etc/network/interfaces <<'END'
source /etc/network/interfaces.d/*
auto lo eth0
iface lo inet loopback
iface eth0 inet dhcp
END
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
