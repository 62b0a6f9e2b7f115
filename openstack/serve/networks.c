/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/serve/networks.h"

#include "base/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEVICE_ID_MAX 11	/* characters of the id in a device's name */
#define RA_PREFIX_MIN 64	/* dnsmasq takes no shorter one */

static void network_done(struct network *n)
{
	for (size_t i = 0; i < n->n_ports; i++)
		free(n->ports[i].fixed);
	free(n->ports);
	free(n->subnets);
}

static void forget(struct networks *n)
{
	for (size_t i = 0; i < n->n; i++)
		network_done(&n->list[i]);
	n->n = 0;
	buf_reset(&n->told);
}

void networks_done(struct networks *n)
{
	forget(n);
	free(n->list);
	buf_done(&n->told);
	*n = (struct networks)NETWORKS;
}

void network_device(const char *id, char out[IFNAMSIZ])
{
	snprintf(out, IFNAMSIZ, "ns-%.*s", DEVICE_ID_MAX, id);
}

struct addr subnet_own_address(const struct subnet *s)
{
	return cidr_holds(s->cidr, s->gateway) ? s->gateway : cidr_first(s->cidr);
}

bool subnet_has_range(const struct subnet *s)
{
	if (s->mode == SUBNET_SLAAC)
		return s->cidr.len == RA_PREFIX_MIN;
	return s->cidr.base.family == FAMILY_4 || s->cidr.len >= RA_PREFIX_MIN;
}

static int compare_network(const void *key, const void *element)
{
	const struct network *n = element;

	return strcmp(key, n->id);
}

const struct network *networks_find(const struct networks *n, const char *id)
{
	size_t at = list_place(n->list, n->n, id, compare_network);

	return at < n->n && strcmp(n->list[at].id, id) == 0 ? &n->list[at] : NULL;
}

static int no_memory(struct err *e)
{
	return err_set(e, ERR_INTERNAL, "out of memory");
}

/* Lists as long as all that may come: one endpoint's subnets are few, its records known. */
static int add_network(struct networks *n, const struct records *records, const char *id,
		       struct network **ret, struct err *e)
{
	size_t at = list_place(n->list, n->n, id, compare_network);
	struct network new = { .id = id };

	if (at < n->n && strcmp(n->list[at].id, id) == 0) {
		*ret = &n->list[at];
		return 0;
	}
	if (list_room(&n->list, n->n, &n->cap) < 0)
		return no_memory(e);
	network_device(id, new.device);
	new.subnets = calloc(records->n_subnets, sizeof(struct subnet *));
	new.ports = calloc(records->n_endpoints, sizeof(*new.ports));
	memmove(n->list + at + 1, n->list + at, (n->n++ - at) * sizeof(*n->list));
	n->list[at] = new;
	*ret = &n->list[at];
	return new.subnets && new.ports ? 0 : no_memory(e);
}

static int compare_subnet(const void *key, const void *element)
{
	const struct subnet *wanted = key;
	const struct subnet *const *s = element;

	return strcmp(wanted->id, (*s)->id);
}

static void add_subnet(struct network *n, const struct subnet *s)
{
	size_t at = list_place(n->subnets, n->n_subnets, s, compare_subnet);

	if (at < n->n_subnets && strcmp(n->subnets[at]->id, s->id) == 0)
		return;
	memmove(n->subnets + at + 1, n->subnets + at,
		(n->n_subnets++ - at) * sizeof(struct subnet *));
	n->subnets[at] = s;
}

/* An address that no subnet holds: its subnet has no DHCP, or is not written yet. */
static void tell_unserved(struct networks *n, const struct vm_endpoint *p, struct addr a)
{
	char text[ADDR_TEXT];

	addr_print(a, text);
	buf_printf(&n->told, "port %s: no subnet with DHCP%s%s holds %s\n", p->port,
		   *p->network ? " of network " : "", p->network, text);
}

static bool has_address(const struct vm_endpoint *p, struct addr a)
{
	for (size_t i = 0; i < p->n_addresses; i++)
		if (addr_equal(p->addresses[i], a))
			return true;
	return false;
}

/* One that a stale record still names is its whose record was written last. */
static bool is_anothers(const struct records *records, const struct vm_endpoint *p, struct addr a)
{
	for (size_t i = 0; i < records->n_endpoints; i++) {
		const struct vm_endpoint *other = &records->endpoints[i].endpoint;

		if (other->revision > p->revision && has_address(other, a) &&
		    strcmp(other->network, p->network) == 0)
			return true;
	}
	return false;
}

static void tell_anothers(struct networks *n, const struct vm_endpoint *p, struct addr a)
{
	char text[ADDR_TEXT];

	addr_print(a, text);
	buf_printf(&n->told, "port %s: a newer record has its address %s\n", p->port, text);
}

/* The network's device would have it, and this host what is sent to the guest. */
static void tell_devices(struct networks *n, const struct vm_endpoint *p, struct addr a)
{
	char text[ADDR_TEXT];

	addr_print(a, text);
	buf_printf(&n->told, "port %s: %s is its subnet's gateway, or the address that stands in "
		   "for one: it is not served\n", p->port, text);
}

static void tell_without_range(struct networks *n, const struct vm_endpoint *p, struct addr a,
			       const struct subnet *s)
{
	char text[ADDR_TEXT];

	addr_print(a, text);
	buf_printf(&n->told, "port %s: %s is of a subnet of /%u: dnsmasq serves %s\n", p->port,
		   text, s->cidr.len, s->mode == SUBNET_SLAAC ? "slaac of /64 alone" :
		   "IPv6 of /64 to /127");
}

static int find_subnets(struct networks *n, const struct records *records,
			const struct vm_endpoint *p, struct port *port, struct err *e)
{
	port->endpoint = p;
	port->fixed = calloc(p->n_addresses + 1, sizeof(*port->fixed));
	if (!port->fixed)
		return no_memory(e);
	for (size_t i = 0; i < p->n_addresses; i++) {
		struct addr a = p->addresses[i];
		const struct subnet *s = records_subnet_of(records, a, p->network);

		if (is_anothers(records, p, a))
			tell_anothers(n, p, a);
		else if (s && addr_equal(a, subnet_own_address(s)))
			tell_devices(n, p, a);
		else if (s)
			port->fixed[port->n_fixed++] = (struct fixed){ a, s };
		else
			tell_unserved(n, p, a);
		if (s && !subnet_has_range(s))
			tell_without_range(n, p, a, s);
	}
	return 0;
}

/* Of an endpoint without its network's id: that of its first address's subnet. */
static void keep_one_network(struct networks *n, struct port *port)
{
	size_t kept = 0;

	for (size_t i = 0; i < port->n_fixed; i++) {
		if (strcmp(port->fixed[i].subnet->network, port->fixed[0].subnet->network) == 0)
			port->fixed[kept++] = port->fixed[i];
		else
			tell_unserved(n, port->endpoint, port->fixed[i].addr);
	}
	port->n_fixed = kept;
}

static int add_port(struct networks *n, const struct records *records, struct port *port,
		    struct err *e)
{
	struct network *network;

	if (add_network(n, records, port->fixed[0].subnet->network, &network, e) < 0)
		return -1;
	for (size_t i = 0; i < port->n_fixed; i++)
		add_subnet(network, port->fixed[i].subnet);
	network->ports[network->n_ports++] = *port;
	*port = (struct port){ 0 };
	return 0;
}

static void port_done(struct port *port)
{
	free(port->fixed);
}

/* What both name, and one guest alone can have; NULL: nothing. */
static const char *shared(const struct vm_endpoint *p, const struct vm_endpoint *other)
{
	if (strcmp(p->tap, other->tap) == 0)
		return p->tap;
	return *p->network && strcmp(p->network, other->network) == 0 &&
	       strcmp(p->mac, other->mac) == 0 ? p->mac : NULL;
}

/*
 * Of two records with one tap, as a device id that changed leaves them, the later written; and
 * of two with one MAC in a network, where Neutron has it once and dnsmasq answers by it.
 */
static const char *outdated(const struct records *records, const struct vm_endpoint *p)
{
	const char *by = NULL;

	for (size_t i = 0; i < records->n_endpoints && !by; i++) {
		const struct vm_endpoint *other = &records->endpoints[i].endpoint;

		if (other != p && other->revision > p->revision)
			by = shared(p, other);
	}
	return by;
}

static int plan_endpoint(struct networks *n, const struct records *records,
			 const struct vm_endpoint *p, const struct taps *taps, struct err *e)
{
	struct port port __cleanup(port_done) = { 0 };
	const struct tap *tap = taps_find(taps, p->tap);
	const char *by = outdated(records, p);

	if (by) {
		buf_printf(&n->told, "port %s: a newer record has its %s %s\n", p->port,
			   by == p->tap ? "tap" : "MAC", by);
		return 0;
	}
	if (find_subnets(n, records, p, &port, e) < 0)
		return -1;
	if (!port.n_fixed)
		return 0;
	keep_one_network(n, &port);
	port.mtu = tap ? tap->mtu : 0;
	port.index = tap ? tap->index : 0;
	return add_port(n, records, &port, e);
}

int networks_plan(struct networks *ret, const struct records *records, const struct taps *taps,
		  struct err *e)
{
	forget(ret);
	for (size_t i = records->n_endpoints; i-- > 0;)
		if (plan_endpoint(ret, records, &records->endpoints[i].endpoint, taps, e) < 0)
			return -1;
	return 0;
}
