/* SPDX-License-Identifier: Apache-2.0 */
/* netplan(5): which makes files of networkd or NetworkManager; and cloud-init's switch. */
#include "openstack/guest/reading.h"

#include "base/json.h"
#include "base/yaml/yaml_tree.h"

#include <stdio.h>
#include <string.h>

#define YAML_VALUES_MAX 20000
#define RANK "10-netplan-%s.network"	/* as netplan names what it makes */

static int keep_tree(struct cJSON *tree, size_t line, void *arg, struct err *e)
{
	struct cJSON **kept = arg;

	(void)line;
	(void)e;
	json_free(*kept);
	*kept = tree;
	return 0;
}

/* Whether a line begins so. */
static bool has_line(const char *text, const char *words)
{
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, words, strlen(words)) == 0)
			return true;
	}
	return false;
}

/*
 * NULL: it is not there, says nothing that begins with `about`, or is no YAML as base/yaml
 * reads it, which is told.  cloud-init's own file about its log has anchors.
 */
static struct cJSON *read_yaml(const struct reading *r, const char *path, const char *about)
{
	struct buf text __cleanup(buf_done) = BUF(ROOT_FILE_MAX);
	struct cJSON *tree = NULL;
	struct err e = { 0 };

	if (!reading_text(r, path, &text) || !has_line(text.data, about))
		return NULL;
	if (yaml_read_trees(&(struct yaml_source){ .text = text.data, .len = text.len,
						   .file = path, .values_max = YAML_VALUES_MAX },
			    keep_tree, &tree, &e) == 0)
		return tree;
	findings_add(r->findings, FINDING_GUEST_UNREADABLE, path, "%s", e.text);
	json_free(tree);
	return NULL;
}

static struct guest_profile *profile_of(const struct reading *r, const char *file, const char *id)
{
	struct guest_profile *p;
	char rank[GUEST_NAME_MAX];

	snprintf(rank, sizeof(rank), RANK, id);
	for (size_t i = 0; i < r->guest->n; i++)
		if (strcmp(r->guest->profiles[i].rank, rank) == 0)
			return &r->guest->profiles[i];
	p = reading_profile(r, file, rank);
	if (p) {
		p->accepts_ra = true;
		snprintf(p->match, sizeof(p->match), "%s", id);
	}
	return p;
}

/* A link without a link-local address of IPv6 has no IPv6. */
static bool names_ipv6(const struct cJSON *link_local)
{
	for (const struct cJSON *one = json_first(link_local); one; one = json_next(one))
		if (json_string(one) && strcmp(json_string(one), "ipv6") == 0)
			return true;
	return false;
}

static void read_ethernet(const struct reading *r, const char *file, const struct cJSON *one)
{
	struct guest_profile *p = profile_of(r, file, json_name(one));
	const struct cJSON *match = json_entry(one, "match");
	const struct cJSON *value;

	if (!p)
		return;
	if (match && json_entry(match, "name"))
		snprintf(p->match, sizeof(p->match), "%s", json_field_text(match, "name"));
	else if (match)
		p->match[0] = '\0';
	if ((value = json_entry(one, "dhcp4")))
		p->dhcp4 = json_true(value);
	if ((value = json_entry(one, "dhcp6")))
		p->dhcp6 = json_true(value);
	if ((value = json_entry(one, "accept-ra"))) {
		p->accepts_ra = json_true(value);
		p->dhcp6 = p->dhcp6 || p->accepts_ra;
	}
	if ((value = json_entry(one, "link-local")) && !names_ipv6(value))
		p->accepts_ra = false;
	if ((value = json_entry(one, "ipv6-privacy")))
		p->temporary = json_true(value);
	if ((value = json_entry(one, "ipv6-address-generation")))
		p->stable_private = strcmp(json_string(value) ? json_string(value) : "",
					   "stable-privacy") == 0;
}

static void read_netplan_file(const struct reading *r, const char *path, void *arg)
{
	struct cJSON *tree __cleanup(json_freep) = read_yaml(r, path, "");
	const struct cJSON *network = json_entry(tree, "network");
	const char *renderer = json_field_text(network, "renderer");
	const struct cJSON *ethernets = json_entry(network, "ethernets");

	if (*renderer)
		*(bool *)arg = strcmp(renderer, "NetworkManager") == 0;
	if (ethernets && json_type(ethernets) == JSON_ARRAY)
		findings_add(r->findings, FINDING_GUEST_UNREADABLE, path,
			     "network.ethernets is a list, not a map");
	else
		for (const struct cJSON *one = json_first(ethernets); one; one = json_next(one))
			read_ethernet(r, path, one);
}

/*
 * networkd begins DHCPv6 where an advertisement says so, whatever dhcp6 is; for NetworkManager
 * netplan makes "ignore" of a link with neither dhcp6 nor accept-ra.
 */
static void settle(struct guest_profile *p, bool is_network_manager)
{
	if (is_network_manager)
		p->accepts_ra = p->accepts_ra && p->dhcp6;
	p->dhcp6 = p->accepts_ra;
}

void read_netplan(const struct reading *r)
{
	static const char *const folders[] = { "/etc/netplan", "/usr/lib/netplan" };
	bool is_network_manager = false;

	reading_each(r, folders, ARRAY_LEN(folders), ".yaml", read_netplan_file,
		     &is_network_manager);
	for (size_t i = 0; i < r->guest->n; i++)
		settle(&r->guest->profiles[i], is_network_manager);
	r->guest->manager = is_network_manager ? MANAGER_NETWORK_MANAGER : MANAGER_NETWORKD;
}

static void read_cloud_file(const struct reading *r, const char *path, void *arg)
{
	struct cJSON *tree __cleanup(json_freep) = read_yaml(r, path, "network:");
	const struct cJSON *network = json_entry(tree, "network");

	if (network)
		*(bool *)arg = strcmp(json_field_text(network, "config"), "disabled") != 0;
}

void read_cloud_init(const struct reading *r)
{
	static const char *const folder = "/etc/cloud/cloud.cfg.d";
	bool writes = true;

	if (!reading_has(r, "/etc/cloud/cloud.cfg") || !reading_has(r, "/usr/bin/cloud-init") ||
	    reading_has(r, "/etc/cloud/cloud-init.disabled"))
		return;
	read_cloud_file(r, "/etc/cloud/cloud.cfg", &writes);
	reading_each(r, &folder, 1, ".cfg", read_cloud_file, &writes);
	r->guest->cloud_init = writes;
}
