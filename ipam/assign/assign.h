/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Assigning addresses: ADD (docs/DATA-MODEL.md 9 and 10).
 *
 * Both families of one request are one commit: either both are assigned or nothing is.
 */
#ifndef IPAM_ASSIGN_ASSIGN_H
#define IPAM_ASSIGN_ASSIGN_H

#include "base/err.h"
#include "datastore/datastore.h"
#include "ipam/request/candidates.h"
#include "ipam/request/loop.h"
#include "ipam/request/owner.h"
#include "ipam/request/plan.h"

#define IPAM_POOLS_MAX 32 /* asked-for pools in one family */
#define IPAM_UIDS CANDIDATES_MADE_MAX /* records with a UUID that one request may make */

enum ipam_prefix {
	IPAM_PREFIX_BLOCK, /* the address carries its block's prefix length */
	IPAM_PREFIX_POOL, /* its pool's */
	IPAM_PREFIX_HOST, /* /32 or /128 */
};

/* The gateway that containers of this network use, kept from being assigned. */
struct ipam_gateway {
	bool wanted;
	bool first; /* the first usable address of the prefix; else `address` */
	struct addr address[N_FAMILIES]; /* FAMILY_NONE: none in that family */
};

struct ipam_assign_request {
	struct ipam_owner owner;
	bool wanted[N_FAMILIES];
	/* Pools asked for, by name or CIDR text; none: all that qualify. */
	const char *pools[N_FAMILIES][IPAM_POOLS_MAX];
	unsigned n_pools[N_FAMILIES];
	/*
	 * An exact address of a family, instead of an automatic one.  With either
	 * family exact, `wanted` holds just the families asked for so.
	 */
	struct addr exact[N_FAMILIES];
	enum ipam_prefix prefix;
	struct ipam_gateway gateway;
	/* Labels of the namespace object, or NULL: not read. */
	const struct labels *namespace_labels;
	unsigned max_blocks; /* this request's block limit, 0: none of its own */
	int64_t now_ns; /* Unix time; also the request's nonce */
	/* With a store that only this machine reaches: unknown CIDRs asked for become pools. */
	bool make_pools;
	/* Of ipam_status(): the node need not be there, for an ADD would make it known. */
	bool node_to_be_made;
	char uids[IPAM_UIDS][37]; /* fresh random UUIDs, for pools and reservations to be made */
};

struct ipam_address {
	struct addr addr;
	unsigned prefix_len; /* bits */
	struct addr gateway; /* FAMILY_NONE: none */
};

struct ipam_assign_answer {
	struct ipam_address address[N_FAMILIES];
	bool has[N_FAMILIES];
	bool held_already[N_FAMILIES]; /* nothing new was assigned */
	bool no_routes; /* the pod that a virtual machine leaves has them still */
	char pool[N_FAMILIES][256]; /* name of the pool, for the log */
	/*
	 * Reservations that cannot be read, wholly or in part, and what is wrong with the
	 * first of them, for the log: what cannot be read reserves nothing.
	 */
	unsigned unreadable_reservations;
	struct err unreadable_reservation;
};

/*
 * ADD.  ERR_EXHAUSTED, ERR_POOL, ERR_EXISTS (exact address taken), ERR_CONFIG (a
 * pool or gateway asked for is unfit), ERR_CORRUPT, or the store's own errors.
 */
int ipam_assign(struct datastore *ds, const struct ipam_assign_request *request,
		struct ipam_assign_answer *ret_answer, struct err *e);

/* The same in a loop that the caller owns, and asks for its result.  0: it is done. */
int assign_in_loop(struct loop *loop, struct datastore *ds,
		   const struct ipam_assign_request *request,
		   struct ipam_assign_answer *ret_answer);

/* Plans ADD as ipam_assign() does, with the same errors, and commits nothing. */
int ipam_would_assign(struct datastore *ds, const struct ipam_assign_request *request,
		      struct err *e);

int plan_assign(struct plan *p, const struct ipam_assign_request *request,
		struct ipam_assign_answer *ret_answer, struct err *e);

#endif
