/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A game: its script is played in a world of its seed, with the invariants asked after
 * every step; then all that disturbs ends, and everything must come to its end and be
 * released without a trace.
 */
#ifndef TESTS_SIM_GAME_H
#define TESTS_SIM_GAME_H

#include "tests/sim/script.h"

struct game {
	uint64_t seed;
	bool transactions;
	const struct event *events; /* borrowed */
	unsigned n;
};

/* The rule that was broken, why in world.why; NULL: none. */
const char *game_play(const struct game *game, bool told);

/*
 * Strikes events from a game that is lost, as long as the same rule is broken; `events` are
 * moved together and their number returned.
 */
unsigned game_shrink(const struct game *game, struct event *events, const char *rule);

#endif
