/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Planning: pure functions from what was read to what should be written.
 *
 * A planner looks at a view and a request, and fills the plan and the answer.  No
 * I/O, no clock, no randomness: time and random bytes come in with the request.  It
 * may be run any number of times; running it on a view that shows its own earlier
 * commit finds what that commit wrote (idempotent by handle, ifname and nonce).
 *
 *	int plan_<verb>(struct plan *p, const struct <verb>_request *request,
 *			struct <verb>_answer *ret_answer, struct err *e);
 *
 *   PLAN_NEED    more must be read first: plan.wants
 *   PLAN_COMMIT  plan.changes, and the answer holds once they are committed
 *   PLAN_DONE    the answer holds without writing
 */
#ifndef IPAM_REQUEST_PLAN_H
#define IPAM_REQUEST_PLAN_H

#include "base/address/addr.h"
#include "base/err.h"
#include "datastore/changes.h"
#include "datastore/wants.h"

enum plan_kind { PLAN_NEED, PLAN_COMMIT, PLAN_DONE };

/*
 * Where a scan of all blocks may look: values of blocks outside these pools, and
 * of full ones, are not kept in memory.  Filled by the planner before it asks for
 * the scan, used while the view is read; kept from one plan to the next.
 */
#define SCAN_POOLS_MAX 64
struct scan {
	struct cidr pools[SCAN_POOLS_MAX];
	unsigned n_pools;
	bool everywhere; /* more pools than fit */
};

struct block_cache;
struct pool_cache;

struct plan {
	/* What a planner looks at, set by the loop. */
	struct view *view; /* borrowed; what is looked at is noted in it */
	struct block_cache *blocks; /* borrowed; NULL: none are kept */
	struct pool_cache *pools; /* borrowed; NULL: none are kept */
	bool others_follow; /* of the same blocks and pools: what this one has opened is kept */
	bool one_node; /* node objects are implied, conflists make pools */
	bool namespaces; /* the store has them: a pool may select some */
	bool transactions; /* else what is looked at and not written may change meanwhile */
	bool rehearsal; /* done once it is clear what would be committed; set by who wants it */
	unsigned lost; /* commits of this request that came too late, or lost their answer */
	bool uncertain; /* so one may have gone through */
	bool partly; /* of an earlier one a part stands, see COMMIT_PARTLY */
	unsigned most; /* things of a long request in one commit, see plan_part() */
	bool (*is_late)(const void *arg); /* no time is left; NULL: there is no end to it */
	const void *late_arg; /* borrowed */
	struct scan scan;
	/* What it fills; empty at first. */
	enum plan_kind kind;
	struct wants wants; /* owned */
	struct changes changes; /* owned */
};

void plan_done(struct plan *p); /* also for __cleanup */
/* Empty again, for another plan of the same request. */
void plan_reset(struct plan *p);

/*
 * Of a plan of several: empty again, and told what the loop told `all`, as if it were alone.
 * `view` is what those before it leave.
 */
void plan_begin_one(struct plan *one, const struct plan *all, struct view *view);

/* True if what the view shows may be of an earlier commit of this request. */
bool plan_may_stand(const struct plan *p);
/* True if the view knows the key or prefix; else it is wanted. */
bool plan_knows(struct plan *p, const char *key);
/*
 * True if what the view knows of the key was read after `than`; else the key is wanted
 * again.  Where the store has transactions its guards do as much, and a rehearsal writes
 * nothing that could be overtaken: there it is always true.
 */
bool plan_knows_since(struct plan *p, const char *key, const char *than);
bool plan_knows_prefix(struct plan *p, const char *prefix, enum range_kind kind);
/* Wants what may be asked for later, unless the view knows it: the plan does not stand on it. */
void plan_may_ask_prefix(struct plan *p, const char *prefix, enum range_kind kind);
/* True once something is wanted: the planner goes on as far as it can, and returns. */
bool plan_needs(const struct plan *p);
/* The kind follows from what is listed: need, commit or, if nothing is, done. */
void plan_conclude(struct plan *p);
/*
 * 0 as long as there is time, else ERR_DEADLINE: asked at each step by whoever takes as many
 * as the store has blocks, or as requests are waiting.
 */
int plan_in_time(const struct plan *p, struct err *e);
/*
 * How many of n things this plan shall hold: all of them, or half as many each time
 * that one commit could not take them.  The answer tells where the next part begins.
 */
unsigned plan_part(struct plan *p, unsigned n);

#endif
