/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/guest/plan.h"

#include <string.h>

#define OWN_TEXT_MAX (ROOT_FILE_MAX - 1024)	/* bytes: the mark stands above them */
#define DELAY 10	/* seconds before routers are solicited, as Calico's document has it */

struct planning {
	const struct guest *guest;
	const struct findings *found;
	struct guest_plan *plan;
	struct buf *interfaces;	/* of ifupdown: the file being written; NULL: none is read */
};

static bool was_found(const struct findings *f, enum finding_kind kind)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->list[i].kind == kind)
			return true;
	return false;
}

static bool concerns_interfaces(const struct findings *f)
{
	static const enum finding_kind kinds[] = {
		FINDING_GUEST_NO_IPV4, FINDING_GUEST_NO_IPV6, FINDING_GUEST_NO_RA,
		FINDING_GUEST_STABLE_PRIVATE, FINDING_GUEST_TEMPORARY, FINDING_GUEST_CLOUD_INIT,
	};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (was_found(f, kinds[i]))
			return true;
	return false;
}

static void want(struct guest_plan *plan, enum own_file file)
{
	buf_puts(&plan->files[file], own_files[file].text);
}

static void plan_stanza(const struct planning *p, const char *name, const char *family,
			const char *file)
{
	bool inet6 = strcmp(family, "inet6") == 0;
	int ra = guest_forwards(p->guest, name) ? 2 : 1;

	if (!p->interfaces) {
		findings_add(&p->plan->by_hand, inet6 ? FINDING_GUEST_NO_IPV6
			     : FINDING_GUEST_NO_IPV4, file, "add \"iface %s %s dhcp\": it sources "
			     "no file of /etc/network/interfaces.d", name, family);
		return;
	}
	buf_printf(p->interfaces, "iface %s %s dhcp\n", name, family);
	if (inet6)
		buf_printf(p->interfaces, "\taccept_ra %d\n", ra);
}

/* A second stanza of one family would run a second client, so that one is not added to it. */
static void plan_interface(const struct guest_profile *profile, void *arg)
{
	const struct planning *p = arg;
	struct findings *by_hand = &p->plan->by_hand;
	bool forwards = guest_forwards(p->guest, profile->match) && !profile->forwards_too;

	if (!profile->dhcp4 && profile->inet4)
		findings_add(by_hand, FINDING_GUEST_NO_IPV4, profile->file, "make its line for "
			     "IPv4 \"iface %s inet dhcp\"", profile->match);
	else if (!profile->dhcp4)
		plan_stanza(p, profile->match, "inet", profile->file);
	if (!profile->inet6)
		plan_stanza(p, profile->match, "inet6", profile->file);
	else if (!profile->dhcp6 || !profile->accepts_ra || forwards)
		findings_add(by_hand, FINDING_GUEST_NO_IPV6, profile->file, "make its lines for "
			     "IPv6 \"iface %s inet6 dhcp\" and \"accept_ra %d\"", profile->match,
			     forwards ? 2 : 1);
	else if (profile->temporary)
		findings_add(by_hand, FINDING_GUEST_TEMPORARY, profile->file, "take \"privext\" "
			     "off the lines of %s", profile->match);
}

static void plan_ifupdown(struct planning *p)
{
	static const char *const names[] = { "eth0", "ens3" };
	const struct guest *g = p->guest;

	if (g->sources_own)
		p->interfaces = &p->plan->files[OWN_INTERFACES];
	else if (g->sources_cfg)
		p->interfaces = &p->plan->files[OWN_INTERFACES_CFG];
	guest_each_profile(g, plan_interface, p);
	for (size_t i = 0; !g->n && i < ARRAY_LEN(names); i++) {
		if (p->interfaces)
			buf_printf(p->interfaces, "allow-hotplug %s\n", names[i]);
		plan_stanza(p, names[i], "inet", "/etc/network/interfaces");
		plan_stanza(p, names[i], "inet6", "/etc/network/interfaces");
	}
}

static void plan_ifcfg_line(const struct guest_profile *profile, void *arg)
{
	const struct planning *p = arg;

	if (!profile->dhcp4 || !profile->dhcp6 || !profile->accepts_ra)
		findings_add(&p->plan->by_hand, FINDING_GUEST_NO_IPV6, profile->file, "add "
			     "BOOTPROTO=dhcp, IPV6INIT=yes, IPV6_AUTOCONF=yes and DHCPV6C=yes");
}

static void plan_interfaces(struct planning *p)
{
	struct guest_plan *plan = p->plan;

	switch (p->guest->manager) {
	case MANAGER_NONE:
		break;
	case MANAGER_NETWORKD:
		want(plan, p->guest->netplan ? OWN_NETPLAN : OWN_NETWORKD);
		break;
	case MANAGER_NETWORK_MANAGER:
		want(plan, OWN_NETWORK_MANAGER);
		break;
	case MANAGER_IFUPDOWN:
		plan_ifupdown(p);
		break;
	case MANAGER_IFCFG:
		guest_each_profile(p->guest, plan_ifcfg_line, p);
		if (!p->guest->n)
			findings_add(&plan->by_hand, FINDING_GUEST_NO_IPV6,
				     "/etc/sysconfig/network-scripts/ifcfg-eth0",
				     "make it, with DEVICE=eth0, ONBOOT=yes, BOOTPROTO=dhcp, "
				     "IPV6INIT=yes and DHCPV6C=yes");
		return;
	case MANAGER_DHCPCD:
		findings_add(&plan->by_hand, FINDING_GUEST_STABLE_PRIVATE, "/etc/dhcpcd.conf",
			     "take off noipv4, noipv6, noipv6rs, nodhcp6, ipv4only, ipv6only and "
			     "\"slaac private\"");
		return;
	}
	if (p->guest->cloud_init)
		want(plan, OWN_CLOUD_INIT);
}

static void plan_link(const struct planning *p, const char *name)
{
	struct buf *out = &p->plan->files[OWN_SYSCTL];

	buf_printf(out, "net.ipv6.conf.%s.disable_ipv6 = 0\n", name);
	if (!guest_goes_by_the_kernel(p->guest))
		return;
	buf_printf(out, "net.ipv6.conf.%s.accept_ra = %d\n", name,
		   guest_forwards(p->guest, name) ? 2 : 1);
	buf_printf(out, "net.ipv6.conf.%s.addr_gen_mode = 0\n", name);
	buf_printf(out, "net.ipv6.conf.%s.use_tempaddr = 0\n", name);
	buf_printf(out, "net.ipv6.conf.%s.router_solicitation_delay = %d\n", name, DELAY);
}

/* An interface that is there before sysctl runs has its own values, not the default. */
static void plan_kernel(struct planning *p)
{
	static const char *const names[] = { "all", "default", "eth0", "ens3" };
	const struct guest *g = p->guest;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		plan_link(p, names[i]);
	for (size_t i = 0; i < g->n_links; i++) {
		bool known = strcmp(g->links[i].name, "lo") == 0;

		for (size_t j = 0; j < ARRAY_LEN(names); j++)
			known = known || strcmp(g->links[i].name, names[j]) == 0;
		if (!known)
			plan_link(p, g->links[i].name);
	}
	if (g->kernel_without_ipv6)
		findings_add(&p->plan->by_hand, FINDING_GUEST_IPV6_OFF, g->kernel_file,
			     "take ipv6.disable=1 off the kernel's command line");
}

static void plan_all(struct planning *p)
{
	const struct findings *found = p->found;
	bool interfaces = concerns_interfaces(found);

	if (interfaces)
		plan_interfaces(p);
	if (was_found(found, FINDING_GUEST_PREFIX))
		want(p->plan, p->guest->is_debians_script ? OWN_HOOK_DEBIAN : OWN_HOOK_RED_HAT);
	if (was_found(found, FINDING_GUEST_IPV6_OFF) ||
	    (interfaces && guest_goes_by_the_kernel(p->guest)))
		plan_kernel(p);
}

int guest_plan(const struct guest *g, const struct findings *found, struct guest_plan *ret,
	       struct err *e)
{
	struct planning p = { .guest = g, .found = found, .plan = ret };
	bool failed;

	*ret = (struct guest_plan){ 0 };
	for (size_t i = 0; i < N_OWN_FILES; i++)
		buf_init(&ret->files[i], OWN_TEXT_MAX);
	plan_all(&p);
	failed = ret->by_hand.failed;
	for (size_t i = 0; i < N_OWN_FILES; i++)
		failed = failed || ret->files[i].failed;
	if (!failed)
		return 0;
	guest_plan_done(ret);
	return err_set(e, ERR_INTERNAL, "out of memory");
}

void guest_plan_done(struct guest_plan *plan)
{
	for (size_t i = 0; i < N_OWN_FILES; i++)
		buf_done(&plan->files[i]);
	findings_done(&plan->by_hand);
}
