/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/reclaim/reclaimer.h"

#include "tests/sim/actors.h"
#include "tests/sim/reclaim/sandboxes.h"

#include <string.h>

#define MAX_ADDRESSES 1000

static unsigned n_refused(const struct reclaim *r)
{
	unsigned n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += r->list[i].verdict == VERDICT_OTHER_MACHINE;
	return n;
}

/* False: nothing is to be released. */
static bool look(struct actor *a, unsigned machine, struct reclaim *r)
{
	struct shown shown;

	if (!actor_stop(STOP_PAUSE))
		return false;
	machine_show(a->host, machine, &a->random, &shown);
	reclaim_judge(r, shown_judge, &shown);
	if (!n_refused(r))
		return true;
	sightings.other_machines++;
	world_tell("     %s finds what another machine made\n", a->name);
	return false;
}

static bool release(struct actor *a, struct reclaim *r, bool final)
{
	struct ipam_reclaim_request request = { .final = final, .max = MAX_ADDRESSES };
	struct ipam_reclaim_answer answer = {0};
	struct err e = {0};

	if (ipam_reclaim(a->ds, r, &request, &answer, &e) < 0)
		world_may_fail(a, &e);
	world_tell("     %s released %u, and %u have changed since\n", a->name, answer.released,
		   answer.conflicts);
	sightings.reclaimed += answer.released;
	sightings.changed_since += answer.conflicts;
	return e.kind == ERR_NONE && !a->dead;
}

/* An ADD of Calico's own plugin, which the cache alone will name, has ended by then. */
static bool may_look_again(const struct actor *a, int64_t first_ns)
{
	for (unsigned i = 0; i < ACTORS; i++)
		if (world.actors[i].kind == ACTOR_CALICO && world.actors[i].running &&
		    world.actors[i].host == a->host)
			return false;
	return world.now_ns >= first_ns + GRACE_S * SECOND_NS;
}

static void wait_for_grace(struct actor *a)
{
	int64_t first_ns = world.now_ns;

	do {
		if (world.at_rest)
			world.now_ns = first_ns + GRACE_S * SECOND_NS;
		actor_stop(STOP_PAUSE);
	} while (!a->dead && !may_look_again(a, first_ns));
}

static void give_back(struct actor *a, bool by_boot)
{
	unsigned machine = host_has_twin(a->host) ? draw(a, MACHINES) : 0;
	struct reclaim r __cleanup(reclaim_done) = {0};
	struct err e = {0};

	if (ipam_reclaim_find(a->ds, a->host->name, &r, &e) < 0) {
		world_may_fail(a, &e);
		return;
	}
	if (!look(a, machine, &r) || !release(a, &r, true) || by_boot ||
	    !reclaim_count(&r, false))
		return;
	wait_for_grace(a);
	if (look(a, machine, &r))
		release(a, &r, false);
}

static void reclaim(struct actor *a)
{
	give_back(a, false);
}

static void reclaim_by_boot(struct actor *a)
{
	give_back(a, true);
}

void reclaimer_begin(struct actor *a, uint64_t seed)
{
	a->host = &world.hosts[seed % HOSTS];
	if ((seed >> 44) % 4)
		actor_begin(a, seed, reclaim, "reclaim");
	else
		actor_begin(a, seed, reclaim_by_boot, "reclaim --boot");
}

void reclaimer_begin_to_clear(struct actor *a, struct host *host)
{
	a->host = host;
	actor_begin(a, 1, reclaim, "reclaim");
}

static bool is_of(const struct slot *s, const struct actor *a)
{
	const char *handle = s->handle < 0 ? "net." : world.ledger.handles[s->handle].id;

	return s->state == SLOT_HELD && strcmp(handle + strlen("net."), a->container) == 0 &&
	       (a->kind == ACTOR_CALICO || strcmp(s->ifname, a->ifname) == 0);
}

/* Of Calico's containers each has one. */
static bool was_told(const struct actor *a, struct addr addr)
{
	return a->phase == LIVES &&
	       (a->kind == ACTOR_CALICO ||
		(a->has[addr.family] && addr_equal(a->addr[addr.family], addr)));
}

void check_reclaimed(const struct ledger_block *b, const struct ledger_block *was)
{
	if (!world.author || world.author->kind != ACTOR_RECLAIM || !was->there)
		return;
	for (unsigned k = 0; k < was->size; k++)
		for (unsigned i = 0; i < CONTAINERS + CALICOS; i++) {
			const struct actor *a = &world.actors[i];
			struct addr addr = cidr_nth(was->cidr, k);
			char text[ADDR_TEXT];

			addr_print(addr, text);
			if (is_of(&was->slots[k], a) && was_told(a, addr) &&
			    !stranger_touched_handle(a->handle) &&
			    !(b->there && is_of(&b->slots[k], a)))
				world_lose("a living container's address is not reclaimed",
					   "%s had %s", a->name, text);
		}
}

/* Its handle has something that lives: all of it is given back, or nothing. */
static bool lives(const struct slot *s)
{
	const char *handle = world.ledger.handles[s->handle].id;

	for (unsigned i = 0; i < CONTAINERS + CALICOS; i++)
		if (world.actors[i].phase == LIVES &&
		    strcmp(handle + strlen("net."), world.actors[i].container) == 0)
			return true;
	return false;
}

/* Calico's own says nothing of where it is: an empty cache tells nothing of it. */
static bool can_be_judged(const struct slot *s, const struct host *host)
{
	const char *handle = world.ledger.handles[s->handle].id;
	bool is_ours = handle[strlen("net.")] == 'c';
	bool has_cache = false;

	for (unsigned i = 0; i < CONTAINERS + CALICOS; i++)
		has_cache |= world.actors[i].host == host && world.actors[i].phase == LIVES;
	return is_ours || has_cache;
}

void check_nothing_is_unclaimed(const struct host *host)
{
	int number = ledger_host(&world.ledger, host->name);

	for (unsigned i = 0; i < world.ledger.n_blocks; i++) {
		const struct ledger_block *b = &world.ledger.blocks[i];

		for (unsigned k = 0; b->there && k < b->size; k++) {
			const struct slot *s = &b->slots[k];
			char text[ADDR_TEXT];

			if (s->state != SLOT_HELD || s->handle < 0 || s->host != number ||
			    lives(s) || !can_be_judged(s, host))
				continue;
			addr_print(cidr_nth(b->cidr, k), text);
			world_lose("what no longer lives is given back", "%s of %s %s is held",
				   text, world.ledger.handles[s->handle].id, s->ifname);
		}
	}
}
