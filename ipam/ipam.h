/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IP address management: who holds which address.
 *
 * Each verb reads a view from the store, plans purely and commits; it loops while
 * others win the race, until the store's deadline.  Both families of one request
 * are one commit: either both are assigned or nothing is.  Every error names the
 * store, and not twice.
 *
 * Identity (docs/DESIGN.md 3): an allocation belongs to (network, container id, interface
 * name).  The handle id is "<network>.<container id>", the rest stands in the
 * allocation's `secondary` attributes.
 *
 * Nothing here knows CNI: the plugin translates its request into these structs.
 * All strings belong to the caller and are text that has been checked against the
 * rules of docs/DATA-MODEL.md 7; NULL means "not given".
 */
#ifndef IPAM_IPAM_H
#define IPAM_IPAM_H

#include "base/err.h"
#include "datastore/datastore.h"
#include "ipam/record/addr.h"

#define IPAM_POOLS_MAX 32 /* asked-for pools in one family */
#define IPAM_HANDLE_MAX 400 /* bytes of a handle id */
#define IPAM_UIDS 8 /* records with a UUID that one request may make */

struct cJSON;

enum ipam_prefix {
	IPAM_PREFIX_BLOCK, /* the address carries its block's prefix length */
	IPAM_PREFIX_POOL, /* its pool's */
	IPAM_PREFIX_HOST, /* /32 or /128 */
};

struct ipam_owner {
	const char *network; /* name of the CNI network */
	const char *container; /* container id */
	const char *ifname;
	const char *node; /* this host */
	const char *namespace_name; /* "default" outside Kubernetes */
	const char *pod; /* NULL outside Kubernetes */
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
	const struct cJSON *namespace_labels;
	unsigned max_blocks; /* this request's block limit, 0: none of its own */
	int64_t now_ns; /* Unix time; also the request's nonce */
	/* With a store that only this machine reaches: unknown CIDRs asked for become pools. */
	bool make_pools;
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
	char pool[N_FAMILIES][256]; /* name of the pool, for the log */
};

/*
 * ADD.  ERR_EXHAUSTED, ERR_POOL, ERR_EXISTS (exact address taken), ERR_CONFIG (a
 * pool or gateway asked for is unfit), ERR_CORRUPT, or the store's own errors.
 */
int ipam_assign(struct datastore *ds, const struct ipam_assign_request *request,
		struct ipam_assign_answer *ret_answer, struct err *e);

struct ipam_release_request {
	struct ipam_owner owner; /* ifname NULL: every interface */
	/* Calico's older handle id, released too: "<namespace>.<pod>" or "<container id>". */
	const char *old_handle;
	int64_t now_ns;
};

struct ipam_release_answer {
	unsigned released; /* addresses */
	bool handle_was_there;
};

/*
 * DEL.  Success when there is nothing to release, never when it could not look.  One
 * commit, or several for a handle in more than 16 blocks; what is released stays so
 * when a later one fails, and a repeated DEL goes on there.
 */
int ipam_release(struct datastore *ds, const struct ipam_release_request *request,
		 struct ipam_release_answer *ret_answer, struct err *e);

/* What became of one address of a release by address. */
enum ipam_release_result {
	IPAM_RELEASED,
	IPAM_UNALLOCATED, /* free already, or cooling down */
	IPAM_CONFLICT, /* handle or sequence number are not the stored ones */
};

#define IPAM_RELEASE_MAX 32 /* addresses in one commit */

struct ipam_release_address {
	struct addr addr;
	const char *handle; /* NULL: whoever holds it */
	bool has_sequence;
	uint64_t sequence; /* of the allocation; a stale report can so free nothing live */
	enum ipam_release_result result; /* set by the call */
};

/*
 * Release by address (docs/DATA-MODEL.md 11).  In a block, either all that are named
 * are released or, on a conflict in one of them, none.  Long lists are committed in
 * parts; `progress`, if given, is called after each.  On an error the parts before
 * it stand, and the results from *ret_done on are not set.
 */
int ipam_release_addresses(struct datastore *ds, struct ipam_release_address *list, unsigned n,
			   void (*progress)(unsigned done, unsigned n), unsigned *ret_done,
			   struct err *e);

struct ipam_attachment {
	const char *container;
	const char *ifname;
};

struct ipam_gc_request {
	const char *network, *node;
	const struct ipam_attachment *valid;
	unsigned n_valid;
	int64_t now_ns; /* entries younger than IPAM_GC_AGE_S are left alone */
};

#define IPAM_GC_AGE_S 60

struct ipam_gc_answer {
	unsigned released, conflicts;
	unsigned unreadable; /* blocks that do not parse, passed over */
	char first_unreadable[128]; /* the key of the first */
};

/*
 * GC: releases what belongs to this network and this node and is not among the
 * valid attachments.  An entry is ours by its `network` or, without one (Calico's),
 * by a handle of exactly this network and a 64-digit hexadecimal container id.
 * KubeVirt's handles and entries without a timestamp are never touched.  Goes on
 * after an error; then the answer is set, and the error tells of what was left.
 */
int ipam_gc(struct datastore *ds, const struct ipam_gc_request *request,
	    struct ipam_gc_answer *ret_answer, struct err *e);

/*
 * CHECK: each address is held by this owner.  ERR_NOT_FOUND names the address and
 * who holds it instead.
 */
int ipam_verify(struct datastore *ds, const struct ipam_owner *owner, const struct addr *addresses,
		unsigned n_addresses, struct err *e);

/*
 * STATUS: the store answers, a pool of each wanted family qualifies on this node, and
 * the gateway fits into it.
 */
int ipam_status(struct datastore *ds, const struct ipam_assign_request *request, struct err *e);

/* Plans ADD as ipam_assign() does, with the same errors, and commits nothing. */
int ipam_would_assign(struct datastore *ds, const struct ipam_assign_request *request,
		      struct err *e);

#endif
