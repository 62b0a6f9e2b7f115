/* SPDX-License-Identifier: Apache-2.0 */
/* NetworkManager.conf(5), nm-settings-keyfile(5); and Red Hat's ifcfg files. */
#include "openstack/guest/reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct defaults {
	bool stable_private, temporary, none_automatic;
};

static bool is_private(const char *mode)
{
	return strcmp(mode, "1") == 0 || strcmp(mode, "stable-privacy") == 0;
}

/* -1, unknown, is no. */
static bool is_temporary(const char *value)
{
	return strcmp(value, "1") == 0 || strcmp(value, "2") == 0;
}

static void read_default(const struct setting *s, void *arg)
{
	struct defaults *d = arg;

	if (strcmp(s->name, "ipv6.addr-gen-mode") == 0)
		d->stable_private = is_private(s->value);
	else if (strcmp(s->name, "ipv6.ip6-privacy") == 0)
		d->temporary = is_temporary(s->value);
	else if (strcmp(s->name, "no-auto-default") == 0)
		d->none_automatic = strchr(s->value, '*') != NULL;
}

static void read_conf(const struct reading *r, const char *path, void *arg)
{
	reading_settings(r, path, read_default, arg);
}

struct keyfile {
	struct guest_profile profile;
	bool is_of_ethernet, is_off, has_names;
};

static void read_connection(const struct setting *s, struct keyfile *k)
{
	if (strcmp(s->name, "type") == 0)
		k->is_of_ethernet = strcmp(s->value, "ethernet") == 0 ||
				    strcmp(s->value, "802-3-ethernet") == 0;
	else if (strcmp(s->name, "autoconnect") == 0)
		k->is_off = setting_is_no(s->value);
	else if (strcmp(s->name, "autoconnect-priority") == 0)
		k->profile.priority = atoi(s->value);
}

static void read_names(const struct setting *s, struct keyfile *k)
{
	snprintf(k->profile.match, sizeof(k->profile.match), "%s", s->value);
	for (char *c = k->profile.match; *c; c++)
		*c = *c == ';' ? ' ' : *c;
	k->has_names = true;
}

static void read_ip(const struct setting *s, struct guest_profile *p)
{
	bool is_method = strcmp(s->name, "method") == 0;

	if (strcmp(s->section, "ipv4") == 0 && is_method)
		p->dhcp4 = strcmp(s->value, "auto") == 0;
	if (strcmp(s->section, "ipv6") != 0)
		return;
	if (is_method) {
		p->accepts_ra = strcmp(s->value, "auto") == 0;
		p->dhcp6 = p->accepts_ra || strcmp(s->value, "dhcp") == 0;
	} else if (strcmp(s->name, "addr-gen-mode") == 0) {
		p->stable_private = is_private(s->value);
	} else if (strcmp(s->name, "ip6-privacy") == 0) {
		p->temporary = is_temporary(s->value);
	}
}

static void read_key(const struct setting *s, void *arg)
{
	struct keyfile *k = arg;

	if (strcmp(s->name, "interface-name") == 0)
		read_names(s, k);
	else if (strcmp(s->section, "connection") == 0)
		read_connection(s, k);
	else if (strcmp(s->name, "mac-address") == 0)
		k->is_off = true;
	else
		read_ip(s, &k->profile);
}

static void read_keyfile(const struct reading *r, const char *path, void *arg)
{
	const struct defaults *d = arg;
	struct keyfile k = { .profile.temporary = d->temporary };
	struct guest_profile *p;

	if (!reading_settings(r, path, read_key, &k) || !k.is_of_ethernet || k.is_off)
		return;
	p = reading_profile(r, path, strrchr(path, '/') + 1);
	if (!p)
		return;
	memcpy(k.profile.file, p->file, sizeof(p->file));
	memcpy(k.profile.rank, p->rank, sizeof(p->rank));
	*p = k.profile;
	if (!k.has_names)
		memcpy(p->match, "*", 2);
}

/* "Wired connection 1", which is made for whatever has no profile. */
static void add_automatic(const struct reading *r, const struct defaults *d)
{
	struct guest_profile *p = reading_profile(r, "NetworkManager's own connection", "~");

	if (!p)
		return;
	memcpy(p->match, "*", 2);
	p->priority = -999;
	p->dhcp4 = p->dhcp6 = p->accepts_ra = true;
	p->stable_private = d->stable_private;
	p->temporary = d->temporary;
}

void read_network_manager(const struct reading *r)
{
	static const char *const profiles[] = { "/etc/NetworkManager/system-connections",
						"/usr/lib/NetworkManager/system-connections" };
	static const char *const lib = "/usr/lib/NetworkManager/conf.d";
	static const char *const etc = "/etc/NetworkManager/conf.d";
	struct defaults d = { .stable_private = true };

	reading_each(r, &lib, 1, ".conf", read_conf, &d);
	read_conf(r, "/etc/NetworkManager/NetworkManager.conf", &d);
	reading_each(r, &etc, 1, ".conf", read_conf, &d);
	reading_each(r, profiles, ARRAY_LEN(profiles), "", read_keyfile, &d);
	if (!d.none_automatic)
		add_automatic(r, &d);
}

struct ifcfg {
	char device[GUEST_NAME_MAX];
	bool dhcp4, is_off;
	bool inet6, has_inet6, no_autoconf, dhcp6;
	bool stable_private, temporary;
};

static void read_ifcfg_key(const struct setting *s, void *arg)
{
	struct ifcfg *f = arg;

	if (strcmp(s->name, "DEVICE") == 0)
		snprintf(f->device, sizeof(f->device), "%s", s->value);
	else if (strcmp(s->name, "ONBOOT") == 0 || strcmp(s->name, "TYPE") == 0)
		f->is_off = f->is_off || setting_is_no(s->value) ||
			    (*s->name == 'T' && strcmp(s->value, "Ethernet") != 0);
	else if (strcmp(s->name, "HWADDR") == 0)
		f->is_off = true;
	else if (strcmp(s->name, "BOOTPROTO") == 0)
		f->dhcp4 = strcmp(s->value, "dhcp") == 0;
	else if (strcmp(s->name, "IPV6INIT") == 0)
		f->inet6 = setting_is_yes(s->value), f->has_inet6 = true;
	else if (strcmp(s->name, "DHCPV6C") == 0)
		f->dhcp6 = setting_is_yes(s->value);
	else if (strcmp(s->name, "IPV6_AUTOCONF") == 0)
		f->no_autoconf = setting_is_no(s->value);
	else if (strcmp(s->name, "IPV6_ADDR_GEN_MODE") == 0)
		f->stable_private = strcmp(s->value, "stable-privacy") == 0;
	else if (strcmp(s->name, "IPV6_PRIVACY") == 0)
		f->temporary = !setting_is_no(s->value);
}

/* NetworkManager takes IPV6INIT for yes and asks where it is told to; the service does neither. */
static void read_ifcfg_file(const struct reading *r, const char *path, void *arg)
{
	bool service = r->guest->manager == MANAGER_IFCFG;
	const char *name = strrchr(path, '/') + 1;
	struct guest_profile *p;
	struct ifcfg f = { 0 };

	(void)arg;
	if (strncmp(name, "ifcfg-", 6) != 0 || strcmp(name, "ifcfg-lo") == 0 ||
	    !reading_settings(r, path, read_ifcfg_key, &f) || f.is_off)
		return;
	p = reading_profile(r, path, name);
	if (!p)
		return;
	snprintf(p->match, sizeof(p->match), "%s", f.device[0] ? f.device : name + 6);
	if (!f.has_inet6)
		f.inet6 = !service;
	p->dhcp4 = f.dhcp4;
	p->accepts_ra = f.inet6 && !f.no_autoconf;
	p->dhcp6 = f.inet6 && (f.dhcp6 || (!service && !f.no_autoconf));
	p->stable_private = f.stable_private;
	p->temporary = f.temporary;
}

void read_ifcfg(const struct reading *r)
{
	static const char *const folder = "/etc/sysconfig/network-scripts";

	reading_each(r, &folder, 1, "", read_ifcfg_file, NULL);
}
