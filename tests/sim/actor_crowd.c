/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/actors.h"
#include "tests/sim/container.h"

static void waits(struct actor *a, struct actor *leader, uint64_t *random)
{
	a->leader = leader;
	a->met_stranger = false;
	a->random = draw_from(random) | 1;
	if (a->phase == NOBODY) {
		a->member = draw_below(random, 4) ? MEMBER_ADD : MEMBER_ADD_AND_DEL;
		container_comes_to_be(a);
		if (a->member == MEMBER_ADD_AND_DEL)
			container_lets_go(a);
	} else if (a->phase == LIVES && draw_below(random, 3) == 0) {
		a->member = MEMBER_ADD_AGAIN;
	} else {
		a->member = MEMBER_DEL;
		container_know(a);
		container_lets_go(a);
		a->automatic = false;
	}
}

static void is_answered_by(struct actor *a, const struct actor *leader,
			   const struct crowd_member *m)
{
	a->disturbed = leader->disturbed;
	a->unanswered = leader->unanswered;
	container_is_answered(a, m);
}

/* In an order of their own. */
static void carry_out(struct actor *leader)
{
	static const unsigned step = 3; /* has no divisor in common with CONTAINERS */
	struct crowd_member list[2 * CONTAINERS];
	struct actor *who[2 * CONTAINERS];
	unsigned n = 0, first = draw(leader, CONTAINERS);

	for (unsigned i = 0; i < CONTAINERS; i++) {
		struct actor *a = &world.actors[(first + i * step) % CONTAINERS];

		if (a->leader != leader)
			continue;
		for (unsigned more = container_join(a, &list[n]); more > 0; more--)
			who[n++] = a;
		leader->automatic &= a->member == MEMBER_DEL || a->automatic;
	}
	sightings.crowds += n > 1;
	world.author_is_automatic = leader->automatic;
	ipam_crowd(leader->ds, list, n);
	for (unsigned i = 0; i < n && !leader->dead; i++)
		is_answered_by(who[i], leader, &list[i]);
	for (unsigned i = 0; i < n && !leader->dead; i++)
		who[i]->leader = NULL;
}

/* Those of its host that do nothing else; more than one if there are. */
void container_begin_crowd(struct actor *leader, uint64_t seed)
{
	uint64_t random = seed | 1;

	for (unsigned i = 0; i < CONTAINERS; i++) {
		struct actor *a = &world.actors[i];

		if (a == leader || (a->host == leader->host && !a->running && !a->leader &&
				    !container_waits_for_gc(a) && draw_below(&random, 4)))
			waits(a, leader, &random);
	}
	leader->automatic = true;
	actor_begin(leader, seed, carry_out, "crowd");
}

