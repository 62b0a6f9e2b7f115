/* SPDX-License-Identifier: Apache-2.0 */
/* Giving back what no living container holds: which, in what order, and how much of it. */
#include "tests/ipam/fixture_cluster.h"
#include "tests/suite.h"

#include "ipam/record/keys.h"
#include "ipam/release/reclaim.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static struct cluster c;
static struct reclaim cases;
static struct ipam_reclaim_answer answer;
static const char *alive; /* a word of the handles that are */
static enum verdict how; /* the others are dead */
static int alive_family; /* 0, or of the others' addresses this family's are too */

static void setup(void)
{
	cluster_init(&c);
	cluster_pool(&c, "p4", "10.0.0.0/24", ",\"blockSize\":28");
	cluster_pool(&c, "p6", "fd00::/64", "");
	cluster_node(&c, "node-a", "{}");
	cluster_node(&c, "node-b", "{}");
	alive = "live";
	how = VERDICT_NAMESPACE_GONE;
	alive_family = 0;
	answer = (struct ipam_reclaim_answer){0};
}

static void teardown(void)
{
	reclaim_done(&cases);
	cluster_done(&c);
}

#define assert_ok(call) ck_assert_msg((call) == 0, "%s", c.e.text)

static enum verdict look(const struct reclaim_case *a, void *arg __unused_arg)
{
	if (strstr(attribute_handle(a->attribute), alive) || (int)a->addr.family == alive_family)
		return VERDICT_NAMESPACE_LIVES;
	return how;
}

static void find(void)
{
	assert_ok(ipam_reclaim_find(c.ds, "node-a", &cases, &c.e));
	reclaim_judge(&cases, look, NULL);
}

static void give_back(bool final, size_t max)
{
	struct ipam_reclaim_request r = { final, max };

	assert_ok(ipam_reclaim(c.ds, &cases, &r, &answer, &c.e));
	cluster_assert_sound(&c);
}

START_TEST(what_is_dead_is_given_back_and_what_lives_stays)
{
	assert_ok(cluster_add(&c, "node-a", "live1", "46"));
	assert_ok(cluster_add(&c, "node-a", "dead1", "46"));
	assert_ok(cluster_add(&c, "node-b", "dead2", "46"));
	find();
	ck_assert_uint_eq(cases.n, 4);
	give_back(false, 100);
	ck_assert_uint_eq(answer.released, 2);
	ck_assert_uint_eq(cluster_allocated(&c), 4);
	ck_assert_ptr_null(fake_get(c.store, KEY_HANDLES "net.dead1"));
}
END_TEST

START_TEST(all_of_a_handle_is_given_back_or_nothing)
{
	assert_ok(cluster_add(&c, "node-a", "half", "46"));
	alive_family = FAMILY_6;
	find();
	ck_assert_uint_eq(reclaim_count(&cases, false), 0);
	give_back(false, 100);
	ck_assert_uint_eq(cluster_allocated(&c), 2);
}
END_TEST

START_TEST(what_lives_at_either_look_stays)
{
	assert_ok(cluster_add(&c, "node-a", "first", "46"));
	assert_ok(cluster_add(&c, "node-a", "second", "46"));
	assert_ok(cluster_add(&c, "node-a", "dead", "46"));
	alive = "first";
	find();
	alive = "second";
	reclaim_judge(&cases, look, NULL);
	ck_assert_uint_eq(reclaim_count(&cases, false), 2);
	give_back(false, 100);
	ck_assert_uint_eq(cluster_allocated(&c), 4);
	ck_assert_ptr_null(fake_get(c.store, KEY_HANDLES "net.dead"));
}
END_TEST

START_TEST(an_earlier_boots_need_no_second_look)
{
	assert_ok(cluster_add(&c, "node-a", "c1", "46"));
	find();
	give_back(true, 100);
	ck_assert_uint_eq(answer.released, 0);
	how = VERDICT_EARLIER_BOOT;
	reclaim_judge(&cases, look, NULL);
	give_back(true, 100);
	ck_assert_uint_eq(answer.released, 2);
}
END_TEST

START_TEST(who_has_come_again_meanwhile_keeps_what_it_has)
{
	struct ipam_assign_request r;

	assert_ok(cluster_add(&c, "node-a", "c1", "46"));
	find();
	r = cluster_request(&c, "node-a", "c1", "46");
	r.owner.boot = "0123456789abcdef";
	assert_ok(cluster_assign(&c, &r));
	give_back(false, 100);
	ck_assert_uint_eq(answer.released, 0);
	ck_assert_uint_eq(answer.conflicts, 2);
	ck_assert_uint_eq(cluster_allocated(&c), 2);
}
END_TEST

START_TEST(who_was_given_the_address_meanwhile_keeps_it)
{
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	find();
	assert_ok(cluster_del(&c, "node-a", "c1"));
	assert_ok(cluster_add_exact(&c, "node-a", "c2", strtok(c.text[FAMILY_4], "/")));
	give_back(false, 100);
	ck_assert_uint_eq(answer.released, 0);
	ck_assert_uint_eq(cluster_allocated(&c), 1);
}
END_TEST

START_TEST(whole_handles_are_given_back_up_to_the_limit)
{
	assert_ok(cluster_add(&c, "node-a", "c1", "46"));
	assert_ok(cluster_add(&c, "node-a", "c2", "46"));
	find();
	give_back(false, 3);
	ck_assert_uint_eq(answer.released, 2);
	ck_assert_uint_eq(answer.left, 2);
	give_back(false, 100);
	ck_assert_uint_eq(answer.released, 2);
	ck_assert_uint_eq(cluster_allocated(&c), 0);
}
END_TEST

START_TEST(more_than_one_commit_takes_is_given_back_in_several)
{
	char name[16];

	for (int i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		assert_ok(cluster_add(&c, "node-a", name, "46"));
	}
	find();
	give_back(false, 1000);
	ck_assert_uint_eq(answer.released, 120);
	ck_assert_uint_eq(cluster_allocated(&c), 0);
	ck_assert_uint_eq(fake_count(c.store, KEY_HANDLES), 0);
}
END_TEST

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HELD(handle, texts) "{\"handle_id\":\"" handle "\",\"secondary\":{" texts "}}"
#define ON_A "\"node\":\"node-a\""

/* Of a block with these three attributes: how many are a container's of node-a? */
static size_t count_cases(const char *first, const char *second, const char *third)
{
	char text[2048];

	snprintf(text, sizeof(text), "{\"cidr\":\"10.0.0.0/28\",\"affinity\":\"host:node-a\","
		 "\"allocations\":[0,1,2,null,null,null,null,null,null,null,null,null,null,null,"
		 "null,null],\"unallocated\":[3,4,5,6,7,8,9,10,11,12,13,14,15],\"attributes\":"
		 "[%s,%s,%s]}", first, second, third);
	fake_put(c.store, KEY_BLOCKS_4 "10.0.0.0-28", text);
	assert_ok(ipam_reclaim_find(c.ds, "node-a", &cases, &c.e));
	return cases.n;
}

START_TEST(calicos_own_are_containers_where_their_handle_can_be_nothing_else)
{
	ck_assert_uint_eq(count_cases(HELD("net." ID, ON_A), HELD("net.pod", ON_A),
				      HELD("net." ID, "\"node\":\"node-b\"")), 1);
}
END_TEST

START_TEST(tunnels_services_and_machines_are_never_looked_at)
{
	ck_assert_uint_eq(count_cases(HELD("vxlan-tunnel-addr-node-a", ON_A),
				      HELD("net." ID, ON_A ",\"vmi-name\":\"vm\""),
				      HELD("net.vmi." ID, ON_A ",\"network\":\"net\"")), 0);
}
END_TEST

START_TEST(windows_and_load_balancers_are_never_looked_at)
{
	ck_assert_uint_eq(count_cases(HELD("windows-reserved-ipam-handle", ON_A),
				      HELD("lb-" ID, ON_A ",\"type\":\"LoadBalancer\""),
				      HELD("net." ID, ON_A ",\"network\":\"net\",\"type\":\"x\"")),
			  0);
}
END_TEST

START_TEST(what_cools_down_holds_nobody)
{
	cluster_config(&c, "{\"ipCooldownSeconds\":600,\"auto_allocate_blocks\":true}");
	assert_ok(cluster_add(&c, "node-a", "c1", "46"));
	assert_ok(cluster_del(&c, "node-a", "c1"));
	find();
	ck_assert_uint_eq(cases.n, 0);
}
END_TEST

START_TEST(blocks_that_cannot_be_read_are_told)
{
	assert_ok(cluster_add(&c, "node-a", "c1", "6"));
	fake_put(c.store, KEY_BLOCKS_4 "10.0.0.0-28", "{\"node-a\"");
	find();
	ck_assert_uint_eq(cases.blocks.unreadable, 1);
	ck_assert_str_eq(cases.blocks.first_unreadable, KEY_BLOCKS_4 "10.0.0.0-28");
	ck_assert_uint_eq(cases.n, 1);
}
END_TEST

/* Their texts may be most of a record, and a block's addresses 4,096. */
START_TEST(what_addresses_have_in_common_is_kept_once)
{
	fake_put(c.store, KEY_BLOCKS_4 "10.0.0.0-30",
		 "{\"cidr\":\"10.0.0.0/30\",\"affinity\":null,\"allocations\":[0,1,0,1],"
		 "\"unallocated\":[],\"attributes\":["
		 "{\"handle_id\":\"net.c1\",\"secondary\":{\"network\":\"net\","
		 "\"node\":\"node-a\"}},"
		 "{\"handle_id\":\"net.c2\",\"secondary\":{\"network\":\"net\","
		 "\"node\":\"node-a\"}}]}");
	find();
	ck_assert_uint_eq(cases.n, 4);
	ck_assert_str_eq(attribute_handle(cases.list[0].attribute), "net.c1");
	ck_assert_ptr_eq(cases.list[0].attribute, cases.list[1].attribute);
	ck_assert_str_eq(attribute_handle(cases.list[2].attribute), "net.c2");
	ck_assert_ptr_eq(cases.list[2].attribute, cases.list[3].attribute);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("reclaim");
	TCase *t = tcase_create("reclaim");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_is_dead_is_given_back_and_what_lives_stays);
	tcase_add_test(t, all_of_a_handle_is_given_back_or_nothing);
	tcase_add_test(t, what_lives_at_either_look_stays);
	tcase_add_test(t, an_earlier_boots_need_no_second_look);
	tcase_add_test(t, who_has_come_again_meanwhile_keeps_what_it_has);
	tcase_add_test(t, who_was_given_the_address_meanwhile_keeps_it);
	tcase_add_test(t, whole_handles_are_given_back_up_to_the_limit);
	tcase_add_test(t, more_than_one_commit_takes_is_given_back_in_several);
	tcase_add_test(t, calicos_own_are_containers_where_their_handle_can_be_nothing_else);
	tcase_add_test(t, tunnels_services_and_machines_are_never_looked_at);
	tcase_add_test(t, windows_and_load_balancers_are_never_looked_at);
	tcase_add_test(t, what_cools_down_holds_nobody);
	tcase_add_test(t, blocks_that_cannot_be_read_are_told);
	tcase_add_test(t, what_addresses_have_in_common_is_kept_once);
	suite_add_tcase(s, t);
	return s;
}
