/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/script.h"

#include "tests/sim/world.h"

/* In a thousand; the rest are turns. */
static const struct {
	enum event_kind kind;
	unsigned share;
} shares[] = {
	{ EVENT_LOSE, 25 },	{ EVENT_LATE, 15 },	{ EVENT_REFUSE, 10 }, { EVENT_DIE, 30 },
	{ EVENT_LAND, 20 },	{ EVENT_TIME, 30 },	{ EVENT_SNAPSHOT, 5 },
	{ EVENT_RESTORE, 4 },	{ EVENT_MIRROR, 15 },	{ EVENT_STRANGER, 10 },
	{ EVENT_LEFTOVER, 6 },	{ EVENT_BOOT, 3 },
};

static enum event_kind draw_kind(uint64_t *random)
{
	unsigned at = draw_below(random, 1000);

	for (unsigned i = 0; i < ARRAY_LEN(shares); i++) {
		if (at < shares[i].share)
			return shares[i].kind;
		at -= shares[i].share;
	}
	return EVENT_TURN;
}

/* Containers have three turns of four. */
static unsigned draw_actor(uint64_t *random)
{
	return draw_below(random, 4) ? draw_below(random, CONTAINERS)
				     : CONTAINERS + draw_below(random, ACTORS_DRAWN - CONTAINERS);
}

void script_draw(struct event events[EVENTS], uint64_t seed)
{
	uint64_t random = seed * 0xd1342543de82ef95ULL + 3;

	for (unsigned i = 0; i < EVENTS; i++) {
		events[i].kind = draw_kind(&random);
		events[i].actor = draw_actor(&random);
		events[i].seed = (draw_from(&random) << 20) ^ draw_from(&random);
	}
}
