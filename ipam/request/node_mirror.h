/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this node keeps in the mirror of the store, and begins its requests from
 * (docs/DESIGN.md 4).
 *
 * The mirror is a hint and never a truth: whatever it holds, the outcome is the one
 * without it, at most one request later.  How it is kept: datastore/mirror.h.
 */
#ifndef IPAM_REQUEST_NODE_MIRROR_H
#define IPAM_REQUEST_NODE_MIRROR_H

#include "datastore/datastore.h"
#include "ipam/request/block_cache.h"
#include "ipam/request/owner.h"

/*
 * Fills an empty view from the mirror, if there is one.  The n handles are not kept:
 * their records are put into the view as they must be if its blocks tell all, with the
 * counts of the blocks, or absent where no block names the handle.  What was parsed for that
 * is kept in the cache.
 */
void node_mirror_recall(struct datastore *ds, struct view *view,
			char (*handles)[IPAM_HANDLE_MAX + 1], unsigned n,
			struct block_cache *blocks);

/*
 * Keeps configuration, pools, reservations, nodes, this host's affinities and the
 * blocks that belong to them; and nothing else, so the mirror stays small.
 */
void node_mirror_remember(struct datastore *ds, const struct view *view);

#endif
