/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A block: a small CIDR and who holds each of its addresses (docs/DATA-MODEL.md 3).
 *
 * Addresses are named by their ordinal, their place in the block.  Reading keeps
 * what this project does not know; printing puts Calico's fields in Calico's order
 * and the unknown ones behind them.
 *
 * An allocation's attributes (attribute.h) are shared by the ordinals that point at them.
 */
#ifndef IPAM_RECORD_BLOCK_H
#define IPAM_RECORD_BLOCK_H

#include "base/address/addr.h"
#include "datastore/view.h"
#include "ipam/record/attribute.h"

#define BLOCK_SIZE_MAX 4096 /* addresses: /20 and /116 */
/*
 * Entries of `unallocated`, which may name an ordinal more than once: old releases of
 * Calico left it so.  More than a value of etcd's 1.5 MiB can list.
 */
#define BLOCK_UNALLOCATED_MAX (3 << 18)
#define BLOCK_FREE (-1)
#define BLOCK_WINDOWS_HANDLE "windows-reserved-ipam-handle"

struct block_sequence {
	uint64_t n;
	bool is_there;
};

struct block {
	struct cidr cidr;
	unsigned size; /* addresses */
	char *affinity; /* owned: "host:<node>", "virtual:<name>"; NULL: none */
	char *claim_time; /* owned: RFC 3339 as stored; NULL: infinitely old */
	int *allocations; /* owned: per ordinal BLOCK_FREE or an index into attributes */
	int64_t *unallocated; /* owned: as listed, see block_listed() */
	unsigned n_unallocated;
	struct attribute *attributes; /* owned */
	unsigned n_attributes;
	size_t cap_attributes;
	bool attributes_null; /* printed as null while there are none */
	uint64_t sequence;
	struct block_sequence *sequences; /* owned: sequenceNumberForAllocation, per ordinal */
	bool sequences_null; /* printed as null */
	bool has_strange_sequences; /* of what is no ordinal; they are in `kept` */
	bool deleted;
	void *kept; /* owned, never changed: what else was read; NULL: a new block */
	uint64_t revision; /* of the record; 0 for a new block */
};

/*
 * Reads a record.  ERR_CORRUPT names key and field: wrong types, a CIDR that does
 * not fit the key, more than BLOCK_SIZE_MAX addresses or BLOCK_UNALLOCATED_MAX entries,
 * allocations of another length, an attribute's index out of range.
 */
int block_read(const struct record *record, struct block *ret, struct err *e);
/*
 * False: no text of the block is this one.  The record is not parsed for that: one without a
 * backslash has its texts as they are.
 */
bool block_may_name(const struct record *record, const char *text);
/* A fresh block of the owner ("host:<node>"), as Calico creates it. */
int block_new(struct cidr cidr, const char *owner, int64_t now_ns, struct block *ret,
	      struct err *e);
void block_print(const struct block *b, struct buf *out);
void block_done(struct block *b); /* also for __cleanup */

bool block_is_owned_by(const struct block *b, const char *owner);
/* Every allocation is null or of the Windows reservation. */
bool block_is_empty(const struct block *b);
/* Claimed at least `ns` before now; a block without a claim time is infinitely old. */
bool block_is_older_than(const struct block *b, int64_t ns, int64_t now_ns);
void block_disown(struct block *b);

struct addr block_addr(const struct block *b, unsigned ordinal);
/* The ordinal of an address that the block's CIDR holds. */
unsigned block_ordinal(const struct block *b, struct addr a);
bool block_is_free(const struct block *b, unsigned ordinal);

/*
 * The i-th of `unallocated`, in order of use: an ordinal, which may be held or listed twice.
 * b->size: it is a number that is none of this block's, which is written back as it was read.
 */
unsigned block_listed(const struct block *b, unsigned i);

/* The attribute that an allocated ordinal points at, else NULL. */
const struct attribute *block_attribute(const struct block *b, unsigned ordinal);
/* How many ordinals the handle holds, cooling ones not counted. */
unsigned block_count(const struct block *b, const char *handle);
/* How many ordinals are not free, cooling ones too. */
unsigned block_held(const struct block *b);

/* An attribute, by its index, and how many ordinals point at it. */
struct block_use {
	unsigned attribute, n;
};

/* Each attribute that is pointed at, by index; returns how many. */
unsigned block_uses(const struct block *b, struct block_use ret[BLOCK_SIZE_MAX]);

/*
 * Frees ordinals whose cooldown is over and drops attributes nothing points at.
 * Part of every load in IPAM code; persists with the next write.  True if there were any.
 */
bool block_collect(struct block *b, int64_t cooldown_s, int64_t now_ns);

/*
 * Gives a free ordinal to the handle.  Its texts are copied.  The sequence entry
 * is the block's number before block_touch().
 */
int block_assign(struct block *b, unsigned ordinal, const char *handle,
		 const struct secondary *secondary, struct err *e);
/*
 * The ordinal, which is held, gets other texts as that owner (attribute.h); NULL: none.  The
 * attribute that it had may be one that nothing points at, until block_collect().
 */
int block_set_owner(struct block *b, unsigned ordinal, enum attribute_owner which,
		    const struct secondary *texts, struct err *e);
/*
 * The same of single texts (attribute_with_texts()), with the sequence entry that a new
 * allocation gets: who judged by the texts that were there frees nothing any more.
 */
int block_set_texts(struct block *b, unsigned ordinal, const struct secondary *texts,
		    struct err *e);
/* Before every write of a block that exists: the number that makes the write notable. */
void block_touch(struct block *b);

/*
 * Starts a release: an attribute {"releasedAt": now} that block_release() points
 * ordinals at; then block_collect() in the same write.
 */
int block_begin_release(struct block *b, int64_t now_ns, unsigned *ret_attribute, struct err *e);
void block_release(struct block *b, unsigned ordinal, unsigned attribute);
/* The ordinal's sequence number; 0 if none is stored. */
uint64_t block_sequence_of(const struct block *b, unsigned ordinal);
/* The ordinal that a key of sequenceNumberForAllocation means; b->size: none. */
unsigned block_sequence_key(const struct block *b, const char *key);
void block_set_sequence_of(struct block *b, unsigned ordinal, uint64_t sequence);

/* Makes the list of free ordinals what is free, and keeps the order of those listed. */
void block_repair_unallocated(struct block *b);

#endif
