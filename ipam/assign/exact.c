/* SPDX-License-Identifier: Apache-2.0 */
/* One exact address (docs/DATA-MODEL.md 10). */
#include "base/terminal/shell_word.h"
#include "ipam/assign/planning.h"

#include <string.h>

/*
 * This very request has assigned the address, and only its answer was lost.  A tunnel keeps
 * its address, and says no time.
 */
static bool is_own_commit(const struct assign *a, const struct attribute *attribute)
{
	const struct ipam_owner *owner = &a->request->owner;

	return owner_holds(owner, a->handle_id, attribute) &&
	       (owner_is_tunnel(owner) || owner_assigned_at(attribute, a->request->now_ns));
}

static int check_strict(const struct assign *a, const struct draft_block *b, struct err *e)
{
	char cidr[CIDR_TEXT];

	if (!a->draft.config.strict_affinity || block_is_owned_by(&b->block, a->owner))
		return 0;
	cidr_print(b->block.cidr, cidr);
	if (b->block.affinity)
		return err_set(e, ERR_CONFLICT,
			       "Block host affinity does not match (block %s belongs to %s; "
			       "affinity is strict)",
			       cidr, b->block.affinity);
	return err_set(e, ERR_CONFLICT,
		       "Attempt to assign from block %s with no affinity (affinity is strict)",
		       cidr);
}

static int taken_error(const struct draft_block *b, unsigned ordinal, struct err *e)
{
	const struct attribute *attribute = block_attribute(&b->block, ordinal);
	const char *handle = attribute_handle(attribute),
		   *node = attribute_secondary(attribute, "node");
	char text[ADDR_TEXT];

	addr_print(block_addr(&b->block, ordinal), text);
	if (attribute_is_released(attribute))
		return err_set(e, ERR_EXISTS,
			       "resource already exists: %s with error: Address already assigned "
			       "in block (it is cooling down)",
			       text);
	return err_set(e, ERR_EXISTS,
		       "resource already exists: %s with error: Address already assigned in block "
		       "(handle %.200s, node %.80s)",
		       text, handle ? handle : "none", node ? node : "unknown");
}

static int open_or_claim(struct assign *a, struct cidr cidr, enum draft_found *found,
			 struct draft_block **b, struct err *e)
{
	char affinity[KEY_TEXT];

	if (draft_open_block(&a->draft, cidr, found, b, e) < 0)
		return -1;
	if (*found != DRAFT_ABSENT)
		return 0;
	if (key_of_affinity(a->owner, cidr, affinity, e) < 0)
		return -1;
	if (!draft_know(&a->draft, affinity)) {
		*found = DRAFT_NEED;
		return 0;
	}
	*found = DRAFT_PRESENT;
	return draft_claim_block(&a->draft, cidr, a->owner, b, e);
}

static int take_exact(struct assign *a, const struct pool *p, struct draft_block *b,
		      struct addr address, struct err *e)
{
	unsigned ordinal = block_ordinal(&b->block, address);
	char text[ADDR_TEXT];

	if (is_own_commit(a, block_attribute(&b->block, ordinal)))
		return assign_answer(a, p, b->block.cidr, address, e);
	if (!block_is_free(&b->block, ordinal))
		return taken_error(b, ordinal, e);
	if (gateways_keep(&a->gateways, p, &b->block, ordinal)) {
		addr_print(address, text);
		return err_set(e, ERR_EXISTS,
			       "%s is the gateway, or the network or broadcast address, of a "
			       "network in pool \"%s\"; ask for another",
			       text, p->name);
	}
	if (check_strict(a, b, e) < 0 || assign_check_gateway(a, b, e) < 0)
		return -1;
	return assign_take(a, p, b, ordinal, e);
}

#define OUTSIDE "The provided IP address is not in a configured pool: "

static int refuse_outside(const struct candidates *c, struct addr address, struct err *e)
{
	const struct pool_unreadable *unreadable = pools_unreadable(&c->all, address.family);
	const struct pool *p = candidates_holding(c, address, true);
	char text[ADDR_TEXT], word[SHELL_WORD_SHORT];

	addr_print(address, text);
	if (p && p->disabled)
		return err_set(e, ERR_POOL, OUTSIDE "%s: pool \"%.64s\", which holds it, is "
			       "disabled; enable it: calico-ipamctl pool enable %s", text, p->name,
			       shell_word(p->name, word, sizeof(word)));
	if (p && pool_tell_unusable(p, e))
		return err_wrap(e, OUTSIDE "%s", text);
	err_set(e, ERR_POOL, OUTSIDE "%s", text);
	if (unreadable)
		err_set(e, ERR_CORRUPT, "%s; pool \"%.253s\" cannot be read: %s", e->text,
			unreadable->name, unreadable->why);
	return -1;
}

/* Unless the pool may be used for workloads.  What a tunnel has it keeps, as Calico's does. */
static int check_use(const struct assign *assign, const struct pool *p, struct addr a,
		     struct err *e)
{
	char uses[64], text[ADDR_TEXT];

	if (owner_is_tunnel(&assign->request->owner) || p->uses & POOL_USE_WORKLOAD)
		return 0;
	pool_print_uses(p, uses);
	addr_print(a, text);
	return err_set(e, ERR_POOL,
		       "IP address %s is in IP pool \"%s\", which is not allowed for use "
		       "\"Workload\" (allowedUses: %s)",
		       text, p->name, uses);
}

int assign_exact(struct assign *a, unsigned family, struct err *e)
{
	struct addr address = a->request->exact[family];
	const struct pool *p;
	struct draft_block *b = NULL;
	enum draft_found found;
	bool ready;

	if (make_asked_pools(&a->candidates, &a->draft, a->request, family, &ready, e) < 0)
		return -1;
	if (!ready)
		return 0;
	p = candidates_holding(&a->candidates, address, false);
	if (!p)
		return refuse_outside(&a->candidates, address, e);
	if (check_use(a, p, address, e) < 0 ||
	    gateways_add(&a->gateways, a->request, p, e) < 0 ||
	    open_or_claim(a, cidr_masked((struct cidr){ address, p->block_len }), &found, &b, e) <
		0)
		return -1;
	return found == DRAFT_NEED ? 0 : take_exact(a, p, b, address, e);
}
