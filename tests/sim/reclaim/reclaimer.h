/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calico-ipamctl reclaim, in the order of ctl/reclaim/reclaim.c: the store is read, then the
 * machine looked at; what an earlier boot left goes at once, the rest if a second look, a grace
 * later, finds it as dead.
 */
#ifndef TESTS_SIM_RECLAIM_RECLAIMER_H
#define TESTS_SIM_RECLAIM_RECLAIMER_H

#include "tests/sim/world.h"

/* On a machine of the host that the seed names; with two looks, or --boot. */
void reclaimer_begin(struct actor *a, uint64_t seed);
/* With two looks, when nobody is disturbed any more. */
void reclaimer_begin_to_clear(struct actor *a, struct host *host);

/* After a step of a reclaim's: what a living container was told is there. */
void check_reclaimed(const struct ledger_block *b, const struct ledger_block *was);
/* After it: what the host's containers hold is a living one's, as far as anything tells. */
void check_nothing_is_unclaimed(const struct host *host);

#endif
