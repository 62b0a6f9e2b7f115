/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/inspect/ranges.h"

#include "base/list.h"
#include "ipam/record/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a range holds. */
struct numbers {
	u128 total, in_use, reserved, cooling, free;	/* a total of 0: 2^128 */
};

/* A row that is to be sorted. */
struct range_row {
	const struct pool *pool;	/* of a block: that it lies in, or NULL */
	struct cidr cidr;
	struct numbers numbers;
	uint64_t borrowed, n_blocks;	/* of a pool */
	const char *affinity;		/* of a block */
};

void ranges_done(struct ranges *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->blocks[i].affinity);
	free(r->blocks);
	r->blocks = NULL;
	r->n = r->cap = 0;
}

static bool is_wanted(const struct ranges *r, const struct block *b,
		      const struct utilization_pool *pool)
{
	const char *host = host_node(b->affinity);

	if (r->pool && (!pool || strcmp(pool->pool->name, r->pool) != 0))
		return false;
	return !r->node || (host && strcmp(host, r->node) == 0);
}

static void count(const struct utilization *u, const struct utilization_pool *p,
		  const struct block *b, struct range_block *ret)
{
	for (unsigned i = 0; i < b->size; i++) {
		const struct attribute *a = block_attribute(b, i);

		if (!a)
			ret->reserved += utilization_reserves(u, p, b->cidr, block_addr(b, i));
		else if (attribute_is_released(a))
			ret->cooling++;
		else
			ret->in_use++;
	}
}

void ranges_add_block(struct ranges *r, const struct utilization *u, const struct block *b,
		      const struct utilization_pool *pool)
{
	struct range_block *kept;

	if (!r->want_blocks || r->failed || !is_wanted(r, b, pool))
		return;
	if (list_room(&r->blocks, r->n, &r->cap) < 0) {
		r->failed = true;
		return;
	}
	kept = &r->blocks[r->n++];
	*kept = (struct range_block){ .cidr = b->cidr, .pool = pool ? pool->pool : NULL };
	count(u, pool, b, kept);
	if (b->affinity && !(kept->affinity = strdup(b->affinity)))
		r->failed = true;
}

static struct range_row range_of_pool(const struct utilization_pool *p)
{
	return (struct range_row){
		.pool = p->pool, .cidr = p->pool->cidr, .borrowed = p->borrowed,
		.n_blocks = p->blocks,
		.numbers = { .total = p->total, .in_use = p->in_use, .reserved = p->reserved,
			     .cooling = p->cooling, .free = p->free },
	};
}

static struct range_row range_of_block(const struct range_block *b)
{
	u128 total = cidr_size(b->cidr);
	bool usable = !b->pool || b->pool->enabled;

	return (struct range_row){
		.pool = b->pool, .cidr = b->cidr, .affinity = b->affinity,
		.numbers = { .total = total, .in_use = b->in_use, .reserved = b->reserved,
			     .cooling = b->cooling,
			     .free = usable ? total - b->in_use - b->reserved - b->cooling : 0 },
	};
}

/* Whole percent; of 2^128 addresses nobody has so many in use that it would be one. */
static unsigned percent_of(const struct numbers *n)
{
	return n->total ? (unsigned)(n->in_use * 100 / n->total) : 0;
}

static int compare_numbers(u128 a, u128 b)
{
	return a < b ? -1 : a > b;
}

/* The larger one first; 0, which stands for 2^128, is the largest. */
static int compare_totals(u128 a, u128 b)
{
	return compare_numbers(b - 1, a - 1);
}

static int compare_use(const struct numbers *a, const struct numbers *b)
{
	double left = a->total ? (double)a->in_use / (double)a->total : 0,
	       right = b->total ? (double)b->in_use / (double)b->total : 0;

	return left > right ? -1 : left < right;
}

/* qsort() hands over nothing beside. */
static enum ranges_order the_order;

static int compare(const void *left, const void *right)
{
	const struct range_row *a = left, *b = right;
	int d = 0;

	switch (the_order) {
	case RANGES_BY_TOTAL:
		d = compare_totals(a->numbers.total, b->numbers.total);
		break;
	case RANGES_BY_IN_USE:
		d = compare_numbers(b->numbers.in_use, a->numbers.in_use);
		break;
	case RANGES_BY_USE:
		d = compare_use(&a->numbers, &b->numbers);
		break;
	case RANGES_BY_FREE:
		d = compare_numbers(a->numbers.free, b->numbers.free);
		break;
	case RANGES_BY_NAME:
	case RANGES_BY_CIDR:
		break;
	}
	return d ? d : cidr_compare(a->cidr, b->cidr);
}

#define RANGE_COLUMNS \
	{ .heading = "CIDR", .name = "cidr" }, \
	{ .heading = ">TOTAL", .name = "total" }, \
	{ .heading = ">IN-USE", .name = "inUse" }, \
	{ .heading = ">USE", .name = "usePercent" }, \
	{ .heading = ">RESERVED", .name = "reserved" }, \
	{ .heading = ">COOLING", .name = "cooling" }, \
	{ .heading = ">FREE", .name = "free" }

/* Blocks have the places of a pool's columns, for in a table they stand among the pools. */
static const struct column pool_columns[] = {
	{ .heading = "POOL", .name = "name" },
	RANGE_COLUMNS,
	{ .heading = "STATE", .name = "state" },
	{ .name = "borrowed" },
	{ .name = "blockCount" },
	{ .heading = "AFFINITY" },	/* only with blocks */
};
static const struct column block_columns[] = {
	{ .heading = "POOL", .name = "pool" },
	RANGE_COLUMNS,
	{ .heading = "STATE" },
	{ 0 },
	{ 0 },
	{ .heading = "AFFINITY", .name = "affinity" },
};

struct texts {
	char cidr[CIDR_TEXT + 2], total[U128_TEXT], in_use[U128_TEXT], reserved[U128_TEXT],
	    cooling[U128_TEXT], free[U128_TEXT], percent[8];
};

/* In a table what is little is not told as nothing. */
static struct texts texts_of(const struct range_row *r, bool json, const char *indent)
{
	const struct numbers *n = &r->numbers;
	char cidr[CIDR_TEXT];
	struct texts t;

	cidr_print(r->cidr, cidr);
	snprintf(t.cidr, sizeof(t.cidr), "%s%s", json ? "" : indent, cidr);
	utilization_print_number(n->total, true, t.total);
	utilization_print_number(n->free, !n->total && !n->in_use && r->pool && r->pool->enabled,
				 t.free);
	u128_print(n->in_use, t.in_use);
	u128_print(n->reserved, t.reserved);
	u128_print(n->cooling, t.cooling);
	if (json || percent_of(n) || !n->in_use)
		snprintf(t.percent, sizeof(t.percent), "%u%s", percent_of(n), json ? "" : "%");
	else
		strcpy(t.percent, "<1%");
	return t;
}

#define RANGE_CELLS(t) \
	cell_text((t).cidr), cell_digits((t).total), cell_digits((t).in_use), \
		cell_digits((t).percent), cell_digits((t).reserved), cell_digits((t).cooling), \
		cell_digits((t).free)

static struct cell state_of(const struct pool *p)
{
	return cell_painted(p->enabled ? COLOUR_GREEN : COLOUR_YELLOW, cell_text(pool_state(p)));
}

static void add_pool(struct rows *rows, const struct range_row *r)
{
	struct texts t = texts_of(r, rows->json, "");

	rows_add(rows, cell_text(r->pool->name), RANGE_CELLS(t), state_of(r->pool),
		 cell_number(r->borrowed), cell_number(r->n_blocks));
}

static void add_block(struct rows *rows, const struct range_row *r)
{
	struct texts t = texts_of(r, rows->json, "  ");

	rows_add(rows, cell_text(r->pool ? r->pool->name : NULL), RANGE_CELLS(t), cell_absent(),
		 cell_absent(), cell_absent(), cell_text(r->affinity));
}

static void sort(const struct ranges *r, struct range_row *list, size_t n)
{
	the_order = r->order;
	if (n)
		qsort(list, n, sizeof(*list), compare);
}

static void add_blocks(struct ranges *r, const struct pool *pool, struct range_row *room,
		       struct rows *rows)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		if (r->blocks[i].pool == pool)
			room[n++] = range_of_block(&r->blocks[i]);
	sort(r, room, n);
	for (size_t i = 0; i < n; i++)
		add_block(rows, &room[i]);
}

/* Pools have their order by name already. */
static size_t list_pools(const struct ranges *r, const struct utilization *u,
			 struct range_row *list)
{
	size_t n = 0;

	for (size_t i = 0; i < u->pools.n; i++)
		if (!r->pool || strcmp(u->list[i].pool->name, r->pool) == 0)
			list[n++] = range_of_pool(&u->list[i]);
	if (r->order != RANGES_BY_NAME)
		sort(r, list, n);
	return n;
}

void ranges_rows(struct ranges *r, const struct utilization *u, const struct call *call,
		 struct rows *ret_pools, struct rows *ret_blocks)
{
	struct rows *blocks = call->json ? ret_blocks : ret_pools;
	struct range_row *pools = calloc(u->pools.n + r->n + 1, sizeof(*pools));
	size_t n;

	rows_init(ret_pools, call, pool_columns, ARRAY_LEN(pool_columns) - !r->want_blocks);
	rows_init(ret_blocks, call, block_columns, ARRAY_LEN(block_columns));
	if (!pools) {
		r->failed = true;
		return;
	}
	n = list_pools(r, u, pools);
	for (size_t i = 0; i < n; i++) {
		add_pool(ret_pools, &pools[i]);
		add_blocks(r, pools[i].pool, pools + u->pools.n, blocks);
	}
	add_blocks(r, NULL, pools + u->pools.n, blocks);
	free(pools);
}
