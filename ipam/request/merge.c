/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/request/merge.h"

#include "base/attr.h"
#include "base/list.h"
#include "ipam/record/keys.h"

#include <stdlib.h>
#include <string.h>

static struct change *find(struct changes *c, const char *key)
{
	return unconst(changes_last(c, key));
}

/* What the one list knew of it goes to the other. */
static void move_value(struct change *to, struct change *from)
{
	char *was = to->value;

	to->value = from->value;
	to->value_len = from->value_len;
	from->value = was;
}

static void insert(struct changes *c, size_t at, struct change *moved)
{
	c->failed |= list_room(&c->list, c->n, &c->cap) < 0;
	if (c->failed)
		return;
	memmove(&c->list[at + 1], &c->list[at], (c->n - at) * sizeof(*c->list));
	c->list[at] = *moved;
	*moved = (struct change){0};
	c->n++;
}

static void merge_bases(struct changes *all, const struct changes *more)
{
	for (size_t i = 0; i < more->n_bases; i++) {
		if (more->bases[i].prefix)
			changes_guard_prefix(all, more->bases[i].key);
		else
			changes_guard_key(all, more->bases[i].key);
	}
	all->failed |= more->failed;
}

static void merge_at_once(struct changes *all, struct changes *more)
{
	for (size_t i = 0; i < more->n; i++) {
		struct change *there = find(all, more->list[i].key);

		if (there)
			move_value(there, &more->list[i]);
		else
			insert(all, all->n, &more->list[i]);
	}
	merge_bases(all, more);
}

enum section { SAYS_MORE, IS_BLOCK, SAYS_LESS };

static bool is_block(const struct change *c)
{
	return key_is_under(c->key, KEY_BLOCKS_4) || key_is_under(c->key, KEY_BLOCKS_6);
}

/* A block that goes, goes with its affinity. */
static bool has_one_order(const struct changes *c)
{
	enum section section = SAYS_MORE;

	for (size_t i = 0; i < c->n; i++) {
		const struct change *change = &c->list[i];

		if (!changes_is_last(c, i) || (is_block(change) && !change->value) ||
		    (!is_block(change) && !key_is_under(change->key, KEY_HANDLES)))
			return false;
		if (is_block(change) && section == SAYS_LESS)
			return false;
		if (is_block(change))
			section = IS_BLOCK;
		else if (section == IS_BLOCK)
			section = SAYS_LESS;
	}
	return true;
}

/* Of the list that is merged: where its blocks begin, and what follows them. */
static void find_sections(const struct changes *c, size_t *ret_blocks, size_t *ret_less)
{
	size_t i = 0;

	while (i < c->n && !is_block(&c->list[i]))
		i++;
	*ret_blocks = i;
	while (i < c->n && is_block(&c->list[i]))
		i++;
	*ret_less = i;
}

static bool shares_a_handle(struct changes *all, const struct changes *more)
{
	for (size_t i = 0; i < more->n; i++)
		if (!is_block(&more->list[i]) && find(all, more->list[i].key))
			return true;
	return false;
}

/* Those of a section wait for the section before, and not for each other. */
static void put_beside(struct changes *all)
{
	size_t blocks, less;

	find_sections(all, &blocks, &less);
	for (size_t i = 0; i < all->n; i++)
		all->list[i].beside = i && i != blocks && i != less;
}

static void merge_one(struct changes *all, struct change *change, bool blocks_came)
{
	struct change *there = is_block(change) ? find(all, change->key) : NULL;
	size_t blocks, less;

	if (there) {
		move_value(there, change);
		return;
	}
	find_sections(all, &blocks, &less);
	if (is_block(change))
		insert(all, less, change);
	else
		insert(all, blocks_came ? all->n : blocks, change);
}

static bool merge_in_order(struct changes *all, struct changes *more)
{
	bool blocks_came = false;

	if (!has_one_order(more) || (all->n && !has_one_order(all)) || shares_a_handle(all, more))
		return false;
	for (size_t i = 0; i < more->n; i++) {
		bool block = is_block(&more->list[i]);

		merge_one(all, &more->list[i], blocks_came);
		blocks_came |= block;
	}
	put_beside(all);
	merge_bases(all, more);
	return true;
}

bool merge(struct changes *all, struct changes *more, bool transactions)
{
	struct changes none = *all;

	if (transactions) {
		merge_at_once(all, more);
		return true;
	}
	if (all->n)
		return merge_in_order(all, more);
	*all = *more;
	*more = none;
	return true;
}
