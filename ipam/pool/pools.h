/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pools, as an administrator keeps them; deleting and splitting one have manuals of
 * their own (delete.h, split.h).
 *
 * Every verb may fail with the store's own errors (datastore.h).
 */
#ifndef IPAM_POOL_POOLS_H
#define IPAM_POOL_POOLS_H

#include "datastore/datastore.h"
#include "ipam/record/pool.h"

struct pool_entry {
	char *name;		/* owned: the one that its record goes by */
	char *unreadable;	/* owned: why it cannot be read; NULL: it can */
	struct pool pool;	/* owned; only where it can be read */
};

struct pool_list {
	struct pool_entry *list;	/* owned; by name, bytewise: the order of their use */
	size_t n, cap;
};

/* All pools, those too that no planner reads. */
int ipam_list_pools(struct datastore *ds, struct pool_list *ret, struct err *e);
void pool_list_done(struct pool_list *l);	/* also for __cleanup */

#endif
