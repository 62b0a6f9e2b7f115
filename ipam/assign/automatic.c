/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One family, automatically (docs/DATA-MODEL.md 9.2 to 9.7): the host's own blocks,
 * a new block, an empty block of another host, then an address borrowed from one.
 */
#include "ipam/assign/assign.h"
#include "ipam/record/block_head.h"
#include "ipam/assign/block_order.h"
#include "ipam/record/host.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define OWNED_LIMIT 20 /* blocks a host, where nothing else is said */
#define TAKEOVER_AGE_NS 60000000000LL /* since its claim, before an empty block is taken away */
#define READ_AHEAD 64 /* keys wanted in one request, own blocks among them */
#define RELEASES_MAX 8 /* deselected affinities released in one commit */
#define DROPS_MAX 8 /* and those of others' blocks dropped: etcd takes 128 keys at once */

/* One family's run. */
struct run {
	struct assign *a;
	enum family family;
	char affinities[KEY_TEXT]; /* prefix of this host's affinities */
	char blocks[KEY_TEXT]; /* prefix of all blocks of the allowed pools */
	unsigned owned; /* affinities in allowed pools */
	unsigned releases, drops;
	bool waits; /* own blocks must be read first */
	bool found; /* an address is taken */
	bool gateway_held; /* a block with free addresses was passed over for that */
};

static const struct pool *pool_of(const struct run *r, struct cidr block)
{
	const struct candidates *c = &r->a->candidates;

	for (unsigned i = 0; i < c->n_allowed[r->family]; i++)
		if (cidr_holds_cidr(c->allowed[r->family][i]->cidr, block))
			return c->allowed[r->family][i];
	return NULL;
}

/* The first ordinal in order of use that may be given away; -1: none. */
static int usable_ordinal(struct run *r, const struct pool *p, const struct block *b)
{
	if (assign_gateway_is_held(r->a, b)) {
		r->gateway_held |= b->n_unallocated > 0;
		return -1;
	}
	for (unsigned i = 0; i < b->n_unallocated; i++) {
		unsigned ordinal = b->unallocated[i];

		if (block_is_free(b, ordinal) &&
		    !reserved_holds(&r->a->reserved, block_addr(b, ordinal)) &&
		    !gateways_keep(&r->a->gateways, p, b, ordinal))
			return (int)ordinal;
	}
	return -1;
}

static int take_from(struct run *r, struct draft_block *b, struct err *e)
{
	const struct pool *p = pool_of(r, b->block.cidr);
	int ordinal = p ? usable_ordinal(r, p, &b->block) : -1;

	if (ordinal < 0)
		return 0;
	r->found = true;
	return assign_take(r->a, p, b, (unsigned)ordinal, e);
}

static int claim(struct run *r, struct cidr cidr, struct err *e)
{
	struct draft_block *b;

	if (draft_claim_block(&r->a->draft, cidr, r->a->owner, &b, e) < 0)
		return -1;
	return take_from(r, b, e);
}

/* A fresh block of this CIDR would have something to give. */
static bool fresh_is_usable(struct run *r, struct cidr cidr)
{
	const struct pool *p = pool_of(r, cidr);
	struct err ignored = {0};
	struct block b;
	bool usable;

	if (!p || block_new(cidr, r->a->owner, 0, &b, &ignored) < 0)
		return false;
	usable = usable_ordinal(r, p, &b) >= 0;
	block_done(&b);
	return usable;
}

/*
 * 9.3: this host's affinity of a block that is not this host's.  It takes no place in
 * the limit: a plan that fails by the limit commits nothing, so that it would stay.
 */
static void drop_affinity(struct run *r, const struct record *affinity, struct cidr cidr)
{
	char key[KEY_TEXT];
	struct changes *changes = &r->a->draft.plan->changes;

	r->owned--;
	if (r->drops++ >= DROPS_MAX)
		return;
	key_of_block(cidr, key);
	changes_guard_key(changes, key);
	changes_delete(changes, affinity->key);
}

/* One of another size, left by an earlier pool, would overlap with this pool's blocks. */
static int claim_own(struct run *r, const struct record *affinity, struct cidr cidr, struct err *e)
{
	if (pool_of(r, cidr)->block_len != cidr.len) {
		drop_affinity(r, affinity, cidr);
		return 0;
	}
	return fresh_is_usable(r, cidr) ? claim(r, cidr, e) : 0;
}

static int try_own(struct run *r, const struct record *affinity, struct cidr cidr, struct err *e)
{
	struct draft *d = &r->a->draft;
	struct err unreadable = {0};
	enum affinity_state state;
	enum draft_found found;
	struct draft_block *b;

	if (draft_open_block(d, cidr, &found, &b, e) < 0)
		return -1;
	if (found == DRAFT_NEED)
		return 0;
	if (found == DRAFT_ABSENT)
		return claim_own(r, affinity, cidr, e);
	if (!block_is_owned_by(&b->block, r->a->owner)) {
		drop_affinity(r, affinity, cidr);
		draft_close_block(d, b);
		return 0;
	}
	if (usable_ordinal(r, pool_of(r, cidr), &b->block) < 0) {
		draft_close_block(d, b);
		return 0;
	}
	/* One that cannot be read is written anew. */
	if (affinity_read(affinity, &state, &unreadable) < 0)
		state = AFFINITY_PENDING;
	if (state != AFFINITY_CONFIRMED && draft_confirm_block(d, b, r->a->owner, e) < 0)
		return -1;
	return take_from(r, b, e);
}

/* 9.2: an affinity outside the allowed pools goes if its pool no longer selects this node. */
static int release_deselected(struct run *r, struct cidr cidr, struct err *e)
{
	const struct pool *p = candidates_holding(&r->a->candidates, cidr.base, false);
	struct draft *d = &r->a->draft;
	enum draft_found found;
	struct draft_block *b;
	char key[KEY_TEXT];
	bool selects;

	if (!p || r->releases == RELEASES_MAX)
		return 0;
	if (candidates_selects_node(&r->a->candidates, p, &selects, e) < 0)
		return -1;
	if (selects)
		return 0;
	if (draft_open_block(d, cidr, &found, &b, e) < 0)
		return -1;
	if (found != DRAFT_PRESENT)
		return 0;
	if (!block_is_owned_by(&b->block, r->a->owner) || !block_is_empty(&b->block)) {
		draft_close_block(d, b);
		return 0;
	}
	if (key_of_pool(p->name, key, e) < 0)
		return -1;
	changes_guard_key(&d->plan->changes, key);
	r->releases++;
	return draft_release_affinity(d, b, r->a->owner, e);
}

typedef int own_visitor(struct run *r, const struct record *affinity, struct cidr cidr,
			bool allowed, struct err *e);

static int each_own(struct run *r, own_visitor *visit, struct err *e)
{
	const struct view *view = r->a->draft.plan->view;
	const struct record *record;
	struct cidr cidr;

	for (size_t i = view_first(view, r->affinities); (record = view_at(view, i, r->affinities));
	     i++) {
		if (key_cidr(record->key, r->affinities, &cidr) < 0)
			continue;
		if (visit(r, record, cidr, candidates_allows(&r->a->candidates, r->family, cidr),
			  e) < 0)
			return -1;
	}
	return 0;
}

static int count_own(struct run *r, const struct record *affinity __unused_arg,
		     struct cidr cidr __unused_arg, bool allowed, struct err *e __unused_arg)
{
	r->owned += allowed;
	return 0;
}

/* What cannot be read of other pools is no reason to refuse an address of these. */
static int visit_deselected(struct run *r, const struct record *affinity __unused_arg,
			    struct cidr cidr, bool allowed, struct err *e __unused_arg)
{
	struct err ignored = {0};

	if (!allowed)
		release_deselected(r, cidr, &ignored);
	return 0;
}

/* What follows the head is not looked at, so that it need not be compared. */
static bool is_full_at_sight(const struct run *r, struct cidr cidr)
{
	struct view *view = r->a->draft.plan->view;
	const struct record *record;
	char key[KEY_TEXT];
	size_t len;

	key_of_block(cidr, key);
	record = view_peek(view, key);
	if (!record || !block_head_is_full(record, cidr, r->a->owner, &len))
		return false;
	view_look_at_head(view, record, len);
	return true;
}

/* Once one block is missing, the next ones are only asked for along with it. */
static int visit_own(struct run *r, const struct record *affinity, struct cidr cidr, bool allowed,
		     struct err *e)
{
	struct draft *d = &r->a->draft;
	char key[KEY_TEXT];

	if (!allowed || r->found)
		return 0;
	key_of_block(cidr, key);
	if (!r->waits && view_knows(d->plan->view, key))
		return is_full_at_sight(r, cidr) ? 0 : try_own(r, affinity, cidr, e);
	r->waits = true;
	if (d->plan->wants.n < READ_AHEAD)
		draft_know(d, key);
	return 0;
}

/* An address of it may have cooled down. */
static int visit_full(struct run *r, const struct record *affinity, struct cidr cidr, bool allowed,
		      struct err *e)
{
	if (!allowed || r->found || !is_full_at_sight(r, cidr))
		return 0;
	return try_own(r, affinity, cidr, e);
}

static unsigned block_limit(const struct run *r)
{
	int64_t of_config = r->a->draft.config.max_blocks_per_host;
	unsigned limit = r->a->request->max_blocks;

	if (of_config > UINT_MAX)
		of_config = UINT_MAX;
	if (of_config > 0 && (!limit || of_config < limit))
		limit = (unsigned)of_config;
	return limit ? limit : OWNED_LIMIT;
}

static int check_may_claim(const struct run *r, struct err *e)
{
	unsigned limit = block_limit(r);

	if (r->owned >= limit)
		return err_set(e, ERR_EXHAUSTED,
			       "cannot allocate new block due to per host block limit (node %s has "
			       "%u IPv%u blocks, limit %u)",
			       r->a->request->owner.node, r->owned, family_number(r->family),
			       limit);
	if (!r->a->draft.config.auto_allocate_blocks)
		return err_set(e, ERR_EXHAUSTED,
			       "failed to find or claim a block: auto_allocate_blocks is off in "
			       "the IPAM configuration");
	return 0;
}

typedef int walk_visitor(struct run *r, struct cidr cidr, const struct record *record,
			 struct err *e);

/* Walks the blocks of all allowed pools until an address is found or something must be read. */
static int each_block(struct run *r, walk_visitor *visit, struct err *e)
{
	const struct candidates *c = &r->a->candidates;
	struct view *view = r->a->draft.plan->view;
	struct cidr cidr;
	struct block_order walk;
	char key[KEY_TEXT];

	for (unsigned i = 0; i < c->n_allowed[r->family]; i++) {
		block_order_init(&walk, c->allowed[r->family][i], r->a->request->owner.node,
			  &r->a->reserved);
		while (block_order_next(&walk, &cidr)) {
			key_of_block(cidr, key);
			if (visit(r, cidr, view_look_at(view, key), e) < 0)
				return -1;
			if (r->found || draft_needs(&r->a->draft))
				return 0;
		}
	}
	return 0;
}

static int claim_absent(struct run *r, struct cidr cidr, const struct record *record, struct err *e)
{
	char affinity[KEY_TEXT];

	if (record || !fresh_is_usable(r, cidr))
		return 0;
	if (key_of_affinity(r->a->owner, cidr, affinity, e) < 0)
		return -1;
	return draft_know(&r->a->draft, affinity) ? claim(r, cidr, e) : 0;
}

/*
 * Opens a block of the scan.  What the scan did not keep is full; what does not
 * parse is passed over, as in any list.
 */
static struct draft_block *open_scanned(struct run *r, struct cidr cidr,
					const struct record *record)
{
	struct err ignored = {0};
	enum draft_found found;
	struct draft_block *b;

	if (!record || !record->value ||
	    draft_open_block(&r->a->draft, cidr, &found, &b, &ignored) < 0 ||
	    found != DRAFT_PRESENT)
		return NULL;
	return b;
}

static bool is_abandoned(const struct run *r, const struct draft_block *b)
{
	const struct block *block = &b->block;

	return host_node(block->affinity) && !block_is_owned_by(block, r->a->owner) &&
	       block_is_empty(block) &&
	       block_is_older_than(block, TAKEOVER_AGE_NS, r->a->draft.now_ns);
}

/* A block of this host whose affinity record is lost is confirmed again. */
static int take_back(struct run *r, struct draft_block *b, struct err *e)
{
	char own[KEY_TEXT];

	if (usable_ordinal(r, pool_of(r, b->block.cidr), &b->block) < 0) {
		draft_close_block(&r->a->draft, b);
		return 0;
	}
	if (key_of_affinity(r->a->owner, b->block.cidr, own, e) < 0)
		return -1;
	if (!draft_know(&r->a->draft, own))
		return 0;
	if (draft_confirm_block(&r->a->draft, b, r->a->owner, e) < 0)
		return -1;
	return take_from(r, b, e);
}

/* An empty block, long claimed, is taken away from its host and claimed afresh. */
static int take_over(struct run *r, struct cidr cidr, const struct record *record, struct err *e)
{
	struct draft_block *b = open_scanned(r, cidr, record);
	char foreign[KEY_TEXT], own[KEY_TEXT];
	bool known;

	if (b && block_is_owned_by(&b->block, r->a->owner))
		return take_back(r, b, e);
	if (!b || !is_abandoned(r, b) || !fresh_is_usable(r, cidr)) {
		draft_close_block(&r->a->draft, b);
		return 0;
	}
	if (key_of_affinity(b->block.affinity, cidr, foreign, e) < 0 ||
	    key_of_affinity(r->a->owner, cidr, own, e) < 0)
		return -1;
	known = draft_know(&r->a->draft, foreign);
	if (!draft_know(&r->a->draft, own) || !known)
		return 0;
	if (draft_release_affinity(&r->a->draft, b, b->block.affinity, e) < 0)
		return -1;
	return claim(r, cidr, e);
}

/* 9.7: one address of whoever's block has one. */
static int borrow(struct run *r, struct cidr cidr, const struct record *record, struct err *e)
{
	struct draft_block *b = open_scanned(r, cidr, record);

	if (!b)
		return 0;
	if (take_from(r, b, e) < 0)
		return -1;
	if (!r->found)
		draft_close_block(&r->a->draft, b);
	return 0;
}

static void scan_add_pools(struct run *r)
{
	const struct candidates *c = &r->a->candidates;
	struct scan *scan = &r->a->draft.plan->scan;

	for (unsigned i = 0; i < c->n_allowed[r->family]; i++) {
		if (scan->n_pools == SCAN_POOLS_MAX)
			scan->everywhere = true;
		else
			scan->pools[scan->n_pools++] = c->allowed[r->family][i]->cidr;
	}
}

static bool know_all_values(struct run *r)
{
	struct draft *d = &r->a->draft;

	if (view_knows_prefix(d->plan->view, r->blocks, RANGE_PREFIX))
		return true;
	scan_add_pools(r);
	wants_add_filtered(&d->plan->wants, r->blocks, scan_keeps, &d->plan->scan);
	return false;
}

static int exhausted(const struct run *r, struct err *e)
{
	const struct candidates *c = &r->a->candidates;
	struct buf list __cleanup(buf_done) = BUF(300);
	unsigned v = family_number(r->family);
	const char *hint = "";
	char cidr[CIDR_TEXT];

	if (r->gateway_held)
		hint = " (a block whose first usable address a container holds has no gateway to "
		       "give)";
	if (r->a->draft.config.strict_affinity)
		return err_set(e, ERR_EXHAUSTED,
			       "failed to request IPv%u addresses: Assigned 0 out of 1 requested "
			       "IPv%u addresses; "
			       "No more free affine blocks and strict affinity enabled",
			       v, v);
	for (unsigned i = 0; i < c->n_allowed[r->family]; i++) {
		cidr_print(c->allowed[r->family][i]->cidr, cidr);
		buf_printf(&list, i ? " %s" : "%s", cidr);
	}
	return err_set(e, ERR_EXHAUSTED,
		       "failed to request IPv%u addresses: Assigned 0 out of 1 requested IPv%u "
		       "addresses; "
		       "No IPs available in pools: [%s]%s",
		       v, v, list.data, hint);
}

static int assign_elsewhere(struct run *r, struct err *e)
{
	struct draft *d = &r->a->draft;

	if (check_may_claim(r, e) < 0)
		return -1;
	if (!draft_know_prefix(d, r->blocks, RANGE_PREFIX_KEYS))
		return 0;
	if (each_block(r, claim_absent, e) < 0)
		return -1;
	if (r->found || draft_needs(d) || !know_all_values(r))
		return 0;
	if (each_block(r, take_over, e) < 0)
		return -1;
	if (r->found || draft_needs(d))
		return 0;
	if (!d->config.strict_affinity && each_block(r, borrow, e) < 0)
		return -1;
	return r->found ? 0 : exhausted(r, e);
}

static int add_gateways(struct run *r, struct err *e)
{
	const struct candidates *c = &r->a->candidates;

	for (unsigned i = 0; i < c->n_allowed[r->family]; i++)
		if (gateways_add(&r->a->gateways, r->a->request, c->allowed[r->family][i], e) < 0)
			return -1;
	return 0;
}

/* A large cluster's other pools need not be read to search these. */
static void find_prefix(struct run *r)
{
	const struct candidates *c = &r->a->candidates;
	char other[KEY_TEXT];

	snprintf(r->blocks, sizeof(r->blocks), "%s", key_of_blocks(r->family));
	for (unsigned i = 0; i < c->n_allowed[r->family]; i++) {
		size_t same = 0;

		key_of_blocks_in(c->allowed[r->family][i]->cidr, other);
		if (i == 0)
			snprintf(r->blocks, sizeof(r->blocks), "%s", other);
		while (r->blocks[same] && r->blocks[same] == other[same])
			same++;
		r->blocks[same] = '\0';
	}
}

int assign_automatic(struct assign *a, enum family family, struct err *e)
{
	struct run r = { .a = a, .family = family };
	bool ready;

	if (key_of_affinities(a->owner, family, r.affinities, e) < 0 ||
	    candidates_of_family(&a->candidates, &a->draft, a->request, family, &ready, e) < 0)
		return -1;
	if (!ready)
		return 0;
	find_prefix(&r);
	if (add_gateways(&r, e) < 0 || each_own(&r, count_own, e) < 0 ||
	    each_own(&r, visit_own, e) < 0 ||
	    (!r.waits && each_own(&r, visit_full, e) < 0) ||
	    each_own(&r, visit_deselected, e) < 0)
		return -1;
	return r.found || r.waits ? 0 : assign_elsewhere(&r, e);
}
