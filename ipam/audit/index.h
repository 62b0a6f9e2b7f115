/*
 * The ledger: what an audit remembers of blocks, handles and affinities while it
 * passes over them, and who of them is suspicious in the end.
 *
 * Handles are remembered by a 64-bit hash of their id: two ids of one hash could at
 * most hide a fault from an audit, never make one, for suspicions are examined by
 * the records themselves.
 */
#ifndef IPAM_AUDIT_INDEX_H
#define IPAM_AUDIT_INDEX_H

#include "ipam/record/block.h"
#include "ipam/record/handle.h"

struct ledger_block {
	struct cidr cidr;
	char *owner;		/* owned; NULL: none */
	bool unreadable;
	bool has_affinity;	/* a record of this owner's was seen */
};

/* How many addresses a handle holds in a block, by the block. */
struct ledger_holding {
	uint64_t handle;	/* hash */
	uint32_t block;		/* index */
	uint16_t n;
	bool recorded;		/* the handle's record was seen */
};

struct ledger_suspect {
	char *handle;		/* owned; NULL: only its hash is known, or an affinity is meant */
	uint64_t hash;
	char *owner;		/* owned: of the affinity; NULL: a handle is meant */
	struct cidr block;	/* of the affinity, or one that holds addresses of the handle */
};

struct ledger {
	struct ledger_block *blocks;	/* owned; as they came */
	size_t n_blocks, cap_blocks;
	uint32_t *order;		/* owned: indices by address, after ledger_close() */
	struct ledger_holding *holdings;	/* owned; by handle, then block, after it */
	size_t n_holdings, cap_holdings;
	struct ledger_suspect *suspects;	/* owned */
	size_t n_suspects, cap_suspects;
	bool failed;		/* sticky: out of memory */
};

#define LEDGER_SUSPECTS_MAX 100000	/* those beyond are not examined */

void ledger_done(struct ledger *l);	/* also for __cleanup */

void ledger_add_block(struct ledger *l, const struct block *b);
/* A block that does not parse, by its key's CIDR. */
void ledger_add_unreadable(struct ledger *l, struct cidr cidr);
/* After all blocks, before what follows. */
void ledger_close(struct ledger *l);

/* The index of a block, or -1. */
long ledger_find(const struct ledger *l, struct cidr cidr);
/* The block that holds the address, or -1. */
long ledger_find_holding(const struct ledger *l, struct addr a);
/* Each block that lies within a wider one. */
typedef void ledger_overlap(const struct ledger_block *wide, const struct ledger_block *in,
			    void *arg);
void ledger_tell_overlaps(const struct ledger *l, ledger_overlap *tell, void *arg);

void ledger_add_handle(struct ledger *l, const char *id, const struct handle *h);
void ledger_add_affinity(struct ledger *l, const char *owner, struct cidr block,
			 enum affinity_state state);
/* The records of handles and affinities are read anew. */
void ledger_forget_records(struct ledger *l);
/* After all records: what has none becomes a suspect. */
void ledger_end(struct ledger *l);

/* Up to `max` CIDRs of the blocks that hold addresses of the handle. */
unsigned ledger_blocks_of(const struct ledger *l, uint64_t hash, struct cidr *ret, unsigned max);

/* Of an id as stored, cut at its first '\r'. */
uint64_t ledger_hash(const char *handle);

#endif
