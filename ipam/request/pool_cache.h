/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pools that were read before, for the next plan that reads them: the plans of a crowd
 * all do, and hardly ever after a change of them.
 *
 * They are kept together with the records that they were read from, and are taken again where
 * a view has these very records, those that do not parse among them: they are then what
 * pools_read() would make of it.  Nothing need be told when a record changes.
 */
#ifndef IPAM_REQUEST_POOL_CACHE_H
#define IPAM_REQUEST_POOL_CACHE_H

#include "ipam/record/pool.h"

struct pool_cache {
	struct pools pools;	/* owned; empty while somebody has taken them */
	bool is_there;	/* they are */
	struct view source;	/* owned: the records that they were read from */
};

void pool_cache_done(struct pool_cache *c); /* also for __cleanup */

/* Like pools_read(); the pools are the caller's, and no longer kept.  c may be NULL. */
int pool_cache_take(struct pool_cache *c, const struct view *view, struct pools *ret,
		    struct err *e);
/*
 * Takes over what pools_read() would make of the view, and leaves none; in place of those that
 * are kept.  c may be NULL.
 */
void pool_cache_keep(struct pool_cache *c, const struct view *view, struct pools *pools);

#endif
