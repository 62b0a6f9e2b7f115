/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan of a crowd: the plans of its members, each on what those before it leave.
 */
#ifndef IPAM_CROWD_FOLD_H
#define IPAM_CROWD_FOLD_H

#include "ipam/crowd/crowd.h"

/* A member, and what it comes to in the plan at hand. */
struct folded {
	struct crowd_member *member; /* borrowed */
	struct plan plan; /* its own; kept from one turn to the next, for its scan */
	struct release_request part; /* of a DEL, which may take several commits */
	unsigned ahead; /* plans of it behind one that was not decided */
	/* The outcome, which holds once the commit stands. */
	struct ipam_assign_answer added;
	struct release_answer released;
	bool failed;
	struct err error;
};

void folded_begin(struct folded *f, struct crowd_member *member);
void folded_done(struct folded *f);
/*
 * A DEL that takes further commits: nobody behind it is in its own, since an ADD of the same
 * container would find what is yet to be released.
 */
bool folded_is_last(const struct folded *f);

struct fold {
	struct folded *list; /* borrowed */
	unsigned n;
};

struct fold_answer {
	unsigned n; /* the first so many of the list are in the commit, at least one */
};

/*
 * The plan ends before the first that needs what is not known, once there is something to
 * commit; and where it does not end so, all of them say what they need, to be read at once.
 *
 * In a store without transactions only what has one order of writes can be put together:
 * handles that say more, then blocks, then handles that say less.  A member whose changes
 * are not like that (a block is claimed or given up, a gateway is recorded) is committed
 * alone.  A plan from a mirror that does not come to a commit for each is PLAN_NEED.
 */
int plan_fold(struct plan *p, const struct fold *request, struct fold_answer *ret_answer,
	      struct err *e);

#endif
