/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/guest/judge.h"

#include <string.h>

struct judging {
	const struct guest *guest;
	struct findings *findings;
	size_t n_profiles;
};

/* ifupdown sets accept_ra itself, to 1 unless its stanza says otherwise. */
static bool is_deaf(const struct guest *g, const struct guest_profile *p)
{
	const struct kernel_link *ra = guest_kernel(g, p->match, KERNEL_ACCEPT_RA);

	if (!guest_goes_by_the_kernel(g) || !guest_forwards(g, p->match) || p->forwards_too)
		return false;
	return g->manager == MANAGER_IFUPDOWN || !ra || ra->keys[KERNEL_ACCEPT_RA].value != 2;
}

static void judge_profile(const struct guest_profile *p, void *arg)
{
	struct judging *j = arg;
	struct findings *f = j->findings;

	j->n_profiles++;
	if (!p->dhcp4)
		findings_add(f, FINDING_GUEST_NO_IPV4, p->file,
			     "interface %s does not ask for an IPv4 address by DHCP", p->match);
	if (!p->dhcp6)
		findings_add(f, FINDING_GUEST_NO_IPV6, p->file,
			     "interface %s does not ask for an IPv6 address by DHCPv6", p->match);
	if (!p->accepts_ra)
		findings_add(f, FINDING_GUEST_NO_RA, p->file,
			     "interface %s does not accept router advertisements", p->match);
	else if (is_deaf(j->guest, p))
		findings_add(f, FINDING_GUEST_NO_RA, p->file, "interface %s forwards, and so does "
			     "not accept router advertisements: accept_ra is not 2", p->match);
	if (p->stable_private)
		findings_add(f, FINDING_GUEST_STABLE_PRIVATE, p->file, "interface %s makes "
			     "addresses of its own that are not EUI-64", p->match);
	if (p->temporary)
		findings_add(f, FINDING_GUEST_TEMPORARY, p->file,
			     "interface %s makes temporary addresses", p->match);
}

static void judge_key(const struct guest *g, const char *name, enum kernel_key key,
		      enum finding_kind kind, struct findings *f)
{
	const struct kernel_link *link = guest_kernel(g, name, key);

	if (link && link->keys[key].value > 0)
		findings_add(f, kind, link->keys[key].file, "net.ipv6.conf.%s.%s is %d",
			     link->name, kernel_key_names[key], link->keys[key].value);
}

/* Once for the links that no setting names, and for each that one does. */
static void judge_kernel(const struct guest *g, struct findings *f)
{
	for (size_t i = 0; i <= g->n_links; i++) {
		const char *name = i ? g->links[i - 1].name : "";

		if (i && (strcmp(name, "all") == 0 || strcmp(name, "default") == 0 ||
			  strcmp(name, "lo") == 0))
			continue;
		judge_key(g, name, KERNEL_DISABLE_IPV6, FINDING_GUEST_IPV6_OFF, f);
		if (!guest_goes_by_the_kernel(g))
			continue;
		judge_key(g, name, KERNEL_ADDR_GEN_MODE, FINDING_GUEST_STABLE_PRIVATE, f);
		judge_key(g, name, KERNEL_USE_TEMPADDR, FINDING_GUEST_TEMPORARY, f);
	}
	if (g->kernel_without_ipv6)
		findings_add(f, FINDING_GUEST_IPV6_OFF, g->kernel_file,
			     "the kernel's command line has ipv6.disable=1");
}

static void judge_none(const struct guest *g, struct findings *f)
{
	const char *who = guest_manager_name(g->manager);

	if (g->cloud_init)
		return;
	findings_add(f, FINDING_GUEST_NO_IPV4, who, "no interface is configured");
	findings_add(f, FINDING_GUEST_NO_IPV6, who, "no interface is configured");
}

void guest_judge(const struct guest *g, struct findings *findings)
{
	struct judging j = { g, findings, 0 };

	if (g->manager == MANAGER_NONE) {
		findings_add(findings, FINDING_GUEST_NO_MANAGER, "/", "neither netplan, "
			     "systemd-networkd, NetworkManager, ifupdown, the network service nor "
			     "dhcpcd is there and enabled");
	} else {
		guest_each_profile(g, judge_profile, &j);
		if (!j.n_profiles)
			judge_none(g, findings);
		if (!g->client)
			findings_add(findings, FINDING_GUEST_NO_CLIENT, "/sbin", "neither "
				     "dhclient, dhcpcd nor udhcpc6 is there");
	}
	if (g->takes_64)
		findings_add(findings, FINDING_GUEST_PREFIX, "/sbin/dhclient",
			     "%s takes its IPv6 address as /64, not /128", g->client);
	judge_kernel(g, findings);
	if (g->cloud_init)
		findings_add(findings, FINDING_GUEST_CLOUD_INIT, "/etc/cloud/cloud.cfg",
			     "at first boot cloud-init writes the network's configuration, as "
			     "Nova describes the port");
}
