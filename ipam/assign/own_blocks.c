/* SPDX-License-Identifier: Apache-2.0 */
/* The blocks that this host has affinities of (docs/DATA-MODEL.md 9.2, 9.3). */
#include "ipam/assign/block_head.h"
#include "ipam/assign/search.h"

#include "base/list.h"

#include <stdlib.h>

#define READ_AHEAD 64 /* keys wanted in one request, own blocks among them */
#define RELEASES_MAX 8 /* deselected affinities released in one commit */
#define DROPS_MAX 8 /* and those of others' blocks dropped: etcd takes 128 keys at once */

struct own {
	const struct record *affinity; /* borrowed */
	struct cidr cidr;
	bool allowed; /* to take addresses from */
};

/*
 * 9.3: this host's affinity of a block that is not this host's.  It takes no place in
 * the limit: a plan that fails by the limit commits nothing, so that it would stay.
 */
static void drop_affinity(struct search *s, const struct own *own)
{
	char key[KEY_TEXT];
	struct changes *changes = &s->a->draft.plan->changes;

	s->owned--;
	if (s->drops++ >= DROPS_MAX)
		return;
	key_of_block(own->cidr, key);
	changes_guard_key(changes, key);
	changes_delete(changes, own->affinity->key);
}

/* One of another size, left by an earlier pool, would overlap with this pool's blocks. */
static int claim_own(struct search *s, const struct own *own, struct err *e)
{
	if (search_pool_of(s, own->cidr)->block_len != own->cidr.len) {
		drop_affinity(s, own);
		return 0;
	}
	return search_fresh_is_usable(s, own->cidr) ? search_claim(s, own->cidr, e) : 0;
}

static int try_own(struct search *s, const struct own *own, struct err *e)
{
	struct draft *d = &s->a->draft;
	struct err unreadable = {0};
	enum affinity_state state;
	enum draft_found found;
	struct draft_block *b;

	if (draft_open_block(d, own->cidr, &found, &b, e) < 0)
		return -1;
	if (found == DRAFT_NEED)
		return 0;
	if (found == DRAFT_ABSENT)
		return claim_own(s, own, e);
	if (!block_is_owned_by(&b->block, s->a->owner)) {
		drop_affinity(s, own);
		draft_close_block(d, b);
		return 0;
	}
	if (search_usable_ordinal(s, search_pool_of(s, own->cidr), &b->block) < 0) {
		draft_close_block(d, b);
		return 0;
	}
	/* One that cannot be read is written anew. */
	if (affinity_read(own->affinity, &state, &unreadable) < 0)
		state = AFFINITY_PENDING;
	if (state != AFFINITY_CONFIRMED && draft_confirm_block(d, b, s->a->owner, e) < 0)
		return -1;
	return search_take_from(s, b, e);
}

/* 9.2: an affinity outside the allowed pools goes if its pool no longer selects this node. */
static int release_deselected(struct search *s, struct cidr cidr, struct err *e)
{
	const struct pool *p = candidates_holding(&s->a->candidates, cidr.base, false);
	struct draft *d = &s->a->draft;
	enum draft_found found;
	struct draft_block *b;
	char key[KEY_TEXT];
	bool selects;

	if (!p || s->releases == RELEASES_MAX)
		return 0;
	if (candidates_selects_node(&s->a->candidates, p, &selects, e) < 0)
		return -1;
	if (selects)
		return 0;
	if (draft_open_block(d, cidr, &found, &b, e) < 0)
		return -1;
	if (found != DRAFT_PRESENT)
		return 0;
	if (!block_is_owned_by(&b->block, s->a->owner) || !block_is_empty(&b->block)) {
		draft_close_block(d, b);
		return 0;
	}
	if (key_of_pool(p->name, key, e) < 0)
		return -1;
	changes_guard_key(&d->plan->changes, key);
	s->releases++;
	return draft_release_affinity(d, b, s->a->owner, e);
}

struct owns {
	struct own *list; /* owned */
	size_t n, cap;
};

static void owns_done(struct owns *o)
{
	free(o->list);
}

static int owns_read(struct owns *o, struct search *s, struct err *e)
{
	const struct view *view = s->a->draft.plan->view;
	const struct record *record;
	struct own own;

	for (size_t i = view_first(view, s->affinities); (record = view_at(view, i, s->affinities));
	     i++) {
		if (plan_in_time(s->a->draft.plan, e) < 0)
			return -1;
		own.affinity = record;
		if (key_cidr(record->key, s->affinities, &own.cidr) < 0)
			continue;
		if (list_room(&o->list, o->n, &o->cap) < 0)
			return err_set(e, ERR_INTERNAL, "out of memory");
		own.allowed = candidates_allows(&s->a->candidates, s->family, own.cidr);
		s->owned += own.allowed;
		o->list[o->n++] = own;
	}
	return 0;
}

typedef int own_visitor(struct search *s, const struct own *own, struct err *e);

static int each_own(struct search *s, const struct owns *o, own_visitor *visit, struct err *e)
{
	for (size_t i = 0; i < o->n; i++)
		if (plan_in_time(s->a->draft.plan, e) < 0 || visit(s, &o->list[i], e) < 0)
			return -1;
	return 0;
}

/* What cannot be read of other pools is no reason to refuse an address of these. */
static int visit_deselected(struct search *s, const struct own *own, struct err *e __unused_arg)
{
	struct err ignored = {0};

	if (!own->allowed)
		release_deselected(s, own->cidr, &ignored);
	return 0;
}

/* What follows the head is not looked at, so that it need not be compared. */
static bool is_full_at_sight(const struct search *s, struct cidr cidr)
{
	struct view *view = s->a->draft.plan->view;
	const struct record *record;
	char key[KEY_TEXT];
	size_t len;

	key_of_block(cidr, key);
	record = view_peek(view, key);
	if (!record || !block_head_is_full(record, cidr, s->a->owner, &len))
		return false;
	view_look_at_head(view, record, len);
	return true;
}

/* Once one block is missing, the next ones are only asked for along with it. */
static int visit_own(struct search *s, const struct own *own, struct err *e)
{
	struct draft *d = &s->a->draft;
	char key[KEY_TEXT];

	if (!own->allowed || s->found)
		return 0;
	key_of_block(own->cidr, key);
	if (!s->waits && view_knows(d->plan->view, key))
		return is_full_at_sight(s, own->cidr) ? 0 : try_own(s, own, e);
	s->waits = true;
	if (d->plan->wants.n < READ_AHEAD)
		draft_know(d, key);
	return 0;
}

/* An address of it may have cooled down. */
static int visit_full(struct search *s, const struct own *own, struct err *e)
{
	if (!own->allowed || s->found || !is_full_at_sight(s, own->cidr))
		return 0;
	return try_own(s, own, e);
}

int search_own(struct search *s, struct err *e)
{
	struct owns own __cleanup(owns_done) = {0};

	if (owns_read(&own, s, e) < 0 || each_own(s, &own, visit_own, e) < 0 ||
	    (!s->waits && each_own(s, &own, visit_full, e) < 0))
		return -1;
	return each_own(s, &own, visit_deselected, e);
}
