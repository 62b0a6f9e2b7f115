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
/* True if a stranger has written something by which the address may be given once more. */
bool stranger_touched(struct addr a);
/* Before a game. */
void stranger_forget(void);

#endif
