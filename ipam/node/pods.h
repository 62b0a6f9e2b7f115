/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pods that run on a node, by their addresses, in a store that has all pods (the trait
 * `pods` of datastore.h).
 */
#ifndef IPAM_NODE_PODS_H
#define IPAM_NODE_PODS_H

#include "base/address/addr.h"
#include "datastore/datastore.h"

/* One address of a pod. */
struct node_pod {
	struct addr addr;
	char *namespace_name, *name;	/* owned */
};

struct node_pods {
	struct node_pod *list;	/* owned; by address */
	size_t n, cap;
	bool unaddressed;	/* a pod is there of which no address is known yet */
};

/* The store's own errors.  Empty where the store has no pods. */
int ipam_list_pods(struct datastore *ds, const char *node, struct node_pods *ret, struct err *e);
void node_pods_done(struct node_pods *pods);	/* also for __cleanup */

/* NULL: none has the address. */
const struct node_pod *node_pods_find(const struct node_pods *pods, struct addr a);

#endif
