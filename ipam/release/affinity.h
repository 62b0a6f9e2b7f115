/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Giving a block back: the plan that takes it from its owner (docs/DATA-MODEL.md 11).
 *
 * Affinity to pendingDeletion; the block is deleted if it is empty, else left without
 * an owner; the affinity is deleted.  An affinity whose block is missing or another's
 * is deleted alone, and a block that names the owner without an affinity is dealt
 * with all the same.
 */
#ifndef IPAM_RELEASE_AFFINITY_H
#define IPAM_RELEASE_AFFINITY_H

#include "base/err.h"
#include "ipam/record/addr.h"
#include "ipam/request/plan.h"

struct affinity_release_request {
	struct cidr block;
	const char *owner;	/* "host:<node>" or "virtual:<name>" */
	bool force;	/* though addresses of it are in use */
	int64_t now_ns;
};

enum affinity_outcome {
	AFFINITY_NOTHING,	/* the block is not the owner's, and no affinity says so */
	AFFINITY_IN_USE,	/* not empty, and not forced: nothing is changed */
	AFFINITY_ALONE,	/* only the affinity was there, and goes */
	AFFINITY_BLOCK_DELETED,
	AFFINITY_BLOCK_DISOWNED,	/* its addresses stay assigned */
};

struct affinity_release_answer {
	enum affinity_outcome outcome;
	unsigned held;	/* addresses of the block that are assigned or cooling down */
};

int plan_affinity_release(struct plan *p, const struct affinity_release_request *request,
			  struct affinity_release_answer *ret_answer, struct err *e);

/* Nothing is changed with the first two outcomes.  ERR_CORRUPT. */
int ipam_release_affinity(struct datastore *ds, const struct affinity_release_request *request,
			  struct affinity_release_answer *ret_answer, struct err *e);

#endif
