/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the containers of one node hold: a scan of all blocks, for those who give back what
 * nobody holds any more.
 */
#ifndef IPAM_RELEASE_NODE_BLOCKS_H
#define IPAM_RELEASE_NODE_BLOCKS_H

#include "datastore/datastore.h"
#include "ipam/record/block.h"

/*
 * Is shown an allocation of the node.  -1: ends the scan.  *shared is one pointer for all that
 * share the allocation's attribute, NULL at first: what the visitor keeps of that.
 */
typedef int node_allocation_visitor(const struct block *b, unsigned ordinal, void **shared,
				    void *arg, struct err *e);

struct node_blocks {
	unsigned unreadable; /* blocks that do not parse, passed over */
	char first_unreadable[128]; /* the key of the first */
};

/* Each allocation whose `node` is this one, those that cool down left out. */
int node_blocks_scan(struct datastore *ds, const char *node, node_allocation_visitor *see,
		     void *arg, struct node_blocks *ret, struct err *e);

/*
 * The container id within the handle of an allocation of this network, or of any where it is
 * NULL; *ret_len: its bytes.  NULL: the handle is no container's, so that nothing that befalls
 * a container says anything of it.
 *
 * A container's handle is "<network>.<container id>": with the `network` that the allocation
 * names, or without one (Calico's own) where the id is 64 hexadecimal digits.  Tunnel
 * addresses, load balancers (`type`) and virtual machines (`vmi-name`, ".vmi.") have others.
 */
const char *node_blocks_container(const struct attribute *attribute, const char *network,
				  size_t *ret_len);

#endif
