/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handles: how many addresses an owner holds in which block (docs/DATA-MODEL.md 4).
 *
 * A record is read once, whole and checked.  What this project does not know of it, and
 * names of blocks that are none, stand beside what it knows and are printed again in
 * their places.
 */
#ifndef IPAM_RECORD_HANDLE_H
#define IPAM_RECORD_HANDLE_H

#include "base/address/addr.h"
#include "base/buf.h"
#include "base/err.h"
#include "datastore/view.h"

/* What the record says of one block. */
struct handle_entry {
	const char *stored;	/* its name as stored; NULL: it came later and is `text` */
	char text[CIDR_TEXT];
	struct cidr block;	/* the block that it names, if it does */
	int64_t count;
	bool names_block;	/* its name is a CIDR without host bits */
	bool canonical;		/* and in Calico's spelling */
	bool gone;		/* taken out: not there any more */
};

struct handle {
	struct handle_entry *list;	/* owned; as stored, what came later in bytewise order */
	size_t n, cap;
	void *kept;	/* owned, never changed: the record as read; NULL: a new one */
	bool failed;		/* sticky: out of memory, so that it must not be written */
};

/*
 * ERR_CORRUPT names key and field: another type, a count that is no whole number.  Of a
 * block named twice the last count is it, as in Go.  record NULL: a new, empty handle.
 */
int handle_read(const struct record *record, struct handle *ret, struct err *e);
void handle_print(const struct handle *h, struct buf *out);
void handle_done(struct handle *h); /* also for __cleanup */

/* Of the block in Calico's spelling; 0: it is not named. */
int64_t handle_count(const struct handle *h, struct cidr block);
/* The count becomes n; 0 takes the block out.  Entries keep their order, not their places. */
void handle_set(struct handle *h, struct cidr block, int64_t n);
const char *handle_entry_name(const struct handle_entry *entry);
bool handle_is_empty(const struct handle *h);
/* The entries by name, bytewise, as Go writes them. */
void handle_sort(struct handle *h);

#endif
