/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Splitting a pool: the plan of one transaction that replaces it by smaller ones.
 *
 * A pool's CIDR is immutable, so the pool is deleted and 2^n pools come in its place,
 * with the same settings, block size, labels and annotations.  Blocks, affinities and
 * handles do not name their pool and stay as they are: no allocation is touched.  The
 * plan is refused unless each existing block lies wholly in one of the new pools.
 *
 * The new pools are named "<name>-<number>", the numbers with as many digits as the
 * last one has, so that name order, in which pools are used, is address order.
 *
 * Recorded gateways (gateway.h) are carried along where each block is a link of its
 * own.  Where the pool as a whole is the link, a split would cut it: refused.
 *
 * Whoever assigns from the old pool at the same time guards the pool's record, so
 * either comes first and the other plans anew.  Calico's own clients do not, but the
 * block size stays, so that a block of theirs lies in one new pool too.
 */
#ifndef IPAM_POOL_SPLIT_H
#define IPAM_POOL_SPLIT_H

#include "datastore/datastore.h"
#include "ipam/record/pool.h"
#include "ipam/record/resource.h"
#include "ipam/request/plan.h"

#define POOL_SPLIT_MAX 64	/* new pools and reservations together */

struct pool_split_request {
	const char *name;
	unsigned into;	/* prefix length of the new pools, bits */
	bool dry_run;	/* only tell what would be done */
	int64_t now_ns;
	char uids[POOL_SPLIT_MAX][UUID_TEXT];	/* fresh ones */
};

struct pool_split_part {
	char name[256];
	struct cidr cidr;
	unsigned blocks;	/* existing ones in it */
};

struct pool_split_answer {
	struct cidr cidr;	/* of the pool that is split */
	struct pool_split_part parts[POOL_SPLIT_MAX];
	unsigned n;
	bool gateways;	/* are carried along */
};

/*
 * ERR_UNSUPPORTED (a store without transactions), ERR_NOT_FOUND, ERR_CONFIG (a length
 * that does not fit), ERR_LIMIT (too many parts), ERR_EXISTS (a name is taken),
 * ERR_CONFLICT (a block or gateway is in the way, or too many lost races), ERR_CORRUPT;
 * or the store's own errors.
 */
int ipam_split_pool(struct datastore *ds, const struct pool_split_request *request,
		    struct pool_split_answer *ret_answer, struct err *e);

/* Its planner (plan.h): done if a plan with the same uids has been committed already. */
int plan_pool_split(struct plan *p, const struct pool_split_request *request,
		    struct pool_split_answer *ret, struct err *e);

#endif
