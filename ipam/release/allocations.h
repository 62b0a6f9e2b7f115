/*
 * A selection of allocations that are to be released, with what makes their release
 * safe: the handle and the sequence number that each has now.
 */
#ifndef IPAM_RELEASE_ALLOCATIONS_H
#define IPAM_RELEASE_ALLOCATIONS_H

#include "ipam/record/block.h"
#include "ipam/ipam.h"

struct selected {
	struct addr addr;
	char *handle, *node, *pod;	/* owned; NULL: not stored */
	uint64_t sequence;
	bool allocated;		/* false: asked for, and free or cooling down */
	enum ipam_release_result result;	/* set by selection_release() */
};

struct selection {
	struct selected *list;	/* owned; block by block */
	size_t n, cap;
	struct cidr *blocks;	/* owned: those that belong to the node */
	size_t n_blocks, cap_blocks;
	unsigned unreadable;	/* blocks passed over */
};

void selection_done(struct selection *s);	/* also for __cleanup */

/* Each address once, whether it is allocated or not. */
int selection_of_addresses(struct datastore *ds, const struct addr *list, unsigned n,
			   struct selection *ret, struct err *e);

/*
 * By a pass over all blocks, so that what has no record of its handle is found too.
 * handle, or node with the blocks that belong to it; the other NULL.
 */
int selection_of_handle(struct datastore *ds, const char *handle, struct selection *ret,
			struct err *e);
int selection_of_node(struct datastore *ds, const char *node, struct selection *ret,
		      struct err *e);

/* Adds one by hand; texts are copied. */
int selection_add(struct selection *s, const struct selected *selected, struct err *e);

/* By address, IPv4 first; so also block by block. */
void selection_sort(struct selection *s);
/* Drops what `other` has not with the same handle and sequence number.  Both are sorted. */
void selection_keep_common(struct selection *s, const struct selection *other);

/*
 * Releases all that are allocated.  `progress` as in ipam_release_addresses().  On an
 * error *ret_done tells how many of them were dealt with before.
 */
int selection_release(struct datastore *ds, struct selection *s,
		      void (*progress)(unsigned done, unsigned n), unsigned *ret_done,
		      struct err *e);

#endif
