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

/* Which rows are wanted; NULL and false: any. */
struct holders_filter {
	const char *node;
	const char *handle;
	bool borrowed;
};

struct holders_block {
	struct cidr cidr;
	char *cells;	/* owned: rows of texts, each ended by a NUL */
	size_t len;	/* bytes */
};

struct holders {
	struct holders_filter filter;
	struct holders_block *blocks;	/* owned */
	size_t n, cap;
	uint64_t rows;
	bool failed;	/* sticky: out of memory */
};

void holders_done(struct holders *h);	/* also for __cleanup */
void holders_add_block(struct holders *h, const struct block *b);
/* In order of the addresses; for rows_done() in the end. */
void holders_rows(struct holders *h, const struct call *call, struct rows *ret);

#endif
