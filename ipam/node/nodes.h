/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes: the hosts that may assign addresses, with the labels by which pools choose
 * them (docs/DATA-MODEL.md 5.3).
 *
 * Every verb may fail with the store's own errors (datastore.h), and with ERR_CONFLICT
 * after too many lost races.  A name that no node can have, whatever the store holds,
 * is ERR_CONFIG or ERR_LIMIT.
 */
#ifndef IPAM_NODE_NODES_H
#define IPAM_NODE_NODES_H

#include "datastore/datastore.h"
#include "ipam/record/node.h"
#include "ipam/record/resource.h"
#include "ipam/request/plan.h"

/* That one error, without a store: the name cannot be part of a record's. */
int node_check_name(const char *name, struct err *e);

struct node_entry {
	const char *stored;	/* its record's JSON, in `view` */
	struct node node;	/* owned */
};

struct node_list {
	struct node_entry *list;	/* owned; by name, bytewise */
	size_t n, cap;
	struct view view;	/* owned */
};

/* Records that do not parse are passed over, as in every list (docs/DATA-MODEL.md 1). */
int ipam_list_nodes(struct datastore *ds, struct node_list *ret, struct err *e);
void node_list_done(struct node_list *l);	/* also for __cleanup */

struct node_names {
	char **list;	/* owned, and so is each; by name, bytewise */
	size_t n, cap;
};

/*
 * Those who own blocks and have no Node: where the store does not imply it, nothing is
 * assigned on them.
 */
int ipam_list_unknown_nodes(struct datastore *ds, struct node_names *ret, struct err *e);
void node_names_done(struct node_names *names);	/* also for __cleanup */

int ipam_has_node(struct datastore *ds, const char *name, bool *ret_there, struct err *e);

struct node_create_request {
	struct node_spec spec;
	char uid[UUID_TEXT];	/* a fresh random one, by which a lost answer is settled */
	int64_t now_ns;
	struct resource_terms terms;
};

/* ERR_CONFIG: the name is no resource's.  ERR_EXISTS. */
int ipam_create_node(struct datastore *ds, const struct node_create_request *request,
		     struct err *e);

struct node_update_request {
	struct node_spec spec;
	struct resource_terms terms;
};

struct node_update_answer {
	bool changed;	/* else it was so already */
};

/*
 * ERR_NOT_FOUND; ERR_CONFLICT: it is of another revision than was asked for; ERR_CORRUPT where
 * the node cannot be read.
 */
int ipam_update_node(struct datastore *ds, const struct node_update_request *request,
		     struct node_update_answer *ret_answer, struct err *e);

struct node_label_request {
	const char *name;
	struct labels labels;	/* borrowed; to be set or, where the value is NULL, removed */
	/* calicoctl's rule: none is overwritten by another value, and what is removed is there. */
	bool strict;
};

struct node_label_answer {
	bool changed;	/* else it had and lacked these labels already */
};

/*
 * ERR_NOT_FOUND: the node, or with `strict` a label; ERR_EXISTS with `strict`; ERR_CORRUPT
 * where the node cannot be read.
 */
int ipam_label_node(struct datastore *ds, const struct node_label_request *request,
		    struct node_label_answer *ret_answer, struct err *e);

struct node_delete_request {
	const char *name;
	bool force;	/* though it has blocks, which stay its own */
	bool dry_run;	/* only tell what would be done */
};

struct node_delete_answer {
	size_t blocks;	/* that still belong to it */
};

/* ERR_NOT_FOUND; ERR_CONFLICT: it has blocks, and nothing is forced. */
int ipam_delete_node(struct datastore *ds, const struct node_delete_request *request,
		     struct node_delete_answer *ret_answer, struct err *e);

/* Their planners (plan.h). */
int plan_node_create(struct plan *p, const struct node_create_request *request, struct err *e);
int plan_node_update(struct plan *p, const struct node_update_request *request,
		     struct node_update_answer *ret, struct err *e);
int plan_node_label(struct plan *p, const struct node_label_request *request,
		    struct node_label_answer *ret, struct err *e);
int plan_node_delete(struct plan *p, const struct node_delete_request *request,
		     struct node_delete_answer *ret, struct err *e);

#endif
