/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold, whoever dies and whatever is lost.
 *
 * After every step, of the records that it wrote: a block's free list and allocations are a
 * partition; what was acknowledged is held by whom it was acknowledged to; an address that
 * is held is counted by its handle; an affinity is confirmed only where its block is that
 * node's; what cools down is not given.  Where records agree at each moment
 * (world_is_exact()) also: counts are equal, blocks lie in pools and have their affinities,
 * and what is given automatically is given by the pools, reservations and settings of that
 * moment.
 */
#ifndef TESTS_SIM_INVARIANTS_H
#define TESTS_SIM_INVARIANTS_H

#include "tests/sim/world.h"

/* Looks at what the last step has written, and forgets it. */
void invariants_after_step(void);
/* Looks at everything: after a restore, and at the end. */
void invariants_of_all(void);

/* At the end. */
void check_nothing_is_held(void);
void check_no_block_is_left(void);
void check_none_is_left(const char *what, const char *prefix);

/* True if the store says that the container holds the address. */
bool container_holds(const struct actor *a, struct addr addr);
/* How many addresses the store says that it holds. */
unsigned container_count(const struct actor *a);

#endif
