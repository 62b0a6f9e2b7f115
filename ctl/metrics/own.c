/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/metrics/own.h"

#include "ctl/metrics/exposition.h"

#define BLOCKS "calico_ipam_own_blocks"
#define ADDRESSES "calico_ipam_own_addresses"

#define LABELS_OF(p, node_name, ...) \
	LABELS({ "node", node_name }, { "pool", (p)->name }, \
	       { "family", (p)->cidr.base.family == FAMILY_6 ? "6" : "4" } __VA_ARGS__)

static void put_states(const struct pool *p, const struct own_blocks_pool *n, const char *node,
		       struct buf *out)
{
	const struct {
		const char *state;
		uint64_t n;
	} states[] = { { "in_use", n->in_use }, { "cooling", n->cooling },
		       { "reserved", n->reserved }, { "free", n->free } };

	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		metric_put(out, ADDRESSES,
			   LABELS_OF(p, node, , { "state", states[i].state }), states[i].n);
}

void own_put(const struct own_blocks *own, const char *node, struct buf *out)
{
	metric_begin(out, BLOCKS, "gauge", "Blocks of a pool that belong to this node.");
	for (size_t i = 0; i < own->pools.n; i++)
		metric_put(out, BLOCKS, LABELS_OF(&own->pools.list[i], node),
			   own->list[i].blocks);
	metric_begin(out, ADDRESSES, "gauge",
		     "Addresses of this node's blocks of a pool, by state.");
	for (size_t i = 0; i < own->pools.n; i++)
		put_states(&own->pools.list[i], &own->list[i], node, out);
	metric_one(out, "calico_ipam_own_unreadable_blocks", "gauge",
		   "Blocks of this node that cannot be read and are not counted.",
		   own->unreadable);
}
