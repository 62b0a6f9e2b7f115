/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container's requests, and what its runtime makes of their answers: whoever carries them
 * out, itself (actor_container.c), the leader of a crowd (actor_crowd.c) or whoever has the
 * host's turn (queue/process.c).
 */
#ifndef TESTS_SIM_CONTAINER_H
#define TESTS_SIM_CONTAINER_H

#include "ipam/crowd/crowd.h"
#include "tests/sim/world.h"

struct ipam_owner container_owner(const struct actor *a);
/* Its place in the ledger. */
void container_know(struct actor *a);
/* An ADD of any kind; the one that it was told of, once more. */
struct ipam_assign_request container_draw_add(struct actor *a);
struct ipam_assign_request container_same_again(struct actor *a);
/* Before an ADD; before a DEL: from now on nobody is promised anything. */
void container_comes_to_be(struct actor *a);
void container_lets_go(struct actor *a);
/* What it does as a member; returns how many requests that are. */
unsigned container_join(struct actor *a, struct crowd_member m[2]);

/* What of it is on its way may come yet. */
bool container_is_awaited(const struct actor *a);
/*
 * A runtime keeps ADD and GC apart (CNI 1.1).  Here it does so only where it must: what a
 * lost request has left is old, and GC does not know that an ADD has just taken it up; nor
 * does what a GC that was killed has sent and is still on its way.
 */
bool container_waits_for_gc(const struct actor *a);

/* What it is told, and whether that may be. */
void container_was_given(struct actor *a, const struct ipam_assign_request *r,
			 const struct ipam_assign_answer *answer);
void container_was_given_again(struct actor *a, const struct ipam_assign_answer *answer);
void container_has_failed(struct actor *a, const struct err *e);
void container_is_gone(struct actor *a);
void container_is_not_gone(struct actor *a, const struct err *e);
/* An ADD has ended that its runtime does not know of any more. */
void container_is_untold(struct actor *a, const struct crowd_member *m);
/* One of these. */
void container_is_answered(struct actor *a, const struct crowd_member *m);

/* A leader begins, with those of its host that do nothing else. */
void container_begin_crowd(struct actor *leader, uint64_t seed);

#endif
