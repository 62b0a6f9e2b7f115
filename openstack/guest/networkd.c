/* SPDX-License-Identifier: Apache-2.0 */
/* systemd.network(5). */
#include "openstack/guest/reading.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

struct network_file {
	bool is_of_ethernet, has_name;
	bool dhcp4, ra, client, ipv6, privacy, stable;
	char names[ROOT_PATH_MAX];
};

static void read_match(const struct setting *s, struct network_file *f)
{
	if (strcmp(s->name, "Name") == 0) {
		snprintf(f->names, sizeof(f->names), "%s", s->value);
		f->has_name = true;
	} else if (strcmp(s->name, "Type") != 0 || !strstr(s->value, "ether")) {
		f->is_of_ethernet = false;
	}
}

static void read_dhcp(const char *value, struct network_file *f)
{
	f->dhcp4 = setting_is_yes(value) || strcmp(value, "both") == 0 ||
		   strcmp(value, "ipv4") == 0 || strcmp(value, "v4") == 0;
}

static void read_network(const struct setting *s, struct network_file *f)
{
	if (strcmp(s->name, "DHCP") == 0)
		read_dhcp(s->value, f);
	else if (strcmp(s->name, "IPv6AcceptRA") == 0 ||
		 strcmp(s->name, "IPv6AcceptRouterAdvertisements") == 0)
		f->ra = !setting_is_no(s->value);
	else if (strcmp(s->name, "LinkLocalAddressing") == 0)
		f->ipv6 = setting_is_yes(s->value) || strcmp(s->value, "ipv6") == 0;
	else if (strcmp(s->name, "IPv6PrivacyExtensions") == 0)
		f->privacy = !setting_is_no(s->value) && strcmp(s->value, "kernel") != 0;
}

/* DHCPv6 begins where an advertisement says so, whatever DHCP= is. */
static void read_setting(const struct setting *s, void *arg)
{
	struct network_file *f = arg;

	if (strcmp(s->section, "Match") == 0)
		read_match(s, f);
	else if (strcmp(s->section, "Network") == 0)
		read_network(s, f);
	else if (strcmp(s->section, "IPv6AcceptRA") == 0 && strcmp(s->name, "DHCPv6Client") == 0)
		f->client = !setting_is_no(s->value);
	else if (strcmp(s->section, "IPv6AcceptRA") == 0 && strcmp(s->name, "Token") == 0)
		f->stable = strcmp(s->value, "eui64") != 0;
}

static void read_drop_in(const struct reading *r, const char *path, void *arg)
{
	reading_settings(r, path, read_setting, arg);
}

static void read_network_file(const struct reading *r, const char *path, void *arg)
{
	struct network_file f = { .is_of_ethernet = true, .ra = true, .client = true,
				  .ipv6 = true };
	char drop_ins[ROOT_PATH_MAX + 8];
	const char *folder = drop_ins;
	struct guest_profile *p;

	(void)arg;
	if (!reading_settings(r, path, read_setting, &f))
		return;
	snprintf(drop_ins, sizeof(drop_ins), "%s.d", path);
	reading_each(r, &folder, 1, ".conf", read_drop_in, &f);
	p = f.is_of_ethernet ? reading_profile(r, path, strrchr(path, '/') + 1) : NULL;
	if (!p)
		return;
	snprintf(p->match, sizeof(p->match), "%s", f.has_name ? f.names : "*");
	p->dhcp4 = f.dhcp4;
	p->accepts_ra = f.ra && f.ipv6;
	p->dhcp6 = p->accepts_ra && f.client;
	p->temporary = f.privacy;
	p->stable_private = f.stable;
}

void read_networkd(const struct reading *r)
{
	static const char *const folders[] = { "/etc/systemd/network", "/usr/lib/systemd/network" };

	reading_each(r, folders, ARRAY_LEN(folders), ".network", read_network_file, NULL);
}
