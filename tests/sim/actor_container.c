/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/actors.h"

#include "tests/sim/invariants.h"

#include <stdio.h>
#include <string.h>

static struct ipam_owner owner_of(const struct actor *a)
{
	return (struct ipam_owner){ "net", a->container, a->ifname, a->host->name, "default",
				    NULL, NULL, NULL, NULL };
}

static void know_handle(struct actor *a)
{
	char id[LEDGER_NAME];

	snprintf(id, sizeof(id), "net.%s", a->container);
	a->handle = ledger_handle_at(&world.ledger, id);
}

/* A store without transactions may keep a part of what failed. */
static bool nothing_may_be_left(const struct actor *a)
{
	return !a->disturbed && !a->haunted && !world.strangers_came && world.rules.transactions;
}

static void has_failed(struct actor *a, const struct err *e)
{
	sightings.refused += world_may_fail(a, e);
	a->phase = nothing_may_be_left(a) ? NOBODY : BROKEN;
	a->haunted |= a->disturbed || container_count(a);
	if (a->phase == NOBODY && container_count(a))
		world_lose("an ADD that fails leaves nothing", "%s holds %u", a->name,
			   container_count(a));
}

/* What is on its way may come yet. */
static bool is_awaited(const struct actor *a)
{
	for (size_t i = 0; i < fake_late(world.store); i++)
		if (world.late[i].actor == a->number || world.late[i].crowd[a->number])
			return true;
	return false;
}

/* Than it was told of: a write that came late goes for itself without transactions. */
static bool may_hold_more(const struct actor *a)
{
	return is_awaited(a) || (a->disturbed && !world.rules.transactions);
}

static bool is_taken_by_another(const struct actor *a, struct addr addr)
{
	for (unsigned i = 0; i < CONTAINERS; i++) {
		const struct actor *other = &world.actors[i];

		if (other != a && other->phase == LIVES && other->has[addr.family] &&
		    addr_equal(other->addr[addr.family], addr))
			return true;
	}
	return false;
}

/* As long as it is recorded. */
static bool gateway_is_held(struct addr gateway)
{
	const struct slot *s = gateway.family ? ledger_slot_of(&world.ledger, gateway) : NULL;

	return s && s->state == SLOT_HELD && world_is_exact() &&
	       ledger_reserves(&world.ledger, gateway);
}

static void check_told(const struct actor *a, const struct ipam_assign_request *r,
		       const struct ipam_assign_answer *answer)
{
	for (enum family f = FAMILY_4; f < N_FAMILIES; f++) {
		char text[ADDR_TEXT];

		if (answer->has[f] != r->wanted[f])
			world_lose("an ADD gives what was asked for, or nothing",
				   "%s: IPv%u is %s", a->name, family_number(f),
				   answer->has[f] ? "given" : "missing");
		if (!answer->has[f])
			continue;
		addr_print(answer->address[f].addr, text);
		if (!world.strangers_came && !container_holds(a, answer->address[f].addr))
			world_lose("what is acknowledged is stored", "%s was told %s", a->name,
				   text);
		if (is_taken_by_another(a, answer->address[f].addr) &&
		    !stranger_touched(answer->address[f].addr))
			world_lose("no address is given to two", "%s to %s too", text, a->name);
		if (gateway_is_held(answer->address[f].gateway))
			world_lose("a gateway is no container's", "%s was told one that is held",
				   a->name);
		if (r->exact[f].family && !addr_equal(r->exact[f], answer->address[f].addr))
			world_lose("an exact address is that one", "%s was told %s", a->name, text);
	}
}

static void was_told(struct actor *a, const struct ipam_assign_answer *answer)
{
	char text[ADDR_TEXT];

	a->phase = LIVES;
	sightings.acknowledged++;
	for (enum family f = FAMILY_4; f < N_FAMILIES; f++) {
		a->has[f] = answer->has[f];
		a->addr[f] = answer->address[f].addr;
		a->gateway[f] = answer->address[f].gateway;
		if (!a->has[f])
			continue;
		addr_print(a->addr[f], text);
		world_tell("     %s is told %s\n", a->name, text);
	}
}

static struct ipam_assign_request request_of(struct actor *a)
{
	struct ipam_assign_request r = { .owner = owner_of(a), .now_ns = host_now(a->host) };

	r.gateway.wanted = r.gateway.first = world.rules.gateways && draw(a, 3);
	r.prefix = world.rules.links ? IPAM_PREFIX_POOL : IPAM_PREFIX_BLOCK;
	for (int i = 0; i < IPAM_UIDS; i++)
		world_uid(r.uids[i]);
	return r;
}

static struct ipam_assign_request draw_add(struct actor *a)
{
	struct ipam_assign_request r = request_of(a);
	unsigned families = draw(a, 4);

	r.wanted[FAMILY_4] = families != 3;
	r.wanted[FAMILY_6] = families != 2;
	if (r.wanted[FAMILY_4] && draw(a, 8) == 0) {
		r.wanted[FAMILY_6] = false;
		r.exact[FAMILY_4] = (struct addr){ FAMILY_4, 0x0a000000 + draw(a, 32) };
		if (world.last_released.family && draw(a, 2))
			r.exact[FAMILY_4] = world.last_released;
		else if (world.rules.links && draw(a, 2))
			r.exact[FAMILY_4].n = 0x0a000001; /* that others have as gateway */
		a->automatic = false;
	}
	return r;
}

static void was_given(struct actor *a, const struct ipam_assign_request *r,
		      const struct ipam_assign_answer *answer)
{
	check_told(a, r, answer);
	a->haunted |= may_hold_more(a);
	was_told(a, answer);
}

static void add(struct actor *a)
{
	struct ipam_assign_request r = draw_add(a);
	struct ipam_assign_answer answer = {0};
	unsigned long asked = datastore_requests(a->ds);
	struct err e = {0};

	if (ipam_assign(a->ds, &r, &answer, &e) < 0) {
		if (datastore_requests(a->ds) == asked)
			world_lose("who fails has looked at the store", "%s: %s", a->name, e.text);
		has_failed(a, &e);
		return;
	}
	if (!a->dead)
		was_given(a, &r, &answer);
}

/* A restored store or a late write may have given it another one. */
static bool is_as_told(const struct actor *a, struct addr addr)
{
	return addr_equal(a->addr[addr.family], addr) || (a->haunted && container_holds(a, addr));
}

static void was_given_again(struct actor *a, const struct ipam_assign_answer *answer)
{
	for (enum family f = FAMILY_4; f < N_FAMILIES && !world.strangers_came; f++)
		if (a->has[f] && (!answer->has[f] || !is_as_told(a, answer->address[f].addr)))
			world_lose("a repeated ADD is told the same", "%s: IPv%u", a->name,
				   family_number(f));
	for (enum family f = FAMILY_4; f < N_FAMILIES; f++)
		if (answer->has[f] && answer->address[f].gateway.family)
			a->gateway[f] = answer->address[f].gateway;
}

static struct ipam_assign_request same_again(struct actor *a)
{
	struct ipam_assign_request r = request_of(a);

	memcpy(r.wanted, a->has, sizeof(r.wanted));
	return r;
}

/* As when the runtime did not hear the answer: the same again. */
static void add_again(struct actor *a)
{
	struct ipam_assign_request r = same_again(a);
	struct ipam_assign_answer answer = {0};
	struct err e = {0};

	if (ipam_assign(a->ds, &r, &answer, &e) < 0)
		world_may_fail(a, &e);
	else
		was_given_again(a, &answer);
}

static void check(struct actor *a)
{
	struct ipam_owner owner = owner_of(a);
	struct addr list[N_FAMILIES];
	struct err e = {0};
	unsigned n = 0;

	for (enum family f = FAMILY_4; f < N_FAMILIES; f++)
		if (a->has[f])
			list[n++] = a->addr[f];
	if (ipam_verify(a->ds, &owner, list, n, &e) < 0 && world_may_fail(a, &e) &&
	    !a->unanswered && !world.strangers_came)
		world_lose("CHECK finds what is held", "%s: %s", a->name, e.text);
}

static void is_gone(struct actor *a)
{
	sightings.deleted++;
	a->haunted &= a->awaits;
	a->phase = NOBODY;
	if (!a->haunted && !world.strangers_came && container_count(a))
		world_lose("what was deleted is free", "%s still holds %u", a->name,
			   container_count(a));
}

static void is_not_gone(struct actor *a, const struct err *e)
{
	a->haunted |= a->disturbed;
	if (world_may_fail(a, e) && !a->unanswered && !world.strangers_came)
		world_lose("DEL succeeds where the store answers", "%s: %s", a->name, e->text);
}

static void del(struct actor *a)
{
	struct ipam_release_request r = { .owner = owner_of(a), .now_ns = host_now(a->host) };
	struct ipam_release_answer answer;
	struct err e = {0};

	if (ipam_release(a->ds, &r, &answer, &e) == 0)
		is_gone(a);
	else
		is_not_gone(a, &e);
}

/* It may hold more than it was told of: see may_hold_more(), or a store was restored. */
static void check_released(struct actor *a, const struct ipam_release_address *list, unsigned n)
{
	for (unsigned i = 0; i < n && !world.strangers_came; i++)
		if (list[i].result != IPAM_RELEASED || container_holds(a, list[i].addr))
			world_lose("what is held can be released", "%s: result %d", a->name,
				   (int)list[i].result);
	if (!a->haunted || !container_count(a))
		is_gone(a);
}

static void release(struct actor *a)
{
	struct ipam_release_address list[N_FAMILIES] = {{ .addr = { .n = 0 } }};
	const char *handle = draw(a, 2) ? world.ledger.handles[a->handle].id : NULL;
	unsigned n = 0, done = 0;
	struct err e = {0};

	for (enum family f = FAMILY_4; f < N_FAMILIES; f++)
		if (a->has[f])
			list[n++] = (struct ipam_release_address){ .addr = a->addr[f],
								   .handle = handle };
	if (ipam_release_addresses(a->ds, list, n, NULL, &done, &e) == 0) {
		check_released(a, list, n);
		return;
	}
	a->haunted |= a->disturbed;
	if (world_may_fail(a, &e) && !a->unanswered && !world.strangers_came)
		world_lose("a release succeeds where the store answers", "%s: %s", a->name, e.text);
}

/* From now on nobody is promised anything. */
static void lets_go(struct actor *a)
{
	a->phase = BROKEN;
	a->awaits = is_awaited(a);
}

void container_begin_del(struct actor *a, uint64_t seed)
{
	know_handle(a);
	lets_go(a);
	a->automatic = false;
	actor_begin(a, seed, del, "DEL");
}

static void comes_to_be(struct actor *a)
{
	know_handle(a);
	memset(a->has, 0, sizeof(a->has));
	a->automatic = true;
}

static void begin_add(struct actor *a, uint64_t seed)
{
	comes_to_be(a);
	actor_begin(a, seed, add, "ADD");
}

/* Its runtime has lost it; the next has another name, and GC finds what it left. */
static void forget(struct actor *a)
{
	snprintf(a->ifname, sizeof(a->ifname), "eth%u-%u", a->number % 2, ++a->generation);
	a->phase = NOBODY;
	a->haunted = false;
}

/*
 * A runtime keeps ADD and GC apart (CNI 1.1).  Here it does so only where it must: what a
 * lost request has left is old, and GC does not know that an ADD has just taken it up; nor
 * does what a GC that was killed has sent and is still on its way.
 */
static bool waits_for_gc(const struct actor *a)
{
	bool is_left = a->haunted && a->phase != LIVES;

	for (size_t i = 0; i < fake_late(world.store); i++)
		if (world.actors[world.late[i].actor].kind == ACTOR_GC)
			return is_left;
	for (unsigned i = 0; i < ACTORS; i++) {
		const struct actor *gc = &world.actors[i];

		if (gc->kind == ACTOR_GC && gc->running && gc->host == a->host)
			return is_left;
	}
	return false;
}

static void waits(struct actor *a, struct actor *leader, uint64_t *random)
{
	a->leader = leader;
	a->random = draw_from(random) | 1;
	if (a->phase == NOBODY) {
		a->member = draw_below(random, 4) ? MEMBER_ADD : MEMBER_ADD_AND_DEL;
		comes_to_be(a);
		if (a->member == MEMBER_ADD_AND_DEL)
			lets_go(a);
	} else if (a->phase == LIVES && draw_below(random, 3) == 0) {
		a->member = MEMBER_ADD_AGAIN;
	} else {
		a->member = MEMBER_DEL;
		know_handle(a);
		lets_go(a);
		a->automatic = false;
	}
}

/* How many requests it has. */
static unsigned join(struct actor *a, struct crowd_member m[2])
{
	unsigned n = 0;

	if (a->member != MEMBER_DEL)
		m[n++] = (struct crowd_member){
			.verb = CROWD_ADD,
			.add = a->member == MEMBER_ADD_AGAIN ? same_again(a) : draw_add(a)
		};
	if (a->member == MEMBER_DEL || a->member == MEMBER_ADD_AND_DEL)
		m[n++] = (struct crowd_member){
			.verb = CROWD_DEL,
			.del = { .owner = owner_of(a), .now_ns = host_now(a->host) }
		};
	return n;
}

static void is_answered(struct actor *a, const struct crowd_member *m)
{
	if (a->member == MEMBER_ADD_AND_DEL && m->verb == CROWD_ADD)
		return;
	a->disturbed = a->leader->disturbed;
	a->unanswered = a->leader->unanswered;
	if (a->member == MEMBER_ADD && m->failed)
		has_failed(a, &m->error);
	else if (a->member == MEMBER_ADD)
		was_given(a, &m->add, &m->added);
	else if (a->member == MEMBER_ADD_AGAIN && m->failed)
		world_may_fail(a, &m->error);
	else if (a->member == MEMBER_ADD_AGAIN)
		was_given_again(a, &m->added);
	else if (m->failed)
		is_not_gone(a, &m->error);
	else
		is_gone(a);
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
		for (unsigned more = join(a, &list[n]); more > 0; more--)
			who[n++] = a;
		leader->automatic &= a->member == MEMBER_DEL || a->automatic;
	}
	sightings.crowds += n > 1;
	world.author_is_automatic = leader->automatic;
	ipam_crowd(leader->ds, list, n);
	for (unsigned i = 0; i < n && !leader->dead; i++)
		is_answered(who[i], &list[i]);
	for (unsigned i = 0; i < n && !leader->dead; i++)
		who[i]->leader = NULL;
}

/* Those of its host that do nothing else; more than one if there are. */
static void begin_crowd(struct actor *leader, uint64_t seed)
{
	uint64_t random = seed | 1;

	for (unsigned i = 0; i < CONTAINERS; i++) {
		struct actor *a = &world.actors[i];

		if (a == leader || (a->host == leader->host && !a->running && !a->leader &&
				    !waits_for_gc(a) && draw_below(&random, 4)))
			waits(a, leader, &random);
	}
	leader->automatic = true;
	actor_begin(leader, seed, carry_out, "crowd");
}

void container_begin(struct actor *a, uint64_t seed)
{
	unsigned choice = (unsigned)(seed >> 40) % 8;

	if (waits_for_gc(a))
		return;
	if (world.rules.crowds && (seed >> 44) % 2) {
		begin_crowd(a, seed);
		return;
	}
	if (a->phase == BROKEN && choice == 0)
		forget(a);
	if (a->phase == BROKEN && choice == 1 && !is_awaited(a))
		a->phase = NOBODY; /* the same once more, without a DEL */
	if (a->phase == NOBODY) {
		begin_add(a, seed);
	} else if (a->phase == BROKEN || choice > 3) {
		container_begin_del(a, seed);
	} else if (choice == 0) {
		actor_begin(a, seed, check, "CHECK");
	} else if (choice == 1) {
		actor_begin(a, seed, add_again, "ADD again");
	} else {
		lets_go(a);
		actor_begin(a, seed, release, "release of its addresses");
	}
}

static void is_not_answered(struct actor *a)
{
	a->leader = NULL;
	if (a->phase == LIVES)
		return;
	a->phase = BROKEN;
	a->haunted = true;
}

void container_has_died(struct actor *a)
{
	for (unsigned i = 0; i < CONTAINERS; i++)
		if (world.actors[i].leader == a)
			is_not_answered(&world.actors[i]);
	is_not_answered(a);
}

void container_forgive(struct actor *a)
{
	a->haunted = true;
	for (enum family f = FAMILY_4; f < N_FAMILIES && a->phase == LIVES; f++)
		if (a->has[f] && !container_holds(a, a->addr[f]))
			a->phase = BROKEN;
}
