/* SPDX-License-Identifier: Apache-2.0 */
/* A block that is not this host's yet, or an address of one (docs/DATA-MODEL.md 9.4 to 9.7). */
#include "ipam/assign/block_order.h"
#include "ipam/assign/search.h"
#include "ipam/record/host.h"

#include <limits.h>

#define OWNED_LIMIT 20 /* blocks a host, where nothing else is said */
#define TAKEOVER_AGE_NS 60000000000LL /* since its claim, before an empty block is taken away */

static unsigned block_limit(const struct search *s)
{
	int64_t of_config = s->a->draft.config.max_blocks_per_host;
	unsigned limit = s->a->request->max_blocks;

	if (of_config > UINT_MAX)
		of_config = UINT_MAX;
	if (of_config > 0 && (!limit || of_config < limit))
		limit = (unsigned)of_config;
	return limit ? limit : OWNED_LIMIT;
}

static int check_may_claim(const struct search *s, struct err *e)
{
	unsigned limit = block_limit(s);

	if (s->owned >= limit)
		return err_set(e, ERR_EXHAUSTED,
			       "cannot allocate new block due to per host block limit (node %s has "
			       "%u IPv%u blocks, limit %u)",
			       s->a->request->owner.node, s->owned, family_number(s->family),
			       limit);
	if (!s->a->draft.config.auto_allocate_blocks)
		return err_set(e, ERR_EXHAUSTED,
			       "failed to find or claim a block: auto_allocate_blocks is off in "
			       "the IPAM configuration");
	return 0;
}

typedef int walk_visitor(struct search *s, struct cidr cidr, const struct record *record,
			 struct err *e);

/* Walks the blocks of all allowed pools until an address is found or something must be read. */
static int each_block(struct search *s, walk_visitor *visit, struct err *e)
{
	const struct candidates *c = &s->a->candidates;
	struct view *view = s->a->draft.plan->view;
	struct cidr cidr;
	struct block_order walk;
	char key[KEY_TEXT];

	for (unsigned i = 0; i < c->n_allowed[s->family]; i++) {
		block_order_init(&walk, c->allowed[s->family][i], s->a->request->owner.node,
			  &s->a->reserved);
		while (block_order_next(&walk, &cidr)) {
			key_of_block(cidr, key);
			if (plan_in_time(s->a->draft.plan, e) < 0 ||
			    visit(s, cidr, view_look_at(view, key), e) < 0)
				return -1;
			if (s->found || draft_needs(&s->a->draft))
				return 0;
		}
	}
	return 0;
}

static int claim_absent(struct search *s, struct cidr cidr, const struct record *record,
			struct err *e)
{
	char affinity[KEY_TEXT];

	if (record || !search_fresh_is_usable(s, cidr))
		return 0;
	if (key_of_affinity(s->a->owner, cidr, affinity, e) < 0)
		return -1;
	return draft_know(&s->a->draft, affinity) ? search_claim(s, cidr, e) : 0;
}

/*
 * Opens a block of the scan.  What the scan did not keep is full; what does not
 * parse is passed over, as in any list.
 */
static struct draft_block *open_scanned(struct search *s, struct cidr cidr,
					const struct record *record)
{
	struct err ignored = {0};
	enum draft_found found;
	struct draft_block *b;

	if (!record || !record->value ||
	    draft_open_block(&s->a->draft, cidr, &found, &b, &ignored) < 0 ||
	    found != DRAFT_PRESENT)
		return NULL;
	return b;
}

static bool is_abandoned(const struct search *s, const struct draft_block *b)
{
	const struct block *block = &b->block;

	return host_node(block->affinity) && !block_is_owned_by(block, s->a->owner) &&
	       block_is_empty(block) &&
	       block_is_older_than(block, TAKEOVER_AGE_NS, s->a->draft.now_ns);
}

/* A block of this host whose affinity record is lost is confirmed again. */
static int take_back(struct search *s, struct draft_block *b, struct err *e)
{
	char own[KEY_TEXT];

	if (search_usable_ordinal(s, search_pool_of(s, b->block.cidr), &b->block) < 0) {
		draft_close_block(&s->a->draft, b);
		return 0;
	}
	if (key_of_affinity(s->a->owner, b->block.cidr, own, e) < 0)
		return -1;
	if (!draft_know(&s->a->draft, own))
		return 0;
	if (draft_confirm_block(&s->a->draft, b, s->a->owner, e) < 0)
		return -1;
	return search_take_from(s, b, e);
}

/* An empty block, long claimed, is taken away from its host and claimed afresh. */
static int take_over(struct search *s, struct cidr cidr, const struct record *record, struct err *e)
{
	struct draft_block *b = open_scanned(s, cidr, record);
	char foreign[KEY_TEXT], own[KEY_TEXT];
	bool known;

	if (b && block_is_owned_by(&b->block, s->a->owner))
		return take_back(s, b, e);
	if (!b || !is_abandoned(s, b) || !search_fresh_is_usable(s, cidr)) {
		draft_close_block(&s->a->draft, b);
		return 0;
	}
	if (key_of_affinity(b->block.affinity, cidr, foreign, e) < 0 ||
	    key_of_affinity(s->a->owner, cidr, own, e) < 0)
		return -1;
	known = draft_know(&s->a->draft, foreign);
	if (!draft_know(&s->a->draft, own) || !known)
		return 0;
	if (draft_release_affinity(&s->a->draft, b, b->block.affinity, e) < 0)
		return -1;
	return search_claim(s, cidr, e);
}

/* 9.7: one address of whoever's block has one. */
static int borrow(struct search *s, struct cidr cidr, const struct record *record, struct err *e)
{
	struct draft_block *b = open_scanned(s, cidr, record);

	if (!b)
		return 0;
	if (search_take_from(s, b, e) < 0)
		return -1;
	if (!s->found)
		draft_close_block(&s->a->draft, b);
	return 0;
}

static void scan_add_pools(struct search *s)
{
	const struct candidates *c = &s->a->candidates;
	struct scan *scan = &s->a->draft.plan->scan;

	for (unsigned i = 0; i < c->n_allowed[s->family]; i++) {
		if (scan->n_pools == SCAN_POOLS_MAX)
			scan->everywhere = true;
		else
			scan->pools[scan->n_pools++] = c->allowed[s->family][i]->cidr;
	}
}

static bool know_all_values(struct search *s)
{
	struct draft *d = &s->a->draft;

	if (view_knows_prefix(d->plan->view, s->blocks, RANGE_PREFIX))
		return true;
	scan_add_pools(s);
	wants_add_filtered(&d->plan->wants, s->blocks, scan_keeps, &d->plan->scan);
	return false;
}

static int exhausted(const struct search *s, struct err *e)
{
	const struct candidates *c = &s->a->candidates;
	struct buf list __cleanup(buf_done) = BUF(300);
	unsigned v = family_number(s->family);
	const char *hint = "";
	char cidr[CIDR_TEXT];

	if (s->gateway_held)
		hint = " (a block whose first usable address a container holds has no gateway to "
		       "give)";
	if (s->a->draft.config.strict_affinity)
		return err_set(e, ERR_EXHAUSTED,
			       "failed to request IPv%u addresses: Assigned 0 out of 1 requested "
			       "IPv%u addresses; "
			       "No more free affine blocks and strict affinity enabled",
			       v, v);
	for (unsigned i = 0; i < c->n_allowed[s->family]; i++) {
		cidr_print(c->allowed[s->family][i]->cidr, cidr);
		buf_printf(&list, i ? " %s" : "%s", cidr);
	}
	return err_set(e, ERR_EXHAUSTED,
		       "failed to request IPv%u addresses: Assigned 0 out of 1 requested IPv%u "
		       "addresses; "
		       "No IPs available in pools: [%s]%s",
		       v, v, list.data, hint);
}

int search_elsewhere(struct search *s, struct err *e)
{
	struct draft *d = &s->a->draft;

	if (check_may_claim(s, e) < 0)
		return -1;
	if (!draft_know_prefix(d, s->blocks, RANGE_PREFIX_KEYS))
		return 0;
	if (each_block(s, claim_absent, e) < 0)
		return -1;
	if (s->found || draft_needs(d) || !know_all_values(s))
		return 0;
	if (each_block(s, take_over, e) < 0)
		return -1;
	if (s->found || draft_needs(d))
		return 0;
	if (!d->config.strict_affinity && each_block(s, borrow, e) < 0)
		return -1;
	return s->found ? 0 : exhausted(s, e);
}
