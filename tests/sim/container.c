/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/container.h"

#include "tests/sim/actors.h"
#include "tests/sim/invariants.h"
#include "tests/sim/reclaim/sandboxes.h"

#include <stdio.h>
#include <string.h>

/* What it asks for. */

struct ipam_owner container_owner(const struct actor *a)
{
	return (struct ipam_owner){ "net", a->container, a->ifname, a->host->name, "default",
				    NULL, NULL, NULL, NULL };
}

void container_know(struct actor *a)
{
	char id[LEDGER_NAME];

	snprintf(id, sizeof(id), "net.%s", a->container);
	a->handle = ledger_handle_at(&world.ledger, id);
}

static struct ipam_assign_request request_of(struct actor *a)
{
	struct ipam_assign_request r = { .owner = container_owner(a), .now_ns = host_now(a->host) };

	if (world.rules.reclaims) {
		r.owner.boot = a->origin.boot;
		r.owner.netns = a->origin.netns;
	}
	r.gateway.wanted = r.gateway.first = world.rules.gateways && draw(a, 3);
	r.prefix = world.rules.links ? IPAM_PREFIX_POOL : IPAM_PREFIX_BLOCK;
	for (int i = 0; i < IPAM_UIDS; i++)
		world_uid(r.uids[i]);
	return r;
}

struct ipam_assign_request container_draw_add(struct actor *a)
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

struct ipam_assign_request container_same_again(struct actor *a)
{
	struct ipam_assign_request r = request_of(a);

	memcpy(r.wanted, a->has, sizeof(r.wanted));
	return r;
}

/* From now on nobody is promised anything. */
void container_lets_go(struct actor *a)
{
	a->phase = BROKEN;
	/* Another may be carrying out what its process had asked for before it died. */
	a->awaits = container_is_awaited(a) || a->taken_by;
	a->haunted |= a->taken_by != NULL;
}

void container_comes_to_be(struct actor *a)
{
	if (world.rules.reclaims)
		sandbox_begin(a);
	container_know(a);
	memset(a->has, 0, sizeof(a->has));
	a->automatic = true;
}

unsigned container_join(struct actor *a, struct crowd_member m[2])
{
	unsigned n = 0;

	if (a->member != MEMBER_DEL)
		m[n++] = (struct crowd_member){
			.verb = CROWD_ADD,
			.add = a->member == MEMBER_ADD_AGAIN ? container_same_again(a)
							     : container_draw_add(a),
		};
	if (a->member == MEMBER_DEL || a->member == MEMBER_ADD_AND_DEL)
		m[n++] = (struct crowd_member){
			.verb = CROWD_DEL,
			.del = { .owner = container_owner(a), .now_ns = host_now(a->host) }
		};
	return n;
}

/* What it is told. */

/* A store without transactions may keep a part of what failed. */
static bool nothing_may_be_left(const struct actor *a)
{
	return !a->disturbed && !a->haunted && !stranger_touched_handle(a->handle) &&
	       !a->was_taken && world.rules.transactions;
}

/* Nobody has taken its request, and it has carried out nothing itself. */
static bool has_withdrawn(const struct actor *a, const struct err *e)
{
	return !a->haunted && !stranger_touched_handle(a->handle) &&
	       e->kind == ERR_DEADLINE && !a->asked &&
	       strstr(e->text, "nothing was changed");
}

void container_has_failed(struct actor *a, const struct err *e)
{
	sightings.refused += world_may_fail(a, e);
	sightings.withdrawn += has_withdrawn(a, e);
	a->phase = nothing_may_be_left(a) || has_withdrawn(a, e) ? NOBODY : BROKEN;
	a->haunted |= a->disturbed || a->was_taken || container_count(a);
	if (a->phase == NOBODY && container_count(a))
		world_lose("an ADD that fails leaves nothing", "%s holds %u", a->name,
			   container_count(a));
}

/* What is on its way may come yet. */
bool container_is_awaited(const struct actor *a)
{
	for (size_t i = 0; i < fake_late(world.store); i++)
		if (world.late[i].actor == a->number || world.late[i].crowd[a->number])
			return true;
	return false;
}

/* Than it was told of: a write that came late goes for itself without transactions. */
static bool may_hold_more(const struct actor *a)
{
	return container_is_awaited(a) || (a->disturbed && !world.rules.transactions);
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
		if (!stranger_touched_handle(a->handle) &&
		    !container_holds(a, answer->address[f].addr))
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

/* Nor when one who has died was about to give it something, and another did. */
static void check_held(const struct actor *a)
{
	unsigned told = a->has[FAMILY_4] + a->has[FAMILY_6], held = container_count(a);
	bool has_more = a->haunted || (a->disturbed && !world.rules.transactions);

	if (!has_more && !stranger_touched_handle(a->handle) && held != told)
		world_lose("an ADD gives no more than it tells", "%s was told %u and holds %u",
			   a->name, told, held);
}

void container_was_given(struct actor *a, const struct ipam_assign_request *r,
			 const struct ipam_assign_answer *answer)
{
	check_told(a, r, answer);
	was_told(a, answer);
	check_held(a);
	a->haunted |= may_hold_more(a);
}

/* A restored store or a late write may have given it another one. */
static bool is_as_told(const struct actor *a, struct addr addr)
{
	return addr_equal(a->addr[addr.family], addr) || (a->haunted && container_holds(a, addr));
}

void container_was_given_again(struct actor *a, const struct ipam_assign_answer *answer)
{
	bool is_touched = stranger_touched_handle(a->handle);

	for (enum family f = FAMILY_4; f < N_FAMILIES && !is_touched; f++)
		if (a->has[f] && (!answer->has[f] || !is_as_told(a, answer->address[f].addr)))
			world_lose("a repeated ADD is told the same", "%s: IPv%u", a->name,
				   family_number(f));
	for (enum family f = FAMILY_4; f < N_FAMILIES; f++)
		if (answer->has[f] && answer->address[f].gateway.family)
			a->gateway[f] = answer->address[f].gateway;
}

void container_is_gone(struct actor *a)
{
	sightings.deleted++;
	a->haunted &= a->awaits;
	/* Its note is taken back, and what an earlier boot has on its way is nobody's. */
	a->unnoted |= a->awaits && a->was_unnoted;
	a->phase = NOBODY;
	if (!a->haunted && !stranger_touched_handle(a->handle) && container_count(a))
		world_lose("what was deleted is free", "%s still holds %u", a->name,
			   container_count(a));
}

void container_is_not_gone(struct actor *a, const struct err *e)
{
	a->haunted |= a->disturbed || a->over;
	if (world_may_fail(a, e) && !a->unanswered && !a->over && !a->misread &&
	    !stranger_excuses(a))
		world_lose("DEL succeeds where the store answers", "%s: %s", a->name, e->text);
}

void container_is_untold(struct actor *a, const struct crowd_member *m)
{
	if (m->failed)
		world_may_fail(a, &m->error);
	if (a->phase == NOBODY && !a->haunted && !stranger_touched_handle(a->handle) &&
	    container_count(a))
		world_lose("a DEL does not overtake the ADD of its container", "%s holds %u",
			   a->name, container_count(a));
	a->haunted |= may_hold_more(a) || (m->failed && (a->disturbed || a->was_taken));
}

void container_is_answered(struct actor *a, const struct crowd_member *m)
{
	if (a->member == MEMBER_ADD_AND_DEL && m->verb == CROWD_ADD)
		return;
	if (a->member == MEMBER_ADD && m->failed)
		container_has_failed(a, &m->error);
	else if (a->member == MEMBER_ADD)
		container_was_given(a, &m->add, &m->added);
	else if (a->member == MEMBER_ADD_AGAIN && m->failed)
		world_may_fail(a, &m->error);
	else if (a->member == MEMBER_ADD_AGAIN)
		container_was_given_again(a, &m->added);
	else if (m->failed)
		container_is_not_gone(a, &m->error);
	else
		container_is_gone(a);
}
