/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/promises.h"

#include "tests/sim/actors.h"

#include <string.h>

static struct ledger *const l = &world.ledger;

static bool is_by(enum actor_kind kind, const char *verb)
{
	return world.author && world.author->kind == kind &&
	       strcmp(world.author->verb, verb) == 0;
}

static bool forces_nothing(const char *verb)
{
	return is_by(ACTOR_ADMIN, verb) && world.author->spares_used && world_is_exact();
}

static void check_pool_end(const struct ledger_pool *p)
{
	if (!p->there && p->enabled && !stranger_touched_pools() && !world.rules.transactions &&
	    is_by(ACTOR_ADMIN, "pool delete"))
		world_lose("a pool is disabled before its blocks are taken from it", "%s", p->name);
}

/* Not where it may arrive late: then it may be of an earlier verb of the same name. */
static void check_given_back(const struct ledger_block *b, const struct ledger_block *was)
{
	char text[CIDR_TEXT];

	if (world.rules.faults || !forces_nothing("affinity release") || !was->there ||
	    was->owner < 0 || (b->there && b->owner == was->owner))
		return;
	cidr_print(b->cidr, text);
	for (unsigned i = 0; i < was->size; i++)
		if (was->slots[i].state == SLOT_HELD)
			world_lose("a block in use is given back by force only", "%s", text);
}

#define TAKEOVER_AGE_NS (60 * SECOND_NS)

/* By the clock of who takes it. */
static void check_taken_over(const struct ledger_block *b, const struct ledger_block *was)
{
	char text[CIDR_TEXT];

	if (!was->there || !b->there || was->owner < 0 || b->owner < 0 || b->owner == was->owner ||
	    !(is_by(ACTOR_CONTAINER, "ADD") || is_by(ACTOR_CONTAINER, "crowd")) ||
	    stranger_touched_block(b->cidr))
		return;
	cidr_print(b->cidr, text);
	if (was->claimed_ns + TAKEOVER_AGE_NS > host_now(world.author->host))
		world_lose("a block is left to its node for a minute", "%s went from %s to %s",
			   text, l->hosts[was->owner], l->hosts[b->owner]);
}

static void check_node_end(int host)
{
	char text[CIDR_TEXT];

	if (l->has_node[host] || !forces_nothing("node delete"))
		return;
	for (unsigned i = 0; i < l->n_blocks; i++) {
		cidr_print(l->blocks[i].cidr, text);
		if (l->blocks[i].has_affinity[host])
			world_lose("a node that has blocks stays", "%s went with %s",
				   l->hosts[host], text);
	}
}

/* Who dies between the two leaves a block that nothing but itself gives to the node. */
static void check_order(const struct ledger_block *b, int host)
{
	char text[CIDR_TEXT];

	cidr_print(b->cidr, text);
	if (!b->has_affinity[host] && b->there && b->owner == host &&
	    !stranger_touched_block(b->cidr) &&
	    (is_by(ACTOR_CONTAINER, "DEL") || is_by(ACTOR_CONTAINER, "crowd")))
		world_lose("an affinity goes after its block", "%s of %s", text, l->hosts[host]);
}

void promises_after_change(const struct ledger_change *c, const struct ledger_block *was)
{
	if (c->kind == LEDGER_POOL)
		check_pool_end(&l->pools[c->at]);
	else if (c->kind == LEDGER_NODE)
		check_node_end(c->host);
	else if (c->kind == LEDGER_AFFINITY)
		check_order(&l->blocks[c->at], c->host);
	if (c->kind == LEDGER_BLOCK) {
		check_given_back(&l->blocks[c->at], was);
		check_taken_over(&l->blocks[c->at], was);
	}
}
