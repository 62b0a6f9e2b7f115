/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resources as they are stored (docs/DATA-MODEL.md 5), for whoever shows them whole.  What
 * they mean, the verbs of their kind say.
 */
#ifndef IPAM_CLUSTER_RESOURCES_H
#define IPAM_CLUSTER_RESOURCES_H

#include "datastore/datastore.h"

enum resource_kind { RESOURCE_POOL, RESOURCE_RESERVATION, RESOURCE_NODE };

struct resource_entry {
	const char *name;	/* the one that its record goes by */
	const char *stored;	/* its JSON, or whatever the record holds; ends in a NUL */
	uint64_t revision;	/* of the record */
};

struct resource_list {
	struct resource_entry *list;	/* owned; by name, bytewise */
	size_t n, cap;
	struct view view;	/* owned: what the entries point into */
};

/*
 * All of a kind, or those of one name: none or one.  The store's own errors; ERR_CONFIG or
 * ERR_LIMIT for a name that no resource can have.
 */
int ipam_list_resources(struct datastore *ds, enum resource_kind kind, const char *name,
			struct resource_list *ret, struct err *e);
void resource_list_done(struct resource_list *l);	/* also for __cleanup */

#endif
