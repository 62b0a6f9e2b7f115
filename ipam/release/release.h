/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Releasing addresses, by their owner and by themselves (docs/DATA-MODEL.md 11).
 */
#ifndef IPAM_RELEASE_RELEASE_H
#define IPAM_RELEASE_RELEASE_H

#include "base/address/addr.h"
#include "base/err.h"
#include "datastore/datastore.h"
#include "ipam/record/keys.h"
#include "ipam/request/owner.h"
#include "ipam/request/plan.h"

struct ipam_release_request {
	struct ipam_owner owner; /* ifname NULL: every interface */
	/* Calico's older handle id, released too: "<namespace>.<pod>" or "<container id>". */
	const char *old_handle;
	int64_t assigned_ns; /* not 0: only what the ADD of that moment, its now_ns, assigned */
	int64_t before_ns; /* not 0: only what says that it was assigned before */
	bool unowned; /* only what no pod holds: of a virtual machine that is being deleted */
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

/*
 * A handle that names more than RELEASE_BLOCKS_MAX blocks, or larger ones than a
 * commit takes, is released in several commits, in the order of the blocks' names:
 * each begins after the last that the one before looked into.  So many blocks, with
 * all that may have to be guarded and written for each, are within the 128 operations
 * that etcd takes at once.
 */
#define RELEASE_BLOCKS_MAX 16
#define RELEASE_HANDLES 2 /* today's and the older one */

struct release_request {
	const struct ipam_release_request *of;
	char after[RELEASE_HANDLES][CIDR_TEXT]; /* "" at first */
};

struct release_answer {
	struct ipam_release_answer of_this; /* of this commit */
	char last[RELEASE_HANDLES][CIDR_TEXT];
	bool more; /* there are blocks behind the last */
};

int plan_release(struct plan *p, const struct release_request *request,
		 struct release_answer *ret_answer, struct err *e);

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
 * Release by address (docs/DATA-MODEL.md 11).  A conflict in one keeps that one alone: the
 * rest of its block would be half of some container's.  Long lists are committed in parts;
 * `progress`, if given, is called after each.  On an error the parts before it stand, and the
 * results from *ret_done on are not set.
 */
int ipam_release_addresses(struct datastore *ds, struct ipam_release_address *list, unsigned n,
			   void (*progress)(unsigned done, unsigned n), unsigned *ret_done,
			   struct err *e);

/*
 * The allocations that the last plan was to release, by their sequence numbers: where
 * its commit's answer is lost, who holds an address now may be another.
 */
struct release_meant {
	bool it;
	uint64_t sequence;
	struct cidr block;
	char handle[KEY_TEXT]; /* "": none; cut where it is longer than any record's */
};

struct release_addresses_request {
	struct ipam_release_address *list;
	unsigned n;
	int64_t now_ns;
	struct release_meant *meant; /* of IPAM_RELEASE_MAX addresses, zero at first */
};

struct release_addresses_answer {
	unsigned n; /* of the list's first so many the results are set */
};

/* Fills the results of the request's list, too. */
int plan_release_addresses(struct plan *p, const struct release_addresses_request *request,
			   struct release_addresses_answer *ret_answer, struct err *e);

#endif
