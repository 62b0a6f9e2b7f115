/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop: one request on its way through read, plan and commit.
 *
 * It is taken turn by turn, so that tests can play every interleaving of several
 * hosts; ipam.c takes all turns of one in a row.
 *
 * Where the store has a mirror (docs/DESIGN.md 4) the first turn plans from it, with the
 * request's handles presumed from the blocks it holds.  Only a commit comes of
 * that: need, done and every error are planned again from the store, which is
 * then read in one request.
 */
#ifndef IPAM_REQUEST_LOOP_H
#define IPAM_REQUEST_LOOP_H

#include "ipam/request/plan.h"

/* What the loop does for a verb. */
struct verb {
	planner *plan;
	/* The request's handles, for presuming them; NULL: never planned from the mirror. */
	int (*handles)(const void *request, char (*out)[IPAM_HANDLE_MAX + 1], unsigned *ret_n,
		       struct err *e);
	bool rehearsal; /* done once it is clear what would be committed */
};

#define LOOP_HANDLES_MAX 2

extern const struct verb verb_assign, verb_release, verb_release_addresses, verb_verify,
    verb_status, verb_would_assign;

struct loop {
	struct datastore *ds;
	const struct verb *verb;
	const void *request;
	void *answer;
	struct view view; /* owned */
	struct scan scan;
	bool began;
	bool uncertain; /* the answer of a commit was lost */
};

enum loop_turn { LOOP_FAILED = -1, LOOP_GOES_ON, LOOP_DONE };

void loop_init(struct loop *r, struct datastore *ds, const struct verb *verb,
		 const void *request, void *ret_answer);
void loop_done(struct loop *r); /* also for __cleanup */

/* One plan, and one read or commit.  After LOOP_DONE the answer holds. */
enum loop_turn loop_take_turn(struct loop *r, struct err *e);

#endif
