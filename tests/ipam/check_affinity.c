/* SPDX-License-Identifier: Apache-2.0 */
/* Listing affinities and finding owners; giving a block back is check_affinity_release's. */
#include "ipam/affinity/affinities.h"
#include "ipam/record/keys.h"
#include "tests/ipam/fixture_one_cluster.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define BLOCK KEY_BLOCKS_4 "10.0.0.0-30"
#define OF_NODE_A KEY_HOST_AFFINITIES "node-a/ipv4/block/10.0.0.0-30"
#define OF_NODE_B KEY_HOST_AFFINITIES "node-b/ipv4/block/10.0.0.0-30"
#define OF_VIRTUAL KEY_VIRTUAL_AFFINITIES "lb/ipv6/block/fd00::-122"

static void put_block(const char *owner)
{
	char text[512];

	snprintf(text, sizeof(text), "{\"cidr\":\"10.0.0.0/30\",\"affinity\":\"%s\","
		 "\"affinity_claim_time\":\"2026-01-01T00:00:00Z\",\"allocations\":"
		 "[0,null,null,null],\"unallocated\":[1,2,3],\"attributes\":"
		 "[{\"handle_id\":\"h\"}],\"sequenceNumber\":7,\"deleted\":false}", owner);
	fake_put(c.store, BLOCK, text);
}

static struct cidr block(void)
{
	struct cidr cidr;

	ck_assert_int_eq(cidr_parse("10.0.0.0/30", &cidr), 0);
	return cidr;
}

START_TEST(affinities_are_listed_by_owner_with_what_their_block_says)
{
	struct affinity_list l __cleanup(affinity_list_done) = { 0 };

	put_block("host:node-a");
	fake_put(c.store, OF_NODE_B, "{\"state\":\"pending\"}");
	fake_put(c.store, OF_NODE_A, "{\"state\":\"confirmed\"}");
	fake_put(c.store, OF_VIRTUAL, "[");
	ck_assert_msg(ipam_list_affinities(c.ds, NULL, NULL, NULL, &l, &e) == 0, "%s", e.text);
	ck_assert_uint_eq(l.n, 3);
	ck_assert_str_eq(l.list[0].owner, "host:node-a");
	ck_assert_int_eq(l.list[0].whose, AFFINITY_BLOCK_OWN);
	ck_assert_uint_eq(l.list[0].held, 1);
	ck_assert_str_eq(l.list[0].claimed, "2026-01-01T00:00:00Z");
	ck_assert_str_eq(l.list[1].owner, "host:node-b");
	ck_assert_int_eq(l.list[1].state, AFFINITY_PENDING);
	ck_assert_int_eq(l.list[1].whose, AFFINITY_BLOCK_ANOTHERS);
	ck_assert_ptr_null(l.list[1].claimed);
	ck_assert_str_eq(l.list[2].owner, "virtual:lb");
	ck_assert(l.list[2].unreadable);
	ck_assert_int_eq(l.list[2].whose, AFFINITY_BLOCK_MISSING);
}
END_TEST

START_TEST(those_of_a_node_are_its_own_and_no_others)
{
	struct affinity_list l __cleanup(affinity_list_done) = { 0 };

	fake_put(c.store, OF_NODE_A, "{}");
	fake_put(c.store, OF_NODE_B, "{}");
	fake_put(c.store, KEY_HOST_AFFINITIES "node/ipv4/block/10.0.0.0-30", "{}");
	ck_assert_int_eq(ipam_list_affinities(c.ds, "node", NULL, NULL, &l, &e), 0);
	ck_assert_uint_eq(l.n, 1);
	ck_assert_str_eq(l.list[0].owner, "host:node");
}
END_TEST

START_TEST(a_blocks_owners_are_named_once_by_affinities_and_by_itself)
{
	struct owned_blocks o __cleanup(owned_blocks_done) = { 0 };

	put_block("host:node-c");
	fake_put(c.store, OF_NODE_A, "{}");
	ck_assert_int_eq(ipam_owners_of_block(c.ds, block(), &o, &e), 0);
	ck_assert_uint_eq(o.n, 2);
	ck_assert_str_eq(o.list[0].owner, "host:node-a");
	ck_assert_str_eq(o.list[1].owner, "host:node-c");
	owned_blocks_done(&o);
	put_block("host:node-a");
	ck_assert_int_eq(ipam_owners_of_block(c.ds, block(), &o, &e), 0);
	ck_assert_uint_eq(o.n, 1);
}
END_TEST

START_TEST(a_block_that_does_not_parse_tells_no_owner)
{
	struct owned_blocks o __cleanup(owned_blocks_done) = { 0 };

	fake_put(c.store, BLOCK, "{");
	ck_assert_int_eq(ipam_owners_of_block(c.ds, block(), &o, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CORRUPT);
}
END_TEST

START_TEST(a_node_without_blocks_is_no_error)
{
	struct owned_blocks o __cleanup(owned_blocks_done) = { 0 };

	fake_put(c.store, OF_NODE_A, "{}");
	ck_assert_int_eq(ipam_blocks_of_node(c.ds, "node", &o, &e), 0);
	ck_assert_uint_eq(o.n, 0);
	ck_assert_int_eq(ipam_blocks_of_node(c.ds, "node-a", &o, &e), 0);
	ck_assert_uint_eq(o.n, 1);
	ck_assert(cidr_equal(o.list[0].block, block()));
}
END_TEST

START_TEST(a_release_whose_answer_was_lost_tells_what_was_done)
{
	struct affinity_release_request r = { .block = block(), .owner = "host:node-a",
					      .force = true, .now_ns = CLUSTER_NOW };
	struct affinity_release_answer answer = { 0 };

	put_block("host:node-a");
	fake_put(c.store, OF_NODE_A, "{}");
	fake_lose_answer(c.store, 1);
	ck_assert_msg(ipam_release_affinity(c.ds, &r, &answer, &e) == 0, "%s", e.text);
	ck_assert_int_eq(answer.outcome, AFFINITY_BLOCK_DISOWNED);
	ck_assert_uint_eq(answer.held, 1);
	ck_assert_int_eq(ipam_release_affinity(c.ds, &r, &answer, &e), 0);
	ck_assert_int_eq(answer.outcome, AFFINITY_NOTHING);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ipam.affinity");
	TCase *t = tcase_create("affinity");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, one_cluster_begin, one_cluster_end);
	tcase_add_test(t, affinities_are_listed_by_owner_with_what_their_block_says);
	tcase_add_test(t, those_of_a_node_are_its_own_and_no_others);
	tcase_add_test(t, a_blocks_owners_are_named_once_by_affinities_and_by_itself);
	tcase_add_test(t, a_block_that_does_not_parse_tells_no_owner);
	tcase_add_test(t, a_node_without_blocks_is_no_error);
	tcase_add_test(t, a_release_whose_answer_was_lost_tells_what_was_done);
	return s;
}
