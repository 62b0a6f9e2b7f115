/* SPDX-License-Identifier: Apache-2.0 */
/* Release by address where it is many, large, or its answer gets lost. */
#include "tests/ipam/fixture_cluster.h"
#include "tests/suite.h"

#include "ipam/request/loop.h"
#include "ipam/record/keys.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define COMMIT_KEYS 128 /* that etcd takes */

static struct cluster c;

static void setup(void)
{
	cluster_init(&c);
	cluster_pool(&c, "p4", "10.0.0.0/24", ",\"blockSize\":29");
	cluster_node(&c, "node-a", "{}");
}

static void teardown(void)
{
	cluster_done(&c);
}

#define assert_ok(call) ck_assert_msg((call) == 0, "%s", c.e.text)

/* A container with an address and a block on each of n hosts. */
static void fill_hosts(struct ipam_release_address *list, unsigned n)
{
	char node[16];

	for (unsigned i = 0; i < n; i++) {
		snprintf(node, sizeof(node), "host-%u", i);
		cluster_node(&c, node, "{\"zone\":\"a\"}");
		assert_ok(cluster_add(&c, node, node, "4"));
		list[i] = (struct ipam_release_address){ .addr = c.answer.address[FAMILY_4].addr };
	}
}

/* Of each, block, handle, affinity and node are written or compared. */
START_TEST(what_one_commit_cannot_take_is_released_in_several)
{
	struct ipam_release_address list[IPAM_RELEASE_MAX];
	unsigned done = 0;

	fill_hosts(list, IPAM_RELEASE_MAX);
	cluster_pool(&c, "p4", "10.0.0.0/24", ",\"blockSize\":29,\"nodeSelector\":\"zone == 'b'\"");
	fake_limit_commits(c.store, COMMIT_KEYS);
	assert_ok(ipam_release_addresses(c.ds, list, IPAM_RELEASE_MAX, NULL, &done, &c.e));
	ck_assert_uint_eq(done, IPAM_RELEASE_MAX);
	for (unsigned i = 0; i < done; i++)
		ck_assert_int_eq(list[i].result, IPAM_RELEASED);
	ck_assert_uint_eq(fake_count(c.store, KEY_BLOCKS_4), 0);
}
END_TEST

START_TEST(a_single_address_that_no_commit_can_take_is_an_error)
{
	struct ipam_release_address one[1];
	unsigned done = 1;

	fill_hosts(one, 1);
	fake_limit_commits(c.store, 2);
	ck_assert_int_eq(ipam_release_addresses(c.ds, one, 1, NULL, &done, &c.e), -1);
	ck_assert_int_eq(c.e.kind, ERR_LIMIT);
	ck_assert_uint_eq(done, 0);
}
END_TEST

#define LONG_ID "0123456789012345678901234567890123456789012345678901234567890123456789"

static const char *const ids_without_record[] = {
	"rkt/abc", "/", "net.a\\tb", "", "\\rabc",
	LONG_ID LONG_ID LONG_ID LONG_ID LONG_ID LONG_ID LONG_ID,
};

/* As calicoctl releases them; and what is named beside them. */
START_TEST(an_address_is_released_whose_handle_no_record_can_have)
{
	struct ipam_release_address list[2] = { 0 };
	unsigned done = 0;
	char value[2048];

	snprintf(value, sizeof(value), "{\"cidr\":\"10.0.0.0/29\",\"affinity\":\"host:node-a\","
		 "\"allocations\":[0,1,null,null,null,null,null,null],"
		 "\"unallocated\":[2,3,4,5,6,7],"
		 "\"attributes\":[{\"handle_id\":\"%s\"},{\"handle_id\":\"net.c2\"}],"
		 "\"sequenceNumber\":1,\"sequenceNumberForAllocation\":{},\"deleted\":false}",
		 ids_without_record[_i]);
	fake_put(c.store, KEY_BLOCKS_4 "10.0.0.0-29", value);
	fake_put(c.store, "/calico/ipam/v2/host/node-a/ipv4/block/10.0.0.0-29",
		 "{\"state\":\"confirmed\",\"deleted\":false}");
	fake_put(c.store, KEY_HANDLES "net.c2", "{\"block\":{\"10.0.0.0/29\":1}}");
	ck_assert_int_eq(addr_parse("10.0.0.0", &list[0].addr), 0);
	ck_assert_int_eq(addr_parse("10.0.0.1", &list[1].addr), 0);
	assert_ok(ipam_release_addresses(c.ds, list, 2, NULL, &done, &c.e));
	ck_assert_uint_eq(done, 2);
	ck_assert_int_eq(list[0].result, IPAM_RELEASED);
	ck_assert_int_eq(list[1].result, IPAM_RELEASED);
	ck_assert_uint_eq(cluster_allocated(&c), 0);
	ck_assert_uint_eq(fake_count(c.store, KEY_HANDLES), 0);
}
END_TEST

START_TEST(the_record_of_the_longest_handle_is_deleted_with_its_address)
{
	struct ipam_release_address one = { 0 };
	char id[KEY_TEXT - sizeof(KEY_HANDLES)], key[KEY_TEXT], value[2048];
	unsigned done = 0;

	memset(id, 'x', sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	snprintf(key, sizeof(key), KEY_HANDLES "%s", id);
	snprintf(value, sizeof(value), "{\"cidr\":\"10.0.0.0/29\",\"affinity\":null,"
		 "\"allocations\":[0,null,null,null,null,null,null,null],"
		 "\"unallocated\":[1,2,3,4,5,6,7],\"attributes\":[{\"handle_id\":\"%s\"}]}", id);
	fake_put(c.store, KEY_BLOCKS_4 "10.0.0.0-29", value);
	fake_put(c.store, key, "{\"block\":{\"10.0.0.0/29\":1}}");
	ck_assert_int_eq(addr_parse("10.0.0.0", &one.addr), 0);
	assert_ok(ipam_release_addresses(c.ds, &one, 1, NULL, &done, &c.e));
	ck_assert_int_eq(one.result, IPAM_RELEASED);
	ck_assert_uint_eq(fake_count(c.store, KEY_HANDLES), 0);
}
END_TEST

START_TEST(a_release_whose_answer_was_lost_is_told_as_a_release)
{
	struct ipam_release_address one[1];
	unsigned done = 0;

	fill_hosts(one, 1);
	one[0].has_sequence = true;
	one[0].sequence = (uint64_t)(c.now_ns - 1);
	fake_lose_answer(c.store, 1);
	assert_ok(ipam_release_addresses(c.ds, one, 1, NULL, &done, &c.e));
	ck_assert_int_eq(one[0].result, IPAM_RELEASED);
	ck_assert_uint_eq(cluster_allocated(&c), 0);
	assert_ok(ipam_release_addresses(c.ds, one, 1, NULL, &done, &c.e));
	ck_assert_int_eq(one[0].result, IPAM_CONFLICT);
}
END_TEST

/* Nobody will settle it. */
START_TEST(a_release_that_may_have_gone_through_says_what_to_do)
{
	struct ipam_release_address one[1];
	unsigned done = 0;

	fill_hosts(one, 1);
	fake_lose_answer(c.store, 1);
	fake_fail_read(c.store, 5, ERR_DEADLINE);
	ck_assert_int_eq(ipam_release_addresses(c.ds, one, 1, NULL, &done, &c.e), -1);
	ck_assert_msg(c.e.may_stand, "%s", c.e.text);
	ck_assert_msg(strstr(c.e.text, "may have gone through: ") &&
		      strstr(c.e.text, "; see what stands (calico-ipamctl show), and repeat it"),
		      "%s", c.e.text);
}
END_TEST

/* By address alone: whoever held it when the release began. */
START_TEST(a_release_whose_answer_was_lost_takes_nothing_from_the_next_holder)
{
	struct ipam_release_address one[1];
	struct release_meant meant[1] = {0};
	struct release_addresses_request request = { one, 1, c.now_ns, meant };
	struct release_addresses_answer answer;
	struct loop loop;
	char address[ADDR_TEXT];

	fill_hosts(one, 1);
	addr_print(one[0].addr, address);
	fake_lose_answer(c.store, 1);
	loop_init(&loop, c.ds);
	while (cluster_allocated(&c)) {
		ck_assert(loop_goes_on(&loop));
		loop_turn(&loop, plan_release_addresses(&loop.plan, &request, &answer,
							&loop.error));
	}
	ck_assert(loop_goes_on(&loop));
	assert_ok(cluster_add_exact(&c, "node-a", "next", address));
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_release_addresses(&loop.plan, &request, &answer,
							&loop.error));
	loop_done(&loop);
	ck_assert_int_eq(one[0].result, IPAM_RELEASED);
	ck_assert_uint_eq(cluster_allocated(&c), 1);
	cluster_assert_sound(&c);
}
END_TEST

/* The blocks are read before the handles; meanwhile the container gets an address more. */
START_TEST(a_handle_is_not_told_what_a_block_was_before_it_was_read)
{
	struct release_meant meant[IPAM_RELEASE_MAX] = {0};
	struct ipam_release_address list[2] = {0};
	struct release_addresses_request r = { list, 2, c.now_ns++, meant };
	struct release_addresses_answer answer;
	struct ipam_assign_request more;
	struct loop loop __cleanup(loop_done) = {0};

	cluster_pool(&c, "p6", "fd00::/64", ",\"blockSize\":126");
	assert_ok(cluster_add(&c, "node-a", "c2", "6"));
	list[1].addr = c.answer.address[FAMILY_6].addr;
	list[1].addr.n ^= 3;
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	list[0].addr = c.answer.address[FAMILY_4].addr;
	more = cluster_request(&c, "node-a", "c1", "6");
	more.owner.ifname = "eth1";
	loop_init(&loop, c.ds);
	for (unsigned turn = 0; loop_goes_on(&loop); turn++) {
		if (turn == 2)
			assert_ok(cluster_assign(&c, &more));
		loop_turn(&loop, plan_release_addresses(&loop.plan, &r, &answer, &loop.error));
	}
	ck_assert_msg(loop_result(&loop, &c.e) == 0, "%s", c.e.text);
	ck_assert_int_eq(list[0].result, IPAM_RELEASED);
	ck_assert_int_eq(list[1].result, IPAM_UNALLOCATED);
	ck_assert_uint_eq(cluster_allocated(&c), 2);
	cluster_assert_sound(&c);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("release addresses");
	TCase *t = tcase_create("release addresses");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_one_commit_cannot_take_is_released_in_several);
	tcase_add_test(t, a_single_address_that_no_commit_can_take_is_an_error);
	tcase_add_loop_test(t, an_address_is_released_whose_handle_no_record_can_have, 0,
			    (int)ARRAY_LEN(ids_without_record));
	tcase_add_test(t, the_record_of_the_longest_handle_is_deleted_with_its_address);
	tcase_add_test(t, a_release_whose_answer_was_lost_is_told_as_a_release);
	tcase_add_test(t, a_handle_is_not_told_what_a_block_was_before_it_was_read);
	tcase_add_test(t, a_release_that_may_have_gone_through_says_what_to_do);
	tcase_add_test(t, a_release_whose_answer_was_lost_takes_nothing_from_the_next_holder);
	return s;
}
