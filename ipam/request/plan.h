/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Planning: pure functions from what was read to what should be written.
 *
 * A planner looks at a view and a request and fills a step.  No I/O, no clock, no
 * randomness: time and random bytes come in with the request.  It may be run any
 * number of times; running it on a view that shows its own earlier commit finds
 * what that commit wrote (idempotent by handle, ifname and nonce).
 *
 *   PLAN_NEED    more must be read first: step.wants
 *   PLAN_COMMIT  step.changes, and the answer holds once they are committed
 *   PLAN_DONE    the answer holds without writing
 */
#ifndef IPAM_REQUEST_PLAN_H
#define IPAM_REQUEST_PLAN_H

#include "datastore/changes.h"
#include "datastore/view.h"
#include "ipam/ipam.h"

enum plan_kind { PLAN_NEED, PLAN_COMMIT, PLAN_DONE };

struct step {
	enum plan_kind kind;
	struct wants wants;
	struct changes changes;
};

/*
 * Where a scan of all blocks may look: values of blocks outside these pools, and
 * of full ones, are not kept in memory.  Owned by the loop, filled by the planner
 * before it asks for the scan, used while the view is read.
 */
#define SCAN_POOLS_MAX 64
struct scan {
	struct cidr pools[SCAN_POOLS_MAX];
	unsigned n_pools;
	bool everywhere; /* more pools than fit */
};

record_filter scan_keeps;

/* What every planner may look at besides its request. */
struct plan {
	const struct view *view;
	bool one_node; /* node objects are implied, conflists make pools */
	struct scan *scan;
	bool uncertain; /* an earlier plan's commit may have gone through: its answer was lost */
};

void step_done(struct step *s);

typedef int planner(const struct plan *plan, const void *request, struct step *step,
		    void *ret_answer, struct err *e);

planner plan_assign; /* struct ipam_assign_request -> struct ipam_assign_answer */
planner plan_release; /* struct release_request -> struct release_answer */
planner plan_release_addresses; /* struct release_addresses_request -> the list's results */
planner plan_verify; /* struct verify_request -> nothing */
planner plan_status; /* struct ipam_assign_request -> nothing */

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
	unsigned most; /* blocks, 1 to RELEASE_BLOCKS_MAX */
	char after[RELEASE_HANDLES][CIDR_TEXT]; /* "" at first */
};

struct release_answer {
	struct ipam_release_answer of_this; /* of this commit */
	char last[RELEASE_HANDLES][CIDR_TEXT];
	bool more; /* there are blocks behind the last */
};

/*
 * The allocations that the last plan was to release, by their sequence numbers: where
 * its commit's answer is lost, who holds an address now may be another.
 */
struct release_meant {
	bool it;
	uint64_t sequence;
};

struct release_addresses_request {
	struct ipam_release_address *list;
	unsigned n; /* at most IPAM_RELEASE_MAX */
	int64_t now_ns;
	struct release_meant *meant; /* one for each address, zero at first */
};

struct verify_request {
	const struct ipam_owner *owner;
	const struct addr *addresses;
	unsigned n_addresses;
	int64_t now_ns;
};

/* "<network>.<container>"; ERR_LIMIT if longer than IPAM_HANDLE_MAX. */
int owner_handle(const struct ipam_owner *owner, char out[IPAM_HANDLE_MAX + 1], struct err *e);
/* "host:<node>" */
#define OWNER_TEXT 300
int owner_affinity(const struct ipam_owner *owner, char out[OWNER_TEXT], struct err *e);
/* The `secondary` attributes of a new allocation; the caller frees. */
struct cJSON *owner_secondary(const struct ipam_owner *owner, int64_t now_ns);
/* True if the attribute is of this owner: handle, network and interface (docs/DESIGN.md 3). */
bool owner_holds(const struct ipam_owner *owner, const char *handle, const struct cJSON *attribute);

#endif
