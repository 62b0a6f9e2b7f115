/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deleting a handle that holds nothing: the record alone, and only if it is still the
 * one that was judged.
 */
#ifndef IPAM_RELEASE_HANDLE_H
#define IPAM_RELEASE_HANDLE_H

#include "datastore/datastore.h"
#include "ipam/request/plan.h"

struct handle_delete_request {
	const char *id;
	uint64_t revision;	/* of the record that was judged */
};

struct handle_delete_answer {
	bool deleted;	/* else it was gone, or written since */
};

/* ERR_CONFIG, ERR_LIMIT: no handle has this id; ERR_CONFLICT; or the store's own errors. */
int ipam_delete_handle(struct datastore *ds, const struct handle_delete_request *request,
		       struct handle_delete_answer *ret_answer, struct err *e);

/* Its planner (plan.h). */
int plan_handle_delete(struct plan *p, const struct handle_delete_request *request,
		       struct handle_delete_answer *ret, struct err *e);

#endif
