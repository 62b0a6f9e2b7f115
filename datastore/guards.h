/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guards: what must hold in the store for a commit to go through.
 *
 * They are made from the view and the changes, in this one place, between planning and
 * the commit; a store checks the list and knows neither of what a planner named nor of
 * a mirror.
 *
 * From a view that was read: each key that is written or named is guarded by the
 * revision of its record, or as absent, each prefix that is named by the revision at
 * which it was read, or where the store's revisions are in no order, by those of its
 * records.
 *
 * From a view of the mirror: all that the plan may have looked at, by value, since the
 * mirror's revisions may be another cluster's, or from before a restore (docs/DESIGN.md 4).
 * Each prefix that it asked for, with its records and that no other stands between them;
 * of single keys those that are absent, written, named or looked at (view_look_at()), the
 * last as far as they were.  So the commit goes through only where a read would have led to the
 * same plan.  Where the mirror's nonce is compared too, what that proves goes by its revision
 * instead (nonce.h): of a prefix its records' revisions, and that nothing there is newer.
 */
#ifndef DATASTORE_GUARDS_H
#define DATASTORE_GUARDS_H

#include "datastore/changes.h"
#include "datastore/view.h"

/*
 * A store with transactions checks all of them in the moment of the commit.  A store
 * without can do for a key that is written, by revision or as absent, as much: the write
 * itself is refused.  All others it can only read again right before it writes, and what
 * comes between that reading and a write goes unnoticed.  So a plan that must be right
 * writes the records that it stands on, and names what only a person changes.
 */
enum guard_kind {
	GUARD_ABSENT,	/* there is no record of this key */
	GUARD_REVISION,	/* the record has the revision of records[0] */
	GUARD_VALUE,	/* the record has the value of records[0] */
	GUARD_HEAD,	/* the record's value is longer than head_len bytes of that of records[0],
			 * and begins with them */
	GUARD_NOTHING_NEWER, /* of a prefix: no record was written after `revision` (that one was
			      * deleted may go unnoticed: such a key is named) */
	GUARD_SAME_RECORDS, /* of a prefix: these records by revision, and no other */
	GUARD_EXACTLY,	/* of a prefix: these records, by value or, where they are proven, by
			 * revision, and no other */
};

/* Key and records are borrowed from the view and the changes. */
struct guard {
	enum guard_kind kind;
	const char *key;	/* or prefix */
	const struct record *records;	/* ascending */
	size_t n_records;
	size_t head_len;	/* bytes; at least 1, less than the value has */
	uint64_t revision;	/* of the store */
};

struct guards {
	struct guard *list;
	size_t n, cap;
	bool failed;	/* sticky: out of memory */
};

/*
 * Fills an empty list; it holds until view or changes are touched.  in_order: the store's
 * revisions are.  nonce: the key of the mirror's, which is compared by value and by revision
 * if the view has a record of it; else no record of the view may be proven.  NULL: there is none.
 */
void guards_make(struct guards *g, const struct view *view, const struct changes *changes,
		 bool in_order, const char *nonce);
void guards_done(struct guards *g); /* also for __cleanup */

/* True for the kinds that speak of a prefix, false for those of one key. */
bool guard_is_of_prefix(const struct guard *g);

/*
 * For a store that checks a guard itself: it shows each record that it has of the key or
 * under the prefix, ascending, i counting them, and then how many there were.  The guard
 * holds if all of it is true.
 */
bool guard_admits(const struct guard *g, size_t i, const struct record *now);
bool guard_admits_end(const struct guard *g, size_t n);

#endif
