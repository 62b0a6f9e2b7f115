/* SPDX-License-Identifier: Apache-2.0 */
/* One address: its state, and who held it. */
#include "ipam/audit/address.h"
#include "ipam/record/keys.h"
#include "tests/ipam/fixture_one_cluster.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

#define BLOCK KEY_BLOCKS_4 "10.0.0.0-26"

static struct addr address(const char *text)
{
	struct addr a;

	ck_assert_int_eq(addr_parse(text, &a), 0);
	return a;
}

static enum address_state state_of(const char *text)
{
	struct address_status s __cleanup(address_status_done) = { 0 };

	ck_assert_msg(ipam_get_address(c.ds, address(text), &s, &e) == 0, "%s", e.text);
	return s.state;
}

START_TEST(an_address_is_free_reserved_assigned_or_in_no_pool)
{
	cluster_pool(&c, "pool", "10.0.0.0/24", "");
	cluster_node(&c, "node-a", "{}");
	cluster_reserve(&c, "some", "[\"10.0.0.200/30\"]");
	ck_assert_int_eq(cluster_add_exact(&c, "node-a", "c1", "10.0.0.5"), 0);
	ck_assert_int_eq(state_of("10.0.0.5"), ADDRESS_ASSIGNED);
	ck_assert_int_eq(state_of("10.0.0.6"), ADDRESS_FREE);
	ck_assert_int_eq(state_of("10.0.0.201"), ADDRESS_RESERVED);
	ck_assert_int_eq(state_of("10.0.1.1"), ADDRESS_IN_NO_POOL);
	ck_assert_int_eq(state_of("fd00::1"), ADDRESS_IN_NO_POOL);
}
END_TEST

START_TEST(who_holds_an_address_is_told_with_its_pool_and_block)
{
	struct address_status s __cleanup(address_status_done) = { 0 };

	cluster_pool(&c, "pool", "10.0.0.0/24", "");
	cluster_node(&c, "node-a", "{}");
	ck_assert_int_eq(cluster_add_exact(&c, "node-a", "c1", "10.0.0.5"), 0);
	ck_assert_int_eq(ipam_get_address(c.ds, address("10.0.0.5"), &s, &e), 0);
	ck_assert_str_eq(s.pool->name, "pool");
	ck_assert(s.has_block);
	ck_assert_str_eq(s.block.affinity, "host:node-a");
	ck_assert_str_eq(attribute_handle(s.attribute), "net.c1");
	ck_assert(!s.borrowed);
}
END_TEST

START_TEST(a_block_that_does_not_parse_is_an_error)
{
	struct address_status s = { 0 };

	fake_put(c.store, BLOCK, "{");
	ck_assert_int_eq(ipam_get_address(c.ds, address("10.0.0.5"), &s, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CORRUPT);
}
END_TEST

START_TEST(history_of_an_address_without_pool_and_block_is_not_found)
{
	struct address_history h = { 0 };

	ck_assert_int_eq(ipam_read_history(c.ds, address("10.0.0.5"), NULL, NULL, &h, &e), -1);
	ck_assert_int_eq(e.kind, ERR_NOT_FOUND);
	ck_assert_str_eq(e.text, "10.0.0.5 lies in no pool and in no block");
}
END_TEST

START_TEST(history_tells_the_present_at_least)
{
	struct address_history h __cleanup(address_history_done) = { 0 };

	cluster_pool(&c, "pool", "10.0.0.0/24", "");
	cluster_node(&c, "node-a", "{}");
	ck_assert_int_eq(cluster_add_exact(&c, "node-a", "c1", "10.0.0.5"), 0);
	ck_assert_msg(ipam_read_history(c.ds, address("10.0.0.5"), NULL, NULL, &h, &e) == 0, "%s",
		      e.text);
	ck_assert_uint_ge(h.n, 1);
	ck_assert_int_eq(h.list[0].state, ADDRESS_ASSIGNED);
	ck_assert_uint_eq(h.block.len, 26);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ipam.address");
	TCase *t = tcase_create("address");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, one_cluster_begin, one_cluster_end);
	tcase_add_test(t, an_address_is_free_reserved_assigned_or_in_no_pool);
	tcase_add_test(t, who_holds_an_address_is_told_with_its_pool_and_block);
	tcase_add_test(t, a_block_that_does_not_parse_is_an_error);
	tcase_add_test(t, history_of_an_address_without_pool_and_block_is_not_found);
	tcase_add_test(t, history_tells_the_present_at_least);
	return s;
}
