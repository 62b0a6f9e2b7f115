/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of addresses: who holds which, since when.
 *
 * Kept block by block as one text of cells, so that a million rows cost little more
 * than what is printed of them.
 */
#ifndef CTL_INSPECT_HOLDERS_H
#define CTL_INSPECT_HOLDERS_H

#include "ctl/cli/rows.h"
#include "ipam/record/block.h"
#include "ipam/record/pool.h"

/* Which rows are wanted; NULL and false: any. */
struct holders_filter {
	const char *node;
	const char *handle;
	const char *pool;	/* its name */
	const char *pod;	/* "name" or "namespace/name" */
	const char *namespace;
	bool borrowed;
};

/* By which they are sorted, and then by address; the oldest first. */
enum holders_order { HOLDERS_BY_ADDRESS, HOLDERS_BY_NODE, HOLDERS_BY_POD, HOLDERS_BY_AGE };

struct holders_block {
	struct cidr cidr;
	char *cells;	/* owned: rows of texts, each ended by a NUL */
	size_t len;	/* bytes */
};

struct holders {
	struct holders_filter filter;
	enum holders_order order;
	struct holders_block *blocks;	/* owned */
	size_t n, cap;
	uint64_t rows;
	bool failed;	/* sticky: out of memory */
};

void holders_done(struct holders *h);	/* also for __cleanup */
/* pool NULL: the block lies in none. */
void holders_add_block(struct holders *h, const struct block *b, const struct pool *pool);
/* In their order, as old as they are now; for rows_done() in the end. */
void holders_rows(struct holders *h, const struct call *call, int64_t now_ns, struct rows *ret);

#endif
