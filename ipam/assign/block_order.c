/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/assign/block_order.h"

#include "ipam/assign/go_rand.h"

/* FNV-1, 32 bits. */
static uint32_t hash(const char *host)
{
	uint32_t h = 2166136261;

	for (; *host; host++)
		h = h * 16777619 ^ (unsigned char)*host;
	return h;
}

static unsigned bits_of(u128 n)
{
	unsigned bits = 0;

	for (; n; n >>= 1)
		bits++;
	return bits;
}

static uint64_t draw_word(struct go_rand *g)
{
	uint64_t low = go_rand_u32(g);

	return low | (uint64_t)go_rand_u32(g) << 32;
}

/* As Go's big.Int.Rand draws below n: as many bits as n has, again until they are below it. */
static u128 draw_below(struct go_rand *g, u128 n)
{
	unsigned bits = bits_of(n);
	u128 drawn;

	do {
		drawn = draw_word(g);
		if (bits > 64)
			drawn |= (u128)draw_word(g) << 64;
		if (bits < 128)
			drawn &= ((u128)1 << bits) - 1;
	} while (drawn >= n);
	return drawn;
}

static u128 start_of(u128 n, const char *host)
{
	struct go_rand g;

	go_rand_seed(&g, hash(host));
	return draw_below(&g, n);
}

/* 2^128 has no number: of a pool of all addresses the last one is left out. */
static u128 count_blocks(const struct pool *pool)
{
	unsigned bits = pool->block_len - pool->cidr.len;

	if (pool->block_len < pool->cidr.len)
		return 0;
	return bits < 128 ? (u128)1 << bits : ~(u128)0;
}

void block_order_init(struct block_order *w, const struct pool *pool, const char *host,
	       const struct reserved *reserved)
{
	*w = (struct block_order){ .pool = pool->cidr,
			    .block_len = pool->block_len,
			    .n = count_blocks(pool),
			    .reserved = reserved };
	w->start = w->n ? start_of(w->n, host) : 0;
}

static struct cidr block_at(const struct block_order *w, u128 index)
{
	unsigned host_bits = family_bits(w->pool.base.family) - w->block_len;
	struct cidr block = { w->pool.base, w->block_len };

	block.base.n += index << host_bits;
	return block;
}

/* The sum of start and done may be more than a u128 holds. */
static u128 index_of(const struct block_order *w)
{
	u128 to_end = w->n - w->start;

	return w->done < to_end ? w->start + w->done : w->done - to_end;
}

/* How many blocks behind this one lie within the same reserved CIDR. */
static u128 reserved_behind(const struct block_order *w, struct cidr block)
{
	unsigned host_bits = family_bits(w->pool.base.family) - w->block_len;
	const struct cidr *r = reserved_holding(w->reserved, block.base);

	return r && r->len < block.len ? (cidr_last(*r).n - block.base.n) >> host_bits : 0;
}

bool block_order_next(struct block_order *w, struct cidr *ret_block)
{
	while (w->done < w->n) {
		u128 index = index_of(w);
		struct cidr block = block_at(w, index);
		u128 behind, to_end = w->n - index - 1, to_start = w->n - w->done - 1;

		if (!reserved_covers(w->reserved, block)) {
			w->done++;
			*ret_block = block;
			return true;
		}
		behind = reserved_behind(w, block);
		behind = behind < to_end ? behind : to_end;
		w->done += (behind < to_start ? behind : to_start) + 1;
	}
	return false;
}
