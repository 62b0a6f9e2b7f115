/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Giving back what no living container of a node holds.
 *
 *	ipam_reclaim_find()	what the node's containers hold
 *	reclaim_judge()		which of it is dead, by what the machine shows now (judge.h)
 *	ipam_reclaim()		releases what is, with handle and sequence number
 *
 * In this order, so that what is judged was there before the machine was looked at: a
 * container that comes in between is not in the list, and one that comes again has another
 * sequence number.  A handle's addresses are all dead, or none is.
 */
#ifndef IPAM_RELEASE_RECLAIM_H
#define IPAM_RELEASE_RECLAIM_H

#include "ipam/release/judge.h"
#include "ipam/release/node_blocks.h"
#include "ipam/release/release.h"

struct reclaim_case {
	struct addr addr, first; /* of its handle the lowest */
	uint64_t sequence;
	const struct attribute *attribute; /* one for all that share it in the block */
	struct attribute *own; /* owned: the same, of the first of them; NULL: of the others */
	enum verdict verdict; /* what was found last of this address */
	bool judged, dead; /* dead: and so are all of its handle, as often as was looked */
	bool released, conflict; /* conflict: it has changed hands since */
};

struct reclaim {
	struct reclaim_case *list; /* owned; handle by handle */
	size_t n, cap;
	struct node_blocks blocks;
};

void reclaim_done(struct reclaim *r); /* also for __cleanup */

/* The store's own errors. */
int ipam_reclaim_find(struct datastore *ds, const char *node, struct reclaim *ret, struct err *e);

typedef enum verdict reclaim_look(const struct reclaim_case *c, void *arg);

/* The second time, what was not dead the first time stays so. */
void reclaim_judge(struct reclaim *r, reclaim_look *look, void *arg);

/* Addresses that are dead and not released yet; those alone that need no second look. */
size_t reclaim_count(const struct reclaim *r, bool final);

struct ipam_reclaim_request {
	bool final; /* only what needs no second look */
	size_t max; /* addresses at most, but whole handles */
};

struct ipam_reclaim_answer {
	unsigned released, conflicts;
	size_t left; /* dead, and beyond the limit */
};

/*
 * Goes on after an error: *ret_answer is set all the same, and the error is of the first part
 * that failed.
 */
int ipam_reclaim(struct datastore *ds, struct reclaim *r,
		 const struct ipam_reclaim_request *request, struct ipam_reclaim_answer *ret_answer,
		 struct err *e);

#endif
