/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The generator behind Go's math/rand, as far as a walk's start needs it
 * (docs/DATA-MODEL.md 9.5): an additive lagged Fibonacci generator, x(n) = x(n-607) +
 * x(n-273) modulo 2^64, from a state that a linear congruential generator fills, xor a
 * table.
 *
 * Not for secrets.
 */
#ifndef IPAM_ASSIGN_GO_RAND_H
#define IPAM_ASSIGN_GO_RAND_H

#include <stdint.h>

#define GO_RAND_LEN 607
#define GO_RAND_TAP 273

struct go_rand {
	uint64_t v[GO_RAND_LEN];
	unsigned tap, feed; /* indices into v */
};

/*
 * The state that this generator has 7.8 * 10^12 steps after a start from seed 1; which of
 * its numbers stands where, and how they are computed, tests/ipam/check_walk.c shows.
 */
extern const uint64_t go_rand_table[GO_RAND_LEN];

/*
 * The state that a seed gives, without the table: of three steps each, so many bits
 * apart, one number.  go_rand_seed() takes 20, the table's own computation 10.
 */
void go_rand_fill(uint32_t seed, unsigned shift, uint64_t v[GO_RAND_LEN]);
void go_rand_seed(struct go_rand *g, uint32_t seed);
uint64_t go_rand_next(struct go_rand *g);
uint32_t go_rand_u32(struct go_rand *g);

#endif
