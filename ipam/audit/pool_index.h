/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which pool holds a block: asked for each block of a store, of which each may lie in a pool
 * of its own.
 */
#ifndef IPAM_AUDIT_POOL_INDEX_H
#define IPAM_AUDIT_POOL_INDEX_H

#include "ipam/record/pool.h"

struct pool_place {
	struct cidr cidr;
	size_t at;	/* in the pools */
};

struct pool_index {
	struct pool_place *list;	/* owned; by CIDR, then by place */
	size_t n;
	bool has_len[N_FAMILIES][129];	/* some pool has this prefix length */
};

/* The pools need not stay.  -1: out of memory. */
int pool_index_init(struct pool_index *x, const struct pools *pools);
void pool_index_done(struct pool_index *x);
/* The place of the first pool that holds the whole CIDR, n: none does. */
size_t pool_index_find(const struct pool_index *x, struct cidr c);

#endif
