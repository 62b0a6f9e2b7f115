/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/survey/finding.h"

#include "base/list.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECREATE "the modes of a subnet cannot be changed: delete it and create it anew with " \
		 "--ipv6-ra-mode dhcpv6-stateful --ipv6-address-mode dhcpv6-stateful"

#define APPLY "calico-ipamctl openstack guest --apply ROOT"

static const struct {
	const char *name, *remedy;
} kinds[N_FINDINGS] = {
	[FINDING_UNREADABLE] = { "unreadable", "openstack port set or subnet set writes it anew; "
		"what Neutron did not write, etcdctl del removes" },
	[FINDING_NO_IPV6] = { "no-ipv6-subnet", "openstack subnet create --ip-version 6 --dhcp "
		"--ipv6-ra-mode dhcpv6-stateful --ipv6-address-mode dhcpv6-stateful" },
	[FINDING_MODE] = { "mode", RECREATE },
	[FINDING_PREFIX] = { "prefix", "delete the subnet and create it anew with a prefix of /64 "
		"to /127, /64 for slaac: dnsmasq takes no shorter one" },
	[FINDING_NO_GATEWAY] = { "no-gateway", "openstack subnet set --gateway ADDRESS; without "
		"one a guest has no default route of that family" },
	[FINDING_UNCOVERED] = { "uncovered", "openstack subnet set --dhcp, where the address is of "
		"a subnet; that of a pair is for the guest itself to configure" },
	[FINDING_OWN_PAIR] = { "own-pair", "openstack port unset --allowed-address the pair: it "
		"allows nothing new, and Calico's agent then serves the port nothing" },
	[FINDING_BAD_PAIR] = { "bad-pair", "openstack port unset --allowed-address the pair, and "
		"set single addresses: Calico stores a CIDR as what is none" },
	[FINDING_ADDRESS_TWICE] = { "address-twice", "delete one of the two ports, or change its "
		"fixed address" },
	[FINDING_STALE] = { "stale", "openstack port set the port, which writes its record anew; "
		"Neutron's next resync does, too" },
	[FINDING_NO_FELIX] = { "no-felix", "start calico-felix on that host, with the host name "
		"that Nova has there" },
	[FINDING_IN_POOL] = { "in-pool", "calico-ipamctl openstack check --fix reserves it" },
	[FINDING_COMPACTED] = { "compacted", "nothing: Neutron's driver does so each hour, and an "
		"agent that was away longer reads all anew" },
	[FINDING_GUEST_UNREADABLE] = { "unreadable-file", "mend the file: what it says was "
		"passed over" },
	[FINDING_GUEST_NO_MANAGER] = { "no-manager", "install and enable systemd-networkd, "
		"NetworkManager or ifupdown in the image" },
	[FINDING_GUEST_NO_CLIENT] = { "no-client", "install a DHCPv6 client in the image: "
		"isc-dhcp-client (dhcp-client) or dhcpcd" },
	[FINDING_GUEST_NO_IPV4] = { "no-dhcp4", APPLY " has each interface ask" },
	[FINDING_GUEST_NO_IPV6] = { "no-dhcp6", APPLY " has each interface ask" },
	[FINDING_GUEST_NO_RA] = { "no-advertisements", APPLY " has each interface accept them: "
		"the default route of IPv6 comes from them alone" },
	[FINDING_GUEST_IPV6_OFF] = { "ipv6-off", APPLY " turns it on by sysctl; ipv6.disable=1 is "
		"to be taken off the kernel's command line" },
	[FINDING_GUEST_PREFIX] = { "prefix-64", APPLY " sets new_ip6_prefixlen=128 in an enter "
		"hook: with /64 other VMs of the subnet are not reached" },
	[FINDING_GUEST_STABLE_PRIVATE] = { "stable-private", "nothing with DHCPv6; for slaac "
		APPLY ": Neutron knows the EUI-64 address alone" },
	[FINDING_GUEST_TEMPORARY] = { "temporary", "nothing with DHCPv6; for slaac " APPLY
		": nobody routes a temporary address" },
	[FINDING_GUEST_CLOUD_INIT] = { "cloud-init", "nothing where Nova tells it of DHCPv6 "
		"(ipv6_dhcpv6-stateful); else " APPLY ", which has it leave the network alone" },
};

const char *finding_name(enum finding_kind kind)
{
	return kinds[kind].name;
}

const char *finding_remedy(enum finding_kind kind)
{
	return kinds[kind].remedy;
}

bool finding_is_a_note(enum finding_kind kind)
{
	return kind == FINDING_COMPACTED || kind == FINDING_GUEST_STABLE_PRIVATE ||
	       kind == FINDING_GUEST_TEMPORARY || kind == FINDING_GUEST_CLOUD_INIT;
}

void findings_add(struct findings *f, enum finding_kind kind, const char *where, const char *fmt,
		  ...)
{
	struct finding one = { .kind = kind, .where = strdup(where) };
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&one.text, fmt, args) < 0)
		one.text = NULL;
	va_end(args);
	if (!one.where || !one.text || list_room(&f->list, f->n, &f->cap) < 0) {
		free(one.where);
		free(one.text);
		f->failed = true;
		return;
	}
	f->list[f->n++] = one;
}

static int compare(const void *left, const void *right)
{
	const struct finding *a = left, *b = right;
	int order = strcmp(a->where, b->where);

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return order ? order : strcmp(a->text, b->text);
}

void findings_sort(struct findings *f)
{
	if (f->n)
		qsort(f->list, f->n, sizeof(*f->list), compare);
}

void findings_done(struct findings *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->list[i].where);
		free(f->list[i].text);
	}
	free(f->list);
	*f = (struct findings){ 0 };
}
