/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One address: in which state it is, in which pool and block, and who holds it; and
 * who held it before, as far back as the store remembers.
 */
#ifndef IPAM_AUDIT_ADDRESS_H
#define IPAM_AUDIT_ADDRESS_H

#include "ipam/audit/utilization.h"

enum address_state {
	ADDRESS_FREE,
	ADDRESS_IN_NO_POOL,	/* and nobody holds it */
	ADDRESS_RESERVED,	/* and nobody holds it */
	ADDRESS_ASSIGNED,
	ADDRESS_COOLING,	/* released, and kept back for a while */
};

struct address_status {
	struct addr addr;
	enum address_state state;
	const struct pool *pool;	/* that holds it, disabled too; or NULL */
	bool has_block;
	struct block block;		/* owned; if has_block */
	const struct attribute *attribute;	/* in the block; NULL unless assigned or cooling */
	uint64_t sequence;		/* of the allocation */
	bool borrowed;			/* by another node than the block's */
	char *reservation;		/* owned: the name of one that covers it; NULL: none */
	struct utilization utilization;	/* owned: where the pool is */
};

/* ERR_CORRUPT where the block does not parse; or the store's own errors. */
int ipam_get_address(struct datastore *ds, struct addr a, struct address_status *ret,
		     struct err *e);
void address_status_done(struct address_status *s);	/* also for __cleanup */

/* A time in which the address was in one and the same state. */
struct address_period {
	enum address_state state;	/* free, assigned or cooling */
	struct attribute attribute;	/* owned; empty while it was free */
	uint64_t sequence;		/* of the allocation */
	uint64_t first, last;		/* revisions of the block's record, both seen */
};

struct address_history {
	struct addr addr;
	struct cidr block;		/* the one there is, else the one its pool would make */
	struct address_period *list;	/* owned; newest first */
	size_t n, cap;
	uint64_t versions;	/* of the block's record, that were read */
	uint64_t unreadable;	/* of these; they are passed over */
	bool remembered;	/* the store keeps a history; else the present is all there is */
	enum history_end end;	/* where there is one: why it goes no further back */
};

/*
 * `progress`, if given, is called for each version read; it may set another deadline.
 * ERR_NOT_FOUND: the address lies in no pool and in no block; or the store's own errors.
 */
int ipam_read_history(struct datastore *ds, struct addr a,
		      void (*progress)(uint64_t versions, void *arg), void *arg,
		      struct address_history *ret, struct err *e);
void address_history_done(struct address_history *h);	/* also for __cleanup */

#endif
