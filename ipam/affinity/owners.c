/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/affinity/affinities.h"

#include "base/list.h"
#include "ipam/record/block.h"
#include "ipam/record/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void owned_blocks_done(struct owned_blocks *o)
{
	for (size_t i = 0; i < o->n; i++)
		free(o->list[i].owner);
	free(o->list);
	*o = (struct owned_blocks){ 0 };
}

static int add(struct owned_blocks *o, const char *owner, struct cidr block, struct err *e)
{
	if (list_room(&o->list, o->n, &o->cap) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	o->list[o->n] = (struct owned_block){ .owner = strdup(owner), .block = block };
	return o->list[o->n++].owner ? 0 : err_set(e, ERR_INTERNAL, "out of memory");
}

static int compare(const void *left, const void *right)
{
	const struct owned_block *a = left, *b = right;
	int order = cidr_compare(a->block, b->block);

	return order ? order : strcmp(a->owner, b->owner);
}

static void drop(void *kept __unused_arg, void *other)
{
	free(((struct owned_block *)other)->owner);
}

static struct owned_blocks settled(struct owned_blocks *o)
{
	struct owned_blocks all = *o;

	*o = (struct owned_blocks){ 0 };
	all.n = list_settle(all.list, all.n, compare, drop);
	return all;
}

/* Affinities under the prefix; only those of `block` unless it is NULL. */
static int add_affinities(struct owned_blocks *o, const struct view *view, const char *prefix,
			  const struct cidr *block, struct err *e)
{
	const struct record *record;
	char owner[KEY_TEXT];
	struct cidr found;

	for (size_t i = view_first(view, prefix); (record = view_at(view, i, prefix)); i++)
		if (key_read_affinity(record->key, owner, &found) == 0 &&
		    (!block || cidr_equal(found, *block)) && add(o, owner, found, e) < 0)
			return -1;
	return 0;
}

int ipam_blocks_of_node(struct datastore *ds, const char *node, struct owned_blocks *ret,
			struct err *e)
{
	struct owned_blocks o __cleanup(owned_blocks_done) = { 0 };
	struct wants wants __cleanup(wants_done) = { 0 };
	struct view view __cleanup(view_done) = { 0 };
	char prefix[2 * KEY_TEXT];

	snprintf(prefix, sizeof(prefix), KEY_HOST_AFFINITIES "%.480s/", node);
	wants_add(&wants, prefix, RANGE_PREFIX_KEYS);
	if (datastore_read(ds, &view, &wants, e) < 0 ||
	    add_affinities(&o, &view, prefix, NULL, e) < 0)
		return -1;
	*ret = settled(&o);
	return 0;
}

static int add_blocks_own(struct owned_blocks *o, const struct record *record, struct cidr block,
			  struct err *e)
{
	struct block b __cleanup(block_done) = { 0 };

	if (record && block_read(record, &b, e) < 0)
		return -1;
	return b.affinity ? add(o, b.affinity, block, e) : 0;
}

int ipam_owners_of_block(struct datastore *ds, struct cidr block, struct owned_blocks *ret,
			 struct err *e)
{
	struct owned_blocks o __cleanup(owned_blocks_done) = { 0 };
	struct wants wants __cleanup(wants_done) = { 0 };
	struct view view __cleanup(view_done) = { 0 };
	char key[KEY_TEXT];

	key_of_block(block, key);
	wants_add(&wants, key, RANGE_KEY);
	wants_add(&wants, KEY_HOST_AFFINITIES, RANGE_PREFIX_KEYS);
	wants_add(&wants, KEY_VIRTUAL_AFFINITIES, RANGE_PREFIX_KEYS);
	if (datastore_read(ds, &view, &wants, e) < 0 ||
	    add_affinities(&o, &view, KEY_HOST_AFFINITIES, &block, e) < 0 ||
	    add_affinities(&o, &view, KEY_VIRTUAL_AFFINITIES, &block, e) < 0 ||
	    add_blocks_own(&o, view_peek(&view, key), block, e) < 0)
		return -1;
	*ret = settled(&o);
	return 0;
}
