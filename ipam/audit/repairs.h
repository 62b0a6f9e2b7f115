/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many things that may disagree, examined or mended together.
 *
 * They share readings and commits, and nothing else: each is judged by itself, as of one
 * moment, on what mending those before it would leave; one that cannot be judged, since a
 * record that it is about does not parse, fails alone.
 *
 * One call does as many of the first as one commit holds; whoever has more goes on behind
 * them.  So those whose blocks are the same stand best beside each other.
 *
 *	for (n = 0; n < all; n += done)
 *		if (ipam_repair(ds, list + n, all - n, &done, e) < 0)
 *			return -1;
 */
#ifndef IPAM_AUDIT_REPAIRS_H
#define IPAM_AUDIT_REPAIRS_H

#include "ipam/audit/repair.h"

struct repair_case {
	struct repair_request request;
	/* The outcome. */
	struct repair_answer answer;
	bool failed;	/* why, says error; else the answer holds */
	struct err error;
};

/* Of an error: a record that something is about does not parse, or is too much to judge. */
bool repair_is_unjudged(const struct err *e);

/* More than so many are never done in one call, so that none need be put together. */
unsigned ipam_repairs_max(const struct datastore *ds);

/*
 * What is wrong, of the first *ret_n of the list, at least one.  A request or two, where the
 * store has transactions and the named blocks are still those.  -1 for the store's own errors.
 */
int ipam_examine(struct datastore *ds, struct repair_case *list, unsigned n, unsigned *ret_n,
		 struct err *e);

/* The same, and mends it, in one commit; the answers tell what was mended. */
int ipam_repair(struct datastore *ds, struct repair_case *list, unsigned n, unsigned *ret_n,
		struct err *e);

#endif
