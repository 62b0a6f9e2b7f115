/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A crowd: ADDs and DELs that wait on one node at the same time, carried out together.
 *
 * A fold of the planners over one view: each request is planned on what those before it in
 * the list would leave, and what comes of all of them is one commit, or as few as the
 * store's limits ask for.  Each ends as if it had been carried out by itself, in that order,
 * with an answer or an error of its own; none is set before the commit stands that it was
 * planned with.
 *
 * Whoever carries out a crowd may die at any moment.  Before its commit nothing was written;
 * after it, each request is found by the next plan of it, as one whose answer was lost is
 * (docs/DESIGN.md 1).
 */
#ifndef IPAM_CROWD_CROWD_H
#define IPAM_CROWD_CROWD_H

#include "ipam/assign/assign.h"
#include "ipam/release/release.h"

/* Handles of one commit: with what they share, within the operations that etcd takes at once. */
#define CROWD_COMMIT_MAX 100

enum crowd_verb { CROWD_ADD, CROWD_DEL };

struct crowd_member {
	enum crowd_verb verb;
	struct ipam_assign_request add; /* CROWD_ADD */
	struct ipam_release_request del; /* CROWD_DEL */
	/* Filled. */
	struct ipam_assign_answer added;
	struct ipam_release_answer released;
	bool failed; /* and why: */
	struct err error;
};

/*
 * All requests are of one node; the store is recalled and remembered as by each alone.
 * Where the store fails, all that are not done get its error at once; but where a record
 * cannot be decoded, which may be of one of them only, each is carried out by itself.
 */
void ipam_crowd(struct datastore *ds, struct crowd_member *list, unsigned n);

#endif
