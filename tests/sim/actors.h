/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Those who act, each kind in a file of its own: what they do next is drawn from the seed of
 * the event that begins it.
 */
#ifndef TESTS_SIM_ACTORS_H
#define TESTS_SIM_ACTORS_H

#include "tests/sim/world.h"

/*
 * ADD, a repeated ADD, CHECK, DEL, a release by address, as a runtime and a person do; or a
 * crowd of the first, the second and DEL, of this and other containers of its host.
 */
void container_begin(struct actor *a, uint64_t seed);
/* The container is deleted, if there may be one. */
void container_begin_del(struct actor *a, uint64_t seed);
/* Its process has died in the middle; with it goes what it did for others. */
void container_has_died(struct actor *a);
/* The store was restored: what it lost cannot be held against anybody. */
void container_forgive(struct actor *a);

/* GC of the host: its containers are the valid attachments. */
void gc_begin(struct actor *a, const struct host *host, uint64_t seed);

/* Pools, reservations, nodes, settings and affinities. */
void admin_begin(struct actor *a, uint64_t seed);
/* At the end: every affinity is given back, then every pool is deleted. */
void admin_begin_to_clear(struct actor *a);

/* check --mend, or its mending of one thing alone. */
void mender_begin(struct actor *a, uint64_t seed);
void mender_begin_to_mend(struct actor *a);
/* Once more, when all is mended: nothing may be found. */
void mender_begin_to_prove(struct actor *a);

/* Calico's own plugin: an address by several writes, or its release. */
void calico_begin(struct actor *a, uint64_t seed);
void calico_begin_del(struct actor *a);
/*
 * What a crash leaves: an affinity of no block, or of another's, or of another size.  False: it
 * is there.
 */
bool calico_leave_affinity(uint64_t seed);

/* Somebody writes or deletes a record, whatever it is. */
void stranger_comes(uint64_t seed);
/* After a step: a block or a handle that cannot be read is not written over by ADD and DEL. */
void stranger_look(void);
/*
 * What is nobody's fault once a stranger has written: what is said of a block, where it, one
 * that overlaps it or an affinity of it is touched; of a handle, where it is, or where it had
 * something in such a block, then or since; of a cooldown and by CHECK, where the
 * settings are; of all of them, where a pool is.  All else goes on to be judged.
 */
bool stranger_touched_pools(void);
bool stranger_touched_block(struct cidr block);
bool stranger_touched(struct addr a);
bool stranger_touched_handle(unsigned handle);
bool stranger_touched_settings(void);
/* That it fails: its handle is touched, or something was between what it read and read next. */
bool stranger_excuses(const struct actor *a);
/* After each change: who has come to have something in a touched block. */
void stranger_spreads(void);
/* Before a game. */
void stranger_forget(void);

#endif
