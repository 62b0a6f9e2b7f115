/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pools and blocks of which one stands in the file alone and the other in the store alone,
 * and that have addresses in common: side by side they would give an address twice.
 *
 * A pool and a block go together where the pool's blocks are of that size.
 */
#ifndef CTL_TRANSFER_CLASHES_H
#define CTL_TRANSFER_CLASHES_H

#include "base/address/addr.h"
#include "base/buf.h"
#include "base/err.h"
#include "datastore/view.h"

enum clash_side { CLASH_FILE, CLASH_STORE, N_CLASH_SIDES };
enum clash_kind { CLASH_POOL, CLASH_BLOCK, N_CLASH_KINDS };

struct clash_item {
	struct cidr cidr;
	enum clash_kind kind;
	enum clash_side side;
	unsigned block_len;
	char *key;	/* owned */
};

struct clashes {
	struct clash_item *list;	/* owned */
	size_t n, cap;
};

/*
 * A record that only this side has; one that is neither pool nor block, or unreadable, is none.
 * ERR_INTERNAL: out of memory.
 */
int clashes_note(struct clashes *c, const struct record *record, enum clash_side side,
		 struct err *e);
void clashes_done(struct clashes *c);	/* also for __cleanup, and to begin anew */

/* How many there are; the first `most` are appended, a line each.  Sorts what was noted. */
uint64_t clashes_find(struct clashes *c, uint64_t most, struct buf *lines);

#endif
