/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocks that were read or written before, for the next plan that opens them.
 *
 * To parse a block is most of the work of a plan, and the plans of a crowd open the same
 * blocks, each as the one before it leaves them.  So a block is kept together with the text
 * that it was parsed from or printed as, and is taken again where a record has this very text:
 * it is then what block_read() would make of the record.  Nothing need be told when a record
 * changes.
 */
#ifndef IPAM_REQUEST_BLOCK_CACHE_H
#define IPAM_REQUEST_BLOCK_CACHE_H

#include "ipam/record/block.h"

#define BLOCK_CACHE_MAX 16 /* blocks; what comes beyond is not kept */

struct cached_block {
	char *key, *text; /* owned; the key NULL: this place is free */
	size_t text_len;
	struct block block; /* owned */
};

struct block_cache {
	struct cached_block list[BLOCK_CACHE_MAX];
};

void block_cache_done(struct block_cache *c); /* also for __cleanup */

/* Like block_read(); the block is the caller's, and no longer kept.  c may be NULL. */
int block_cache_take(struct block_cache *c, const struct record *record, struct block *ret,
		     struct err *e);
/*
 * Takes over a block that is what block_read() would make of this text, and leaves an empty
 * one; in place of what is kept of this key.  c may be NULL.
 */
void block_cache_keep(struct block_cache *c, const char *key, const char *text, size_t text_len,
		      struct block *block);

#endif
