/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/wants.h"

#include "base/attr.h"
#include "base/list.h"
#include "base/same.h"

#include <stdlib.h>
#include <string.h>

void wants_init(struct wants *w)
{
	*w = (struct wants){0};
}

static void append_range(struct wants *w, const struct range *range)
{
	char *copy;

	w->failed |= w->n >= VIEW_RANGES_MAX || strlen(range->key) > VIEW_KEY_MAX ||
		     list_room(&w->list, w->n, &w->cap) < 0;
	copy = w->failed ? NULL : strdup(range->key);
	if (!copy) {
		w->failed = true;
		return;
	}
	w->list[w->n] = *range;
	w->list[w->n].key_len = strlen(copy);
	w->list[w->n++].key = copy;
}

void wants_add_range(struct wants *w, const struct range *range)
{
	size_t len = strlen(range->key);

	for (size_t i = 0; i < w->n; i++) {
		struct range *r = &w->list[i];

		if (r->kind != range->kind || !same_texts(r->key, r->key_len, range->key, len))
			continue;
		if (r->keep != range->keep || r->keep_arg != range->keep_arg)
			r->keep = NULL;
		return;
	}
	append_range(w, range);
}

void wants_add(struct wants *w, const char *key, enum range_kind kind)
{
	const struct range range = { .key = key, .kind = kind };

	wants_add_range(w, &range);
}

void wants_add_filtered(struct wants *w, const char *prefix, record_filter *keep, void *arg)
{
	const struct range range = { .key = prefix, .kind = RANGE_PREFIX, .keep = keep,
				     .keep_arg = arg };

	wants_add_range(w, &range);
}

void wants_add_all(struct wants *w, const struct wants *more)
{
	for (size_t i = 0; i < more->n; i++)
		wants_add_range(w, &more->list[i]);
	w->failed |= more->failed;
}

void wants_done(struct wants *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(unconst(w->list[i].key));
	free(w->list);
	wants_init(w);
}
