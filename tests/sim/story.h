/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The story of a game: one line for each step, in words, on standard error.
 */
#ifndef TESTS_SIM_STORY_H
#define TESTS_SIM_STORY_H

#include "tests/sim/world.h"

/* Before an actor begins or goes on, and where it stops. */
void story_turn(const struct actor *a);
void story_stop(const struct actor *a);
void story_fate(const struct actor *a, enum fake_fate fate);
void story_death(const struct actor *a, enum fake_fate fate);
void story_landing(const struct actor *author);
/* What the step has written. */
void story_changes(void);

#endif
