/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk over all blocks of a pool, from a start that depends on the host, so
 * that hosts rarely want the same block: Calico's (docs/DATA-MODEL.md 9.5), but that
 * blocks of one address, where Calico takes the clock for the seed, have no other rule.
 *
 * Blocks all of whose addresses are reserved are passed over, a whole run of them
 * in one step, so that a reservation of half a /48 costs nothing.
 */
#ifndef IPAM_ASSIGN_BLOCK_ORDER_H
#define IPAM_ASSIGN_BLOCK_ORDER_H

#include "ipam/record/reservation.h"
#include "ipam/record/pool.h"

struct block_order {
	struct cidr pool;
	unsigned block_len; /* bits */
	u128 n; /* blocks in the pool */
	u128 start, done; /* index of the first block; blocks walked */
	const struct reserved *reserved;
};

void block_order_init(struct block_order *w, const struct pool *pool, const char *host,
	       const struct reserved *reserved);
/* False when the walk is back at its start. */
bool block_order_next(struct block_order *w, struct cidr *ret_block);

#endif
