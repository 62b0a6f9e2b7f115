/* SPDX-License-Identifier: Apache-2.0 */
/* The walk over a pool's blocks: docs/DATA-MODEL.md 9.5. */
#include "ipam/assign/go_rand.h"
#include "ipam/assign/block_order.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

static struct cidr cidr_of(const char *text)
{
	struct cidr cidr;

	ck_assert_int_eq(cidr_parse(text, &cidr), 0);
	return cidr;
}

static const struct reserved nothing;

static struct block_order order_of(const char *pool, unsigned block_len, const char *host)
{
	struct pool p = { .cidr = cidr_of(pool), .block_len = block_len };
	struct block_order w;

	block_order_init(&w, &p, host, &nothing);
	return w;
}

START_TEST(the_generator_is_gos)
{
	struct go_rand g;

	go_rand_seed(&g, 1);
	ck_assert_uint_eq(go_rand_next(&g) & INT64_MAX, 5577006791947779410);
	ck_assert_uint_eq(go_rand_next(&g) & INT64_MAX, 8674665223082153551);
}
END_TEST

/*
 * The table, anew: with y(k) = v[(333 - k) mod 607] of seed 1 without a table and
 * y(m) = y(m - 607) + y(m - 273), it is T[(333 - N - k) mod 607] = y(N + k).  y(N + k)
 * comes of the powers of x modulo x^607 - x^334 - 1.
 */
#define N 7800000000000ULL
#define LEN GO_RAND_LEN

static void reduce(uint64_t *p, int n)
{
	for (int i = n - 1; i >= LEN; i--) {
		p[i - LEN] += p[i];
		p[i - GO_RAND_TAP] += p[i];
		p[i] = 0;
	}
}

static void square(uint64_t p[LEN])
{
	static uint64_t product[2 * LEN];

	memset(product, 0, sizeof(product));
	for (int i = 0; i < LEN; i++)
		for (int j = 0; j < LEN; j++)
			product[i + j] += p[i] * p[j];
	reduce(product, 2 * LEN);
	memcpy(p, product, LEN * sizeof(*p));
}

static void times_x(uint64_t p[LEN])
{
	uint64_t wide[LEN + 1] = { 0 };

	memcpy(wide + 1, p, LEN * sizeof(*p));
	reduce(wide, LEN + 1);
	memcpy(p, wide, LEN * sizeof(*p));
}

START_TEST(the_table_is_what_the_recurrence_gives)
{
	static uint64_t v[LEN], y[2 * LEN], power[LEN];

	go_rand_fill(1, 10, v);
	for (int k = 0; k < LEN; k++)
		y[k] = v[(333 + LEN - k) % LEN];
	for (int m = LEN; m < 2 * LEN; m++)
		y[m] = y[m - LEN] + y[m - GO_RAND_TAP];
	power[0] = 1;
	for (int bit = 63; bit >= 0; bit--) {
		square(power);
		if (N >> bit & 1)
			times_x(power);
	}
	for (int k = 0; k < LEN; k++) {
		uint64_t sum = 0;

		for (int i = 0; i < LEN; i++)
			sum += power[i] * y[i + k];
		ck_assert_uint_eq(go_rand_table[(333 + 2 * LEN - N % LEN - k) % LEN], sum);
	}
}
END_TEST

START_TEST(a_host_begins_where_calico_begins)
{
	static const struct {
		const char *host, *pool, *first;
		unsigned block_len;
	} rows[] = {
		{ "node-a", "10.0.0.0/16", "10.0.174.128/26", 26 },
		{ "node-b", "10.0.0.0/16", "10.0.218.64/26", 26 },
		{ "node-a", "192.168.0.0/24", "192.168.0.128/26", 26 },
		{ "node-a", "fd00::/64", "fd00::defe:d3d7:156e:ae80/122", 122 },
		{ "node-a", "fd00::/48", "fd00::6d15:74ba:80e:4835:8080/122", 122 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct block_order w = order_of(rows[i].pool, rows[i].block_len, rows[i].host);
		struct cidr first;

		ck_assert(block_order_next(&w, &first));
		ck_assert(cidr_equal(first, cidr_of(rows[i].first)));
	}
}
END_TEST

START_TEST(the_walk_goes_round_once)
{
	struct block_order w = order_of("10.0.0.0/28", 30, "node-a");
	struct cidr pool = cidr_of("10.0.0.0/28"), block, last = { 0 };
	unsigned n = 0, seen = 0;

	for (; block_order_next(&w, &block); n++, last = block) {
		unsigned index = (unsigned)(block.base.n - pool.base.n) / 4;

		ck_assert(cidr_holds_cidr(pool, block));
		ck_assert(!n || (index == 0 ? (unsigned)(last.base.n & 15) == 12 :
				 block.base.n == last.base.n + 4));
		seen |= 1U << index;
	}
	ck_assert_uint_eq(n, 4);
	ck_assert_uint_eq(seen, 15);
}
END_TEST

START_TEST(a_pool_of_one_block_and_one_of_2_to_the_96_have_a_walk)
{
	struct block_order one = order_of("10.0.0.0/26", 26, "node-a"),
		    many = order_of("2000::/32", 128, "node-a");
	struct cidr block;

	ck_assert(block_order_next(&one, &block));
	ck_assert(cidr_equal(block, cidr_of("10.0.0.0/26")));
	ck_assert(!block_order_next(&one, &block));
	for (int i = 0; i < 1000; i++) {
		ck_assert(block_order_next(&many, &block));
		ck_assert(cidr_holds_cidr(cidr_of("2000::/32"), block));
	}
}
END_TEST

START_TEST(a_pool_of_all_addresses_has_a_walk)
{
	struct reserved r __cleanup(reserved_done) = { 0 };
	struct pool p = { .cidr = cidr_of("::/0"), .block_len = 128 };
	struct err e = { 0 };
	struct block_order w;
	struct cidr block;

	block_order_init(&w, &p, "node-a", &r);
	ck_assert(block_order_next(&w, &block));
	ck_assert_uint_eq(block.len, 128);
	ck_assert_int_eq(reserved_add(&r, p.cidr, &e), 0);
	ck_assert(!block_order_next(&w, &block));
}
END_TEST

START_TEST(a_walk_over_more_than_2_to_the_127_blocks_goes_on_at_the_first)
{
	struct block_order w = order_of("::/0", 128, "node-a");
	struct cidr block;

	w.start = w.n - 1;
	ck_assert(block_order_next(&w, &block));
	ck_assert(cidr_equal(block, cidr_of("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/128")));
	ck_assert(block_order_next(&w, &block));
	ck_assert(cidr_equal(block, cidr_of("::/128")));
	ck_assert(block_order_next(&w, &block));
	ck_assert(cidr_equal(block, cidr_of("::1/128")));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("walk");
	TCase *t = tcase_create("walk");

	suite_add_tcase(s, t);
	tcase_add_test(t, the_generator_is_gos);
	tcase_add_test(t, the_table_is_what_the_recurrence_gives);
	tcase_add_test(t, a_host_begins_where_calico_begins);
	tcase_add_test(t, the_walk_goes_round_once);
	tcase_add_test(t, a_pool_of_one_block_and_one_of_2_to_the_96_have_a_walk);
	tcase_add_test(t, a_pool_of_all_addresses_has_a_walk);
	tcase_add_test(t, a_walk_over_more_than_2_to_the_127_blocks_goes_on_at_the_first);
	return s;
}
