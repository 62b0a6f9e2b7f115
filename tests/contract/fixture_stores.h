/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stores over which a contract is played: the fake, with and without transactions, the
 * local store, a real etcd, and a real API server of Kubernetes.
 *
 * "Another host" writes by a second handle; for the local store, which a process opens but
 * once, it is a second process: the program itself with `--write <folder> <key> [<value>]`.
 */
#ifndef TESTS_CONTRACT_FIXTURE_STORES_H
#define TESTS_CONTRACT_FIXTURE_STORES_H

#include "datastore/datastore.h"
#include "tests/fake/fake_store.h"

#include <check.h>

#define PATIENCE_MS 60000	/* of whoever opens a store */

/*
 * How a store spells a test's keys and values, in memory that lives until sixteen more are
 * spelled.  Keys that begin with each other do so spelled too, and keep their order.
 */
struct spelling {
	const char *(*key)(const char *key);
	const char *(*value)(const char *text);
	size_t before;	/* bytes of a value before its text, after which more comes if there are */
};

struct store_kind {
	const char *name;
	bool transactions;	/* else each change is a compare-and-swap of its own */
	/*
	 * It holds objects of Calico's kinds: no values of any bytes, each key a request of its
	 * own, a record that is written is guarded by its write alone, and a write that changes
	 * nothing is none.
	 */
	bool objects;
	bool scripted;	/* it is a fake, which does what a test says */
	bool watched;
	bool (*is_here)(void);	/* says so if not; NULL: it is */
	void (*start)(void), (*stop)(void);	/* what serves, once; may be NULL */
	void (*begin)(void), (*end)(void);	/* around each test: opens and closes `ds` */
};

#define STORE_KINDS 5
extern const struct store_kind store_kinds[STORE_KINDS];

/*
 * The store of this test, whether it has transactions, how it spells, the size of its pages,
 * and, if it is a fake, what is behind it.
 */
extern struct datastore *ds;
extern bool transactions;
extern const struct spelling *spelling;
extern int more_than_a_page;	/* records, of its first */
extern struct fake_store *fake;
/* Another host puts the key, or deletes it if value is NULL. */
extern void (*write_elsewhere)(const char *key, const char *value);

/* The same by a handle of one's own. */
void write_by(struct datastore *by, const char *key, const char *value);

/* A case of tests over the store; begin and end come while it is open. */
TCase *store_case(const struct store_kind *kind, void (*begin)(void), void (*end)(void));

#endif
