/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop: one request on its way through read, plan and commit.
 *
 * Every verb turns it, with its planner in the middle:
 *
 *	struct loop loop __cleanup(loop_done) = {0};
 *	struct ipam_assign_answer answer = {0};
 *
 *	loop_init(&loop, ds);
 *	while (loop_goes_on(&loop))
 *		loop_turn(&loop, plan_assign(&loop.plan, request, &answer, &loop.error));
 *	if (loop_result(&loop, e) < 0)
 *		return -1;
 *
 * A turn does what its plan asks for: one read or one commit.  A commit that came too
 * late, or whose answer was lost, is planned again; one that is too large is planned
 * in half, if the planner can (plan_part).  Where an answer was lost, all that the next
 * one stands on is read at one moment, if the store knows one; the store waits before, where
 * answers are lost one after the other.
 * Tests take the turns of several hosts one by one, and so play every interleaving.
 */
#ifndef IPAM_REQUEST_LOOP_H
#define IPAM_REQUEST_LOOP_H

#include "datastore/datastore.h"
#include "ipam/request/block_cache.h"
#include "ipam/request/owner.h"
#include "ipam/request/plan.h"
#include "ipam/request/pool_cache.h"

/* A plan that never settles is a defect; a lost race is not, so this is generous. */
#define LOOP_TURNS_MAX 100000

enum loop_state { LOOP_GOES_ON, LOOP_DONE, LOOP_FAILED };

struct loop {
	struct datastore *ds;
	struct plan plan; /* the next one */
	struct view view; /* owned: what the plan looks at */
	struct block_cache blocks; /* owned: of this plan for the next */
	struct pool_cache pools; /* owned: likewise */
	enum loop_state state;
	unsigned turns; /* taken */
	unsigned reads; /* that the view was read in */
	/* Set by who wants it. */
	bool at_one_moment; /* a rehearsal from one read: several may only seem to disagree */
	bool has_mirror; /* by loop_recall() */
	struct err error; /* of the planner or of the store */
};

/* The loop must not move in memory from here on. */
void loop_init(struct loop *l, struct datastore *ds);
void loop_done(struct loop *l); /* also for __cleanup */

/*
 * Where the store has a mirror (docs/DESIGN.md 4): the first turn plans from it, with
 * the handles of the request's owner presumed from the blocks that it holds.  Only a
 * commit comes of that: need, done and every error are planned again from the store,
 * which is then read in one request.  older_handle may be NULL.  When all is done,
 * what was read is remembered.
 */
void loop_recall(struct loop *l, const struct ipam_owner *owner, const char *older_handle);

/* The same, of the handles of several. */
void loop_recall_handles(struct loop *l, char (*handles)[IPAM_HANDLE_MAX + 1], unsigned n);

/* True as long as another plan is wanted. */
bool loop_goes_on(const struct loop *l);
/* After the planner, with what it returned. */
void loop_turn(struct loop *l, int planned);

/*
 * After a failure: what was seen to stand of its commits does not any more, and is not told.
 * What an unknown outcome hides may come yet.
 */
void loop_took_back(struct loop *l);
/* 0 once done: the answer holds.  Else -1 and why. */
int loop_result(const struct loop *l, struct err *e);
/* The same; an error in the records names the store that they are in, as its own errors do. */
int loop_result_in_store(const struct loop *l, struct err *e);
/* The same; what may stand is told to whoever asked, since nothing settles it. */
int loop_result_to_repeat(const struct loop *l, struct err *e);
#define LOOK_AND_REPEAT "see what stands (calico-ipamctl show), and repeat it"
/* Tell so of an error that one of several has, which were planned together; -1. */
int loop_fail(const struct loop *l, struct err *e);
int loop_fail_in_store(const struct loop *l, struct err *e);

#endif
