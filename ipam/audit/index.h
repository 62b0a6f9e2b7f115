/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The index: what an audit remembers of blocks, handles and affinities while it
 * passes over them, and who of them is suspicious in the end.
 *
 * Handles are remembered by a 64-bit hash of their id: two ids of one hash could at
 * most hide a fault from an audit, never make one, for suspicions are examined by
 * the records themselves.
 */
#ifndef IPAM_AUDIT_INDEX_H
#define IPAM_AUDIT_INDEX_H

#include "ipam/record/affinity.h"
#include "ipam/record/block.h"
#include "ipam/record/handle.h"

struct audit_index_block {
	struct cidr cidr;
	char *owner;		/* owned; NULL: none */
	bool unreadable;
	bool has_affinity;	/* a record of this owner's was seen */
};

/* How many addresses a handle holds in a block, by the block. */
struct audit_index_holding {
	uint64_t handle;	/* hash */
	uint32_t block;		/* index */
	uint16_t n;
	bool recorded;		/* the handle's record was seen */
};

struct audit_index_suspect {
	const char *handle;	/* owned; NULL: only its hash is known, or an affinity is meant */
	uint64_t hash;
	const char *owner;	/* owned: of the affinity; NULL: a handle is meant */
	/* Of the affinity, or one that the handle names, or that holds addresses of it. */
	struct cidr block;
	struct cidr *named;	/* owned: those that the handle names, of many the first */
	unsigned n_named;
};

struct audit_index {
	struct audit_index_block *blocks;	/* owned; as they came */
	size_t n_blocks, cap_blocks;
	uint32_t *order;		/* owned: indices by address, after audit_index_close() */
	struct audit_index_holding *holdings;	/* owned; by handle, then block, after it */
	size_t n_holdings, cap_holdings;
	struct audit_index_suspect *suspects;	/* owned */
	size_t n_suspects, cap_suspects;
	bool failed;		/* sticky: out of memory */
};

#define AUDIT_INDEX_NAMED_MAX 4	/* blocks of a suspect */
#define AUDIT_INDEX_SUSPECTS_MAX 100000	/* those beyond are not examined */

void audit_index_done(struct audit_index *l);	/* also for __cleanup */

void audit_index_add_block(struct audit_index *l, const struct block *b);
/* A block that does not parse, by its key's CIDR. */
void audit_index_add_unreadable(struct audit_index *l, struct cidr cidr);
/* After all blocks, before what follows. */
void audit_index_close(struct audit_index *l);

/* The index of a block, or -1. */
long audit_index_find(const struct audit_index *l, struct cidr cidr);
/* The block that holds the address, or -1. */
long audit_index_find_holding(const struct audit_index *l, struct addr a);
/* Each block that lies within a wider one. */
typedef void audit_index_overlap(const struct audit_index_block *wide,
				 const struct audit_index_block *in, void *arg);
void audit_index_tell_overlaps(const struct audit_index *l, audit_index_overlap *tell, void *arg);

void audit_index_add_handle(struct audit_index *l, const char *id, const struct handle *h);
void audit_index_add_affinity(struct audit_index *l, const char *owner, struct cidr block,
			 enum affinity_state state);
/* After all records: what has none becomes a suspect; those of one block stand together. */
void audit_index_end(struct audit_index *l);

/* The blocks that hold addresses of the handle, into an owned list.  -1: out of memory. */
int audit_index_blocks_of(const struct audit_index *l, uint64_t hash, struct cidr **ret_list,
			  unsigned *ret_n);

/* Of an id as stored, cut at its first '\r'. */
uint64_t audit_index_hash(const char *handle);

#endif
