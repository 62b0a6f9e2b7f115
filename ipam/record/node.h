/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Node (docs/DATA-MODEL.md 5.3): its labels choose the pools.
 */
#ifndef IPAM_RECORD_NODE_H
#define IPAM_RECORD_NODE_H

#include "base/address/addr.h"
#include "datastore/view.h"
#include "ipam/record/selector.h"

/* One record.  Its texts live as long as it. */
struct node {
	const char *name, *created;	/* in its metadata; "" where it does not say */
	struct labels labels;	/* owned */
	void *kept;	/* owned, never changed: the record, whole */
};

/* True if the record is a node's, by its key. */
bool node_is(const struct record *record);
/* A node as calicoctl stores it: spec and status always written. */
struct node_spec {
	const char *name;
	const struct labels *labels, *annotations;	/* NULL: none, or as they are */
};
int node_new(const struct node_spec *spec, const char *uid, int64_t now_ns, struct buf *out,
	     struct err *e);
/* A label that is null is "", as in Go.  ERR_CORRUPT names key and field. */
int node_read(const struct record *record, struct node *ret, struct err *e);
void node_done(struct node *node); /* also for __cleanup */
/*
 * Appends the record with labels changed: each is set, or, where its value is NULL,
 * removed.  *ret_changed: the record differs.
 */
int node_relabel(const struct record *record, const struct labels *changes, struct buf *out,
		 bool *ret_changed, struct err *e);

/* Appends the record with these labels and annotations, and no others. */
int node_update(const struct record *record, const struct node_spec *spec, struct buf *out,
		bool *ret_changed, struct err *e);

/*
 * What Kubernetes knows of a node for the sake of its IPIP tunnel (docs/DATA-MODEL.md 13, 16);
 * of KEY_NOTED_NODES.
 */
struct node_tunnel {
	bool noted;	/* it has an address */
	struct addr first;	/* of its podCIDR of IPv4; FAMILY_NONE: it has none */
};

/* ERR_CORRUPT names the key. */
int node_read_tunnel(const struct record *record, struct node_tunnel *ret, struct err *e);
/* Appends the record with that address of its IPIP tunnel. */
int node_note_tunnel(const struct record *record, struct addr address, struct buf *out,
		     struct err *e);

#endif
