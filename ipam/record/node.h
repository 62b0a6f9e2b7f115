/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Node (docs/DATA-MODEL.md 5.3): its labels choose the pools.
 */
#ifndef IPAM_RECORD_NODE_H
#define IPAM_RECORD_NODE_H

#include "base/json.h"
#include "datastore/view.h"

/* A node as calicoctl stores it: spec and status always written. */
int node_new(const char *name, const struct cJSON *labels, const char *uid, int64_t now_ns,
	     struct buf *out, struct err *e);
/* Parses a node record; the caller frees.  ERR_CORRUPT. */
int node_read(const struct record *record, struct cJSON **ret_resource, struct err *e);

#endif
