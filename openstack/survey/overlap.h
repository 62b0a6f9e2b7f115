/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where Neutron's subnets and ports meet the pools of containers: an address that both give
 * away would be two's.  Pure.
 *
 * What meets is reserved, so that automatic assignment keeps clear of it without an ADD
 * having to read endpoints (docs/DATA-MODEL.md 5.2).
 */
#ifndef OPENSTACK_SURVEY_OVERLAP_H
#define OPENSTACK_SURVEY_OVERLAP_H

#include "base/address/addr.h"
#include "openstack/survey/survey.h"

#define OVERLAP_NAME_TEXT (sizeof("openstack-") + CIDR_TEXT)

struct overlap_pool {
	const char *name;
	struct cidr cidr;
};

struct overlap {
	struct cidr cidr;	/* what both have: of a subnet and a pool the inner one */
	const char *pool;	/* borrowed from the pools */
	const char *subnet;	/* its id, borrowed from the survey; NULL: it is a port's address */
	const char *port;	/* its id, borrowed; NULL: it is a subnet's */
};

struct overlaps {
	struct overlap *list;	/* owned; each CIDR once */
	size_t n, cap;
};

/* Those that no CIDR of `reserved` holds.  -1: out of memory. */
int survey_overlaps(const struct survey *s, const struct overlap_pool *pools, size_t n_pools,
		    const struct cidr *reserved, size_t n_reserved, struct overlaps *ret);
void overlaps_done(struct overlaps *o);	/* also for __cleanup */

/* "subnet <id> of Neutron lies in pool p4", for people; in the findings. */
void overlaps_tell(const struct overlaps *o, struct findings *ret);

/* The name of the reservation that holds it: "openstack-10.28.0.0-24". */
void overlap_name(const struct overlap *o, char out[OVERLAP_NAME_TEXT]);

#endif
