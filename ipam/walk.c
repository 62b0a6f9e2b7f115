#include "ipam/walk.h"

#include <stdint.h>

/* FNV-1a over host and pool, mixed to 128 bits by two rounds of SplitMix64. */
static uint64_t hash_bytes(uint64_t h, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 1099511628211ULL;
	return h;
}

static uint64_t mix(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static u128 start_of(struct cidr pool, const char *host)
{
	uint64_t h = 14695981039346656037ULL;
	u128 high;

	for (const char *p = host; *p; p++)
		h = hash_bytes(h, p, 1);
	h = hash_bytes(h, &pool.base.n, sizeof(pool.base.n));
	h = hash_bytes(h, &pool.len, sizeof(pool.len));
	high = mix(&h);
	return high << 64 | mix(&h);
}

void walk_init(struct walk *w, const struct pool *pool, const char *host,
	       const struct reserved *reserved)
{
	*w = (struct walk){ .pool = pool->cidr,
			    .block_len = pool->block_len,
			    .reserved = reserved };
	w->n = pool->block_len >= pool->cidr.len ? (u128)1 << (pool->block_len - pool->cidr.len)
						 : 0;
	w->start = w->n ? start_of(pool->cidr, host) % w->n : 0;
}

static struct cidr block_at(const struct walk *w, u128 index)
{
	unsigned host_bits = family_bits(w->pool.base.family) - w->block_len;
	struct cidr block = { w->pool.base, w->block_len };

	block.base.n += index << host_bits;
	return block;
}

/* How many blocks from this one on lie within one reserved CIDR; at least 1. */
static u128 reserved_run(const struct walk *w, struct cidr block)
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

bool walk_next(struct walk *w, struct cidr *ret_block)
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
