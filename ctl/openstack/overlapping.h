/* SPDX-License-Identifier: Apache-2.0 */
/* Where the store's pools meet what Neutron gives away, and the reservations that keep clear. */
#ifndef CTL_OPENSTACK_OVERLAPPING_H
#define CTL_OPENSTACK_OVERLAPPING_H

#include "datastore/datastore.h"
#include "ipam/pool/pools.h"
#include "openstack/survey/overlap.h"

struct overlapping {
	struct pool_list pools;	/* owned: what the overlaps' names are in */
	struct overlaps overlaps;	/* owned */
};

struct pool_names {
	const char **list;
	size_t n;
};

/* Of the pools of these names, in order; NULL: of all.  One that cannot be read meets nothing. */
int overlapping_read(struct datastore *ds, const struct survey *s,
		     const struct pool_names *names, struct overlapping *ret, struct err *e);
void overlapping_done(struct overlapping *o);	/* also for __cleanup */

/*
 * Reserves each; one that is there by now is as good.  *ret_n also where it fails.
 * ERR_EXISTS: a reservation of its name (overlap_name()) holds something else.
 */
int overlapping_reserve(struct datastore *ds, const struct overlapping *o, size_t *ret_n,
			struct err *e);

/*
 * Tells on standard error where pools that were just written meet Neutron's, ten of many
 * (ctl/cli/aside.h), and what reserves it; or that this could not be looked at, which is no
 * fault of the pools'.  Whoever writes a pool that may give addresses away calls it.  Sorts
 * the names; NULL: all pools.
 */
void overlapping_tell(struct datastore *ds, struct pool_names *names);

#endif
