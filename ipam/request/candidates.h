/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The choice of pools for one request (docs/DATA-MODEL.md 9.1), and the pools that a
 * store of one machine makes from a conflist at first use.
 */
#ifndef IPAM_REQUEST_CANDIDATES_H
#define IPAM_REQUEST_CANDIDATES_H

#include "ipam/request/draft.h"
#include "ipam/record/pool.h"

#define CANDIDATES_POOLS_MAX 1024 /* qualifying pools of one family */

struct candidates {
	struct pools all; /* owned: those of the view */
	struct pool made[IPAM_UIDS]; /* owned: to be made by this plan */
	unsigned n_made;
	unsigned uids_used;
	struct cJSON *node; /* owned: the node object, NULL if implied or not read */
	const struct pool **allowed[N_FAMILIES]; /* owned lists of borrowed pools */
	unsigned n_allowed[N_FAMILIES];
	size_t cap_allowed[N_FAMILIES];
};

void candidates_done(struct candidates *c); /* also for __cleanup */

/* Reads all pools of the view.  KEY_POOLS must be known. */
int candidates_read(struct candidates *c, const struct draft *d, struct err *e);
/*
 * Reads the node object; its key must be known.  ERR_NOT_FOUND if missing and not
 * implied, ERR_CONFIG if no node can be called so.
 */
int candidates_read_node(struct candidates *c, struct draft *d, const char *node, struct err *e);

/*
 * Fills c->allowed for the family, listing pools to be made in the draft.  ERR_POOL
 * when none qualifies, ERR_CONFIG when one that was asked for is unfit.  Not ready:
 * more must be read first.
 */
int candidates_of_family(struct candidates *c, struct draft *d,
			 const struct ipam_assign_request *request, enum family family,
			 bool *ret_ready, struct err *e);
/* Makes unknown asked-for CIDRs into pools, where the store is of one machine. */
int candidates_make_pools(struct candidates *c, struct draft *d,
			  const struct ipam_assign_request *request, enum family family,
			  bool *ret_ready, struct err *e);

/* The pool, of the view or made, that holds the address; enabled unless `disabled_too`. */
const struct pool *candidates_holding(const struct candidates *c, struct addr a, bool disabled_too);
/*
 * The block that an address lies in, by its pool or else by the key of a block that
 * exists: 1, 0 if there is none, -1 if more must be read first.
 */
int candidates_locate_block(const struct candidates *c, struct draft *d, struct addr a,
			    struct cidr *ret);
bool candidates_allows(const struct candidates *c, enum family family, struct cidr block);
/* True if the pool's nodeSelector matches the node's labels. */
int candidates_selects_node(const struct candidates *c, const struct pool *p, bool *ret,
			    struct err *e);
/* ERR_POOL unless the pool may be used for workloads. */
int candidates_check_use(const struct pool *p, struct addr a, struct err *e);

/* "ipv4_pools" or "ipv6_pools" */
const char *family_pools_key(enum family family);

#endif
