/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of pools, and of their blocks: how much of each is in use.
 *
 * Of a pool that nothing is assigned from, for it is disabled or unusable, nothing is free.
 */
#ifndef CTL_INSPECT_RANGES_H
#define CTL_INSPECT_RANGES_H

#include "ctl/cli/rows.h"
#include "ipam/audit/utilization.h"

/* By which they are sorted: the largest first, but what is free, of which the least is. */
enum ranges_order { RANGES_BY_NAME, RANGES_BY_CIDR, RANGES_BY_TOTAL, RANGES_BY_IN_USE,
		    RANGES_BY_USE, RANGES_BY_FREE };

/* What is told of one block; the block itself is not kept. */
struct range_block {
	struct cidr cidr;
	const struct pool *pool;	/* NULL: in none */
	unsigned in_use, cooling, reserved;
	char *affinity;		/* owned; NULL: none */
};

struct ranges {
	const char *pool, *node;	/* of this pool alone, blocks of this node alone; or NULL */
	enum ranges_order order;
	bool want_blocks;
	struct range_block *blocks;	/* owned; only when wanted */
	size_t n, cap;
	bool failed;	/* sticky: out of memory */
};

void ranges_done(struct ranges *r);	/* also for __cleanup */
void ranges_add_block(struct ranges *r, const struct utilization *u, const struct block *b,
		      const struct utilization_pool *pool);

/*
 * In JSON both are filled; in a table the blocks stand among the pools.  Both are for
 * rows_done() in the end.
 */
void ranges_rows(struct ranges *r, const struct utilization *u, const struct call *call,
		 struct rows *ret_pools, struct rows *ret_blocks);

#endif
