/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/audit/own_blocks.h"

#include "ipam/affinity/affinities.h"
#include "ipam/audit/utilization.h"
#include "ipam/record/host.h"
#include "ipam/record/keys.h"

#include <stdlib.h>
#include <string.h>

struct counting {
	struct own_blocks own;
	struct utilization utilization;
	const char *node;
};

void own_blocks_done(struct own_blocks *o)
{
	free(o->list);
	pools_done(&o->pools);
	*o = (struct own_blocks){ 0 };
}

static void counting_done(struct counting *c)
{
	utilization_done(&c->utilization);
	own_blocks_done(&c->own);
}

static void see_block(const struct utilization *s, const struct block *b,
		      const struct utilization_pool *pool, void *arg)
{
	struct counting *c = arg;
	struct own_blocks_pool *p = &c->own.list[pool ? (size_t)(pool - s->list) : s->pools.n];
	const char *node = host_node(b->affinity);

	if (!node || strcmp(node, c->node) != 0)
		return;
	p->blocks++;
	for (unsigned i = 0; i < b->size; i++) {
		const struct attribute *a = block_attribute(b, i);

		if (a && attribute_is_released(a))
			p->cooling++;
		else if (a)
			p->in_use++;
		else if (utilization_reserves(s, pool, b->cidr, block_addr(b, i)))
			p->reserved++;
		else
			p->free++;
	}
}

static int count_block(struct counting *c, const struct view *view, struct cidr block,
		       struct err *e)
{
	struct utilization_visitor visitor = { .block = see_block, .arg = c };
	const struct record *record;
	char key[KEY_TEXT];

	key_of_block(block, key);
	record = view_peek(view, key);
	if (!record || !record->value)
		return 0;
	return utilization_add(&c->utilization, record, &visitor, e);
}

static int count_some(struct counting *c, struct datastore *ds, const struct owned_block *list,
		      size_t n, struct err *e)
{
	struct wants wants __cleanup(wants_done) = { 0 };
	struct view view __cleanup(view_done) = { 0 };
	char key[KEY_TEXT];

	for (size_t i = 0; i < n; i++) {
		key_of_block(list[i].block, key);
		wants_add(&wants, key, RANGE_KEY);
	}
	if (datastore_read(ds, &view, &wants, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (count_block(c, &view, list[i].block, e) < 0)
			return -1;
	return 0;
}

/* All that the utilization begins with, but for the nodes. */
static int begin(struct counting *c, struct datastore *ds, struct err *e)
{
	struct wants wants __cleanup(wants_done) = { 0 };
	struct view view __cleanup(view_done) = { 0 };

	wants_add(&wants, KEY_POOLS, RANGE_PREFIX);
	wants_add(&wants, KEY_RESERVATIONS, RANGE_PREFIX);
	wants_add(&wants, KEY_CONFIG, RANGE_KEY);
	if (datastore_read(ds, &view, &wants, e) < 0 ||
	    utilization_begin(&view, &c->utilization, e) < 0)
		return -1;
	c->own.list = calloc(c->utilization.pools.n + 1, sizeof(*c->own.list));
	return c->own.list ? 0 : err_set(e, ERR_INTERNAL, "out of memory");
}

int own_blocks_read(struct datastore *ds, const char *node, struct own_blocks *ret,
		    struct err *e)
{
	struct counting c __cleanup(counting_done) = { .node = node };
	struct owned_blocks owned __cleanup(owned_blocks_done) = { 0 };

	if (begin(&c, ds, e) < 0 || ipam_blocks_of_node(ds, node, &owned, e) < 0)
		return -1;
	for (size_t at = 0; at < owned.n; at += DATASTORE_RANGES_AT_ONCE) {
		size_t n = owned.n - at;

		if (n > DATASTORE_RANGES_AT_ONCE)
			n = DATASTORE_RANGES_AT_ONCE;
		if (count_some(&c, ds, owned.list + at, n, e) < 0)
			return -1;
	}
	c.own.unreadable = c.utilization.unreadable;
	c.own.pools = c.utilization.pools;
	c.utilization.pools = (struct pools){ 0 };
	*ret = c.own;
	c.own = (struct own_blocks){ 0 };
	return 0;
}
