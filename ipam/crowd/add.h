/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ADD on any store.  Where it fails on a store without transactions one family may stand
 * without the other: what it wrote is taken back before the error is told.  What cannot be,
 * the store being away, a DEL releases.
 */
#ifndef IPAM_CROWD_ADD_H
#define IPAM_CROWD_ADD_H

#include "ipam/assign/assign.h"

/* ipam_assign(), and that. */
int ipam_add(struct datastore *ds, const struct ipam_assign_request *request,
	     struct ipam_assign_answer *ret_answer, struct err *e);

/*
 * After an ADD that failed; without effect on a store with transactions, and for a virtual
 * machine: what that was given is its own, and what it holds may be older.  True: nothing is
 * left of what was seen to stand.
 */
bool ipam_take_back(struct datastore *ds, const struct ipam_assign_request *request);

#endif
