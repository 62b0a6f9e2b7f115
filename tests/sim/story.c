/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/story.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const stops[] = {
	[STOP_NONE] = "nothing", [STOP_READ] = "a read", [STOP_COMMIT] = "a commit",
	[STOP_WRITE] = "a write", [STOP_ANSWER] = "its commit's answer", [STOP_PAUSE] = "a pause",
	[STOP_LOCK] = "a lock that another holds", [STOP_OPEN] = "the store's opening",
	[STOP_LAY] = "the lock of what it lays down",
	[STOP_TAKE] = "another's request or note", [STOP_TELL] = "an answer to another",
	[STOP_LEAVE] = "the end of its turn",
};

static void begin_line(const struct actor *a)
{
	world_tell("%4u %s on %s", ++world.steps, a->name, a->host->name);
}

void story_turn(const struct actor *a)
{
	if (!world.told)
		return;
	if (a->running) {
		begin_line(a);
		world_tell(" goes on with %s: %s\n", a->verb, stops[a->stop]);
	}
}

void story_stop(const struct actor *a)
{
	if (!world.told || !a->verb)
		return;
	if (a->running)
		world_tell("     %s (%s) comes to %s\n", a->name, a->verb, stops[a->stop]);
	else
		world_tell("     %s has ended %s\n", a->name, a->verb);
}

void story_fate(const struct actor *a, enum fake_fate fate)
{
	static const char *const fates[] = {
		[FAKE_GOES_ON] = "comes", [FAKE_IS_REFUSED] = "is refused",
		[FAKE_IS_LOST] = "is lost", [FAKE_IS_LATE] = "is late",
		[FAKE_IS_OVER] = "is too late",
	};

	if (!world.told)
		return;
	begin_line(a);
	world_tell(": of %s %s %s\n", a->verb, stops[a->stop], fates[fate]);
}

void story_death(const struct actor *a, enum fake_fate fate)
{
	if (!world.told)
		return;
	begin_line(a);
	world_tell(" dies in %s before %s%s\n", a->verb, stops[a->stop],
		   fate == FAKE_IS_LATE ? ", which may come yet" : "");
}

void story_landing(const struct actor *author)
{
	if (world.told)
		world_tell("%4u what %s sent arrives\n", ++world.steps, author->name);
}

static const char *handle_name(int handle)
{
	return handle < 0 ? "no handle" : world.ledger.handles[handle].id;
}

static void tell_slots(const struct ledger_block *b)
{
	for (unsigned i = 0; b->there && i < b->size; i++) {
		const struct slot *s = &b->slots[i];
		char text[ADDR_TEXT];

		if (s->state == SLOT_FREE)
			continue;
		addr_print(cidr_nth(b->cidr, i), text);
		if (s->state == SLOT_COOLING)
			world_tell(", %s cools down", text);
		else
			world_tell(", %s of %s %s", text, handle_name(s->handle), s->ifname);
	}
}

static void tell_block(const struct ledger_block *b)
{
	char text[CIDR_TEXT];

	cidr_print(b->cidr, text);
	world_tell("          block %s ", text);
	if (!b->there)
		world_tell("goes");
	else
		world_tell("of %s", b->owner < 0 ? "nobody" : world.ledger.hosts[b->owner]);
	tell_slots(b);
	world_tell("\n");
}

static void tell_affinity(const struct ledger_block *b, int host)
{
	static const char *const states[] = { [AFFINITY_CONFIRMED] = "confirmed",
					      [AFFINITY_PENDING] = "pending",
					      [AFFINITY_PENDING_DELETION] = "pendingDeletion" };
	char text[CIDR_TEXT];

	cidr_print(b->cidr, text);
	world_tell("          affinity of %s for %s %s\n", world.ledger.hosts[host], text,
		   b->has_affinity[host] ? states[b->states[host]] : "goes");
}

static void tell_handle(const struct ledger_handle *h)
{
	world_tell("          handle %s", h->id);
	if (!h->there)
		world_tell(" goes");
	for (unsigned i = 0; h->there && i < h->n; i++) {
		char text[CIDR_TEXT];

		cidr_print(world.ledger.blocks[h->entries[i].block].cidr, text);
		world_tell("%s %" PRId64 " in %s", i ? "," : "", h->entries[i].count, text);
	}
	world_tell("\n");
}

static void tell_change(const struct ledger_change *c)
{
	const struct ledger_pool *p = &world.ledger.pools[c->at % LEDGER_POOLS];
	char text[CIDR_TEXT];

	if (c->kind == LEDGER_BLOCK) {
		tell_block(&world.ledger.blocks[c->at]);
	} else if (c->kind == LEDGER_AFFINITY) {
		tell_affinity(&world.ledger.blocks[c->at], c->host);
	} else if (c->kind == LEDGER_HANDLE) {
		tell_handle(&world.ledger.handles[c->at]);
	} else if (c->kind == LEDGER_POOL) {
		cidr_print(p->cidr, text);
		world_tell("          pool %s %s%s %s\n", p->name, text,
			   !p->there ? " goes" : p->enabled ? "" : " not enabled", p->selector);
	} else if (c->kind == LEDGER_RESERVATION) {
		world_tell("          reservation %s %s\n", world.ledger.reservations[c->at].name,
			   world.ledger.reservations[c->at].there ? "is made" : "goes");
	} else {
		world_tell("          %s\n", c->kind == LEDGER_CONFIG ? "settings"
								   : "another record");
	}
}

void story_changes(void)
{
	for (unsigned i = 0; i < world.n_changes && world.told; i++)
		tell_change(&world.changes[i]);
}
