/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of addresses: who holds which, since when.
 *
 * Kept block by block as one text of cells, so that a million rows cost little more
 * than what is printed of them.
 */
#ifndef CTL_INSPECT_HOLDERS_H
#define CTL_INSPECT_HOLDERS_H

#include "base/buf.h"
#include "ipam/record/block.h"

struct cJSON;

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
/* In order of the addresses. */
void holders_print(struct holders *h, struct buf *out);
struct cJSON *holders_json(struct holders *h);

#endif
