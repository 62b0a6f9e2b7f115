/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/cluster/config.h"
#include "ipam/cluster/resources.h"
#include "ipam/node/nodes.h"
#include "ipam/pool/pools.h"
#include "ipam/record/keys.h"
#include "ipam/reservation/reservations.h"
#include "tests/ipam/fixture_one_cluster.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define GATEWAYS "calico-ipam-gateway-"
#define KEPT "{\"metadata\":{\"name\":\"" GATEWAYS "%s\",\"annotations\":" \
	     "{\"calico-ipam/blocks\":\"first\"}},\"spec\":{\"reservedCIDRs\":[\"10.0.0.1/32\"]}}"

START_TEST(a_pool_that_cannot_be_read_is_listed_with_the_reason)
{
	struct pool_list l __cleanup(pool_list_done) = { 0 };

	cluster_pool(&c, "b", "10.0.0.0/24", "");
	fake_put(c.store, KEY_POOLS "a", "{");
	fake_put(c.store, KEY_POOLS "a/b", "{}");
	ck_assert_int_eq(ipam_list_pools(c.ds, &l, &e), 0);
	ck_assert_uint_eq(l.n, 2);
	ck_assert_str_eq(l.list[0].name, "a");
	ck_assert_ptr_nonnull(strstr(l.list[0].unreadable, "record " KEY_POOLS "a: "));
	ck_assert_ptr_null(l.list[1].unreadable);
	ck_assert_str_eq(l.list[1].pool.name, "b");
}
END_TEST

START_TEST(resources_are_listed_as_they_are_stored_all_or_one)
{
	struct resource_list all __cleanup(resource_list_done) = { 0 };
	struct resource_list one __cleanup(resource_list_done) = { 0 };
	struct resource_list none __cleanup(resource_list_done) = { 0 };

	fake_put(c.store, KEY_POOLS "b", "{\"b\": 1 }");
	fake_put(c.store, KEY_POOLS "a", "{");
	fake_put(c.store, KEY_POOLS "a/b", "{}");
	ck_assert_int_eq(ipam_list_resources(c.ds, RESOURCE_POOL, NULL, &all, &e), 0);
	ck_assert_uint_eq(all.n, 2);
	ck_assert_str_eq(all.list[0].name, "a");
	ck_assert_str_eq(all.list[1].stored, "{\"b\": 1 }");
	ck_assert_int_eq(ipam_list_resources(c.ds, RESOURCE_POOL, "b", &one, &e), 0);
	ck_assert_uint_eq(one.n, 1);
	ck_assert_str_eq(one.list[0].name, "b");
	ck_assert(one.list[0].revision && one.list[0].revision == all.list[1].revision);
	ck_assert_int_eq(ipam_list_resources(c.ds, RESOURCE_NODE, "b", &none, &e), 0);
	ck_assert_uint_eq(none.n, 0);
	ck_assert_int_eq(ipam_list_resources(c.ds, RESOURCE_NODE, "a/b", &none, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
}
END_TEST

START_TEST(a_node_that_cannot_be_read_is_passed_over)
{
	struct node_list nodes __cleanup(node_list_done) = { 0 };

	cluster_node(&c, "b", "{\"rack\":\"1\"}");
	cluster_node(&c, "c", "[]");
	fake_put(c.store, KEY_NODES "a", "x");
	fake_put(c.store, KEY_NODES "b/d", "{}");
	ck_assert_int_eq(ipam_list_nodes(c.ds, &nodes, &e), 0);
	ck_assert_uint_eq(nodes.n, 1);
	ck_assert_str_eq(nodes.list[0].node.name, "b");
	ck_assert_str_eq(nodes.list[0].stored, fake_get(c.store, KEY_NODES "b"));
}
END_TEST

START_TEST(a_node_is_there_whatever_its_record_holds)
{
	bool there;

	fake_put(c.store, KEY_NODES "a", "x");
	ck_assert_int_eq(ipam_has_node(c.ds, "a", &there, &e), 0);
	ck_assert(there);
	ck_assert_int_eq(ipam_has_node(c.ds, "b", &there, &e), 0);
	ck_assert(!there);
	ck_assert_int_eq(ipam_has_node(c.ds, "a/b", &there, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
}
END_TEST

START_TEST(those_who_own_blocks_and_have_no_node_are_unknown)
{
	struct node_names names __cleanup(node_names_done) = { 0 };

	cluster_node(&c, "b", "{}");
	fake_put(c.store, KEY_HOST_AFFINITIES "a/ipv4/block/10.0.0.0-26", "{}");
	fake_put(c.store, KEY_HOST_AFFINITIES "a/ipv6/block/fd00::-122", "{}");
	fake_put(c.store, KEY_HOST_AFFINITIES "b/ipv4/block/10.0.0.64-26", "{}");
	ck_assert_int_eq(ipam_list_unknown_nodes(c.ds, &names, &e), 0);
	ck_assert_uint_eq(names.n, 1);
	ck_assert_str_eq(names.list[0], "a");
}
END_TEST

START_TEST(a_reservation_that_cannot_be_read_is_listed_with_the_reason)
{
	struct reservation_list l __cleanup(reservation_list_done) = { 0 };

	cluster_reserve(&c, "c", "[\"10.0.0.0/30\"]");
	fake_put(c.store, KEY_RESERVATIONS "a", "{");
	fake_put(c.store, KEY_RESERVATIONS "b", "[]");
	ck_assert_int_eq(ipam_list_reservations(c.ds, &l, &e), 0);
	ck_assert_uint_eq(l.n, 3);
	ck_assert_ptr_nonnull(strstr(l.list[0].unreadable, "record " KEY_RESERVATIONS "a: "));
	ck_assert_str_eq(l.list[1].unreadable,
			 "record " KEY_RESERVATIONS "b: must be an object, not a list");
	ck_assert_ptr_null(l.list[1].reservation.kept);
	ck_assert_ptr_null(l.list[2].unreadable);
	ck_assert_str_eq(l.list[2].reservation.name, "c");
	ck_assert_ptr_null(l.list[2].rule);
}
END_TEST

START_TEST(what_a_gateway_keeps_of_each_block_is_told_with_its_pool)
{
	struct reservation_list l __cleanup(reservation_list_done) = { 0 };
	char text[512];

	cluster_pool(&c, "a", "10.0.0.0/24", "");
	snprintf(text, sizeof(text), KEPT, "a");
	fake_put(c.store, KEY_RESERVATIONS GATEWAYS "a", text);
	snprintf(text, sizeof(text), KEPT, "gone");
	fake_put(c.store, KEY_RESERVATIONS GATEWAYS "gone", text);
	ck_assert_int_eq(ipam_list_reservations(c.ds, &l, &e), 0);
	ck_assert_uint_eq(l.n, 2);
	ck_assert(reservation_is_gateways(l.list[0].name));
	ck_assert(l.list[0].rule->first);
	ck_assert_str_eq(l.list[0].pool->name, "a");
	ck_assert(l.list[1].rule->first);
	ck_assert_ptr_null(l.list[1].pool);
}
END_TEST

START_TEST(without_a_stored_configuration_calicos_defaults_are_in_force)
{
	struct ipam_config config = { .cooldown_s = 7 };

	ck_assert_int_eq(ipam_get_config(c.ds, &config, NULL, &e), 0);
	ck_assert(config.auto_allocate_blocks && !config.cooldown_s);
	cluster_config(&c, "{\"ipCooldownSeconds\":9}");
	ck_assert_int_eq(ipam_get_config(c.ds, &config, NULL, &e), 0);
	ck_assert_int_eq(config.cooldown_s, 9);
	cluster_config(&c, "[]");
	ck_assert_int_eq(ipam_get_config(c.ds, &config, NULL, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CORRUPT);
	ck_assert_int_eq(config.cooldown_s, 9);
}
END_TEST

START_TEST(a_store_that_does_not_answer_is_no_empty_list)
{
	struct reservation_list reservations = { 0 };
	struct pool_list pools = { 0 };
	struct node_list nodes = { 0 };

	fake_fail_read(c.store, 1, ERR_UNAVAILABLE);
	ck_assert_int_eq(ipam_list_pools(c.ds, &pools, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
	fake_fail_read(c.store, 1, ERR_UNAVAILABLE);
	ck_assert_int_eq(ipam_list_nodes(c.ds, &nodes, &e), -1);
	fake_fail_read(c.store, 1, ERR_UNAVAILABLE);
	ck_assert_int_eq(ipam_list_reservations(c.ds, &reservations, &e), -1);
	ck_assert_ptr_null(nodes.list);
	ck_assert_ptr_null(pools.list);
	ck_assert_ptr_null(reservations.list);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ipam.listing");
	TCase *t = tcase_create("listing");

	tcase_add_checked_fixture(t, one_cluster_begin, one_cluster_end);
	tcase_add_test(t, a_pool_that_cannot_be_read_is_listed_with_the_reason);
	tcase_add_test(t, resources_are_listed_as_they_are_stored_all_or_one);
	tcase_add_test(t, a_node_that_cannot_be_read_is_passed_over);
	tcase_add_test(t, a_node_is_there_whatever_its_record_holds);
	tcase_add_test(t, those_who_own_blocks_and_have_no_node_are_unknown);
	tcase_add_test(t, a_reservation_that_cannot_be_read_is_listed_with_the_reason);
	tcase_add_test(t, what_a_gateway_keeps_of_each_block_is_told_with_its_pool);
	tcase_add_test(t, without_a_stored_configuration_calicos_defaults_are_in_force);
	tcase_add_test(t, a_store_that_does_not_answer_is_no_empty_list);
	suite_add_tcase(s, t);
	return s;
}
