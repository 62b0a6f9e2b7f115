/*
 * What can be wrong with the records of a store, and what mends it.
 *
 * The kinds that Calico's own check knows carry their number in the data-model sheet,
 * section 12.
 */
#ifndef IPAM_AUDIT_PROBLEM_H
#define IPAM_AUDIT_PROBLEM_H

#include "ipam/record/block.h"

#include <stdbool.h>

enum fault_kind {
	FAULT_UNREADABLE,	/* a record does not parse (5, an index out of range, too) */
	FAULT_LEAKED,		/* 1: held, and its container or endpoint is gone */
	FAULT_IN_USE_NO_POOL,	/* 2: used by an endpoint or tunnel, not allocated, in no pool */
	FAULT_IN_USE,		/* 3: the same, in an enabled pool */
	FAULT_HANDLE_LEAKED,	/* 4: no address is held through it */
	FAULT_HANDLE_COUNT,	/* it counts more or fewer than its block holds */
	FAULT_HANDLE_BLOCK,	/* it names a block that does not exist */
	FAULT_HANDLE_MISSING,	/* addresses are held through it, and it has no record */
	FAULT_ATTRIBUTE_UNUSED,	/* 5: nothing points at it */
	FAULT_UNALLOCATED,	/* 5: the list of free ordinals is not what is free */
	FAULT_RELEASED_AHEAD,	/* 5: released in the future */
	FAULT_AFFINITY_NO_BLOCK,	/* the block of an affinity does not exist */
	FAULT_AFFINITY_FOREIGN,	/* it belongs to another node, or to none */
	FAULT_AFFINITY_MISSING,	/* the affinity of a block has no record */
	FAULT_AFFINITY_STATE,	/* not confirmed, though the block was claimed long ago */
	FAULT_BLOCK_STRAY,	/* in no pool */
	FAULT_BLOCK_SIZE,	/* not of its pool's block size */
	FAULT_BLOCK_OVERLAP,	/* lies in another block */
	FAULT_DUPLICATE,	/* an address is allocated in two blocks */
	N_FAULTS
};

#define FAULT_AGE_S 60	/* younger claims and allocations may still be on their way */

/* "handle-count": for people to search, and for JSON. */
const char *fault_name(enum fault_kind kind);
/* One sentence: what mends it. */
const char *fault_remedy(enum fault_kind kind);
/* True if ipam_mend() mends it. */
bool fault_is_mendable(enum fault_kind kind);

typedef void fault_teller(enum fault_kind kind, const char *text, void *arg);

/* What is wrong within one block, read and not collected (sheet, 12, number 5). */
void block_tell_faults(const struct block *b, int64_t now_ns, fault_teller *tell, void *arg);
/* Makes the list of free ordinals what is free, and keeps the order of those listed. */
void block_mend_unallocated(struct block *b);

#endif
