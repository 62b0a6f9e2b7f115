/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of a local store: all that LMDB does, and what it must not be trusted with.
 *
 * A process has at most one open.  Whoever touches records does so in a piece of work
 * that store_file_run() calls: there LMDB may run into a damaged file without ending the
 * process (bus_error.h), which leaves the file damaged for the rest of it.
 *
 * What such work may call returns 0, or a number that it passes on: an errno, or one of
 * LMDB's.  store_file_run() makes the error of it.  Work that finds what no sound file has
 * returns store_file_damaged.
 */
#ifndef DATASTORE_LOCAL_STORE_FILE_H
#define DATASTORE_LOCAL_STORE_FILE_H

#include "base/clock.h"
#include "datastore/local/folder.h"
#include "datastore/view.h"

#define LOCAL_MAP_BYTES ((size_t)1 << 30)	/* of address space, not memory */

/* LOCAL_MAP_BYTES; tests of a full store make it smaller. */
extern size_t local_map_bytes;

struct store_file;

extern const int store_file_damaged;

/* One transaction, ended by store_txn_commit() or store_txn_abort(). */
struct store_txn {
	struct store_file *file;
	void *handle;	/* LMDB's */
};

/* True while one is open in this process, or one that was found damaged remains. */
bool store_file_is_taken(void);

/* Makes folder->fresh a store of revision 1; nothing is left of one that fails. */
int store_file_create(const struct folder *folder, struct err *e);

/*
 * Opens folder->data, which is whole and ours; the folder lives as long as the file.  One
 * process opens at a time: others wait, locked out of folder->data, until the deadline.  What
 * one that closes it at this moment can cause is tried again.  ERR_IO, ERR_DEADLINE,
 * ERR_LIMIT with more than LOCAL_READERS_MAX processes.
 */
int store_file_open(const struct folder *folder, bool read_only, struct deadline deadline,
		    struct store_file **ret_file, struct err *e);
void store_file_close(struct store_file *f);	/* leaves a damaged one alone */

/* ERR_IO if it was found damaged. */
int store_file_check(const struct store_file *f, struct err *e);

/*
 * Runs work(arg) guarded, and turns its number into an error: ERR_LIMIT (full, too many
 * readers), ERR_DEADLINE (ETIMEDOUT), else ERR_IO; `doing` is a verb.
 */
int store_file_run(struct store_file *f, int (*work)(void *arg), void *arg, const char *doing,
		   struct err *e);

/* In work only: */

/* Before a transaction that writes so many changes, their values of so many bytes. */
int store_file_make_room(struct store_file *f, size_t n_changes, size_t value_bytes);

int store_txn_begin(struct store_file *f, bool writes, struct store_txn *ret_txn);
int store_txn_commit(struct store_txn *t);
void store_txn_abort(struct store_txn *t);

/* The store's. */
int store_txn_revision(struct store_txn *t, uint64_t *ret_revision);
int store_txn_set_revision(struct store_txn *t, uint64_t revision);

int store_txn_put(struct store_txn *t, const char *key, const void *value, size_t len,
		  uint64_t revision);
int store_txn_delete(struct store_txn *t, const char *key);	/* 0 too if it is not there */

/*
 * Sees a record, which lives during the call; its value does not end in a NUL.  False: no
 * more of them.
 */
typedef bool record_sight(const struct record *r, void *arg);

/* Shows the record of a key, if there is one. */
int store_txn_see(struct store_txn *t, const char *key, record_sight *see, void *arg);
/* Shows the records whose key begins with the prefix, ascending. */
int store_txn_see_each(struct store_txn *t, const char *prefix, record_sight *see, void *arg);

#endif
