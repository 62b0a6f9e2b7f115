/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this project keeps in the mirror, and what it may do with it (docs/DESIGN.md 4).
 *
 * The mirror is a hint and never a truth: whatever it holds, the outcome is the one
 * without it, at most one request later.
 */
#ifndef IPAM_REQUEST_PRESUME_H
#define IPAM_REQUEST_PRESUME_H

#include "datastore/datastore.h"
#include "ipam/ipam.h"

/*
 * Puts into the view what each handle's record must be if the view's blocks tell
 * all: the counts of the blocks, or absent where no block names it.
 */
void presume_handles(struct view *view, char (*handles)[IPAM_HANDLE_MAX + 1], unsigned n);

/*
 * Remembers configuration, pools, reservations, nodes, this host's affinities and
 * the blocks that belong to them; and nothing else, so the mirror stays small.
 */
void presume_remember(struct datastore *ds, const struct view *view);

#endif
