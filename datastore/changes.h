/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes: what a plan wants written, and what it was planned from.
 *
 * An ordered list of puts and deletes.  The order is one in which every prefix is
 * a state that Calico's tools can repair (docs/DESIGN.md 1).  A store with transactions
 * applies all at once, the last change of a key winning.  A store without them applies
 * one after the other in that order, each if its record is as the view has it or as an
 * earlier change left it; only those that stand beside each other may it send at once.
 *
 * A commit goes through only if everything that the plan stands on is as the view
 * has it.  Every key that is written is guarded without saying so; other keys and
 * prefixes that the plan stands on are named:
 *
 *   a key      exactly as in the view: same revision, or still absent
 *   a prefix   no record under it was written since the view read it (that a
 *              record was deleted may go unnoticed: guard such a key by name)
 *
 * A commit planned from the mirror stands, value by value, on all of the mirror that
 * the plan looked at, named or not.  What becomes of either is in guards.h.
 */
#ifndef DATASTORE_CHANGES_H
#define DATASTORE_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct view;

struct change {
	char *key;
	size_t key_len;		/* bytes */
	char *value;		/* NULL: delete the key */
	size_t value_len;	/* bytes */
	bool beside;	/* it need not wait for the one before it, nor fail with it */
	bool ahead;	/* it need not wait for the guards: see changes_ahead() */
	/* Of the commit, put by the store: */
	uint64_t revision;	/* of the record that it wrote (view.h) */
	bool stands;	/* it was applied; tells which with COMMIT_PARTLY (datastore.h) */
};

/* A key or prefix that the plan stands on; what is to hold of it, guards.h says. */
struct basis {
	char *key;
	bool prefix;
};

struct changes {
	struct change *list;
	size_t n, cap;
	struct basis *bases;
	size_t n_bases, cap_bases;
	bool failed;	/* sticky: out of memory */
};

void changes_init(struct changes *c);
void changes_done(struct changes *c); /* also for __cleanup */

void changes_put(struct changes *c, const char *key, const char *value, size_t value_len);
void changes_delete(struct changes *c, const char *key);
/* Takes back the last change. */
void changes_drop_last(struct changes *c);
/* The last change stands beside the one before it, which is of another key. */
void changes_beside(struct changes *c);
/*
 * The last change says nothing by itself, as long as what follows it is not written: a store
 * without transactions may write it while it looks at what a mirror's plan stands on, if all
 * before it are such and it creates its record.  Where that does not hold, it takes it back.
 */
void changes_ahead(struct changes *c);
void changes_guard_key(struct changes *c, const char *key);
void changes_guard_prefix(struct changes *c, const char *prefix);

/* The last change of the key, or NULL. */
const struct change *changes_last(const struct changes *c, const char *key);
/* True if the key is written or guarded by itself. */
bool changes_name(const struct changes *c, const char *key);
/* True if list[i] is the last change of its key: what a transaction applies. */
bool changes_is_last(const struct changes *c, size_t i);
/* For a store that applied all at once: every change stands, and wrote this revision. */
void changes_stand(struct changes *c, uint64_t revision);
bool changes_any_stand(const struct changes *c);
/* How many, from the first, a plan made from that view creates ahead; 0: none, or no mirror's. */
size_t changes_count_ahead(const struct changes *c, const struct view *view);
/* Brings a view up to date with the changes, once their commit is done. */
void changes_apply(const struct changes *c, struct view *view);

#endif
