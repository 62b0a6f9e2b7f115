/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Affinities: which block belongs to whom (docs/DATA-MODEL.md 4).  An owner is written
 * as in a block: "host:<node>" or "virtual:<name>".
 *
 * Every verb may fail with the store's own errors (datastore.h).
 */
#ifndef IPAM_AFFINITY_AFFINITIES_H
#define IPAM_AFFINITY_AFFINITIES_H

#include "base/address/addr.h"
#include "datastore/datastore.h"
#include "ipam/record/affinity.h"
#include "ipam/request/plan.h"

/* What the block says of the affinity. */
enum affinity_block { AFFINITY_BLOCK_MISSING, AFFINITY_BLOCK_OWN, AFFINITY_BLOCK_ANOTHERS };

struct affinity_entry {
	struct cidr block;
	char *owner;			/* owned */
	bool unreadable;		/* its record: the state is not known */
	enum affinity_state state;
	enum affinity_block whose;	/* MISSING too where the block cannot be read */
	unsigned held;			/* addresses of the block, assigned or cooling down */
	char *claimed;			/* owned: RFC 3339, of a block of its own; or NULL */
};

struct affinity_list {
	struct affinity_entry *list;	/* owned; by owner, then by block */
	size_t n;
};

/*
 * All affinities, or those of one node, with what their blocks say, which are scanned.
 * `progress`, if given, is called for each block.
 */
int ipam_list_affinities(struct datastore *ds, const char *node,
			 void (*progress)(uint64_t blocks, void *arg), void *arg,
			 struct affinity_list *ret, struct err *e);
void affinity_list_done(struct affinity_list *l);	/* also for __cleanup */

struct owned_block {
	char *owner;	/* owned */
	struct cidr block;
};

struct owned_blocks {
	struct owned_block *list;	/* owned; by block, then by owner, each pair once */
	size_t n, cap;
};

/* The blocks that affinities give to the node; none is no error. */
int ipam_blocks_of_node(struct datastore *ds, const char *node, struct owned_blocks *ret,
			struct err *e);
/*
 * Those who own the block: by their affinities, and by the block itself.  None is no
 * error; ERR_CORRUPT where the block does not parse.
 */
int ipam_owners_of_block(struct datastore *ds, struct cidr block, struct owned_blocks *ret,
			 struct err *e);
void owned_blocks_done(struct owned_blocks *o);	/* also for __cleanup */

/*
 * Giving a block back (docs/DATA-MODEL.md 11): affinity to pendingDeletion; the block
 * is deleted if it is empty, else left without an owner; the affinity is deleted.  An
 * affinity whose block is missing or another's is deleted alone, and a block that names
 * the owner without an affinity is dealt with all the same.
 */
struct affinity_release_request {
	struct cidr block;
	const char *owner;
	bool force;	/* though addresses of it are in use */
	bool dry_run;	/* only tell what would be done */
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

/* ERR_CORRUPT where the block does not parse; ERR_CONFLICT after too many lost races. */
int ipam_release_affinity(struct datastore *ds, const struct affinity_release_request *request,
			  struct affinity_release_answer *ret_answer, struct err *e);

/* Its planner (plan.h). */
int plan_affinity_release(struct plan *p, const struct affinity_release_request *request,
			  struct affinity_release_answer *ret, struct err *e);

#endif
