/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store in memory that does what it is told, for tests.
 *
 * It keeps to the contract (tests/contract runs over it), is shared by as many
 * datastore handles as a test opens, and can be told beforehand to fail, to lose
 * an answer, or to let somebody else write first:
 *
 *	struct fake_store *store = fake_new();
 *	struct datastore *ds = fake_open(store);
 *
 *	fake_put(store, "/a", "1");			what is there beforehand
 *	fake_fail_commit(store, 1, ERR_UNAVAILABLE);	the next commit fails
 *	… run what is tested …
 *	ck_assert_str_eq(fake_get(store, "/a"), "1");	what is there afterwards
 *	datastore_close(ds);
 *	fake_free(store);
 *
 * Out of memory aborts the test.  The counters count what reached the store,
 * refused or not; `nth` counts from the next one, which is 1.  One fault of each
 * kind is pending at a time; it is spent when it strikes.
 */
#ifndef TESTS_FAKE_FAKE_STORE_H
#define TESTS_FAKE_FAKE_STORE_H

#include "datastore/datastore.h"

struct fake_store;

struct fake_store *fake_new(void);
/* After all handles are closed. */
void fake_free(struct fake_store *store);

/* A handle, for datastore_close().  Each has the traits as they are then. */
struct datastore *fake_open(struct fake_store *store);

/*
 * What datastore_traits() says; at first false and true.  Without transactions the
 * changes of a commit are applied one by one, each if its record is still as it was when
 * the guards were checked, and revisions are in no order.
 */
void fake_set_traits(struct fake_store *store, bool one_node, bool transactions);

/* With transactions too, revisions may be in no order. */
void fake_set_order(struct fake_store *store, bool in_order);
/* It has the namespaces of Kubernetes, for handles opened from now on. */
void fake_has_namespaces(struct fake_store *store);
/* The same of its pods. */
void fake_has_pods(struct fake_store *store);

/* The store as somebody else sees and changes it; each write is one revision. */
void fake_put(struct fake_store *store, const char *key, const char *value);
void fake_delete(struct fake_store *store, const char *key);
/* The value, or NULL; lives until the next write. */
const char *fake_get(const struct fake_store *store, const char *key);
uint64_t fake_revision(const struct fake_store *store);
/* The number of keys that begin with the prefix. */
size_t fake_count(const struct fake_store *store, const char *prefix);
/* The i-th key with the prefix, in bytewise order, or NULL. */
const char *fake_key(const struct fake_store *store, const char *prefix, size_t i);

/* The nth read or scan, or commit, does nothing and fails so. */
void fake_fail_read(struct fake_store *store, unsigned int nth, enum err_kind kind);
/* It fails as of one who is known and has no right to it. */
void fake_forbid_read(struct fake_store *store, unsigned int nth);
void fake_fail_commit(struct fake_store *store, unsigned int nth, enum err_kind kind);
/* The revision that the next scan reads is compacted away when it has shown n records. */
void fake_compact(struct fake_store *store, size_t n);
/*
 * From now on commits that write and guard more than so many keys and prefixes, each
 * counted once, fail with ERR_LIMIT, as etcd's do above 128.  0: no limit.
 */
void fake_limit_commits(struct fake_store *store, size_t keys);
/* And those that write more than so many bytes of values.  0: no limit. */
void fake_limit_bytes(struct fake_store *store, size_t bytes);
/* The nth commit is applied, if its guards hold, and its answer lost: ERR_UNKNOWN_OUTCOME. */
void fake_lose_answer(struct fake_store *store, unsigned int nth);
/*
 * The nth commit applies only its first `applied` changes, one by one as a store
 * without transactions does, and then fails with ERR_UNKNOWN_OUTCOME.
 */
void fake_break_off(struct fake_store *store, unsigned int nth, size_t applied);

/*
 * Of the nth commit, in a store without transactions, the i-th change finds that another
 * came first, for each bit i of `which`.
 */
void fake_refuse(struct fake_store *store, unsigned int nth, uint64_t which);

/*
 * Called in each commit just before it looks at its guards, with the number of the
 * commit (1 for the store's first): the place to write "from another host".  It may
 * use the fake_ functions, but no handle.  NULL ends it.
 */
typedef void fake_hook(struct fake_store *store, unsigned long commit, void *arg);
void fake_before_commit(struct fake_store *store, fake_hook *hook, void *arg);

/*
 * Called in a store without transactions before each write of a commit, with the number
 * of the change in its list: the place where others come in between.  It may use other
 * handles too.  NULL ends it.
 */
typedef void fake_write_hook(struct fake_store *store, size_t change, void *arg);
void fake_before_write(struct fake_store *store, fake_write_hook *hook, void *arg);

/*
 * For a simulator, which lets others come in between: called at each step of each request,
 * and says what becomes of it.  It may use other handles, or switch to another stack.
 */
enum fake_step {
	FAKE_READS,	/* before a read or a scan; without transactions before each range of a
			 * read, `change` is its number: such a store knows no one moment */
	FAKE_COMMITS,	/* before a commit looks at its guards */
	FAKE_WRITES,	/* without transactions: before a write; `change` is its number */
	FAKE_ANSWERS,	/* a commit was applied or refused, and the answer is on its way */
};

enum fake_fate {
	FAKE_GOES_ON,
	FAKE_IS_REFUSED,	/* it was not begun, and the caller knows: ERR_UNAVAILABLE */
	FAKE_IS_LOST,	/* on its way there or back: of a commit ERR_UNKNOWN_OUTCOME */
	FAKE_IS_OVER,	/* no time is left for it: ERR_DEADLINE, of a commit as if it were lost
			 * where some of it stands */
	FAKE_IS_LATE,	/* lost for the caller, and kept: fake_land() */
};

typedef enum fake_fate fake_step_hook(struct fake_store *store, enum fake_step step, size_t change,
				      void *arg);
void fake_at_each_step(struct fake_store *store, fake_step_hook *hook, void *arg);

/*
 * Called after each put and delete of a key, whoever wrote; a record's value, or NULL.
 * Those of one transaction come one after the other, with all of it in the store.
 */
typedef void fake_change_hook(struct fake_store *store, const char *key, const char *value,
			      void *arg);
void fake_after_change(struct fake_store *store, fake_change_hook *hook, void *arg);

/* What is late: how much, and the i-th arrives, to be applied if its guards hold, or never. */
size_t fake_late(const struct fake_store *store);
bool fake_land(struct fake_store *store, size_t i);
void fake_drop_late(struct fake_store *store);

/* A store of its own with the same records and revision; no hooks, no faults. */
struct fake_store *fake_copy(const struct fake_store *store);
/* The records and the revision become those of the other, as when a backup is restored. */
void fake_restore(struct fake_store *store, const struct fake_store *backup);
/* The revision of a key's record, 0: there is none. */
uint64_t fake_revision_of(const struct fake_store *store, const char *key);

/* Since fake_new(), over all handles; commits include stale and refused ones. */
unsigned long fake_reads(const struct fake_store *store);
unsigned long fake_commits(const struct fake_store *store);
/* Records that reads and scans have looked at, refreshes after a stale commit included. */
unsigned long fake_records_read(const struct fake_store *store);

#endif
