/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/game.h"

#include "ipam/record/keys.h"
#include "tests/sim/actors.h"
#include "tests/sim/invariants.h"
#include "tests/sim/machine.h"
#include "tests/sim/queue/host_files.h"
#include "tests/sim/queue/leavings.h"
#include "tests/sim/queue/process.h"
#include "tests/sim/reclaim/reclaimer.h"
#include "tests/sim/reclaim/sandboxes.h"
#include "tests/sim/story.h"

#include <stdio.h>
#include <string.h>

#define TURNS_TO_END 3000 /* of one verb that nobody disturbs */
#define REPLAYS_MAX 3000
#define ROUNDS_TO_SETTLE 12

static void look(void)
{
	story_changes();
	invariants_after_step();
	stranger_look();
	sightings.steps++;
}

static void begin(struct actor *a, uint64_t seed)
{
	if (a->kind == ACTOR_CONTAINER)
		container_begin(a, seed);
	else if (a->kind == ACTOR_GC && world.rules.queues && seed / 64 % 8)
		status_begin(a, &world.hosts[seed % HOSTS], seed);
	else if (a->kind == ACTOR_GC)
		gc_begin(a, &world.hosts[seed % HOSTS], seed);
	else if (a->kind == ACTOR_ADMIN && world.rules.administers)
		admin_begin(a, seed);
	else if (a->kind == ACTOR_MENDER)
		mender_begin(a, seed);
	else if (a->kind == ACTOR_CALICO && world.rules.calico)
		calico_begin(a, seed);
	else if (a->kind == ACTOR_RECLAIM)
		reclaimer_begin(a, seed);
}

/* Its runtime was killed, and another goes on. */
static bool is_followed(struct actor *a, uint64_t seed)
{
	if (seed / 256 % 16 != 1 || !process_begin_del_behind(a, seed))
		return false;
	look();
	story_stop(a->ended_by);
	return true;
}

/* Whoever waits for others lets them go on. */
static struct actor *first_of(struct actor *a)
{
	struct actor *before;

	if (!a->running && a->ended_by)
		a = a->ended_by;
	while ((before = host_files_blocker(a)))
		a = before;
	return a;
}

static void take_turn(struct actor *a, uint64_t seed)
{
	if ((a->leader && a->leader != a) || is_followed(a, seed))
		return;
	a = first_of(a);
	story_turn(a);
	if (a->running)
		actor_go_on(a, FAKE_GOES_ON);
	else
		begin(a, seed);
	look();
	story_stop(a);
}

static bool is_disturbed_well(const struct actor *a)
{
	return a->running && a->kind != ACTOR_CALICO &&
	       (a->stop == STOP_COMMIT || a->stop == STOP_WRITE || a->stop == STOP_ANSWER ||
		a->stop == STOP_TELL);
}

/* The next that has sent something, if any has. */
static struct actor *choose_victim(struct actor *a)
{
	for (unsigned i = 0; i < ACTORS; i++) {
		struct actor *next = &world.actors[(a->number + i) % ACTORS];

		if (is_disturbed_well(next))
			return next;
	}
	return a;
}

/* An answer or a request of it does not come. */
static void disturb(struct actor *a, enum fake_fate fate)
{
	if (!a->running || a->kind == ACTOR_CALICO || a->stop == STOP_PAUSE ||
	    (a->stop >= STOP_LOCK && a->stop != STOP_OPEN))
		return;
	story_fate(a, fate);
	actor_go_on(a, fate);
	look();
	story_stop(a);
}

static void die(struct actor *a, enum fake_fate fate)
{
	if (!a->running)
		return;
	story_death(a, fate);
	actor_die(a, fate);
	if (a->kind == ACTOR_CONTAINER || a->kind == ACTOR_RUNTIME)
		container_has_died(a);
	sightings.died++;
	look();
}

static void land(size_t i)
{
	struct late_author author = world.late[i];

	memmove(&world.late[i], &world.late[i + 1], (LATE_MAX - 1 - i) * sizeof(author));
	world.author = &world.actors[author.actor];
	world.author_is_automatic = author.automatic;
	world.author_spares_used = author.spares_used;
	story_landing(world.author);
	sightings.landed += fake_land(world.store, i);
	look();
}

/* In a game with notes what is on its way is not so for ever. */
static void let_pass(int64_t ns)
{
	size_t i = 0;

	while (world.rules.queues && i < fake_late(world.store))
		if (world.now_ns + ns - world.late[i].sent_ns > LAND_S * SECOND_NS)
			land(i);
		else
			i++;
	world.now_ns += ns;
}

static void boot(struct host *h, uint64_t seed)
{
	world_tell("     %s is booted anew\n", h->name);
	for (unsigned i = 0; i < ACTORS; i++) {
		struct actor *a = &world.actors[i];

		if (a->host == h && a->kind != ACTOR_ADMIN && a->kind != ACTOR_MENDER)
			die(a, (seed >> i) % 4 ? FAKE_IS_REFUSED : FAKE_IS_LATE);
	}
	host_is_booted(h);
}

static void take_snapshot(void)
{
	if (world.snapshot)
		fake_free(world.snapshot);
	world.snapshot = fake_copy(world.store);
	world_tell("     the store is backed up\n");
}

static void read_all_anew(void)
{
	const char *key;

	ledger_forget(&world.ledger);
	for (size_t i = 0; (key = fake_key(world.store, "", i)); i++)
		ledger_read(&world.ledger, ledger_locate(&world.ledger, key), key,
			    fake_get(world.store, key));
	world.n_changes = 0;
}

/*
 * Forth and sometimes back again: the next restore is then of what is left now.  Whoever is
 * under way loses his connection; what was acknowledged since is nobody's fault.
 */
static void restore(bool and_back)
{
	struct fake_store *left;

	if (!world.snapshot || world.strangers_came)
		return;
	world_tell("     the store is restored%s\n", and_back ? ", and what it was is kept" : "");
	for (unsigned i = 0; i < ACTORS; i++)
		die(&world.actors[i], FAKE_IS_REFUSED);
	fake_drop_late(world.store);
	left = fake_copy(world.store);
	fake_restore(world.store, world.snapshot);
	if (and_back) {
		fake_free(world.snapshot);
		world.snapshot = left;
	} else {
		fake_free(left);
	}
	read_all_anew();
	for (unsigned i = 0; i < ACTORS; i++)
		if (world.actors[i].kind == ACTOR_CONTAINER)
			container_forgive(&world.actors[i]);
		else if (world.actors[i].kind == ACTOR_CALICO)
			world.actors[i].phase = BROKEN;
	world.was_restored = true;
	sightings.restored++;
	invariants_of_all();
}

#define FLITS 16 /* turns of one, until the next has its turn */

static void flit(uint64_t seed)
{
	if (!world.snapshot)
		take_snapshot();
	else
		restore(seed % 4);
}

/* In its games one event of five is a reclaim's, and while it waits some time passes. */
static struct actor *perhaps_reclaimer(struct actor *a, uint64_t seed)
{
	if ((seed >> 20) % 5)
		return a;
	a = &world.actors[ACTORS - 1 - (seed >> 28) % RECLAIMERS];
	if (a->running && a->stop == STOP_PAUSE)
		let_pass((int64_t)(seed % GRACE_S) * SECOND_NS);
	return a;
}

static void happen(const struct event *event)
{
	struct actor *a = &world.actors[event->actor];
	const struct rules *r = &world.rules;

	world.now_ns += 1000;
	if (r->reclaims) {
		sandboxes_pass(event->seed);
		a = perhaps_reclaimer(a, event->seed);
	}
	if (event->kind == EVENT_TURN && r->flits && (event->seed >> 8) % FLITS == 0)
		flit(event->seed);
	else if (event->kind == EVENT_TURN)
		take_turn(a, event->seed);
	else if (event->kind == EVENT_LOSE && r->faults)
		disturb(event->seed % 4 ? choose_victim(a) : a, FAKE_IS_LOST);
	else if (event->kind == EVENT_LATE && r->faults)
		disturb(choose_victim(a), FAKE_IS_LATE);
	else if (event->kind == EVENT_REFUSE && r->faults)
		disturb(a, FAKE_IS_REFUSED);
	else if (event->kind == EVENT_DIE && r->faults)
		die(event->seed % 8 < 4 ? choose_victim(a) : a,
		    event->seed % (r->queues ? 2 : 4) ? FAKE_IS_REFUSED : FAKE_IS_LATE);
	else if (event->kind == EVENT_LAND && fake_late(world.store))
		land(event->seed % fake_late(world.store));
	else if (event->kind == EVENT_TIME)
		let_pass((int64_t)(event->seed % 90) * SECOND_NS);
	else if (event->kind == EVENT_BOOT && (r->queues || r->reclaims) && r->faults)
		boot(&world.hosts[event->seed % HOSTS], event->seed / HOSTS);
	else if (event->kind == EVENT_SNAPSHOT && r->restores)
		take_snapshot();
	else if (event->kind == EVENT_RESTORE && r->restores)
		restore(event->seed % 2);
	else if (event->kind == EVENT_MIRROR)
		mirror_spoil(event->seed);
	else if (event->kind == EVENT_STRANGER && r->strangers)
		stranger_comes(event->seed);
	else if (event->kind == EVENT_LEFTOVER && r->calico && calico_leave_affinity(event->seed))
		look();
}

static void run_to_end(struct actor *a)
{
	for (unsigned i = 0; a->running && !world.rule; i++) {
		if (i == TURNS_TO_END)
			world_lose("every verb ends", "%s %s", a->name, a->verb);
		else
			take_turn(a, 0);
	}
}

static void run_all_to_end(void)
{
	for (unsigned i = 0; i < ACTORS; i++)
		run_to_end(&world.actors[i]);
}

static struct actor *actor_of(enum actor_kind kind)
{
	unsigned i = 0;

	while (world.actors[i].kind != kind)
		i++;
	return &world.actors[i];
}

static void settle_on(struct host *h)
{
	struct actor *runtime = actor_of(ACTOR_GC);

	for (unsigned i = 0; i < ROUNDS_TO_SETTLE && notes_are_there(h) && !world.rule; i++) {
		status_begin(runtime, h, 1);
		look();
		run_to_end(runtime);
		let_pass(2 * LAND_S * SECOND_NS + SECOND_NS);
	}
	if (notes_are_there(h) && !world.strangers_came)
		world_lose("in the end no note is left", "on %s", h->name);
}

/* By STATUS alone: nobody asks for what was forgotten. */
static void settle_all(void)
{
	for (unsigned i = 0; i < HOSTS && !world.rule; i++)
		settle_on(&world.hosts[i]);
	if (!world.rule && !world.strangers_came && !world.was_restored)
		check_nothing_is_left_behind();
}

#define RECLAIMS_TO_CLEAR 3 /* what changes while one is at work, the next gives back */

static void reclaim_on(struct host *h)
{
	struct actor *reclaimer = actor_of(ACTOR_RECLAIM);

	if (host_has_cookies(h))
		sandboxes_end(h);
	else
		boot(h, 0);
	for (unsigned i = 0; i < RECLAIMS_TO_CLEAR && !world.rule; i++) {
		reclaimer_begin_to_clear(reclaimer, h);
		look();
		run_to_end(reclaimer);
	}
	if (!world.rule && !world.strangers_came && !world.was_restored && !host_has_twin(h))
		check_nothing_is_unclaimed(h);
}

static void reclaim_all(void)
{
	for (unsigned i = 0; i < HOSTS && !world.rule; i++)
		reclaim_on(&world.hosts[i]);
}

static void delete_all(void)
{
	for (unsigned i = 0; i < ACTORS && !world.rule; i++) {
		struct actor *a = &world.actors[i];

		if (a->kind == ACTOR_CONTAINER && (a->phase != NOBODY || a->haunted))
			container_begin_del(a, 1);
		else if (a->kind == ACTOR_CALICO && world.rules.calico)
			calico_begin_del(a);
		look();
		run_to_end(a);
	}
}

static void collect_all(void)
{
	struct actor *gc = actor_of(ACTOR_GC);

	world.now_ns += 1000 * SECOND_NS;
	for (unsigned i = 0; i < HOSTS && !world.rule; i++) {
		gc_begin(gc, &world.hosts[i], 1);
		look();
		run_to_end(gc);
	}
}

static void mend_all(void)
{
	struct actor *mender = actor_of(ACTOR_MENDER);

	world.now_ns += 1000 * SECOND_NS;
	mender_begin_to_mend(mender);
	run_to_end(mender);
	if (world.strangers_came || world.rule)
		return;
	mender_begin_to_prove(mender);
	run_to_end(mender);
}

static void clear_all(void)
{
	struct actor *admin = actor_of(ACTOR_ADMIN);

	admin_begin_to_clear(admin);
	look();
	run_to_end(admin);
}

static void come_to_rest(void)
{
	world_tell("---- nobody is disturbed any more\n");
	world.at_rest = true;
	while (fake_late(world.store))
		land(0);
	run_all_to_end();
	for (unsigned i = 0; i < ACTORS && !world.rule; i++)
		world.actors[i].disturbed = false;
	if (world.rule)
		return;
	if (world.rules.queues)
		settle_all();
	if (world.rules.reclaims)
		reclaim_all();
	delete_all();
	collect_all();
	if (!world.rule && !world.strangers_came)
		check_nothing_is_held();
	mend_all();
	clear_all();
	if (world.strangers_came || world.rule)
		return;
	check_none_is_left("a handle", KEY_HANDLES);
	check_no_block_is_left();
	check_none_is_left("an affinity", KEY_HOST_AFFINITIES);
	check_none_is_left("a pool", KEY_POOLS);
}

const char *game_play(const struct game *game, bool told)
{
	world.told = told;
	stranger_forget();
	host_files_forget();
	sandboxes_forget(game->seed);
	world_init(game->seed, game->transactions);
	for (unsigned i = 0; i < game->n && !world.rule; i++)
		happen(&game->events[i]);
	if (!world.rule)
		come_to_rest();
	world.told = false;
	world_done();
	return world.rule;
}

/* The game without events[at] to events[at + n - 1]. */
static bool is_lost_without(const struct game *game, struct event *events, unsigned *n_events,
			    unsigned at, unsigned n, const char *rule)
{
	static struct event rest[EVENTS];
	struct game shorter = *game;

	memcpy(rest, events, at * sizeof(*rest));
	memcpy(rest + at, events + at + n, (*n_events - at - n) * sizeof(*rest));
	shorter.events = rest;
	shorter.n = *n_events - n;
	if (game_play(&shorter, false) != rule)
		return false;
	*n_events = shorter.n;
	memcpy(events, rest, shorter.n * sizeof(*rest));
	return true;
}

unsigned game_shrink(const struct game *game, struct event *events, const char *rule)
{
	unsigned n = game->n, replays = 0;
	bool again = true;

	for (unsigned size = n / 2; size && (size > 1 || again); size = size > 1 ? size / 2 : 1) {
		again = false;
		for (unsigned at = 0; at + size <= n && replays < REPLAYS_MAX; replays++) {
			if (is_lost_without(game, events, &n, at, size, rule))
				again = true;
			else
				at += size;
		}
	}
	return n;
}
