/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pools, as an administrator keeps them: listed, created and updated.  Deleting and
 * splitting one have manuals of their own (delete.h, split.h).
 *
 * Every verb may fail with the store's own errors (datastore.h), and with ERR_CONFLICT
 * after too many lost races.  A name that no pool can have, whatever the store holds,
 * is ERR_CONFIG or ERR_LIMIT.
 */
#ifndef IPAM_POOL_POOLS_H
#define IPAM_POOL_POOLS_H

#include "datastore/datastore.h"
#include "ipam/record/pool.h"
#include "ipam/record/resource.h"
#include "ipam/request/plan.h"

/* That one error, without a store: the name cannot be part of a record's. */
int pool_check_name(const char *name, struct err *e);

struct pool_entry {
	const char *name, *stored;	/* the one that its record goes by; its JSON: in `view` */
	char *unreadable;	/* owned: why it cannot be read; NULL: it can */
	struct pool pool;	/* owned; only where it can be read */
};

struct pool_list {
	struct pool_entry *list;	/* owned; by name, bytewise: the order of their use */
	size_t n, cap;
	struct view view;	/* owned */
};

/* All pools, those too that no planner reads. */
int ipam_list_pools(struct datastore *ds, struct pool_list *ret, struct err *e);
void pool_list_done(struct pool_list *l);	/* also for __cleanup */

struct pool_create_request {
	struct pool_spec spec;
	char uid[UUID_TEXT];	/* a fresh random one, by which a lost answer is settled */
	int64_t now_ns;
	struct resource_terms terms;
};

/* The errors of pool_new(); no pool of another name comes into being meanwhile. */
int ipam_create_pool(struct datastore *ds, const struct pool_create_request *request,
		     struct err *e);

struct pool_creation {
	struct pool_create_request request;
	struct err error;	/* ERR_NONE: it was created */
	bool planned;	/* the planner's: it may have been in a commit */
};

/*
 * Several, each beside those before it, by one reading and as few commits as the store takes:
 * one that fails leaves the others.  All of them, or none, only tell what would be done.
 */
void ipam_create_pools(struct datastore *ds, struct pool_creation *list, size_t n);

struct pool_update_request {
	const char *name;
	struct pool_change change;
	struct resource_terms terms;
};

struct pool_update_answer {
	bool changed;	/* else it was so already */
};

/*
 * ERR_NOT_FOUND; ERR_CONFLICT: it is of another revision than was asked for; ERR_CORRUPT where
 * the pool cannot be read; the errors of pool_update().
 */
int ipam_update_pool(struct datastore *ds, const struct pool_update_request *request,
		     struct pool_update_answer *ret_answer, struct err *e);

/* Their planners (plan.h). */
struct pools_create_request {
	struct pool_creation *list;	/* the errors of the first of them are filled */
	unsigned n;
};

struct pools_create_answer {
	unsigned n;	/* of them, that are decided */
};

int plan_pools_create(struct plan *p, const struct pools_create_request *request,
		      struct pools_create_answer *ret, struct err *e);
int plan_pool_update(struct plan *p, const struct pool_update_request *request,
		     struct pool_update_answer *ret, struct err *e);

#endif
