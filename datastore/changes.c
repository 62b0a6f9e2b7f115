/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/changes.h"
#include "base/list.h"
#include "base/same.h"
#include "datastore/view.h"

#include <stdlib.h>
#include <string.h>

void changes_init(struct changes *c)
{
	*c = (struct changes){0};
}

void changes_drop_last(struct changes *c)
{
	c->n--;
	free(c->list[c->n].key);
	free(c->list[c->n].value);
}

void changes_done(struct changes *c)
{
	while (c->n)
		changes_drop_last(c);
	for (size_t i = 0; i < c->n_bases; i++)
		free(c->bases[i].key);
	free(c->list);
	free(c->bases);
	changes_init(c);
}

static struct change *add_change(struct changes *c, const char *key)
{
	if (list_room(&c->list, c->n, &c->cap) == 0) {
		c->list[c->n] = (struct change){ .key = strdup(key), .key_len = strlen(key) };
		if (c->list[c->n].key)
			return &c->list[c->n++];
	}
	c->failed = true;
	return NULL;
}

void changes_put(struct changes *c, const char *key, const char *value, size_t value_len)
{
	struct change *change = add_change(c, key);

	if (!change)
		return;
	change->value = malloc(value_len + 1);
	if (!change->value) {
		c->failed = true;
		return;
	}
	if (value_len)
		memcpy(change->value, value, value_len);
	change->value[value_len] = '\0';
	change->value_len = value_len;
}

void changes_delete(struct changes *c, const char *key)
{
	add_change(c, key);
}

void changes_beside(struct changes *c)
{
	if (c->n)
		c->list[c->n - 1].beside = true;
}

void changes_ahead(struct changes *c)
{
	if (c->n)
		c->list[c->n - 1].ahead = true;
}

static void add_basis(struct changes *c, const char *key, bool prefix)
{
	for (size_t i = 0; i < c->n_bases; i++)
		if (c->bases[i].prefix == prefix && same_text(c->bases[i].key, key))
			return;
	if (list_room(&c->bases, c->n_bases, &c->cap_bases) < 0) {
		c->failed = true;
		return;
	}
	c->bases[c->n_bases] = (struct basis){ strdup(key), prefix };
	if (c->bases[c->n_bases].key)
		c->n_bases++;
	else
		c->failed = true;
}

void changes_guard_key(struct changes *c, const char *key)
{
	add_basis(c, key, false);
}

void changes_guard_prefix(struct changes *c, const char *prefix)
{
	add_basis(c, prefix, true);
}

const struct change *changes_last(const struct changes *c, const char *key)
{
	size_t len = strlen(key);

	for (size_t i = c->n; i > 0; i--) {
		const struct change *change = &c->list[i - 1];

		if (same_texts(change->key, change->key_len, key, len))
			return change;
	}
	return NULL;
}

bool changes_is_last(const struct changes *c, size_t i)
{
	return changes_last(c, c->list[i].key) == &c->list[i];
}

bool changes_name(const struct changes *c, const char *key)
{
	for (size_t i = 0; i < c->n_bases; i++)
		if (!c->bases[i].prefix && same_text(c->bases[i].key, key))
			return true;
	return changes_last(c, key) != NULL;
}

void changes_stand(struct changes *c, uint64_t revision)
{
	for (size_t i = 0; i < c->n; i++) {
		c->list[i].revision = revision;
		c->list[i].stands = true;
	}
}

bool changes_any_stand(const struct changes *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->list[i].stands)
			return true;
	return false;
}

size_t changes_count_ahead(const struct changes *c, const struct view *view)
{
	size_t n = 0;

	while (view->from_mirror && n < c->n && c->list[n].ahead && (!n || c->list[n].beside) &&
	       c->list[n].value && !view_peek(view, c->list[n].key))
		n++;
	return n;
}

void changes_apply(const struct changes *c, struct view *view)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct change *change = &c->list[i];

		if (change->value)
			view_put(view, change->key, change->value, change->value_len,
				 change->revision);
		else
			view_remove(view, change->key);
	}
}
