/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/actors.h"
#include "tests/sim/container.h"

#include "tests/sim/invariants.h"
#include "tests/sim/queue/process.h"

#include <stdio.h>
#include <string.h>

static void add(struct actor *a)
{
	struct ipam_assign_request r = container_draw_add(a);
	struct ipam_assign_answer answer = {0};
	unsigned long asked = datastore_requests(a->ds);
	struct err e = {0};

	if (ipam_assign(a->ds, &r, &answer, &e) < 0) {
		if (datastore_requests(a->ds) == asked)
			world_lose("who fails has looked at the store", "%s: %s", a->name, e.text);
		container_has_failed(a, &e);
		return;
	}
	if (!a->dead)
		container_was_given(a, &r, &answer);
}

/* As when the runtime did not hear the answer: the same again. */
static void add_again(struct actor *a)
{
	struct ipam_assign_request r = container_same_again(a);
	struct ipam_assign_answer answer = {0};
	struct err e = {0};

	if (ipam_assign(a->ds, &r, &answer, &e) < 0)
		world_may_fail(a, &e);
	else
		container_was_given_again(a, &answer);
}

static void check(struct actor *a)
{
	struct ipam_owner owner = container_owner(a);
	struct addr list[N_FAMILIES];
	struct err e = {0};
	unsigned n = 0;

	for (enum family f = FAMILY_4; f < N_FAMILIES; f++)
		if (a->has[f])
			list[n++] = a->addr[f];
	if (ipam_verify(a->ds, &owner, list, n, &e) < 0 && world_may_fail(a, &e) &&
	    !a->unanswered && !stranger_excuses(a) && !stranger_touched_settings())
		world_lose("CHECK finds what is held", "%s: %s", a->name, e.text);
}

static void del(struct actor *a)
{
	struct ipam_release_request r = { .owner = container_owner(a),
					  .now_ns = host_now(a->host) };
	struct ipam_release_answer answer;
	struct err e = {0};

	if (ipam_release(a->ds, &r, &answer, &e) == 0)
		container_is_gone(a);
	else
		container_is_not_gone(a, &e);
}

/* It may hold more than it was told of: see may_hold_more(), or a store was restored. */
static void check_released(struct actor *a, const struct ipam_release_address *list, unsigned n)
{
	bool is_touched = stranger_touched_handle(a->handle);

	for (unsigned i = 0; i < n && !is_touched; i++)
		if (list[i].result != IPAM_RELEASED || container_holds(a, list[i].addr))
			world_lose("what is held can be released", "%s: result %d", a->name,
				   (int)list[i].result);
	if (!a->haunted || !container_count(a))
		container_is_gone(a);
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
	if (world_may_fail(a, &e) && !a->unanswered && !stranger_excuses(a))
		world_lose("a release succeeds where the store answers", "%s: %s", a->name, e.text);
}

void container_begin_del(struct actor *a, uint64_t seed)
{
	if (world.rules.queues) {
		process_begin_del(a, seed);
		return;
	}
	container_know(a);
	container_lets_go(a);
	a->automatic = false;
	actor_begin(a, seed, del, "DEL");
}

static void begin_add(struct actor *a, uint64_t seed)
{
	if (world.rules.queues) {
		process_begin_add(a, seed);
		return;
	}
	container_comes_to_be(a);
	actor_begin(a, seed, add, "ADD");
}

/* Its runtime has lost it; the next has another name, and GC finds what it left. */
static void forget(struct actor *a)
{
	snprintf(a->ifname, sizeof(a->ifname), "eth%u-%u", a->number % 2, ++a->generation);
	a->phase = NOBODY;
	a->haunted = false;
	a->was_unnoted |= a->unnoted;
	a->unnoted = false;
}

bool container_waits_for_gc(const struct actor *a)
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

/* Without a DEL, and may find something. */
static void comes_again(struct actor *a)
{
	a->phase = NOBODY;
	a->haunted |= container_count(a) > 0;
}

void container_begin(struct actor *a, uint64_t seed)
{
	unsigned choice = (unsigned)(seed >> 40) % 8;

	/* In some games its runtime takes its time, or never comes. */
	if (container_waits_for_gc(a) ||
	    (world.rules.reclaims && a->phase == BROKEN && choice > 2))
		return;
	if (world.rules.crowds && (seed >> 44) % 2) {
		container_begin_crowd(a, seed);
		return;
	}
	/* As containerd does with whom it has no answer for; then a note alone knows of it. */
	if (a->phase == BROKEN && (choice == 0 || (world.rules.queues && choice > 3)))
		forget(a);
	if (a->phase == BROKEN && choice == 1 && !container_is_awaited(a))
		comes_again(a);
	if (a->phase == NOBODY) {
		begin_add(a, seed);
	} else if (a->phase == BROKEN || choice > 3) {
		container_begin_del(a, seed);
	} else if (choice == 0) {
		actor_begin(a, seed, check, "CHECK");
	} else if (choice == 1 && world.rules.queues) {
		process_begin_add_again(a, seed);
	} else if (choice == 1) {
		actor_begin(a, seed, add_again, "ADD again");
	} else {
		container_lets_go(a);
		a->unnoted = true;
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
	if (a->ends_ns) {
		process_has_died(a);
		return;
	}
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
