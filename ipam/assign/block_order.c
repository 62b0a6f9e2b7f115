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

void block_order_init(struct block_order *w, const struct pool *pool, const char *host,
	       const struct reserved *reserved)
{
	*w = (struct block_order){ .pool = pool->cidr,
			    .block_len = pool->block_len,
			    .reserved = reserved };
	w->n = pool->block_len >= pool->cidr.len ? (u128)1 << (pool->block_len - pool->cidr.len)
						 : 0;
	w->start = w->n ? start_of(w->n, host) : 0;
}

static struct cidr block_at(const struct block_order *w, u128 index)
{
	unsigned host_bits = family_bits(w->pool.base.family) - w->block_len;
	struct cidr block = { w->pool.base, w->block_len };

	block.base.n += index << host_bits;
	return block;
}

/* How many blocks from this one on lie within one reserved CIDR; at least 1. */
static u128 reserved_run(const struct block_order *w, struct cidr block)
{
	unsigned host_bits = family_bits(w->pool.base.family) - w->block_len;
	u128 run = 1;

	for (size_t i = 0; i < w->reserved->n; i++) {
		struct cidr r = w->reserved->list[i];

		if (r.len < block.len && cidr_holds_cidr(r, block)) {
			u128 left = ((cidr_last(r).n - block.base.n) >> host_bits) + 1;

			run = left > run ? left : run;
		}
	}
	return run;
}

bool block_order_next(struct block_order *w, struct cidr *ret_block)
{
	while (w->done < w->n) {
		u128 index = (w->start + w->done) % w->n;
		struct cidr block = block_at(w, index);
		u128 run, to_end = w->n - index;

		if (!reserved_covers(w->reserved, block)) {
			w->done++;
			*ret_block = block;
			return true;
		}
		run = reserved_run(w, block);
		w->done += run < to_end ? run : to_end;
	}
	return false;
}
