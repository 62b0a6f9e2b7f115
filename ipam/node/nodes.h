/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes: the hosts that may assign addresses, with the labels by which pools choose
 * them (docs/DATA-MODEL.md 5.3).
 *
 * Every verb may fail with the store's own errors (datastore.h).
 */
#ifndef IPAM_NODE_NODES_H
#define IPAM_NODE_NODES_H

#include "base/json.h"
#include "datastore/datastore.h"

/*
 * An array of the Node resources, whole, by name; the caller frees.  Records that do
 * not parse are passed over, as in every list (docs/DATA-MODEL.md 1).
 */
int ipam_list_nodes(struct datastore *ds, struct cJSON **ret_nodes, struct err *e);

/* ERR_CONFIG, ERR_LIMIT: no node can have this name. */
int ipam_has_node(struct datastore *ds, const char *name, bool *ret_there, struct err *e);

#endif
