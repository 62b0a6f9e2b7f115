/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/queue/process.h"

#include "plugin/crowd/turn_note.h"
#include "tests/sim/container.h"
#include "tests/sim/queue/host_files.h"

#include <stdio.h>
#include <string.h>

#define LONG_S 90 /* as a runtime's ADD has */

/* The container that it is about. */
static struct actor *subject(struct actor *a)
{
	return a->of ? a->of : a;
}

static int64_t draw_end(struct actor *a)
{
	int64_t s = draw(a, 3) ? LONG_S : 3 + draw(a, 30);

	return world.now_ns + (world.at_rest ? LONG_S : s) * SECOND_NS;
}

struct turn process_turn(const struct actor *a)
{
	return (struct turn){ .settings = &world.settings, .node = a->host->name,
			      .lock_file = HOST_LOCK_FILE, .lock = -1,
			      .deadline = { a->ends_ns / 1000000 } };
}

static void demand(struct actor *a, struct crowd_member m[2])
{
	struct actor *c = subject(a);

	if (a == c)
		container_join(c, m);
	else
		*m = (struct crowd_member){ .verb = CROWD_DEL,
					    .del = { .owner = container_owner(c),
						     .now_ns = host_now(c->host) } };
}

/* What it asked for may come yet. */
static void check_error(const struct actor *a, const struct crowd_member *m)
{
	bool may_have_gone_through = m->failed && a->was_taken && !a->told;

	if (may_have_gone_through && !strstr(m->error.text, "had taken this request"))
		world_lose("who fails is told that another had taken his request", "%s: %s",
			   a->name, m->error.text);
	if (m->failed && strstr(m->error.text, "not asked for") &&
	    (!strstr(m->error.text, "fake store") || !strstr(m->error.text, "try again")))
		world_lose("who is not asked for is told where and what to do", "%s: %s", a->name,
			   m->error.text);
}

static void is_answered(struct actor *a, const struct crowd_member *m)
{
	struct actor *c = subject(a);

	check_error(a, m);
	if (a == c && c->orphaned) {
		container_is_untold(c, m);
		return;
	}
	if (a == c) {
		container_is_answered(c, m);
		return;
	}
	c->disturbed |= a->disturbed;
	c->unanswered |= a->unanswered;
	c->met_stranger |= a->met_stranger;
	c->over |= a->over;
	c->misread |= a->misread;
	if (m->failed)
		container_is_not_gone(c, &m->error);
	else
		container_is_gone(c);
}

/* Nobody is served by it any more, and nobody waits for it. */
static void has_ended(struct actor *a)
{
	a->orphaned = false;
	if (a->of)
		a->of->ended_by = NULL;
	for (unsigned i = 0; i < ACTORS; i++)
		if (world.actors[i].taken_by == a)
			world.actors[i].taken_by = NULL;
}

static void note(struct actor *a, struct turn *turn, struct crowd_member *mine)
{
	demand(a, mine);
	turn_note(turn, mine);
	/* This note knows of it, unless who was to write it has died before. */
	if (mine->verb == CROWD_DEL)
		subject(a)->unnoted = a->dead;
}

/* As the plugin does: of a DEL the note comes first. */
static int begin_turn(struct actor *a, struct turn *turn, struct crowd_member *mine, struct err *e)
{
	bool deletes = a->member == MEMBER_DEL;

	if (deletes)
		note(a, turn, mine);
	if (turn_begin(turn, world.ledger.handles[subject(a)->handle].id, subject(a)->ifname,
		       e) < 0)
		return -1;
	if (!deletes)
		note(a, turn, mine);
	subject(a)->awaits = container_is_awaited(subject(a));
	return 0;
}

static int carry_out(struct actor *a, struct turn *turn, struct crowd_member *mine, struct err *e)
{
	int rc = turn_carry_out(turn, mine, e);

	if (host_files_are_locked_by(a))
		actor_stop(STOP_LEAVE);
	/* Of an orphan nobody reads the answer. */
	if (!a->dead && !(a->orphaned && rc == 0))
		rc = turn_note_outcome(turn, mine, rc, e);
	return rc;
}

static void run(struct actor *a)
{
	struct crowd_member mine[2] = { { .failed = false } };
	struct turn turn __cleanup(turn_done) = { .lock = -1 };
	struct err e = {0};
	int rc;

	a->ends_ns = draw_end(a);
	turn = process_turn(a);
	rc = begin_turn(a, &turn, mine, &e);
	if (rc == 0)
		rc = carry_out(a, &turn, mine, &e);
	mine->failed = rc < 0;
	mine->error = e;
	if (!a->dead)
		is_answered(a, mine);
	has_ended(a);
}

static void begin(struct actor *a, uint64_t seed, enum member member, const char *verb)
{
	a->member = member;
	a->n_requests++;
	a->was_taken = a->told = a->asked = a->over = false;
	actor_begin(a, seed, run, verb);
}

void process_begin_add(struct actor *a, uint64_t seed)
{
	container_comes_to_be(a);
	begin(a, seed, MEMBER_ADD, "ADD");
}

void process_begin_add_again(struct actor *a, uint64_t seed)
{
	begin(a, seed, MEMBER_ADD_AGAIN, "ADD again");
}

void process_begin_del(struct actor *a, uint64_t seed)
{
	container_know(a);
	container_lets_go(a);
	a->automatic = false;
	begin(a, seed, MEMBER_DEL, "DEL");
}

static struct actor *idle_runtime(void)
{
	for (unsigned i = 0; i < ACTORS; i++)
		if (world.actors[i].kind == ACTOR_RUNTIME && !world.actors[i].running)
			return &world.actors[i];
	return NULL;
}

bool process_begin_del_behind(struct actor *a, uint64_t seed)
{
	struct actor *r = idle_runtime();

	if (a->kind != ACTOR_CONTAINER || !r || !a->running || !a->ends_ns ||
	    a->member == MEMBER_DEL || a->ended_by || container_waits_for_gc(a))
		return false;
	container_lets_go(a);
	a->orphaned = true;
	a->ended_by = r;
	r->of = a;
	r->host = a->host;
	snprintf(r->name, sizeof(r->name), "the next of %.10s", a->name);
	sightings.behind++;
	begin(r, seed, MEMBER_DEL, "DEL");
	return true;
}

/* What it asked for may be done. */
static void may_be_served(struct actor *c)
{
	if (c->phase != LIVES)
		c->phase = BROKEN;
	c->haunted |= c->phase != LIVES;
}

void process_has_died(struct actor *a)
{
	if (a->died_at != STOP_LOCK || a->was_taken)
		may_be_served(subject(a));
}

enum fake_fate process_asks(struct actor *a, enum fake_fate fate)
{
	if (!a->ends_ns || a->dead)
		return fate;
	if (a->told)
		world_lose("who is answered asks the store no more", "%s %s", a->name, a->verb);
	a->asked = true;
	if (world.now_ns < a->ends_ns || fate != FAKE_GOES_ON)
		return fate;
	a->over = a->disturbed = true;
	/* As of servers that were asked for too short a time. */
	return draw(a, 2) ? FAKE_IS_OVER : FAKE_IS_REFUSED;
}

bool process_serves(const struct actor *leader, const struct actor *a)
{
	const struct actor *other = a->ended_by;

	return a->taken_by == leader || (other && (other == leader || other->taken_by == leader));
}

/* What a process that has died asked for is not known any more: it may have been one address. */
static void leads(struct actor *leader, const struct actor *also, bool lives)
{
	if (leader->asked)
		world_lose("a leader takes what waits once", "%s took %s later", leader->name,
			   also->name);
	if (strcmp(leader->verb, "crowd") != 0) {
		sightings.crowds++;
		leader->automatic |= leader->member == MEMBER_DEL;
		leader->verb = "crowd";
	}
	leader->automatic &= lives && (also->member == MEMBER_DEL || also->automatic);
	world.author_is_automatic = leader->automatic;
}

void process_takes(struct actor *leader, struct actor *whose, unsigned request)
{
	bool lives = whose->running && whose->n_requests == request;

	world_tell("     %s takes the request of %s\n", leader->name, whose->name);
	leads(leader, whose, lives);
	if (!request)
		return;
	whose->taken_by = leader;
	whose->met_stranger |= leader->met_stranger;
	if (lives)
		whose->was_taken = true;
	else
		may_be_served(subject(whose));
}

void process_gives_back(const struct actor *leader, struct actor *whose, unsigned request)
{
	world_tell("     %s gives the request of %s back\n", leader->name, whose->name);
	sightings.given_back++;
	if (whose->taken_by == leader)
		whose->taken_by = NULL;
	if (whose->running && whose->n_requests == request)
		whose->was_taken = false;
}

void process_answers(struct actor *leader, struct actor *whose, unsigned request, bool whole)
{
	world_tell("     %s writes %s answer to %s\n", leader->name, whole ? "an" : "half an",
		   whose->name);
	if (!whose->running || whose->n_requests != request)
		return;
	sightings.answered += whole;
	whose->told = whole;
	whose->disturbed |= leader->disturbed;
	whose->unanswered |= leader->unanswered;
}
