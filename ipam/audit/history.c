/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/audit/address.h"

#include "base/list.h"
#include "ipam/record/keys.h"

#include <stdlib.h>

struct walk {
	struct address_history h;
	char key[KEY_TEXT];	/* of the block */
	void (*progress)(uint64_t versions, void *arg);
	void *arg;
};

void address_history_done(struct address_history *h)
{
	for (size_t i = 0; i < h->n; i++)
		attribute_done(&h->list[i].attribute);
	free(h->list);
	*h = (struct address_history){ 0 };
}

static void walk_done(struct walk *w)
{
	address_history_done(&w->h);
}

static bool is_same(const struct address_period *p, const struct attribute *attribute,
		    uint64_t sequence)
{
	if (p->state == ADDRESS_FREE || !attribute)
		return p->state == ADDRESS_FREE && !attribute;
	return p->sequence == sequence && attribute_equal(&p->attribute, attribute);
}

static enum address_state state_of(const struct attribute *attribute)
{
	if (!attribute)
		return ADDRESS_FREE;
	return attribute_is_released(attribute) ? ADDRESS_COOLING : ADDRESS_ASSIGNED;
}

static int add(struct address_history *h, const struct attribute *attribute, uint64_t sequence,
	       uint64_t revision, struct err *e)
{
	struct address_period *p;

	if (h->n && is_same(&h->list[h->n - 1], attribute, sequence)) {
		h->list[h->n - 1].first = revision;
		return 0;
	}
	if (list_room(&h->list, h->n, &h->cap) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	p = &h->list[h->n++];
	*p = (struct address_period){ .state = state_of(attribute), .sequence = sequence,
				      .first = revision, .last = revision };
	return attribute ? attribute_copy(attribute, &p->attribute, e) : 0;
}

/* Versions that do not parse are counted and passed over. */
static int visit(const struct record *record, void *arg, struct err *e)
{
	struct block b __cleanup(block_done) = { 0 };
	struct err unreadable = { 0 };
	struct walk *w = arg;
	unsigned ordinal;

	w->h.versions++;
	if (w->progress)
		w->progress(w->h.versions, w->arg);
	if (block_read(record, &b, &unreadable) < 0) {
		w->h.unreadable++;
		return 0;
	}
	ordinal = block_ordinal(&b, w->h.addr);
	return add(&w->h, block_attribute(&b, ordinal), block_sequence_of(&b, ordinal),
		   record->revision, e);
}

/* The block there is, else the one that the address's pool would make. */
static int find_block(struct address_history *h, const struct view *view, struct err *e)
{
	struct pools pools __cleanup(pools_done) = { 0 };
	const struct pool *p;
	char text[ADDR_TEXT];

	if (key_find_block(view, h->addr, &h->block))
		return 0;
	if (pools_read(view, &pools, e) < 0)
		return -1;
	p = pools_holding(&pools, h->addr, true);
	addr_print(h->addr, text);
	if (!p)
		return err_set(e, ERR_NOT_FOUND, "%s lies in no pool and in no block", text);
	h->block = cidr_masked((struct cidr){ h->addr, p->block_len });
	return 0;
}

static int read_present(struct walk *w, struct datastore *ds, struct view *view, struct err *e)
{
	struct wants wants __cleanup(wants_done) = { 0 };
	struct wants block __cleanup(wants_done) = { 0 };

	wants_add(&wants, KEY_POOLS, RANGE_PREFIX);
	wants_add(&wants, key_of_blocks(w->h.addr.family), RANGE_PREFIX_KEYS);
	if (datastore_read(ds, view, &wants, e) < 0 || find_block(&w->h, view, e) < 0)
		return -1;
	key_of_block(w->h.block, w->key);
	wants_add(&block, w->key, RANGE_KEY);
	return datastore_read(ds, view, &block, e);
}

static int walk_back(struct walk *w, struct datastore *ds, const struct view *view, struct err *e)
{
	const struct record *record;

	w->h.remembered = datastore_history(ds, w->key, visit, w, &w->h.end, e) == 0;
	if (w->h.remembered)
		return 0;
	if (e->kind != ERR_UNSUPPORTED)
		return -1;
	err_reset(e);
	record = view_peek(view, w->key);
	return record ? visit(record, w, e) : 0;
}

int ipam_read_history(struct datastore *ds, struct addr a,
		      void (*progress)(uint64_t versions, void *arg), void *arg,
		      struct address_history *ret, struct err *e)
{
	struct walk w __cleanup(walk_done) = { .h.addr = a, .progress = progress, .arg = arg };
	struct view view __cleanup(view_done) = { 0 };

	if (read_present(&w, ds, &view, e) < 0 || walk_back(&w, ds, &view, e) < 0)
		return -1;
	*ret = w.h;
	w.h = (struct address_history){ 0 };
	return 0;
}
