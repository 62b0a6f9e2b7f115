/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/guest/own.h"

#include "base/attr.h"

#include <string.h>

/*
 * Netplan's id and networkd's file sort before those of others, and NetworkManager's priority
 * is above them, so that of all that match an interface these count.
 */
const struct own own_files[N_OWN_FILES] = {
	[OWN_CLOUD_INIT] = { "/etc/cloud/cloud.cfg.d/99-calico-ipam.cfg", 0644,
		"network:\n"
		"  config: disabled\n" },
	[OWN_NETPLAN] = { "/etc/netplan/99-calico-ipam.yaml", 0600,
		"network:\n"
		"  version: 2\n"
		"  ethernets:\n"
		"    00-calico-ipam:\n"
		"      match:\n"
		"        name: \"e*\"\n"
		"      dhcp4: true\n"
		"      dhcp6: true\n"
		"      accept-ra: true\n"
		"      ipv6-privacy: false\n" },
	[OWN_NETWORKD] = { "/etc/systemd/network/05-calico-ipam.network", 0644,
		"[Match]\n"
		"Name=en* eth*\n"
		"\n"
		"[Network]\n"
		"DHCP=yes\n"
		"IPv6AcceptRA=yes\n"
		"IPv6PrivacyExtensions=no\n" },
	[OWN_NETWORK_MANAGER] = {
		"/etc/NetworkManager/system-connections/calico-ipam.nmconnection", 0600,
		"[connection]\n"
		"id=calico-ipam\n"
		"uuid=8d4a1a6c-5b0e-4c53-9d0b-0c2f3a9e7b16\n"
		"type=ethernet\n"
		"autoconnect-priority=900\n"
		"multi-connect=3\n"
		"\n"
		"[match]\n"
		"interface-name=en*;eth*;\n"
		"\n"
		"[ipv4]\n"
		"method=auto\n"
		"may-fail=true\n"
		"\n"
		"[ipv6]\n"
		"method=auto\n"
		"addr-gen-mode=eui64\n"
		"ip6-privacy=0\n"
		"may-fail=true\n" },
	[OWN_INTERFACES] = { "/etc/network/interfaces.d/calico-ipam", 0644, NULL },
	[OWN_INTERFACES_CFG] = { "/etc/network/interfaces.d/calico-ipam.cfg", 0644, NULL },
	[OWN_SYSCTL] = { "/etc/sysctl.d/99-z-calico-ipam.conf", 0644, NULL },
	[OWN_HOOK_DEBIAN] = { "/etc/dhcp/dhclient-enter-hooks.d/calico-ipam", 0644,
		"new_ip6_prefixlen=128\n" },
	[OWN_HOOK_RED_HAT] = { "/etc/dhcp/dhclient-enter-hooks", 0755,
		"new_ip6_prefixlen=128\n" },
};

bool own_is_path(const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(own_files); i++)
		if (strcmp(path, own_files[i].path) == 0)
			return true;
	return false;
}

bool own_is_text(const char *text)
{
	return strncmp(text, OWN_MARK, strlen(OWN_MARK)) == 0;
}
