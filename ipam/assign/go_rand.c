/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/assign/go_rand.h"

#define MODULUS 2147483647u /* 2^31 - 1 */
#define UNUSED_STEPS 20

static uint32_t step(uint32_t x)
{
	return (uint32_t)(48271ULL * x % MODULUS);
}

void go_rand_fill(uint32_t seed, unsigned shift, uint64_t v[GO_RAND_LEN])
{
	uint32_t x = seed % MODULUS;

	if (!x)
		x = 89482311;
	for (int i = 0; i < UNUSED_STEPS; i++)
		x = step(x);
	for (int i = 0; i < GO_RAND_LEN; i++) {
		uint32_t a = step(x), b = step(a);

		x = step(b);
		v[i] = (uint64_t)a << 2 * shift ^ (uint64_t)b << shift ^ x;
	}
}

void go_rand_seed(struct go_rand *g, uint32_t seed)
{
	go_rand_fill(seed, 20, g->v);
	for (int i = 0; i < GO_RAND_LEN; i++)
		g->v[i] ^= go_rand_table[i];
	g->tap = 0;
	g->feed = GO_RAND_LEN - GO_RAND_TAP;
}

static unsigned before(unsigned i)
{
	return i ? i - 1 : GO_RAND_LEN - 1;
}

uint64_t go_rand_next(struct go_rand *g)
{
	g->tap = before(g->tap);
	g->feed = before(g->feed);
	return g->v[g->feed] += g->v[g->tap];
}

uint32_t go_rand_u32(struct go_rand *g)
{
	return (uint32_t)(go_rand_next(g) >> 31);
}
