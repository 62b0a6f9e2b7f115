/*
 * What this project keeps in the mirror, and what it may do with it (design, 4).
 *
 * The mirror is a hint and never a truth: whatever it holds, the outcome is the one
 * without it, at most one request later.
 */
#ifndef IPAM_MIRRORED_H
#define IPAM_MIRRORED_H

#include "datastore/datastore.h"
#include "ipam/ipam.h"

/* Bytes of values and keys in a commit from the mirror; beyond that the store is read first. */
#define MIRRORED_COMMIT_MAX (700 * 1024)

/*
 * Puts into the view what each handle's record must be if the view's blocks tell
 * all: the counts of the blocks, or absent where no block names it.
 */
void mirrored_presume_handles(struct view *view, char (*handles)[IPAM_HANDLE_MAX + 1], unsigned n);

/*
 * True if a plan from the mirror can be proved by its commit: it rewrites a block
 * that exists (whose revision is compared), and is not too large.
 */
bool mirrored_may_commit(const struct view *view, const struct changes *changes);

/*
 * Remembers configuration, pools, reservations, nodes, this host's affinities and
 * the blocks that belong to them; and nothing else, so the mirror stays small.
 */
void mirrored_remember(struct datastore *ds, const struct view *view);

#endif
