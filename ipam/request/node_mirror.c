/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/request/node_mirror.h"

#include "ipam/record/handle.h"
#include "ipam/record/keys.h"

#include <stdlib.h>
#include <string.h>

typedef char handle_id[IPAM_HANDLE_MAX + 1];

/* Most blocks name none of them; their text tells without parsing. */
static bool names_any(const struct record *block, handle_id *ids, unsigned n)
{
	for (unsigned i = 0; block->value && i < n; i++)
		if (block_may_name(block, ids[i]))
			return true;
	return false;
}

static void count_in_block(const struct record *record, handle_id *ids, struct handle *handles,
			   unsigned n, struct block_cache *blocks)
{
	struct err ignored = {0};
	struct block b;

	if (!names_any(record, ids, n) || block_cache_take(blocks, record, &b, &ignored) < 0)
		return;
	for (unsigned i = 0; i < n; i++)
		handle_set(&handles[i], b.cidr, block_count(&b, ids[i]));
	block_cache_keep(blocks, record->key, record->value, record->value_len, &b);
}

static void count_in_blocks(const struct view *view, handle_id *ids, struct handle *handles,
			    unsigned n, struct block_cache *blocks)
{
	const struct record *record;

	for (enum family f = FAMILY_4; f < N_FAMILIES; f++) {
		const char *prefix = key_of_blocks(f);

		for (size_t i = view_first(view, prefix); (record = view_at(view, i, prefix)); i++)
			count_in_block(record, ids, handles, n, blocks);
	}
}

static void show(struct view *view, const char *id, const struct handle *h)
{
	struct range range = { .kind = RANGE_KEY };
	struct buf text __cleanup(buf_done) = BUF(1 << 16);
	struct err ignored = {0};
	char key[KEY_TEXT];

	if (key_of_handle(id, key, &ignored) < 0)
		return;
	range.key = key;
	view_cover(view, &range, 0);
	if (h->failed || handle_is_empty(h))
		return;
	handle_print(h, &text);
	if (!text.failed)
		view_put(view, key, text.data, text.len, 0);
}

void node_mirror_recall(struct datastore *ds, struct view *view, handle_id *ids, unsigned n,
			struct block_cache *blocks)
{
	struct handle *handles;

	datastore_recall(ds, view);
	handles = view->from_mirror ? calloc(n, sizeof(*handles)) : NULL;
	if (!handles) {
		view_reset(view);
		return;
	}
	count_in_blocks(view, ids, handles, n, blocks);
	for (unsigned i = 0; i < n; i++) {
		show(view, ids[i], &handles[i]);
		handle_done(&handles[i]);
	}
	free(handles);
}

static bool is_kept(const struct range *range)
{
	if (range->kind == RANGE_PREFIX)
		return strcmp(range->key, KEY_POOLS) == 0 ||
		       strcmp(range->key, KEY_RESERVATIONS) == 0 ||
		       key_is_under(range->key, KEY_HOST_AFFINITIES);
	return range->kind == RANGE_KEY &&
	       (strcmp(range->key, KEY_CONFIG) == 0 || key_is_under(range->key, KEY_NODES));
}

/* The blocks of this host's affinities, as far as the view has them. */
static void want_blocks(const struct view *view, const char *affinities, struct wants *keep)
{
	const struct record *record;
	char key[KEY_TEXT];
	struct cidr cidr;

	for (size_t i = view_first(view, affinities); (record = view_at(view, i, affinities));
	     i++) {
		if (key_cidr(record->key, affinities, &cidr) < 0)
			continue;
		key_of_block(cidr, key);
		if (view_peek(view, key) && view_peek(view, key)->value)
			wants_add(keep, key, RANGE_KEY);
	}
}

void node_mirror_remember(struct datastore *ds, const struct view *view)
{
	struct wants keep __cleanup(wants_done) = {0};

	for (size_t i = 0; i < view->n_ranges; i++) {
		const struct range *range = &view->ranges[i];

		if (!is_kept(range))
			continue;
		wants_add(&keep, range->key, range->kind);
		if (key_is_under(range->key, KEY_HOST_AFFINITIES))
			want_blocks(view, range->key, &keep);
	}
	datastore_remember(ds, view, &keep);
}
