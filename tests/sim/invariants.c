/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/invariants.h"

#include "ipam/record/keys.h"
#include "tests/sim/actors.h"
#include "tests/sim/promises.h"
#include "tests/sim/reclaim/reclaimer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SKEW_S 240 /* clocks differ by less */

static struct ledger *const l = &world.ledger;

static const char *text_of(struct cidr c)
{
	static char text[2][CIDR_TEXT];
	static unsigned n;

	cidr_print(c, text[++n % 2]);
	return text[n % 2];
}

static const char *addr_text(struct addr a)
{
	static char text[2][ADDR_TEXT];
	static unsigned n;

	addr_print(a, text[++n % 2]);
	return text[n % 2];
}

static bool is_of(const struct slot *s, const struct actor *a)
{
	return s->state == SLOT_HELD && s->handle == (int)a->handle &&
	       strcmp(s->ifname, a->ifname) == 0;
}

bool container_holds(const struct actor *a, struct addr addr)
{
	const struct slot *s = ledger_slot_of(l, addr);

	return s && is_of(s, a);
}

unsigned container_count(const struct actor *a)
{
	unsigned n = 0;

	for (unsigned i = 0; i < l->n_blocks; i++)
		for (unsigned k = 0; l->blocks[i].there && k < l->blocks[i].size; k++)
			n += is_of(&l->blocks[i].slots[k], a);
	return n;
}

static void check_form(const struct ledger_block *b, const struct ledger_block *was)
{
	if (!b->there || stranger_touched_block(b->cidr))
		return;
	if (b->fault[0])
		world_lose("a block is a partition of free and held", "%s %s", text_of(b->cidr),
			   b->fault);
	if (was->there && b->sequence <= was->sequence)
		world_lose("a block's number rises with each write",
			   "%s: %" PRIu64 " after %" PRIu64, text_of(b->cidr), b->sequence,
			   was->sequence);
}

/* Those whose ADD was acknowledged hold what they were told. */
static void check_acknowledged(const struct ledger_block *b)
{
	for (unsigned i = 0; i < CONTAINERS; i++) {
		const struct actor *a = &world.actors[i];

		for (enum family f = FAMILY_4; f < N_FAMILIES && a->phase == LIVES; f++)
			if (a->has[f] && cidr_holds(b->cidr, a->addr[f]) &&
			    !stranger_touched_handle(a->handle) && !container_holds(a, a->addr[f]))
				world_lose("what was acknowledged stays",
					   "%s was told %s, which it does not hold", a->name,
					   addr_text(a->addr[f]));
	}
}

/* A handle names what it holds: before it holds it, and until it does not any more. */
static void check_counted(unsigned block, unsigned handle)
{
	unsigned held = ledger_held(l, block, handle);
	int64_t said = ledger_said(l, handle, block);

	if (stranger_touched_handle(handle))
		return;
	if (said < held || (world_is_exact() && said != held))
		world_lose("a handle says what its blocks hold",
			   "handle %s says %" PRId64 " of %s, which holds %u",
			   l->handles[handle].id, said, text_of(l->blocks[block].cidr), held);
}

static void check_handles_of(unsigned block)
{
	const struct ledger_block *b = &l->blocks[block];

	for (unsigned i = 0; b->there && i < b->size; i++) {
		if (b->slots[i].state != SLOT_HELD || stranger_touched_block(b->cidr))
			continue;
		if (b->slots[i].handle < 0)
			world_lose("what is held has a handle", "ordinal %u of %s has none", i,
				   text_of(b->cidr));
		else
			check_counted(block, (unsigned)b->slots[i].handle);
	}
}

/* Every block that holds something of the handle, and every block that it names. */
static void check_handle(unsigned handle)
{
	const struct ledger_handle *h = &l->handles[handle];

	if (stranger_touched_handle(handle))
		return;
	for (unsigned i = 0; i < h->n && h->there; i++) {
		check_counted(h->entries[i].block, handle);
		if (h->entries[i].count < 1)
			world_lose("a handle counts from one", "%s: %" PRId64 " in %s", h->id,
				   h->entries[i].count,
				   text_of(l->blocks[h->entries[i].block].cidr));
	}
	if (h->there && !h->n)
		world_lose("an empty handle goes", "%s is empty", h->id);
	for (unsigned i = 0; i < l->n_blocks; i++)
		if (ledger_held(l, i, handle))
			check_counted(i, handle);
}

/* An ADD of a host that claims a block has room for it, as the pools are at that moment. */
static void check_limit(const struct ledger_block *of)
{
	const struct actor *a = world.author;
	int host = a ? ledger_host(l, a->host->name) : -1;
	unsigned n = 0;

	if (!world.rules.max_blocks || !world_is_exact() || host < 0 ||
	    a->kind != ACTOR_CONTAINER || !world.author_is_automatic || !of->has_affinity[host])
		return;
	for (unsigned i = 0; i < l->n_blocks; i++) {
		const struct ledger_block *b = &l->blocks[i];
		const struct ledger_pool *p = ledger_pool_of(l, b->cidr.base);

		n += b->has_affinity[host] && b->cidr.base.family == of->cidr.base.family && p &&
		     p->enabled && ledger_selects(l, p, host);
	}
	if (n > world.rules.max_blocks)
		world_lose("a host has no more blocks than it may", "%s has %u", a->host->name, n);
}

static void check_affinities(const struct ledger_block *b)
{
	for (int h = 0; h < HOSTS && !stranger_touched_block(b->cidr); h++) {
		bool is_own = b->there && b->owner == h;

		if (b->has_affinity[h] && b->states[h] == AFFINITY_CONFIRMED && !is_own)
			world_lose("an affinity is confirmed where the block is the node's",
				   "%s of %s: the block is %s", text_of(b->cidr), l->hosts[h],
				   b->there ? "another's" : "not there");
		if (world_is_exact() && is_own &&
		    (!b->has_affinity[h] || b->states[h] != AFFINITY_CONFIRMED))
			world_lose("a node's block has its affinity", "%s of %s: %s",
				   text_of(b->cidr), l->hosts[h],
				   b->has_affinity[h] ? "not confirmed" : "no record");
		if (world_is_exact() && b->has_affinity[h] && !is_own)
			world_lose("an affinity has its block", "%s of %s", text_of(b->cidr),
				   l->hosts[h]);
	}
}

static void check_pool_of(const struct ledger_block *b)
{
	bool owned = b->there && b->owner != OWNER_NONE;

	for (unsigned h = 0; h < HOSTS; h++)
		owned |= b->has_affinity[h];
	if (owned && world_is_exact() && !ledger_pool_of(l, b->cidr.base))
		world_lose("a pool goes after its blocks and affinities",
			   "%s is somebody's and in no pool", text_of(b->cidr));
}

static void check_overlap(const struct ledger_block *b)
{
	for (unsigned i = 0; i < l->n_blocks && b->there; i++)
		if (&l->blocks[i] != b && l->blocks[i].there &&
		    !stranger_touched_block(b->cidr) &&
		    !stranger_touched_block(l->blocks[i].cidr) &&
		    cidr_overlaps(l->blocks[i].cidr, b->cidr))
			world_lose("blocks do not overlap", "%s and %s", text_of(b->cidr),
				   text_of(l->blocks[i].cidr));
}

static void check_pool(const struct ledger_pool *p)
{
	for (unsigned i = 0; i < l->n_pools && p->there; i++)
		if (&l->pools[i] != p && l->pools[i].there && world.rules.transactions &&
		    !stranger_touched_pools() &&
		    cidr_overlaps(l->pools[i].cidr, p->cidr))
			world_lose("pools do not overlap", "%s and %s", p->name,
				   l->pools[i].name);
	for (unsigned i = 0; i < l->n_blocks && !p->there; i++)
		check_pool_of(&l->blocks[i]);
}

/* A pool whose addresses are in use is deleted by force only. */
static void check_deleted(const struct ledger_pool *p)
{
	if (p->there || !world_is_exact() || !world.author || !world.author_spares_used)
		return;
	for (unsigned i = 0; i < l->n_blocks; i++) {
		const struct ledger_block *b = &l->blocks[i];

		for (unsigned k = 0; b->there && k < b->size; k++)
			if (b->slots[k].state == SLOT_HELD && cidr_holds_cidr(p->cidr, b->cidr))
				world_lose("a pool in use stays", "%s went with %s in use", p->name,
					   addr_text(cidr_nth(b->cidr, k)));
	}
}

/* The record of a gateway comes after its pool and goes with it. */
static void check_gateway_record(const struct ledger_reservation *r)
{
	static const char prefix[] = "calico-ipam-gateway-";
	const char *name = r->name + sizeof(prefix) - 1;

	if (!r->there || !world_is_exact() || strncmp(r->name, prefix, sizeof(prefix) - 1) != 0)
		return;
	for (unsigned i = 0; i < l->n_pools; i++)
		if (l->pools[i].there && strcmp(l->pools[i].name, name) == 0)
			return;
	world_lose("a gateway is recorded as long as its pool stands", "%s is not there", name);
}

/* One of a crowd may record a gateway behind what another was given. */
static bool is_reserved_since(void)
{
	for (unsigned i = 0; i < world.n_changes; i++)
		if (world.changes[i].kind == LEDGER_RESERVATION &&
		    strcmp(world.author->verb, "crowd") == 0)
			return true;
	return false;
}

/* What an ADD of ours has just given, by the rules of this moment. */
static void check_given(const struct ledger_block *b, unsigned ordinal)
{
	const struct actor *a = world.author;
	struct addr addr = cidr_nth(b->cidr, ordinal);
	const struct ledger_pool *p = ledger_pool_of(l, addr);
	const char *rule = "what is given is given by the rules of that moment", *what = NULL;

	if (!a || a->kind != ACTOR_CONTAINER || !world_is_exact())
		return;
	if (!p || !p->enabled)
		what = "its pool is not there or not enabled";
	else if (b->cidr.len != p->block_len)
		what = "its block is not of the pool's size";
	else if (l->strict && b->owner != ledger_host(l, a->host->name))
		what = "affinity is strict, and the block is not the node's";
	else if (world.author_is_automatic && !ledger_selects(l, p, ledger_host(l, a->host->name)))
		what = "its pool does not select the node";
	else if (world.author_is_automatic && ledger_reserves(l, addr) && !is_reserved_since())
		what = "it is reserved";
	if (what)
		world_lose(rule, "%s got %s: %s", a->name, addr_text(addr), what);
}

static void check_gateways(const struct actor *who, struct addr addr)
{
	for (unsigned i = 0; i < CONTAINERS && world_is_exact(); i++) {
		const struct actor *a = &world.actors[i];

		if (a->phase == LIVES && a->has[addr.family] &&
		    addr_equal(a->gateway[addr.family], addr))
			world_lose("a gateway is no container's", "%s has gateway %s, which %s got",
				   a->name, addr_text(addr), who ? who->name : "somebody");
	}
}

static void check_cooling(const struct ledger_block *b, const struct ledger_block *was,
			  unsigned i)
{
	const struct slot *before = &was->slots[i];
	int64_t latest = world.now_ns + (world.rules.skewed ? SKEW_S * SECOND_NS : 0);
	bool is_held = b->there && b->slots[i].state == SLOT_HELD,
	     is_free = !b->there || b->slots[i].state == SLOT_FREE;

	if (!was->there || i >= was->size || !world.rules.cooldown_s ||
	    stranger_touched_block(b->cidr) || stranger_touched_settings())
		return;
	if (before->state == SLOT_HELD && is_free)
		world_lose("what is released cools down", "%s did not",
			   addr_text(cidr_nth(b->cidr, i)));
	if (before->state == SLOT_COOLING && (is_held || is_free) &&
	    before->released_ns + world.rules.cooldown_s * SECOND_NS > latest)
		world_lose("what cools down is not given", "%s is %s",
			   addr_text(cidr_nth(b->cidr, i)), is_held ? "held" : "free");
}

/* Who died, gave up or was deleted before anybody took what he asked for. */
static void check_asked(const struct ledger_block *b, unsigned ordinal)
{
	for (unsigned i = 0; i < CONTAINERS; i++) {
		const struct actor *a = &world.actors[i];

		if (is_of(&b->slots[ordinal], a) && a->phase == NOBODY && !a->running &&
		    !a->leader && !a->haunted && !stranger_touched_handle(a->handle))
			world_lose("nobody is served who asks for nothing", "%s was given %s",
				   a->name, addr_text(cidr_nth(b->cidr, ordinal)));
	}
}

static void check_difference(const struct ledger_block *b, const struct ledger_block *was)
{
	unsigned size = b->there ? b->size : was->size;

	for (unsigned i = 0; i < size; i++) {
		bool held = was->there && i < was->size && was->slots[i].state == SLOT_HELD;

		check_cooling(b, was, i);
		if (held && b->cidr.base.family == FAMILY_4 &&
		    (!b->there || b->slots[i].state != SLOT_HELD))
			world.last_released = cidr_nth(b->cidr, i);
		if (!b->there || held || b->slots[i].state != SLOT_HELD)
			continue;
		check_given(b, i);
		check_asked(b, i);
		check_gateways(world.author, cidr_nth(b->cidr, i));
	}
}

static void check_change(const struct ledger_change *c, const struct ledger_block *was)
{
	if (c->kind == LEDGER_HANDLE) {
		check_handle(c->at);
	} else if (c->kind == LEDGER_POOL) {
		check_pool(&l->pools[c->at]);
		check_deleted(&l->pools[c->at]);
		for (unsigned i = 0; i < l->n_reservations; i++)
			check_gateway_record(&l->reservations[i]);
	} else if (c->kind == LEDGER_RESERVATION) {
		check_gateway_record(&l->reservations[c->at]);
	} else if (c->kind == LEDGER_AFFINITY) {
		check_affinities(&l->blocks[c->at]);
		check_limit(&l->blocks[c->at]);
		check_pool_of(&l->blocks[c->at]);
	} else if (c->kind == LEDGER_BLOCK) {
		const struct ledger_block *b = &l->blocks[c->at];

		check_form(b, was);
		check_reclaimed(b, was);
		check_acknowledged(b);
		check_handles_of(c->at);
		check_affinities(b);
		check_pool_of(b);
		check_overlap(b);
		check_difference(b, was);
	}
}

void invariants_after_step(void)
{
	for (unsigned i = 0; i < world.n_changes; i++) {
		check_change(&world.changes[i], &world.before[i]);
		promises_after_change(&world.changes[i], &world.before[i]);
	}
	world.n_changes = 0;
}

void invariants_of_all(void)
{
	for (unsigned i = 0; i < l->n_blocks; i++) {
		const struct ledger_change c = { LEDGER_BLOCK, i, -1 };
		struct ledger_block was = l->blocks[i];

		was.sequence = 0;
		check_change(&c, &was);
	}
	for (unsigned i = 0; i < l->n_handles; i++)
		check_handle(i);
	for (unsigned i = 0; i < l->n_pools; i++)
		check_pool(&l->pools[i]);
}

void check_none_is_left(const char *what, const char *prefix)
{
	if (fake_count(world.store, prefix))
		world_lose("in the end nothing is left", "%s: %s", what,
			   fake_key(world.store, prefix, 0));
}

/* Without Calico and strangers nothing need be mended. */
void check_nothing_is_held(void)
{
	for (unsigned i = 0; i < l->n_blocks; i++) {
		const struct ledger_block *b = &l->blocks[i];

		for (unsigned k = 0; b->there && k < b->size; k++)
			if (b->slots[k].state == SLOT_HELD)
				world_lose("in the end nothing is left", "ordinal %u of block %u",
					   k, i);
	}
	if (world_is_exact())
		check_none_is_left("a handle", KEY_HANDLES);
}

/* But a block of nobody in which something cools down: who writes it next takes it away. */
void check_no_block_is_left(void)
{
	for (unsigned i = 0; i < l->n_blocks; i++) {
		const struct ledger_block *b = &l->blocks[i];
		unsigned n = 0;

		for (unsigned k = 0; b->there && k < b->size; k++)
			n += b->slots[k].state == SLOT_COOLING;
		if (b->there && (!n || b->owner != OWNER_NONE))
			world_lose("in the end nothing is left", "block %u", i);
	}
}
