/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What host-local has reserved for running containers becomes their allocations, so that a
 * DEL finds it (docs/DATA-MODEL.md 16).
 *
 * It may be repeated: what a container holds already is left as it is.
 */
#ifndef IPAM_UPGRADE_TAKE_OVER_H
#define IPAM_UPGRADE_TAKE_OVER_H

#include "base/cni/host_local.h"
#include "ipam/assign/assign.h"
#include "ipam/node/pods.h"

enum taken {
	TAKEN_OVER,
	TAKEN_HELD,	/* this container holds it already */
	TAKEN_STALE,	/* no pod here has it: nobody's any more */
	TAKEN_NOT,	/* another has it, or no pool: `why` */
};

struct take_over {
	const char *network, *node;
	const struct node_pods *pods;	/* of the node; NULL: every reservation counts as alive */
	bool rehearsal;	/* nothing is written */
	/* Gives an empty request its time and UUIDs, and the pools that are asked for. */
	void (*begin)(struct ipam_assign_request *request, void *arg);
	/*
	 * Is told of each address.  why: of TAKEN_NOT ERR_EXISTS, ERR_POOL or ERR_CONFLICT;
	 * ERR_DECODE: its file is empty.
	 */
	void (*tell)(const struct host_local_entry *entry, enum taken taken,
		     const struct err *why, void *arg);
	void *arg;
};

/* How many of what host_local_read() gave, from the first on, are of one interface. */
size_t take_over_same(const struct host_local_entry *list, size_t n);

/* Those of one interface, both families in one commit.  The store's own errors. */
int ipam_take_over(struct datastore *ds, const struct take_over *t,
		   const struct host_local_entry *list, size_t n, struct err *e);

#endif
