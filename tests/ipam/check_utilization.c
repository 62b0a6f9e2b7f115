/* SPDX-License-Identifier: Apache-2.0 */
/* The utilization: what of each pool is in use, and by whom. */
#include "tests/ipam/fixture_cluster.h"
#include "tests/suite.h"

#include "ipam/record/keys.h"
#include "ipam/audit/utilization.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct cluster c;
static struct utilization s;

static void setup(void)
{
	cluster_init(&c);
	s = (struct utilization){ 0 };
}

static void teardown(void)
{
	utilization_done(&s);
	cluster_done(&c);
}

#define assert_ok(call) ck_assert_msg((call) == 0, "%s", c.e.text)

static void read_with(const struct utilization_visitor *visitor)
{
	utilization_done(&s);
	err_reset(&c.e);
	assert_ok(utilization_read(c.ds, visitor, &s, &c.e));
}

static const struct utilization_pool *pool(const char *name)
{
	for (size_t i = 0; i < s.pools.n; i++)
		if (strcmp(s.pools.list[i].name, name) == 0)
			return &s.list[i];
	ck_abort_msg("no pool %s", name);
}

static void assert_number(u128 n, const char *text)
{
	char got[U128_TEXT];

	utilization_print_number(n, strlen(text) > 38, got);
	ck_assert_str_eq(got, text);
}

START_TEST(a_slash_48_has_all_its_addresses)
{
	cluster_pool(&c, "p6", "fd00::/48", "");
	cluster_node(&c, "node-a", "{}");
	assert_ok(cluster_add(&c, "node-a", "c1", "6"));
	read_with(NULL);
	assert_number(pool("p6")->total, "1208925819614629174706176");
	assert_number(pool("p6")->in_use, "1");
	assert_number(pool("p6")->free, "1208925819614629174706175");
	ck_assert_uint_eq(pool("p6")->blocks, 1);
}
END_TEST

START_TEST(a_slash_64_and_the_whole_of_ipv6_do_not_overflow)
{
	cluster_pool(&c, "p6", "fd00::/64", "");
	cluster_pool(&c, "p0", "::/0", "");
	read_with(NULL);
	assert_number(pool("p6")->free, "18446744073709551616");
	assert_number(pool("p0")->total, "340282366920938463463374607431768211456");
	assert_number(pool("p0")->free, "340282366920938463463374607431768211456");
}
END_TEST

START_TEST(reservations_that_nest_are_counted_once)
{
	cluster_pool(&c, "p4", "10.0.0.0/24", ",\"blockSize\":29");
	cluster_reserve(&c, "r", "[\"10.0.0.0/28\",\"10.0.0.4/30\",\"10.0.0.15\",\"10.0.0.0/32\","
				 "\"9.0.0.0/8\",\"10.0.0.255\"]");
	read_with(NULL);
	assert_number(pool("p4")->reserved, "17");
	assert_number(pool("p4")->free, "239");
}
END_TEST

START_TEST(a_reservation_wider_than_the_pool_covers_it)
{
	cluster_pool(&c, "p4", "10.0.0.0/24", "");
	cluster_reserve(&c, "r", "[\"10.0.0.0/8\"]");
	read_with(NULL);
	assert_number(pool("p4")->reserved, "256");
	assert_number(pool("p4")->free, "0");
}
END_TEST

START_TEST(a_reserved_address_in_use_is_in_use)
{
	cluster_pool(&c, "p4", "10.0.0.0/24", "");
	cluster_reserve(&c, "r", "[\"10.0.0.0/30\"]");
	assert_ok(cluster_add_exact(&c, "node-a", "c1", "10.0.0.1"));
	read_with(NULL);
	assert_number(pool("p4")->in_use, "1");
	assert_number(pool("p4")->reserved, "3");
	assert_number(pool("p4")->free, "252");
}
END_TEST

/* What the plugin records of a pool whose blocks are links of their own (gateway.h). */
static void record_gateways(const char *pool_name, const char *blocks)
{
	char key[KEY_TEXT], value[512];

	snprintf(key, sizeof(key), KEY_RESERVATIONS "calico-ipam-gateway-%s", pool_name);
	snprintf(value, sizeof(value),
		 "{\"kind\":\"IPReservation\",\"metadata\":{\"name\":\"x\",\"annotations\":"
		 "{\"calico-ipam/blocks\":\"%s\"}},\"spec\":{\"reservedCIDRs\":[]}}", blocks);
	fake_put(c.store, key, value);
}

START_TEST(gateways_and_edges_of_every_block_are_reserved)
{
	cluster_pool(&c, "p4", "10.0.0.0/24", ",\"blockSize\":28");
	cluster_pool(&c, "q4", "10.1.0.0/24", ",\"blockSize\":28");
	cluster_pool(&c, "p6", "fd00::/64", "");
	record_gateways("p4", "first");
	record_gateways("q4", "edges");
	record_gateways("p6", "first");
	read_with(NULL);
	assert_number(pool("p4")->reserved, "48");
	assert_number(pool("p4")->free, "208");
	assert_number(pool("q4")->reserved, "32");
	assert_number(pool("p6")->reserved, "576460752303423488");
	assert_number(pool("p6")->free, "17870283321406128128");
}
END_TEST

START_TEST(a_gateway_that_is_reserved_otherwise_too_is_counted_once)
{
	cluster_pool(&c, "p4", "10.0.0.0/24", ",\"blockSize\":28");
	record_gateways("p4", "first");
	cluster_reserve(&c, "r", "[\"10.0.0.0/28\",\"10.0.0.1\",\"10.0.0.31\",\"10.0.0.33\","
				 "\"10.0.0.34\",\"10.0.0.240/28\"]");
	read_with(NULL);
	/* 16 and 3 and 16 by r, and 3 of each of the other 14 blocks, but for .31 and .33. */
	assert_number(pool("p4")->reserved, "75");
	assert_number(pool("p4")->free, "181");
}
END_TEST

START_TEST(a_gateway_that_a_container_holds_is_in_use)
{
	cluster_pool(&c, "p4", "10.0.0.0/28", ",\"blockSize\":28");
	assert_ok(cluster_add_exact(&c, "node-a", "c1", "10.0.0.1"));
	record_gateways("p4", "first");
	read_with(NULL);
	assert_number(pool("p4")->in_use, "1");
	assert_number(pool("p4")->reserved, "2");
	assert_number(pool("p4")->free, "13");
}
END_TEST

START_TEST(gateways_of_blocks_too_small_for_them_reserve_nothing)
{
	cluster_pool(&c, "p4", "10.0.0.0/24", ",\"blockSize\":32");
	cluster_pool(&c, "p0", "::/0", ",\"blockSize\":126");
	record_gateways("p4", "first");
	record_gateways("p0", "first");
	record_gateways("gone", "first");
	read_with(NULL);
	assert_number(pool("p4")->reserved, "0");
	assert_number(pool("p0")->reserved, "170141183460469231731687303715884105728");
	assert_number(pool("p0")->free, "170141183460469231731687303715884105728");
}
END_TEST

START_TEST(a_record_of_gateways_that_cannot_be_read_stops_no_survey)
{
	cluster_pool(&c, "p4", "10.0.0.0/24", ",\"blockSize\":28");
	record_gateways("p4", "first");
	fake_put(c.store, KEY_RESERVATIONS "calico-ipam-gateway-a", "{");
	read_with(NULL);
	assert_number(pool("p4")->reserved, "48");
}
END_TEST

START_TEST(cooling_addresses_are_neither_free_nor_in_use)
{
	cluster_pool(&c, "p4", "10.0.0.0/24", "");
	cluster_node(&c, "node-a", "{}");
	cluster_config(&c, "{\"auto_allocate_blocks\":true,\"ipCooldownSeconds\":60}");
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	assert_ok(cluster_add(&c, "node-a", "c2", "4"));
	assert_ok(cluster_del(&c, "node-a", "c1"));
	read_with(NULL);
	assert_number(pool("p4")->in_use, "1");
	assert_number(pool("p4")->cooling, "1");
	assert_number(pool("p4")->free, "254");
}
END_TEST

START_TEST(nodes_have_their_blocks_and_what_they_borrowed)
{
	cluster_pool(&c, "p4", "10.0.0.0/29", ",\"blockSize\":29");
	cluster_node(&c, "node-a", "{}");
	cluster_node(&c, "node-b", "{}");
	cluster_node(&c, "node-c", "{}");
	assert_ok(cluster_add(&c, "node-a", "a1", "4"));
	assert_ok(cluster_add(&c, "node-b", "b1", "4"));
	read_with(NULL);
	ck_assert_uint_eq(s.n_nodes, 3);
	ck_assert_uint_eq(utilization_node(&s, "node-a")->blocks[FAMILY_4], 1);
	ck_assert_uint_eq(utilization_node(&s, "node-a")->in_use, 1);
	ck_assert_uint_eq(utilization_node(&s, "node-a")->borrowed, 0);
	ck_assert_uint_eq(utilization_node(&s, "node-b")->blocks[FAMILY_4], 0);
	ck_assert_uint_eq(utilization_node(&s, "node-b")->borrowed, 1);
	ck_assert_uint_eq(utilization_node(&s, "node-c")->in_use, 0);
	ck_assert_uint_eq(pool("p4")->borrowed, 1);
	ck_assert_ptr_null(utilization_node(&s, "node-d"));
}
END_TEST

START_TEST(a_nodes_numbers_are_told_for_each_of_its_pools)
{
	const struct utilization_node *a;

	cluster_pool(&c, "p4", "10.0.0.0/29", ",\"blockSize\":29");
	cluster_pool(&c, "p6", "fd00::/64", "");
	cluster_node(&c, "node-a", "{}");
	cluster_node(&c, "node-b", "{}");
	assert_ok(cluster_add(&c, "node-a", "a1", "46"));
	assert_ok(cluster_add(&c, "node-a", "a2", "6"));
	assert_ok(cluster_add(&c, "node-b", "b1", "4"));
	read_with(NULL);
	a = utilization_node(&s, "node-a");
	ck_assert_uint_eq(a->n_shares, 2);
	for (size_t i = 0; i < a->n_shares; i++) {
		const struct utilization_share *share = &a->shares[i];

		ck_assert_uint_eq(share->blocks, 1);
		ck_assert_uint_eq(share->in_use,
				  s.pools.list[share->pool].cidr.base.family == FAMILY_6 ? 2 : 1);
		ck_assert_uint_eq(share->borrowed, 0);
	}
	a = utilization_node(&s, "node-b");
	ck_assert_uint_eq(a->n_shares, 1);
	ck_assert_uint_eq(a->shares[0].blocks, 0);
	ck_assert_uint_eq(a->shares[0].borrowed, 1);
}
END_TEST

START_TEST(a_node_without_object_is_told_from_one_that_exists)
{
	cluster_pool(&c, "p4", "10.0.0.0/24", "");
	cluster_node(&c, "node-a", "{}");
	assert_ok(cluster_add(&c, "node-a", "a1", "4"));
	fake_delete(c.store, KEY_NODES "node-a");
	cluster_node(&c, "node-b", "{}");
	read_with(NULL);
	ck_assert(!utilization_node(&s, "node-a")->known);
	ck_assert(utilization_node(&s, "node-b")->known);
}
END_TEST

START_TEST(blocks_of_no_pool_stand_apart)
{
	cluster_pool(&c, "p4", "10.0.0.0/24", "");
	cluster_node(&c, "node-a", "{}");
	assert_ok(cluster_add(&c, "node-a", "a1", "4"));
	fake_delete(c.store, KEY_POOLS "p4");
	cluster_pool(&c, "p5", "10.5.0.0/24", "");
	read_with(NULL);
	ck_assert_uint_eq(s.stray.blocks, 1);
	assert_number(s.stray.in_use, "1");
	ck_assert_uint_eq(pool("p5")->blocks, 0);
}
END_TEST

START_TEST(overlapping_blocks_leave_nothing_rather_than_less)
{
	static const char value[] =
		"{\"cidr\":\"10.0.0.0/32\",\"affinity\":null,\"allocations\":[0],"
		"\"unallocated\":[],\"attributes\":[{\"handle_id\":\"h\"}],"
		"\"sequenceNumber\":1,\"sequenceNumberForAllocation\":{},\"deleted\":false}";
	static const char wide[] =
		"{\"cidr\":\"10.0.0.0/31\",\"affinity\":null,\"allocations\":[0,0],"
		"\"unallocated\":[],\"attributes\":[{\"handle_id\":\"h\"}],"
		"\"sequenceNumber\":1,\"sequenceNumberForAllocation\":{},\"deleted\":false}";

	cluster_pool(&c, "p4", "10.0.0.0/31", ",\"blockSize\":32");
	fake_put(c.store, KEY_BLOCKS_4 "10.0.0.0-32", value);
	fake_put(c.store, KEY_BLOCKS_4 "10.0.0.0-31", wide);
	read_with(NULL);
	assert_number(pool("p4")->in_use, "3");
	assert_number(pool("p4")->free, "0");
}
END_TEST

static unsigned seen, bad;
static char bad_key[128];

static void see(const struct utilization *utilization, const struct block *b,
		const struct utilization_pool *p, void *arg)
{
	ck_assert_ptr_nonnull(utilization->list);
	ck_assert_ptr_eq(p->pool, &utilization->pools.list[0]);
	ck_assert_uint_eq(b->size, 64);
	ck_assert_ptr_eq(arg, &c);
	seen++;
}

static void see_bad(const char *key, const char *why, void *arg)
{
	ck_assert_ptr_eq(arg, &c);
	ck_assert_ptr_nonnull(strstr(why, key));
	strcpy(bad_key, key);
	bad++;
}

START_TEST(an_unreadable_block_is_told_and_the_rest_counted)
{
	struct utilization_visitor visitor = { see, see_bad, &c };

	seen = bad = 0;
	cluster_pool(&c, "p4", "10.0.0.0/24", "");
	cluster_node(&c, "node-a", "{}");
	assert_ok(cluster_add(&c, "node-a", "a1", "4"));
	fake_put(c.store, KEY_BLOCKS_4 "10.9.0.0-26", "{");
	read_with(&visitor);
	ck_assert_uint_eq(seen, 1);
	ck_assert_uint_eq(bad, 1);
	ck_assert_str_eq(bad_key, KEY_BLOCKS_4 "10.9.0.0-26");
	ck_assert_uint_eq(s.unreadable, 1);
	assert_number(pool("p4")->in_use, "1");
}
END_TEST

Suite *suite(void)
{
	const TTest *const tests[] = {
		a_slash_48_has_all_its_addresses,
		a_slash_64_and_the_whole_of_ipv6_do_not_overflow,
		reservations_that_nest_are_counted_once,
		a_reservation_wider_than_the_pool_covers_it,
		a_reserved_address_in_use_is_in_use,
		gateways_and_edges_of_every_block_are_reserved,
		a_gateway_that_is_reserved_otherwise_too_is_counted_once,
		a_gateway_that_a_container_holds_is_in_use,
		gateways_of_blocks_too_small_for_them_reserve_nothing,
		a_record_of_gateways_that_cannot_be_read_stops_no_survey,
		cooling_addresses_are_neither_free_nor_in_use,
		nodes_have_their_blocks_and_what_they_borrowed,
		a_nodes_numbers_are_told_for_each_of_its_pools,
		a_node_without_object_is_told_from_one_that_exists,
		blocks_of_no_pool_stand_apart,
		overlapping_blocks_leave_nothing_rather_than_less,
		an_unreadable_block_is_told_and_the_rest_counted,
	};
	Suite *all = suite_create("utilization");
	TCase *t = tcase_create("utilization");

	tcase_add_checked_fixture(t, setup, teardown);
	for (size_t i = 0; i < ARRAY_LEN(tests); i++)
		tcase_add_test(t, tests[i]);
	suite_add_tcase(all, t);
	return all;
}
