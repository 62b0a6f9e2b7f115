/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The DHCPv6 client.  Those of networkd, NetworkManager, dhcpcd and busybox take /128; ISC's
 * says a length to its script, which was 64 until it had an option for it (4.4.0); a script
 * that does not ask for it, as Debian 12's, has ip(8) take /128.
 */
#include "openstack/guest/reading.h"

#include <string.h>

#define CLIENT_MAX (16 << 20)	/* bytes of the executable */

static const char *find(const struct reading *r, const char *const *paths)
{
	for (; *paths; paths++)
		if (reading_has(r, *paths))
			return *paths;
	return NULL;
}

static bool holds(const struct reading *r, const char *path, const char *words)
{
	struct buf text __cleanup(buf_done) = BUF(CLIENT_MAX);

	return reading_text(r, path, &text) &&
	       memmem(text.data, text.len, words, strlen(words)) != NULL;
}

static void look_for_length(const struct setting *s, void *arg)
{
	if (strcmp(s->name, "new_ip6_prefixlen") == 0 && strcmp(s->value, "128") == 0)
		*(bool *)arg = true;
}

static void read_hook(const struct reading *r, const char *path, void *arg)
{
	reading_settings(r, path, look_for_length, arg);
}

static void read_dhclient(const struct reading *r, const char *path)
{
	static const char *const scripts[] = { "/sbin/dhclient-script",
					       "/usr/sbin/dhclient-script", NULL };
	static const char *const hooks = "/etc/dhcp/dhclient-enter-hooks.d";
	const char *script = find(r, scripts);
	bool is_128 = script && !holds(r, script, "new_ip6_prefixlen");

	r->guest->client = "dhclient";
	if (script) {
		r->guest->is_debians_script = holds(r, script, "dhclient-enter-hooks.d");
		read_hook(r, script, &is_128);
	}
	if (r->guest->is_debians_script)
		reading_each(r, &hooks, 1, "", read_hook, &is_128);
	read_hook(r, "/etc/dhcp/dhclient-enter-hooks", &is_128);
	r->guest->takes_64 = !is_128 && !holds(r, path, "--address-prefix-len");
}

const char *guest_manager_name(enum guest_manager manager)
{
	static const char *const names[] = {
		[MANAGER_NONE] = "nobody", [MANAGER_NETWORKD] = "systemd-networkd",
		[MANAGER_NETWORK_MANAGER] = "NetworkManager", [MANAGER_IFUPDOWN] = "ifupdown",
		[MANAGER_IFCFG] = "the network service", [MANAGER_DHCPCD] = "dhcpcd",
	};

	return names[manager];
}

void read_client(const struct reading *r)
{
	static const char *const dhclient[] = { "/sbin/dhclient", "/usr/sbin/dhclient", NULL };
	static const char *const dhcpcd[] = { "/sbin/dhcpcd", "/usr/sbin/dhcpcd", NULL };
	static const char *const udhcpc6[] = { "/sbin/udhcpc6", "/usr/sbin/udhcpc6",
					       "/usr/bin/udhcpc6", NULL };
	enum guest_manager manager = r->guest->manager;
	const char *path = find(r, dhclient);

	if (manager == MANAGER_NETWORKD || manager == MANAGER_NETWORK_MANAGER)
		r->guest->client = guest_manager_name(manager);
	else if (path && manager != MANAGER_DHCPCD)
		read_dhclient(r, path);
	else if (find(r, dhcpcd))
		r->guest->client = "dhcpcd";
	else if (find(r, udhcpc6))
		r->guest->client = "udhcpc6";
}
