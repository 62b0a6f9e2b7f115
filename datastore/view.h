/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A view: what was read from a store, and what is therefore known.
 *
 * A view holds records (key, value, revision) and the ranges it covers, so that
 * "not there" is knowledge too.  Planners ask it; backends and the mirror fill it.
 * Bytes are bytes here: what a key means, the readers know.
 *
 * A record's revision is the store's token for the write that made it so: never 0, and
 * another after every write.  It is compared for equality, handed back to the store, and
 * shown; which of two is later can be asked only where the store's traits say that
 * revisions are in order (datastore.h), and calculated with only in that store.
 *
 * A record lives until the view is next filled, reset or done.  Keys are text of
 * at most VIEW_KEY_MAX bytes; values may hold any byte and are followed by a NUL.
 */
#ifndef DATASTORE_VIEW_H
#define DATASTORE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

#define VIEW_KEY_MAX 480	/* bytes; LMDB's keys end at 511 */
#define VIEW_RANGES_MAX 4096	/* ranges in one view */

/* What a range asks for. */
enum range_kind {
	RANGE_KEY,		/* one key */
	RANGE_PREFIX,		/* all keys that begin so, with values */
	RANGE_PREFIX_KEYS,	/* all keys that begin so, values left out */
};

struct record {
	const char *key;
	const char *value;	/* NULL where only the key was read */
	size_t value_len;	/* bytes */
	size_t key_len;		/* the view's own: of the key */
	uint64_t revision;	/* of its last write, see below */
	size_t looked_at;	/* bytes of the value that a planner looked at */
	bool unseen;		/* the view's own: its range is being read again */
	/* Its revision proves its value, where the mirror's nonce stands (nonce.h) */
	bool proven;
};

/*
 * Is shown records one by one, each as long as the call lasts; who shows them, and in
 * which order, says the verb (datastore.h).  0: go on.  VISIT_ENOUGH: no more, and that
 * is no error.  -1, with *e filled: the verb ends with this error.
 */
#define VISIT_ENOUGH 1
typedef int record_visitor(const struct record *record, void *arg, struct err *e);

/*
 * Decides, while a prefix is being read, whether a record's value is worth
 * keeping; where it says no, the record stays in the view without its value.
 * Must be pure: a record may come twice.  What only wants to be looked at is scanned
 * (datastore.h) instead.
 */
typedef bool record_filter(const struct record *record, void *arg);

struct range {
	const char *key;
	enum range_kind kind;
	record_filter *keep;	/* NULL: keep every value */
	void *keep_arg;		/* lives as long as the view */
	size_t key_len;		/* a view's and wants' own: of the key; not set in other ranges */
	uint64_t revision;	/* of the store as this range was read; 0 in a request */
	unsigned long reading;	/* the view's own: in which it was read last */
	/* Of a prefix that a mirror remembers: no planner has asked for it, see view_ask() */
	bool unasked;
	/*
	 * Of a prefix: the view has every key under it, as far as view_proves_prefix() says; until
	 * anything there is read again.
	 */
	bool proven;
};

struct view {
	struct record *records;	/* ascending by key, bytewise */
	size_t n_records, cap_records;
	struct range *ranges;
	size_t n_ranges, cap_ranges;
	unsigned long readings;	/* that were begun (datastore.c) */
	bool from_mirror;	/* what this node last saw, not what the store holds */
	bool failed;		/* sticky: out of memory or a limit passed */
};

/* True if the key begins with the prefix. */
bool key_is_under(const char *key, const char *prefix);
/* True if a record of this key is of the range. */
bool range_holds(const struct range *r, const char *key);

void view_init(struct view *v);
/* Forgets everything, keeps the memory. */
void view_reset(struct view *v);
void view_done(struct view *v); /* also for __cleanup */

/*
 * The record, or NULL when it is not there or not known.  A planner looks at it, which
 * is noted: its plan stands on the whole value without saying so, where the view is a
 * mirror's (guards.h).  Who plans nothing, or nothing from a mirror, may peek.
 */
const struct record *view_look_at(struct view *v, const char *key);
const struct record *view_peek(const struct view *v, const char *key);
/*
 * Notes that a planner asks for all under the prefix: its plan stands on them, where the view
 * is a mirror's.
 */
void view_ask(struct view *v, const char *prefix);
/* Notes that of a record of this view only the first len bytes are looked at. */
void view_look_at_head(struct view *v, const struct record *record, size_t len);
/* True if the key is known: its value is held, or it is known to be absent. */
bool view_knows(const struct view *v, const char *key);
/* True if it is known whether the key exists. */
bool view_knows_existence(const struct view *v, const char *key);
/* True if all keys under the prefix are known; with values unless kind is RANGE_PREFIX_KEYS. */
bool view_knows_prefix(const struct view *v, const char *prefix, enum range_kind kind);

/*
 * For a plan of several, each on what those before it leave: fills an empty view with all
 * that the other has; and notes in a view what was looked at in such a copy of it.
 */
void view_copy(struct view *to, const struct view *from);
void view_look_at_the_same(struct view *v, const struct view *copy);

/*
 * Of two keys that are known: true if what is known of one was read by a request that was
 * sent when the other had been read.  Within one request a store without transactions may
 * read in any order.
 */
bool view_is_later(const struct view *v, const char *key, const char *than);

/*
 * True if the mirror's nonce proves (nonce.h) of this prefix of the view what its keys are: there
 * is none that the view has not, where each has its revision, and none is newer than *ret_newest.
 */
bool view_proves_prefix(const struct view *v, const char *prefix, uint64_t *ret_newest);

/* The index of the first record whose key begins with the prefix, or of where it would be. */
size_t view_first(const struct view *v, const char *prefix);
/* The record at the index if its key begins with the prefix, else NULL. */
const struct record *view_at(const struct view *v, size_t index, const char *prefix);

/*
 * The oldest store revision at which the view learned of the prefix; 0 if it does not
 * know it.  For stores whose revisions are in order.
 */
uint64_t view_prefix_revision(const struct view *v, const char *prefix);

/*
 * For those who fill a view: for each range view_forget(), the records that the
 * store has now, view_cover().
 */

/* Copies key and value; replaces an older record. */
void view_put(struct view *v, const char *key, const void *value, size_t value_len,
	      uint64_t revision);
/* A record whose value is not read; a value of the same revision, read before, stays. */
void view_put_key(struct view *v, const char *key, uint64_t revision);
/* As the range has it: with its value, or, where that is not wanted, without. */
void view_put_as(struct view *v, const struct range *range, const struct record *record);
/* Begins to read a range: its records go with view_cover() unless put again until then. */
void view_forget(struct view *v, const struct range *range);
/* Removes one record. */
void view_remove(struct view *v, const char *key);
/* The key is not known any more, as far as it has a range of its own. */
void view_leave(struct view *v, const char *key);
/*
 * Notes that the range has been read, at the store's revision.  A range that the
 * view has keeps its place, so that a view's ranges can be covered in a walk.
 */
void view_cover(struct view *v, const struct range *range, uint64_t revision);

#endif
