/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ADDs and DELs as processes that take turns on a host by the code that the executable has
 * for it (plugin/crowd/turn.h), each until its deadline and with its note; and the DEL that a
 * runtime asks for while the ADD is under way that it was killed with.
 *
 * Besides what must hold of every container: who died or withdrew before anybody took its
 * request is not served, a leader takes what waits once, and who is answered asks the store
 * no more.
 */
#ifndef TESTS_SIM_QUEUE_PROCESS_H
#define TESTS_SIM_QUEUE_PROCESS_H

#include "plugin/crowd/turn.h"
#include "tests/sim/world.h"

void process_begin_add(struct actor *a, uint64_t seed);
void process_begin_add_again(struct actor *a, uint64_t seed);
void process_begin_del(struct actor *a, uint64_t seed);
/* Another process's DEL of a container whose ADD is under way; false: not now. */
bool process_begin_del_behind(struct actor *a, uint64_t seed);

/* The turn on its host that it asks for, until its deadline. */
struct turn process_turn(const struct actor *a);

/* It has died; what it was to do may have been done by another. */
void process_has_died(struct actor *a);
/* At a step of its store's: what becomes of it. */
enum fake_fate process_asks(struct actor *a, enum fake_fate fate);
/* True if the leader's commit has something of the container's. */
bool process_serves(const struct actor *leader, const struct actor *a);

/* Between processes: an entry was taken, waits again, was answered. */
void process_takes(struct actor *leader, struct actor *whose, unsigned request);
void process_gives_back(const struct actor *leader, struct actor *whose, unsigned request);
void process_answers(struct actor *leader, struct actor *whose, unsigned request, bool whole);

#endif
