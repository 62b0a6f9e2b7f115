/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be wrong with the records of a store, and what mends it.
 *
 * The kinds that Calico's own check knows carry their number in docs/DATA-MODEL.md 12.
 */
#ifndef IPAM_AUDIT_PROBLEM_H
#define IPAM_AUDIT_PROBLEM_H

#include "ipam/record/block.h"

#include <stdbool.h>

enum problem_kind {
	PROBLEM_UNREADABLE,	/* a record does not parse (5, an index out of range, too) */
	PROBLEM_LEAKED,		/* 1: held, and its container or endpoint is gone */
	PROBLEM_IN_USE_NO_POOL,	/* 2: used by an endpoint or tunnel, not allocated, in no pool */
	PROBLEM_IN_USE,		/* 3: the same, in an enabled pool */
	PROBLEM_HANDLE_LEAKED,	/* 4: no address is held through it */
	PROBLEM_HANDLE_COUNT,	/* it counts more or fewer than its block holds */
	PROBLEM_HANDLE_BLOCK,	/* it names a block that does not exist */
	PROBLEM_HANDLE_MISSING,	/* addresses are held through it, and it has no record */
	PROBLEM_ATTRIBUTE_UNUSED,	/* 5: nothing points at it */
	PROBLEM_UNALLOCATED,	/* 5: the list of free ordinals is not what is free */
	PROBLEM_RELEASED_AHEAD,	/* 5: released in the future */
	PROBLEM_AFFINITY_NO_BLOCK,	/* the block of an affinity does not exist */
	PROBLEM_AFFINITY_FOREIGN,	/* it belongs to another node, or to none */
	PROBLEM_AFFINITY_MISSING,	/* the affinity of a block has no record */
	PROBLEM_AFFINITY_STATE,	/* not confirmed, though the block was claimed long ago */
	PROBLEM_BLOCK_STRAY,	/* in no pool */
	PROBLEM_BLOCK_SIZE,	/* not of its pool's block size */
	PROBLEM_BLOCK_OVERLAP,	/* lies in another block */
	PROBLEM_DUPLICATE,	/* an address is allocated in two blocks */
	PROBLEM_POOL_UNUSABLE,	/* not disabled, and nobody is assigned an address of it */
	N_PROBLEMS
};

#define PROBLEM_AGE_S 60	/* younger claims and allocations may still be on their way */

/* "handle-count": for people to search, and for JSON. */
const char *problem_name(enum problem_kind kind);
/* One sentence: what mends it. */
const char *problem_remedy(enum problem_kind kind);
/* True if ipam_repair() mends it. */
bool problem_is_repairable(enum problem_kind kind);

typedef void problem_teller(enum problem_kind kind, const char *text, void *arg);

/* What is wrong within one block, read and not collected (docs/DATA-MODEL.md 12, number 5). */
void block_tell_problems(const struct block *b, int64_t now_ns, problem_teller *tell, void *arg);

#endif
