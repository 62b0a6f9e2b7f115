/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting until something stirs: a block, pool, reservation or node, or the configuration.
 *
 * By the store's watch (datastore/watch.h) where it has one; else by looking again every
 * STIR_LOOK_MS, and then what has stirred may be nothing.
 */
#ifndef IPAM_AUDIT_STIR_H
#define IPAM_AUDIT_STIR_H

#include "datastore/datastore.h"

#define STIR_LOOK_MS 2000
#define STIR_SETTLE_MS 300	/* what comes so soon behind is taken together */
#define STIR_PATIENCE_MS 60000	/* so long a store may fail in a row */

struct watch;

struct stir {
	struct datastore *ds;	/* borrowed, and outlives it */
	struct watch *watch;	/* owned; NULL: the store has none */
	unsigned changes;	/* since the last stir_wait() */
};

/* From this moment on: who reads afterwards misses nothing.  The store's own errors. */
int stir_init(struct stir *s, struct datastore *ds, struct err *e);
void stir_done(struct stir *s);	/* also for __cleanup, and of a zero one */

/* Waits as long as it takes.  The store's error, once it has failed for STIR_PATIENCE_MS. */
int stir_wait(struct stir *s, struct err *e);

#endif
