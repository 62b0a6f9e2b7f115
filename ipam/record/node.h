/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Node (docs/DATA-MODEL.md 5.3): its labels choose the pools.
 */
#ifndef IPAM_RECORD_NODE_H
#define IPAM_RECORD_NODE_H

#include "datastore/view.h"
#include "ipam/record/selector.h"

struct node {
	struct labels labels;	/* owned; texts of `resource` */
	struct cJSON *resource;	/* owned: the whole record, unknown fields included */
};

/* A node as calicoctl stores it: spec and status always written.  labels: a map, or NULL. */
int node_new(const char *name, const struct cJSON *labels, const char *uid, int64_t now_ns,
	     struct buf *out, struct err *e);
/* ERR_CORRUPT names key and field. */
int node_read(const struct record *record, struct node *ret, struct err *e);
void node_done(struct node *node); /* also for __cleanup */
/*
 * Appends the record with labels changed: each entry of the map that is a string is set,
 * others are removed.  *ret_changed: the record differs.
 */
int node_relabel(const struct record *record, const struct cJSON *changes, struct buf *out,
		 bool *ret_changed, struct err *e);

#endif
