/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/survey/overlap.h"

#include "base/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void overlaps_done(struct overlaps *o)
{
	free(o->list);
	*o = (struct overlaps){ 0 };
}

struct meeting {
	const struct overlap_pool *pools;
	size_t n_pools;
	const struct cidr *reserved;
	size_t n_reserved;
	struct overlaps *overlaps;
	size_t n_subnets;	/* of the overlaps, those of subnets so far */
};

static bool is_reserved(const struct meeting *m, struct cidr c)
{
	for (size_t i = 0; i < m->n_reserved; i++)
		if (cidr_holds_cidr(m->reserved[i], c))
			return true;
	return false;
}

/* Subnets come first: an address in one that is told need not be. */
static bool is_told(const struct meeting *m, struct cidr c)
{
	for (size_t i = 0; i < m->n_subnets; i++)
		if (cidr_holds_cidr(m->overlaps->list[i].cidr, c))
			return true;
	return false;
}

static int meet(const struct meeting *m, struct cidr c, const char *subnet, const char *port)
{
	struct overlaps *o = m->overlaps;

	for (size_t i = 0; i < m->n_pools; i++) {
		struct cidr inner = m->pools[i].cidr;

		if (!cidr_overlaps(c, inner))
			continue;
		if (c.len >= inner.len)
			inner = c;
		if (is_reserved(m, inner) || is_told(m, inner))
			continue;
		if (list_room(&o->list, o->n, &o->cap) < 0)
			return -1;
		o->list[o->n++] = (struct overlap){ inner, m->pools[i].name, subnet, port };
	}
	return 0;
}

static int meet_port(const struct meeting *m, const struct survey_port *p)
{
	for (size_t i = 0; i < p->endpoint.n_addresses; i++) {
		struct addr a = p->endpoint.addresses[i];
		struct cidr c = { a, family_bits(a.family) };

		if (meet(m, c, NULL, p->endpoint.port) < 0)
			return -1;
	}
	return 0;
}

static int compare(const void *left, const void *right)
{
	const struct overlap *a = left, *b = right;
	int order = addr_compare(a->cidr.base, b->cidr.base);

	return order ? order : strcmp(a->port, b->port);
}

/* Addresses of ports alone, of which two may have one. */
static void drop_doubles(const struct meeting *m)
{
	struct overlaps *o = m->overlaps;
	size_t n = m->n_subnets;

	if (o->n > n)
		qsort(o->list + n, o->n - n, sizeof(*o->list), compare);
	for (size_t i = n; i < o->n; i++)
		if (n == m->n_subnets ||
		    !addr_equal(o->list[n - 1].cidr.base, o->list[i].cidr.base))
			o->list[n++] = o->list[i];
	o->n = n;
}

int survey_overlaps(const struct survey *s, const struct overlap_pool *pools, size_t n_pools,
		    const struct cidr *reserved, size_t n_reserved, struct overlaps *ret)
{
	struct meeting m = { pools, n_pools, reserved, n_reserved, ret, 0 };

	*ret = (struct overlaps){ 0 };
	for (size_t i = 0; i < s->n_subnets; i++) {
		const struct subnet *subnet = &s->subnets[i].subnet;

		if (meet(&m, subnet->cidr, subnet->id, NULL) < 0)
			return -1;
		m.n_subnets = ret->n;
	}
	for (size_t i = 0; i < s->n_ports; i++)
		if (meet_port(&m, &s->ports[i]) < 0)
			return -1;
	drop_doubles(&m);
	return 0;
}

void overlaps_tell(const struct overlaps *o, struct findings *ret)
{
	for (size_t i = 0; i < o->n; i++) {
		const struct overlap *one = &o->list[i];
		char where[2 * WORD_TEXT], cidr[CIDR_TEXT];

		snprintf(where, sizeof(where), "%s %s", one->subnet ? "subnet" : "port",
			 one->subnet ? one->subnet : one->port);
		cidr_print(one->cidr, cidr);
		findings_add(ret, FINDING_IN_POOL, where,
			     "%s is in pool %.64s too, which gives it to containers", cidr,
			     one->pool);
	}
}

void overlap_name(const struct overlap *o, char out[OVERLAP_NAME_TEXT])
{
	char key[CIDR_TEXT];

	cidr_print_key(o->cidr, key);
	for (char *at = key; *at; at++)
		if (*at == ':')
			*at = '-';
	snprintf(out, OVERLAP_NAME_TEXT, "openstack-%s", key);
}
