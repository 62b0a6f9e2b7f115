/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A drawing: the store as one JSON object, for the page's script (page/model.js).
 *
 * Blocks come first, because they are written as the scan goes by and none is kept:
 *
 *	[CIDR, index of its pool or -1, owner or null, [entries], [[first ordinal, count]…]]
 *
 * the last being the reserved ones; left out where there are none.  An entry is
 * [ordinal, since] while it cools down, else [ordinal, node, holder, since, interface,
 * handle].  The node is 0 for the block's owner, "" where it is not known; the holder
 * "namespace/pod", or ""; since a number of seconds since 1970, or as stored where it is
 * no moment.  A node is [name, whether its object is there, blocks, in use, borrowed].
 *
 * What check finds is null where it was not looked for, else `kinds`, each [name, count,
 * remedy], and a `list` of [index of its kind, key or address, text, address or block or
 * null], of the first DRAWING_PROBLEMS_MAX.
 */
#ifndef CTL_MAP_DRAWING_H
#define CTL_MAP_DRAWING_H

#include "ctl/cli/progress.h"
#include "ctl/inspect/containers.h"
#include "ipam/audit/audit.h"

#define DRAWING_TIMEOUT_MS (30 * 60 * 1000)
#define DRAWING_PROBLEMS_MAX 1000

struct drawing {
	const struct containers *containers;	/* borrowed, for check; NULL: it is left out */
	bool quiet;	/* nothing is told on standard error */
	struct progress progress;
	struct buf *out;	/* borrowed: what is written is added */
	struct audit audit;	/* owned */
	uint64_t blocks, in_use, unreadable;
	char made[CLOCK_RFC3339_LEN];	/* as the drawing says */
};

/* Reads all.  The store's own errors, and ERR_LIMIT where it does not fit into the buffer. */
int drawing_make(struct drawing *d, struct datastore *ds, struct err *e);
void drawing_done(struct drawing *d);	/* also for __cleanup */

#endif
