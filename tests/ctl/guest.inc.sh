# SPDX-License-Identifier: Apache-2.0
# Sourced after ctl.inc.sh: the root folder of a VM's image, in $root.

root=$T/image
put() {
	mkdir -p "$(dirname "$root$1")"
	cat >"$root$1"
}

# Debian's ifupdown, which asks for IPv4 alone, with the dhclient of ISC's 4.3.
put_old_ifupdown() {
	: | put /sbin/ifup
	put /sbin/dhclient-script <<-'END'
	run_hookdir /etc/dhcp/dhclient-enter-hooks.d
	ip -6 addr add ${new_ip6_address}/${new_ip6_prefixlen} dev ${interface}
	END
	echo 4.3.5 | put /sbin/dhclient
	put /etc/network/interfaces <<-'END'
	source /etc/network/interfaces.d/*
	auto lo eth0
	iface lo inet loopback
	iface eth0 inet dhcp
	END
}
