/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a file of records and a store compare, key by key.
 *
 * Most stores hold any record, to the byte.  Kubernetes holds some in its own words: a
 * resource's uid and creation time are its own; nodes are not written, but must be there
 * with the file's labels; and of other records it has no objects at all, so that they
 * are left.
 */
#ifndef CTL_TRANSFER_COMPARISON_H
#define CTL_TRANSFER_COMPARISON_H

#include "base/buf.h"
#include "ctl/transfer/archive_sum.h"
#include "ctl/transfer/clashes.h"
#include "datastore/datastore.h"

#define COMPARISON_TOLD_MAX 100	/* records of a sort that are named */

struct comparison {
	const struct datastore *ds;
	uint64_t same, missing, different, only_in_store;
	uint64_t reworded;	/* of the same: the store's words are others */
	uint64_t left;		/* of the file: the store has no place for them */
	uint64_t wanted;	/* nodes of the file that are lacking there, or have other labels */
	struct archive_sum sum;	/* of the store's records whose keys the file has */
	struct buf differing, leaving, wanting;	/* owned: texts, a line each */
	struct clashes clashes;	/* owned: of what either has alone */
};

void comparison_init(struct comparison *c);
void comparison_done(struct comparison *c); /* also for __cleanup */
/* As if nothing had been compared; the store is another. */
void comparison_begin(struct comparison *c, const struct datastore *ds);

/* A record of the file alone, of both, and of the store alone. */
int comparison_note_missing(struct comparison *c, const struct record *in_file, struct err *e);
int comparison_note_pair(struct comparison *c, const struct record *in_file,
			 const struct record *in_store, struct err *e);
int comparison_note_only(struct comparison *c, const struct record *in_store, struct err *e);

#endif
