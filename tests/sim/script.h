/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The script of a game: its events, drawn before it begins.  Each has a seed of its own, so
 * that the game that is left when some are struck is much the same.
 */
#ifndef TESTS_SIM_SCRIPT_H
#define TESTS_SIM_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

#define EVENTS 360

enum event_kind {
	EVENT_TURN,	/* an actor begins something, or goes on to its next stop */
	EVENT_LOSE,	/* what it waits for is lost, on the way there or back */
	EVENT_LATE,	/* or comes later, when it has given up waiting */
	EVENT_REFUSE,	/* nobody answers */
	EVENT_DIE,	/* its process is killed */
	EVENT_LAND,	/* what is late arrives */
	EVENT_TIME,	/* some time passes */
	EVENT_SNAPSHOT,	/* the store is backed up */
	EVENT_RESTORE,	/* and the backup restored */
	EVENT_MIRROR,	/* a host's mirror is lost, older, another's, torn */
	EVENT_STRANGER,	/* somebody writes a record of any shape */
	EVENT_BOOT,	/* a host is booted anew */
	EVENT_LEFTOVER,	/* a pending affinity, as a crash leaves one */
};

struct event {
	enum event_kind kind;
	unsigned actor;
	uint64_t seed;
};

void script_draw(struct event events[EVENTS], uint64_t seed);

#endif
