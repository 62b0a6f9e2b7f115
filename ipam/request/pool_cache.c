/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/request/pool_cache.h"

#include "base/same.h"
#include "ipam/record/keys.h"

void pool_cache_done(struct pool_cache *c)
{
	pools_done(&c->pools);
	view_done(&c->source);
	c->is_there = false;
}

static bool is_same(const struct record *a, const struct record *b)
{
	return a->revision == b->revision && a->value && b->value &&
	       same_texts(a->key, a->key_len, b->key, b->key_len) &&
	       same_texts(a->value, a->value_len, b->value, b->value_len);
}

static bool comes_from(const struct pool_cache *c, const struct view *view)
{
	size_t first = view_first(view, KEY_POOLS), i = 0;
	const struct record *record;

	for (; (record = view_at(view, first + i, KEY_POOLS)); i++)
		if (i == c->source.n_records || !is_same(record, &c->source.records[i]))
			return false;
	return i == c->source.n_records && !c->source.failed;
}

int pool_cache_take(struct pool_cache *c, const struct view *view, struct pools *ret, struct err *e)
{
	if (!c || !c->is_there || !comes_from(c, view))
		return pools_read(view, ret, e);
	*ret = c->pools;
	c->pools = (struct pools){0};
	c->is_there = false;
	return 0;
}

static void copy_source(struct pool_cache *c, const struct view *view)
{
	const struct record *r;

	view_reset(&c->source);
	for (size_t i = view_first(view, KEY_POOLS); (r = view_at(view, i, KEY_POOLS)); i++)
		if (r->value)
			view_put(&c->source, r->key, r->value, r->value_len, r->revision);
		else
			view_put_key(&c->source, r->key, r->revision);
}

void pool_cache_keep(struct pool_cache *c, const struct view *view, struct pools *pools)
{
	if (!c) {
		pools_done(pools);
		return;
	}
	if (!comes_from(c, view))
		copy_source(c, view);
	pools_done(&c->pools);
	c->pools = *pools;
	c->is_there = true;
	*pools = (struct pools){0};
}
