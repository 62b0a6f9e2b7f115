/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How full the blocks of one node are: what costs a cluster little, however large it is.
 *
 * Its blocks are those that affinities give it, and that say so themselves.  What it has
 * borrowed of others' is not seen.
 */
#ifndef IPAM_AUDIT_OWN_BLOCKS_H
#define IPAM_AUDIT_OWN_BLOCKS_H

#include "datastore/datastore.h"
#include "ipam/record/pool.h"

struct own_blocks_pool {
	uint64_t blocks;
	uint64_t in_use, cooling, reserved, free;	/* as in utilization.h; together, theirs */
};

struct own_blocks {
	struct pools pools;	/* owned */
	struct own_blocks_pool *list;	/* owned; one each, and behind them that of no pool */
	unsigned unreadable;	/* blocks that do not parse, passed over */
};

/* The store's own errors. */
int own_blocks_read(struct datastore *ds, const char *node, struct own_blocks *ret,
		    struct err *e);
void own_blocks_done(struct own_blocks *o);	/* also for __cleanup */

#endif
