/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A selection of allocations that are to be released, with what makes their release
 * safe: the handle and the sequence number that each has now.
 */
#ifndef IPAM_AUDIT_ALLOCATIONS_H
#define IPAM_AUDIT_ALLOCATIONS_H

#include "ipam/record/block.h"
#include "ipam/release/release.h"

struct allocation {
	struct addr addr;
	const char *handle, *node, *pod;	/* owned; NULL: not stored */
	uint64_t sequence;
	bool allocated;		/* false: asked for, and free or cooling down */
	enum ipam_release_result result;	/* set by allocations_release() */
};

struct allocations {
	struct allocation *list;	/* owned; block by block */
	size_t n, cap;
	struct cidr *blocks;	/* owned: those that belong to the node */
	size_t n_blocks, cap_blocks;
	unsigned unreadable;	/* blocks passed over */
	char first_unreadable[128];	/* the key of the first */
};

void allocations_done(struct allocations *s);	/* also for __cleanup */

/* Each address once, whether it is allocated or not. */
int allocations_of_addresses(struct datastore *ds, const struct addr *list, unsigned n,
			   struct allocations *ret, struct err *e);

/*
 * By a scan of all blocks, so that what has no record of its handle is found too.
 * handle, or node with the blocks that belong to it; the other NULL.
 */
int allocations_of_handle(struct datastore *ds, const char *handle, struct allocations *ret,
			struct err *e);
int allocations_of_node(struct datastore *ds, const char *node, struct allocations *ret,
		      struct err *e);

/* Adds one by hand; texts are copied. */
int allocations_add(struct allocations *s, const struct allocation *selected, struct err *e);

/* By address, IPv4 first; so also block by block. */
void allocations_sort(struct allocations *s);
/* Drops what `other` has not with the same handle and sequence number.  Both are sorted. */
void allocations_keep_common(struct allocations *s, const struct allocations *other);

/*
 * Releases all that are allocated.  `progress` as in ipam_release_addresses().  On an
 * error *ret_done tells how many of them were dealt with before.
 */
int allocations_release(struct datastore *ds, struct allocations *s,
		      void (*progress)(unsigned done, unsigned n), unsigned *ret_done,
		      struct err *e);

#endif
