/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/guest/facts.h"

#include "openstack/guest/reading.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GLOB_CHARACTERS "*?[!"

static void read_release(const struct setting *s, void *arg)
{
	struct guest *g = arg;

	if (strcmp(s->name, "PRETTY_NAME") == 0)
		snprintf(g->system, sizeof(g->system), "%s", s->value);
}

static bool has_any(const struct reading *r, const char *const *paths)
{
	for (; *paths; paths++)
		if (reading_has(r, *paths))
			return true;
	return false;
}

/* The unit is there, and something wants it. */
static bool is_enabled(const struct reading *r, const char *unit)
{
	static const char *const folders[] = {
		"/etc/systemd/system/multi-user.target.wants",
		"/etc/systemd/system/network-online.target.wants",
		"/usr/lib/systemd/system/multi-user.target.wants",
	};
	char path[ROOT_PATH_MAX];
	bool wanted = false;

	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		snprintf(path, sizeof(path), "%s/%s", folders[i], unit);
		wanted = wanted || reading_has(r, path);
	}
	return wanted;
}

static void read_dhcpcd_line(const char *line, struct guest_profile *p)
{
	line += strspn(line, " \t");	/* as below an interface's name */
	if (strncmp(line, "slaac private", 13) == 0)
		p->stable_private = true;
	else if (strncmp(line, "noipv6rs", 8) == 0)
		p->accepts_ra = p->dhcp6 = false;
	else if (strncmp(line, "noipv6", 6) == 0 || strncmp(line, "ipv4only", 8) == 0)
		p->dhcp6 = p->accepts_ra = false;
	else if (strncmp(line, "nodhcp6", 7) == 0)
		p->dhcp6 = false;
	else if (strncmp(line, "ipv6only", 8) == 0 || strncmp(line, "noipv4", 6) == 0)
		p->dhcp4 = false;
}

/* It asks for both on each interface, unless it is told not to. */
static void read_dhcpcd(const struct reading *r)
{
	struct buf text __cleanup(buf_done) = BUF(ROOT_FILE_MAX);
	struct guest_profile *p = reading_profile(r, "/etc/dhcpcd.conf", "dhcpcd");
	char *rest = NULL;

	if (!p)
		return;
	memcpy(p->match, "*", 2);
	p->dhcp4 = p->dhcp6 = p->accepts_ra = true;
	if (!reading_text(r, "/etc/dhcpcd.conf", &text))
		return;
	for (char *line = strtok_r(text.data, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		read_dhcpcd_line(line, p);
}

static bool has_ifupdown(const struct reading *r)
{
	static const char *const paths[] = { "/sbin/ifup", "/usr/sbin/ifup", NULL };

	return has_any(r, paths) && reading_has(r, "/etc/network/interfaces");
}

static enum guest_manager find_manager(const struct reading *r)
{
	static const char *const service[] = { "/etc/rc.d/init.d/network", "/etc/init.d/network",
					       NULL };

	if (has_ifupdown(r)) {
		read_interfaces(r);
		if (r->guest->n)
			return MANAGER_IFUPDOWN;
	}
	if (is_enabled(r, "NetworkManager.service"))
		return MANAGER_NETWORK_MANAGER;
	if (is_enabled(r, "systemd-networkd.service"))
		return MANAGER_NETWORKD;
	if (has_ifupdown(r))
		return MANAGER_IFUPDOWN;
	if (has_any(r, service))
		return MANAGER_IFCFG;
	return is_enabled(r, "dhcpcd.service") ? MANAGER_DHCPCD : MANAGER_NONE;
}

static void read_manager(const struct reading *r)
{
	struct guest *g = r->guest;
	static const char *const netplan[] = { "/usr/sbin/netplan", "/usr/bin/netplan", NULL };

	g->netplan = has_any(r, netplan);
	if (g->netplan)
		read_netplan(r);
	else
		g->manager = find_manager(r);
	if (g->manager == MANAGER_NETWORKD)
		read_networkd(r);
	if (g->manager == MANAGER_NETWORK_MANAGER)
		read_network_manager(r);
	if (g->manager == MANAGER_NETWORK_MANAGER || g->manager == MANAGER_IFCFG)
		read_ifcfg(r);
	if (g->manager == MANAGER_DHCPCD)
		read_dhcpcd(r);
}

int guest_read(const struct root *root, bool own_too, struct guest *ret,
	       struct findings *findings, struct err *e)
{
	struct guest g __cleanup(guest_done) = { 0 };
	const struct reading r = { root, &g, findings, own_too };

	if (!reading_settings(&r, "/etc/os-release", read_release, &g))
		reading_settings(&r, "/usr/lib/os-release", read_release, &g);
	read_manager(&r);
	read_cloud_init(&r);
	read_client(&r);
	read_kernel(&r);
	if (g.failed || findings->failed)
		return err_set(e, ERR_INTERNAL, "out of memory");
	*ret = g;
	g = (struct guest){ 0 };
	return 0;
}

void guest_done(struct guest *g)
{
	free(g->profiles);
	*g = (struct guest){ 0 };
}

static bool matches(const struct guest_profile *p, const char *name)
{
	char words[ROOT_PATH_MAX];
	char *rest = NULL;

	memcpy(words, p->match, sizeof(words));
	for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		if (fnmatch(word, name, 0) == 0)
			return true;
	return false;
}

static bool comes_before(const struct guest_profile *a, const struct guest_profile *b)
{
	if (a->priority != b->priority)
		return a->priority > b->priority;
	return strcmp(a->rank, b->rank) < 0;
}

/* Marks the one that counts for the name. */
static void mark(const struct guest *g, const char *name, bool *marks)
{
	size_t best = g->n;

	for (size_t i = 0; i < g->n; i++)
		if (matches(&g->profiles[i], name) &&
		    (best == g->n || comes_before(&g->profiles[i], &g->profiles[best])))
			best = i;
	if (best < g->n)
		marks[best] = true;
}

/* How many names it has; of more than `most` the first. */
static size_t mark_named(const struct guest *g, const struct guest_profile *p, size_t most,
			 bool *marks)
{
	size_t n = 0;
	char words[ROOT_PATH_MAX];
	char *rest = NULL;

	memcpy(words, p->match, sizeof(words));
	for (char *word = strtok_r(words, " ", &rest); word && n < most;
	     word = strtok_r(NULL, " ", &rest))
		if (!strpbrk(word, GLOB_CHARACTERS)) {
			mark(g, word, marks);
			n++;
		}
	return n;
}

void guest_each_profile(const struct guest *g, guest_profile_visitor *visit, void *arg)
{
	static const char *const names[] = { "eth0", "ens3", "enp1s0" };
	bool *marks = calloc(g->n + 1, sizeof(*marks));
	size_t names_left = GUEST_NAMES_MAX;

	for (size_t i = 0; marks && i < g->n; i++)
		names_left -= mark_named(g, &g->profiles[i], names_left, marks);
	for (size_t i = 0; marks && names_left == GUEST_NAMES_MAX && i < ARRAY_LEN(names); i++)
		mark(g, names[i], marks);
	for (size_t i = 0; marks && i < g->n; i++)
		if (marks[i])
			visit(&g->profiles[i], arg);
	free(marks);
}
