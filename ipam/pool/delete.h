/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deleting a pool (docs/DATA-MODEL.md 5.1): host affinities of its blocks are
 * released, empty blocks deleted, others left without affinity, then the pool's key
 * is deleted, and with it the record of its gateway (gateway.h).  Addresses that are
 * assigned stay assigned, as with Calico; but a pool of which any is in use (assigned
 * and not cooling down), or that cannot be read, is deleted by force only.  Of one
 * that cannot be read the blocks are not known, and stay as they are.
 *
 * One transaction does all of it where the pool has at most POOL_DELETE_BLOCKS
 * blocks and nothing else is written to blocks in between.  Otherwise the pool is
 * first stored as disabled, so that planners turn away from it, and its blocks are
 * released batch by batch, after a pause for those who still hold the older pool in
 * their hands.
 */
#ifndef IPAM_POOL_DELETE_H
#define IPAM_POOL_DELETE_H

#include "base/address/addr.h"
#include "base/err.h"
#include "datastore/datastore.h"
#include "ipam/request/plan.h"

#define POOL_DELETE_BLOCKS 40		/* blocks in one transaction */
#define POOL_DELETE_BYTES (512 << 10)	/* values in one transaction */
#define POOL_DELETE_PAUSE_MS 500

struct pool_delete_answer {
	unsigned deleted_blocks, disowned_blocks;
	unsigned allocated;	/* addresses that are still assigned from the pool's CIDR */
	bool unreadable;	/* it was: only the pool's own records are deleted */
	struct cidr cidr;
};

struct pool_delete_request {
	const char *name;
	bool force;
	int64_t now_ns;
	bool begun; /* an earlier part is committed */
	bool disabled; /* and that disabled the pool */
	struct pool_delete_answer sum; /* of earlier parts */
};

/* What one transaction does. */
struct pool_delete_part {
	struct pool_delete_answer sum; /* with this part */
	bool more; /* the pool still stands */
	bool disabled; /* it is disabled now, and was not */
};

int plan_pool_delete(struct plan *p, const struct pool_delete_request *request,
		     struct pool_delete_part *ret_part, struct err *e);

/*
 * ERR_NOT_FOUND names the pool; ERR_CONFLICT addresses in use; ERR_CORRUPT a pool or
 * block that does not parse; or the store's own errors.  The first three are found
 * before anything is changed, unless an address came into use between two batches.
 */
int ipam_delete_pool(struct datastore *ds, const char *name, bool force, int64_t now_ns,
		     struct pool_delete_answer *ret_answer, struct err *e);

/* What the same would answer now, be it success or error; nothing is changed. */
int ipam_would_delete_pool(struct datastore *ds, const char *name, bool force, int64_t now_ns,
			   struct pool_delete_answer *ret_answer, struct err *e);

#endif
