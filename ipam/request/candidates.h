/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pools that one request may have to do with: those of the view, those that it
 * makes, and those of them that it may take addresses from.
 */
#ifndef IPAM_REQUEST_CANDIDATES_H
#define IPAM_REQUEST_CANDIDATES_H

#include "ipam/request/draft.h"
#include "ipam/record/node.h"
#include "ipam/record/pool.h"

#define CANDIDATES_MADE_MAX 8 /* pools that one plan may make */

struct candidates {
	struct pools all; /* owned: those of the view */
	const struct plan *plan; /* borrowed: of whose view they were read; NULL: not yet */
	struct pool made[CANDIDATES_MADE_MAX]; /* owned: to be made by this plan */
	unsigned n_made;
	unsigned uids_used;
	bool wants_namespace; /* its labels must be read before pools can be chosen */
	struct node node; /* owned: empty if implied or not read */
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

/* The pool, of the view or made, that holds the address; enabled unless `disabled_too`. */
const struct pool *candidates_holding(const struct candidates *c, struct addr a, bool disabled_too);
/*
 * The block that an address lies in, by its pool or else by the key of a block that
 * exists: 1, 0 if there is none, -1 if more must be read first.
 */
int candidates_locate_block(const struct candidates *c, struct draft *d, struct addr a,
			    struct cidr *ret);
/* True if the block lies in a pool that addresses of the family may be taken from. */
bool candidates_allows(const struct candidates *c, enum family family, struct cidr block);
/* True if the pool's nodeSelector matches the node's labels. */
int candidates_selects_node(const struct candidates *c, const struct pool *p, bool *ret,
			    struct err *e);
/* Whether a selector of the pool, in the field, matches the labels; ERR_POOL if it is none. */
int candidates_match(const struct pool *p, const char *field, const char *selector,
		     const struct labels *labels, bool *ret, struct err *e);

#endif
