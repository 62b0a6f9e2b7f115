/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/guards.h"

#include "base/list.h"

#include <stdlib.h>
#include <string.h>

static void add_guard(struct guards *g, struct guard guard)
{
	g->failed |= list_room(&g->list, g->n, &g->cap) < 0;
	if (!g->failed)
		g->list[g->n++] = guard;
}

/* As it was read. */
static void guard_key(struct guards *g, const struct view *view, const char *key)
{
	const struct record *r = view_peek(view, key);

	add_guard(g, (struct guard){ .kind = r ? GUARD_REVISION : GUARD_ABSENT, .key = key,
				     .records = r, .n_records = r != NULL });
}

/* All records under a prefix, in one of two ways. */
static void guard_records(struct guards *g, const struct view *view, const char *prefix,
			  enum guard_kind kind)
{
	struct guard guard = { .kind = kind, .key = prefix };
	size_t first = view_first(view, prefix);

	guard.records = view_at(view, first, prefix);
	while (view_at(view, first + guard.n_records, prefix))
		guard.n_records++;
	add_guard(g, guard);
}

/* That it has these records by revision, and none that is newer, means that it has no other. */
static void guard_proven_records(struct guards *g, const struct view *view, const char *prefix,
				 uint64_t newest)
{
	const struct record *r;

	add_guard(g, (struct guard){ .kind = GUARD_NOTHING_NEWER, .key = prefix,
				     .revision = newest });
	for (size_t i = view_first(view, prefix); (r = view_at(view, i, prefix)); i++)
		add_guard(g, (struct guard){ .kind = GUARD_REVISION, .key = r->key, .records = r,
					     .n_records = 1 });
}

static void guard_prefix(struct guards *g, const struct view *view, const char *prefix,
			 bool in_order)
{
	if (in_order)
		add_guard(g, (struct guard){ .kind = GUARD_NOTHING_NEWER, .key = prefix,
					     .revision = view_prefix_revision(view, prefix) });
	else
		guard_records(g, view, prefix, GUARD_SAME_RECORDS);
}

static bool is_nonce(const char *key, const char *nonce)
{
	return nonce && strcmp(key, nonce) == 0;
}

static void guard_what_is_named(struct guards *g, const struct view *view,
				const struct changes *changes, bool in_order, const char *nonce)
{
	for (size_t i = 0; i < changes->n; i++)
		if (changes_is_last(changes, i) && !is_nonce(changes->list[i].key, nonce))
			guard_key(g, view, changes->list[i].key);
	for (size_t i = 0; i < changes->n_bases; i++) {
		const struct basis *b = &changes->bases[i];

		if (b->prefix)
			guard_prefix(g, view, b->key, in_order);
		else if (!changes_last(changes, b->key))
			guard_key(g, view, b->key);
	}
}

/* As much of it as the plan stands on. */
static void guard_mirrored_key(struct guards *g, const struct view *view,
			       const struct changes *changes, const char *key)
{
	const struct record *r = view_peek(view, key);
	struct guard guard = { .kind = GUARD_ABSENT, .key = key, .records = r,
			       .n_records = r != NULL };
	bool whole = r && (r->looked_at >= r->value_len || changes_name(changes, key));

	if (r && !whole && !r->looked_at)
		return;
	if (r && r->proven) {
		guard.kind = GUARD_REVISION;
	} else if (whole) {
		guard.kind = GUARD_VALUE;
	} else if (r) {
		guard.kind = GUARD_HEAD;
		guard.head_len = r->looked_at;
	}
	add_guard(g, guard);
}

static void guard_mirrored_prefix(struct guards *g, const struct view *view, const char *prefix)
{
	uint64_t newest;

	if (view_proves_prefix(view, prefix, &newest) && newest)
		guard_proven_records(g, view, prefix, newest);
	else
		guard_records(g, view, prefix, GUARD_EXACTLY);
}

static void guard_what_is_mirrored(struct guards *g, const struct view *view,
				   const struct changes *changes, const char *nonce)
{
	for (size_t i = 0; i < view->n_ranges; i++) {
		const struct range *range = &view->ranges[i];

		if (range->kind != RANGE_KEY && !range->unasked)
			guard_mirrored_prefix(g, view, range->key);
		else if (range->kind == RANGE_KEY && !is_nonce(range->key, nonce))
			guard_mirrored_key(g, view, changes, range->key);
	}
}

static void guard_nonce(struct guards *g, const struct view *view, const char *nonce)
{
	const struct record *r = nonce ? view_peek(view, nonce) : NULL;
	struct guard guard = { .kind = GUARD_VALUE, .key = nonce, .records = r, .n_records = 1 };

	if (!r)
		return;
	add_guard(g, guard);
	guard.kind = GUARD_REVISION;
	add_guard(g, guard);
}

void guards_make(struct guards *g, const struct view *view, const struct changes *changes,
		 bool in_order, const char *nonce)
{
	*g = (struct guards){0};
	guard_nonce(g, view, nonce);
	if (view->from_mirror)
		guard_what_is_mirrored(g, view, changes, nonce);
	else
		guard_what_is_named(g, view, changes, in_order, nonce);
}

void guards_done(struct guards *g)
{
	free(g->list);
	*g = (struct guards){0};
}

bool guard_is_of_prefix(const struct guard *g)
{
	return g->kind == GUARD_NOTHING_NEWER || g->kind == GUARD_SAME_RECORDS ||
	       g->kind == GUARD_EXACTLY;
}

static bool has_value(const struct record *now, const struct record *then)
{
	return now->value_len == then->value_len &&
	       memcmp(now->value, then->value, then->value_len) == 0;
}

bool guard_admits(const struct guard *g, size_t i, const struct record *now)
{
	const struct record *then;

	if (g->kind == GUARD_NOTHING_NEWER)
		return now->revision <= g->revision;
	if (i >= g->n_records)
		return false;
	then = &g->records[i];
	if (strcmp(now->key, then->key) != 0)
		return false;
	if (g->kind == GUARD_REVISION || g->kind == GUARD_SAME_RECORDS)
		return now->revision == then->revision;
	if (g->kind == GUARD_HEAD)
		return now->value_len > g->head_len &&
		       memcmp(now->value, then->value, g->head_len) == 0;
	if (g->kind == GUARD_EXACTLY && then->proven)
		return now->revision == then->revision;
	return has_value(now, then);
}

bool guard_admits_end(const struct guard *g, size_t n)
{
	return g->kind == GUARD_NOTHING_NEWER || n == g->n_records;
}
