/* SPDX-License-Identifier: Apache-2.0 */
/* What of all that was read keeps a guest from its addresses: pure. */
#include "openstack/survey/survey.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX_MIN 64
#define PREFIX_ALL 128

#define PORT_WHERE 384	/* bytes of "port <id> on <host>", NUL included */

struct judging {
	const struct survey *survey;
	const struct neutron *neutron;	/* or NULL */
	struct findings *findings;
};

static const char *where_port(const struct survey_port *p, char out[PORT_WHERE])
{
	snprintf(out, PORT_WHERE, "port %s on %s", p->endpoint.port, p->host);
	return out;
}

/* Subnets */

static void judge_mode(const struct judging *j, const struct subnet *s, const char *where)
{
	static const char *const modes[] = {
		[SUBNET_SLAAC] = "slaac: the guest makes its own address, which only EUI-64 makes "
				 "Neutron's",
		[SUBNET_STATELESS] = "dhcpv6-stateless: served as stateful, which no guest that "
				     "follows the router's flags asks for",
		[SUBNET_NO_MODE] = "none, or one alone: served as stateful",
		[SUBNET_OTHER_MODES] = "two that differ: served as stateful",
	};
	const struct neutron_subnet *n = j->neutron ? neutron_subnet(j->neutron, s->id) : NULL;

	if (s->mode == SUBNET_STATEFUL)
		return;
	if (n && s->mode == SUBNET_NO_MODE)
		findings_add(j->findings, FINDING_MODE, where, "its modes are \"%s\" and \"%s\": "
			     "served as stateful", n->ra_mode, n->address_mode);
	else
		findings_add(j->findings, FINDING_MODE, where, "its modes are %s", modes[s->mode]);
}

/* Why dnsmasq serves none of it; NULL: it does. */
static const char *prefix_fault(const struct subnet *s)
{
	if (s->cidr.len < PREFIX_MIN)
		return "is shorter than /64";
	if (s->cidr.len == PREFIX_ALL)
		return "has one address, which its hosts need";
	return s->mode == SUBNET_SLAAC && s->cidr.len != PREFIX_MIN ?
	       "is no /64, as a subnet with slaac must be" : NULL;
}

static void judge_subnet(const struct judging *j, const struct subnet *s)
{
	char where[2 * WORD_TEXT], cidr[CIDR_TEXT];

	snprintf(where, sizeof(where), "subnet %s", s->id);
	cidr_print(s->cidr, cidr);
	if (s->gateway.family == FAMILY_NONE)
		findings_add(j->findings, FINDING_NO_GATEWAY, where, "%s of network %s has none",
			     cidr, s->network);
	if (s->cidr.base.family != FAMILY_6)
		return;
	judge_mode(j, s, where);
	if (prefix_fault(s))
		findings_add(j->findings, FINDING_PREFIX, where, "%s %s: guests get no address of "
			     "it", cidr, prefix_fault(s));
}

static bool has_ipv6(const struct survey *s, const struct survey_subnet *of)
{
	for (size_t i = 0; i < s->n_subnets; i++)
		if (s->subnets[i].subnet.cidr.base.family == FAMILY_6 &&
		    strcmp(s->subnets[i].region, of->region) == 0 &&
		    strcmp(s->subnets[i].subnet.network, of->subnet.network) == 0)
			return true;
	return false;
}

/* Of several subnets the first stands for their network. */
static bool is_first_of_network(const struct survey *s, size_t at)
{
	const struct survey_subnet *of = &s->subnets[at];

	for (size_t i = 0; i < at; i++)
		if (strcmp(s->subnets[i].region, of->region) == 0 &&
		    strcmp(s->subnets[i].subnet.network, of->subnet.network) == 0)
			return false;
	return true;
}

static const struct neutron_subnet *ipv6_without_dhcp(const struct neutron *n, const char *network)
{
	for (size_t i = 0; n && i < n->n_subnets; i++)
		if (strcmp(n->subnets[i].network, network) == 0 && !n->subnets[i].dhcp &&
		    n->subnets[i].cidr.base.family == FAMILY_6)
			return &n->subnets[i];
	return NULL;
}

static void judge_network(const struct judging *j, const struct survey_subnet *of)
{
	const char *network = of->subnet.network;
	const struct neutron_subnet *off = ipv6_without_dhcp(j->neutron, network);
	char where[2 * WORD_TEXT];

	if (has_ipv6(j->survey, of))
		return;
	snprintf(where, sizeof(where), "network %s", network);
	if (off)
		findings_add(j->findings, FINDING_NO_IPV6, where, "its IPv6 subnet %s has DHCP off",
			     off->id);
	else
		findings_add(j->findings, FINDING_NO_IPV6, where, "it has none%s", j->neutron ? "" :
			     " with DHCP; one without has no record in etcd: --neutron asks");
}

/* Ports */

static const char *why_uncovered(const struct judging *j, const struct survey_port *p,
				 struct addr a)
{
	if (!j->neutron)
		return "no subnet with DHCP of its network holds it: DHCP is off, or it is an "
		       "allowed pair; --neutron asks which";
	return neutron_subnet_of(j->neutron, p->endpoint.network, a)
		? "its subnet has DHCP off" : "no subnet of its network holds it";
}

static void judge_addresses(const struct judging *j, const struct survey_port *p)
{
	const struct vm_endpoint *endpoint = &p->endpoint;
	char text[ADDR_TEXT], where[PORT_WHERE];

	for (size_t i = 0; i < endpoint->n_addresses; i++) {
		struct addr a = endpoint->addresses[i];

		if (survey_subnet_of(j->survey, p->region, endpoint->network, a))
			continue;
		addr_print(a, text);
		findings_add(j->findings, FINDING_UNCOVERED, where_port(p, where),
			     "%s: %s", text, why_uncovered(j, p, a));
	}
}

static void judge_pairs(const struct judging *j, const struct survey_port *p)
{
	char text[ADDR_TEXT], where[PORT_WHERE];

	where_port(p, where);
	if (p->bad_pair)
		findings_add(j->findings, FINDING_BAD_PAIR, where, "\"%.64s\" is no address",
			     p->bad_pair);
	if (p->own_pair.family == FAMILY_NONE)
		return;
	addr_print(p->own_pair, text);
	findings_add(j->findings, FINDING_OWN_PAIR, where, "%s is the port's own address", text);
}

static const struct survey_host *host_of(const struct survey *s, const struct survey_port *p)
{
	for (size_t i = 0; i < s->n_hosts; i++)
		if (strcmp(s->hosts[i].host, p->host) == 0 &&
		    strcmp(s->hosts[i].region, p->region) == 0)
			return &s->hosts[i];
	return NULL;
}

/* Of one port: it goes from host to host. */
static bool is_in_migration(const struct survey *s, const struct survey_port *p)
{
	struct survey_port **list;
	size_t n;

	list = survey_ports_of(s, p->endpoint.port, &n);
	for (size_t i = 0; i < n; i++)
		if (list[i]->migrating && strcmp(list[i]->region, p->region) == 0)
			return true;
	return false;
}

static void judge_by_neutron(const struct judging *j, const struct survey_port *p,
			     const char *where)
{
	const struct neutron_port *n = neutron_port(j->neutron, p->endpoint.port);

	if (!n)
		findings_add(j->findings, FINDING_STALE, where, "Neutron has no such port");
	else if (!n->bound)
		findings_add(j->findings, FINDING_STALE, where, "the port belongs to no VM any "
			     "more");
	else if (j->neutron->sees_hosts && strcmp(n->host, p->host) != 0)
		findings_add(j->findings, FINDING_STALE, where, "Neutron has it on host \"%.100s\"",
			     n->host);
}

/* Felix tells of each endpoint; where it tells of none, it was not asked to. */
static void judge_by_felix(const struct judging *j, const struct survey_port *p, const char *where)
{
	const struct survey_host *host = host_of(j->survey, p);

	if (host && host->alive && host->n_reported && !p->reported)
		findings_add(j->findings, FINDING_STALE, where, "Felix of that host says nothing "
			     "of it");
}

static void judge_port(const struct judging *j, const struct survey_port *p)
{
	char where[PORT_WHERE];

	judge_addresses(j, p);
	judge_pairs(j, p);
	if (is_in_migration(j->survey, p))
		return;
	if (j->neutron)
		judge_by_neutron(j, p, where_port(p, where));
	else
		judge_by_felix(j, p, where_port(p, where));
}

/* Addresses that two have */

struct held {
	struct addr addr;
	const struct survey_port *port;
};

static int compare_held(const void *left, const void *right)
{
	const struct held *a = left, *b = right;
	int order = addr_compare(a->addr, b->addr);

	return order ? order : strcmp(a->port->key, b->port->key);
}

/* Calico has one address space: two regions of one etcd share it. */
static void tell_doubles(const struct judging *j, const struct held *list, size_t n)
{
	char text[ADDR_TEXT], where[PORT_WHERE];

	for (size_t i = 1; i < n; i++) {
		const struct survey_port *a = list[i - 1].port, *b = list[i].port;

		if (!addr_equal(list[i - 1].addr, list[i].addr) ||
		    strcmp(a->endpoint.port, b->endpoint.port) == 0)
			continue;
		addr_print(list[i].addr, text);
		findings_add(j->findings, FINDING_ADDRESS_TWICE, where_port(b, where),
			     "port %s has %s too", a->endpoint.port, text);
	}
}

static void judge_doubles(const struct judging *j)
{
	const struct survey *s = j->survey;
	struct held *list;
	size_t n = 0;

	for (size_t i = 0; i < s->n_ports; i++)
		n += s->ports[i].endpoint.n_addresses;
	list = calloc(n + 1, sizeof(*list));
	if (!list) {
		j->findings->failed = true;
		return;
	}
	n = 0;
	for (size_t i = 0; i < s->n_ports; i++)
		for (size_t k = 0; k < s->ports[i].endpoint.n_addresses; k++)
			list[n++] = (struct held){ s->ports[i].endpoint.addresses[k],
						   &s->ports[i] };
	qsort(list, n, sizeof(*list), compare_held);
	tell_doubles(j, list, n);
	free(list);
}

/* Ports come by key, so those of a host together. */
static void judge_hosts(const struct judging *j)
{
	const struct survey *s = j->survey;

	for (size_t i = 0; i < s->n_ports; i++) {
		const struct survey_port *p = &s->ports[i];
		const struct survey_host *host = host_of(s, p);
		char where[sizeof(p->host) + 8];

		if (i && strcmp(s->ports[i - 1].host, p->host) == 0 &&
		    strcmp(s->ports[i - 1].region, p->region) == 0)
			continue;
		snprintf(where, sizeof(where), "host %s", p->host);
		if (!host || !host->alive)
			findings_add(j->findings, FINDING_NO_FELIX, where, "it has endpoints, and "
				     "Felix does not report there: nothing is routed to them");
	}
}

void survey_judge(const struct survey *s, const struct neutron *neutron, struct findings *ret)
{
	const struct judging j = { s, neutron, ret };

	for (size_t i = 0; i < s->n_subnets; i++) {
		judge_subnet(&j, &s->subnets[i].subnet);
		if (is_first_of_network(s, i))
			judge_network(&j, &s->subnets[i]);
	}
	for (size_t i = 0; i < s->n_ports; i++)
		judge_port(&j, &s->ports[i]);
	judge_doubles(&j);
	judge_hosts(&j);
	if (s->compacted)
		findings_add(ret, FINDING_COMPACTED, "etcd", "the driver noted revision %" PRIu64
			     " for its compactions", s->compacted);
}
