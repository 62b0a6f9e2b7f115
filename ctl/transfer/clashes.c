/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/transfer/clashes.h"

#include "base/list.h"
#include "ipam/record/keys.h"
#include "ipam/record/pool.h"

#include <stdlib.h>
#include <string.h>

void clashes_done(struct clashes *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->list[i].key);
	free(c->list);
	*c = (struct clashes){ 0 };
}

static bool read_block(const struct record *record, struct clash_item *ret)
{
	for (enum family f = FAMILY_4; f < N_FAMILIES; f++)
		if (key_is_under(record->key, key_of_blocks(f)))
			return key_cidr(record->key, key_of_blocks(f), &ret->cidr) == 0;
	return false;
}

/* 1: it is one; 0: it is none. */
static int read_pool(const struct record *record, struct clash_item *ret, struct err *e)
{
	struct pool pool __cleanup(pool_done) = { 0 };
	struct err why = { 0 };

	if (!key_is_under(record->key, KEY_POOLS))
		return 0;
	if (pool_read(record, &pool, &why) < 0)
		return why.kind == ERR_INTERNAL ? err_set(e, ERR_INTERNAL, "out of memory") : 0;
	ret->kind = CLASH_POOL;
	ret->cidr = pool.cidr;
	ret->block_len = pool.block_len;
	return 1;
}

static int read_item(const struct record *record, struct clash_item *ret, struct err *e)
{
	ret->kind = CLASH_BLOCK;
	if (!read_block(record, ret))
		return read_pool(record, ret, e);
	ret->block_len = ret->cidr.len;
	return 1;
}

int clashes_note(struct clashes *c, const struct record *record, enum clash_side side,
		 struct err *e)
{
	struct clash_item item = { .side = side };
	int rc = read_item(record, &item, e);

	if (rc <= 0)
		return rc;
	item.key = strdup(record->key);
	if (!item.key || list_room(&c->list, c->n, &c->cap) < 0) {
		free(item.key);
		return err_set(e, ERR_INTERNAL, "out of memory");
	}
	c->list[c->n++] = item;
	return 0;
}

static int compare(const void *left, const void *right)
{
	const struct clash_item *a = left, *b = right;
	int order = cidr_compare(a->cidr, b->cidr);

	return order ? order : (int)a->kind - (int)b->kind;
}

static bool do_clash(const struct clash_item *outer, const struct clash_item *inner)
{
	return outer && cidr_holds_cidr(outer->cidr, inner->cidr) &&
	       (outer->kind == inner->kind || outer->block_len != inner->block_len);
}

static void tell(const struct clash_item *a, const struct clash_item *b, struct buf *lines)
{
	bool from_file = a->side == CLASH_FILE;

	buf_printf(lines, "%s in the file, %s in the store\n", from_file ? a->key : b->key,
		   from_file ? b->key : a->key);
}

/* CIDRs are apart or one holds the other: of each sort the widest at hand is enough. */
uint64_t clashes_find(struct clashes *c, uint64_t most, struct buf *lines)
{
	const struct clash_item *outer[N_CLASH_SIDES][N_CLASH_KINDS] = { { NULL } };
	uint64_t n = 0;

	if (c->n)
		qsort(c->list, c->n, sizeof(*c->list), compare);
	for (size_t i = 0; i < c->n; i++) {
		const struct clash_item *item = &c->list[i], **own = &outer[item->side][item->kind];

		for (int kind = CLASH_POOL; kind < N_CLASH_KINDS; kind++) {
			const struct clash_item *other = outer[!item->side][kind];

			if (do_clash(other, item) && ++n <= most)
				tell(other, item, lines);
		}
		if (!*own || !cidr_holds_cidr((*own)->cidr, item->cidr))
			*own = item;
	}
	return n;
}
