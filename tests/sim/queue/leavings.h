/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What requests leave behind: STATUS, which settles the notes of its host (plugin/crowd/note.h),
 * a host that is booted anew, and what must hold when all notes are settled.
 *
 * A commit that nobody waits for arrives within LAND_S, or never; and a host's lock is held by
 * whoever sends.  On this stands how long a note is kept.
 */
#ifndef TESTS_SIM_QUEUE_LEAVINGS_H
#define TESTS_SIM_QUEUE_LEAVINGS_H

#include "tests/sim/world.h"

#define LAND_S 60 /* as an API server has for a request */

void status_begin(struct actor *a, struct host *host, uint64_t seed);
/* As GC does when it is done. */
void settle_notes(struct actor *a);

/* All that ran there is dead already: its files are gone, its containers are not told. */
void host_is_booted(struct host *host);

/* True if a host has a note. */
bool notes_are_there(const struct host *host);
/* Nobody is disturbed any more, and no note is left: what nobody was told of is not held. */
void check_nothing_is_left_behind(void);

#endif
