/* SPDX-License-Identifier: Apache-2.0 */
/* A node that changes from host-local to Calico's IPAM (docs/DATA-MODEL.md 16). */
#include "ipam/cluster/information.h"
#include "ipam/record/keys.h"
#include "ipam/upgrade/take_over.h"
#include "ipam/upgrade/tunnel.h"
#include "tests/ipam/fixture_one_cluster.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

#define NOTED KEY_NOTED_NODES "node-a"
#define HANDLE KEY_HANDLES "ipip-tunnel-addr-node-a"
#define BLOCK KEY_BLOCKS_4 "10.0.0.0-26"
#define POD_CIDRS(list) "{\"spec\":{},\"status\":{\"podCIDRs\":[" list "]}}"
#define TUNNEL "\"bgp\":{\"ipv4IPIPTunnelAddr\":\"10.0.0.1\"}"

static struct tunnel_answer tunnel;

static void begin(void)
{
	one_cluster_begin();
	cluster_pool(&c, "p4", "10.0.0.0/16", "");
	cluster_pool(&c, "p6", "fd00::/64", "");
	cluster_node(&c, "node-a", "{}");
	fake_put(c.store, NOTED, POD_CIDRS("\"fd00::/80\",\"10.0.0.0/24\""));
}

static void begin_in_turns(void)
{
	begin();
	cluster_in_turns(&c);
}

static int keep(void)
{
	err_reset(&e);
	return ipam_keep_tunnel(c.ds, "node-a", c.now_ns++, &tunnel, &e);
}

static void assert_kept(enum tunnel_state state)
{
	ck_assert_msg(keep() == 0, "%s", e.text);
	ck_assert_int_eq(tunnel.state, state);
	cluster_assert_sound(&c);
}

START_TEST(the_first_address_of_the_podcidr_is_the_tunnels_and_the_node_says_so)
{
	assert_kept(TUNNEL_KEPT);
	ck_assert_ptr_nonnull(strstr(fake_get(c.store, NOTED), TUNNEL));
	ck_assert_ptr_nonnull(strstr(fake_get(c.store, BLOCK),
		"{\"handle_id\":\"ipip-tunnel-addr-node-a\",\"secondary\":{\"node\":\"node-a\","
		"\"type\":\"ipipTunnelAddress\"}"));
	ck_assert_ptr_nonnull(fake_get(c.store, HANDLE));
	assert_kept(TUNNEL_NOTED_ALREADY);
	ck_assert_uint_eq(cluster_allocated(&c), 1);
}
END_TEST

START_TEST(who_was_killed_before_the_node_said_so_goes_on_there)
{
	assert_kept(TUNNEL_KEPT);
	fake_put(c.store, NOTED, POD_CIDRS("\"10.0.0.0/24\""));
	assert_kept(TUNNEL_KEPT);
	ck_assert_ptr_nonnull(strstr(fake_get(c.store, NOTED), TUNNEL));
	ck_assert_uint_eq(cluster_allocated(&c), 1);
}
END_TEST

START_TEST(an_answer_that_is_lost_is_settled)
{
	fake_lose_answer(c.store, 1);
	assert_kept(TUNNEL_KEPT);
	ck_assert_uint_eq(cluster_allocated(&c), 1);
}
END_TEST

START_TEST(a_tunnel_keeps_its_address_in_a_pool_that_is_not_for_tunnels)
{
	cluster_pool(&c, "p4", "10.0.0.0/16", ",\"allowedUses\":[\"LoadBalancer\"]");
	assert_kept(TUNNEL_KEPT);
}
END_TEST

START_TEST(what_the_node_says_of_its_tunnel_stays)
{
	fake_put(c.store, NOTED, "{\"spec\":{\"bgp\":{\"ipv4IPIPTunnelAddr\":\"10.9.9.9\"}},"
		 "\"status\":{\"podCIDRs\":[\"10.0.0.0/24\"]}}");
	assert_kept(TUNNEL_NOTED_ALREADY);
	ck_assert_uint_eq(fake_commits(c.store), 0);
}
END_TEST

START_TEST(a_node_without_a_podcidr_of_ipv4_has_no_such_address)
{
	fake_put(c.store, NOTED, POD_CIDRS("\"fd00::/80\""));
	assert_kept(TUNNEL_NONE);
	fake_put(c.store, NOTED, "{\"spec\":{},\"status\":{}}");
	assert_kept(TUNNEL_NONE);
	ck_assert_uint_eq(fake_commits(c.store), 0);
}
END_TEST

START_TEST(an_address_that_another_has_is_not_the_tunnels)
{
	ck_assert_int_eq(cluster_add_exact(&c, "node-a", "c1", "10.0.0.1"), 0);
	assert_kept(TUNNEL_TAKEN);
	ck_assert_ptr_null(strstr(fake_get(c.store, NOTED), "bgp"));
	ck_assert_ptr_null(fake_get(c.store, HANDLE));
}
END_TEST

START_TEST(a_node_that_is_not_there_or_says_what_is_no_cidr_is_named)
{
	fake_put(c.store, NOTED, POD_CIDRS("\"x\""));
	ck_assert_int_eq(keep(), -1);
	ck_assert_int_eq(e.kind, ERR_CORRUPT);
	ck_assert_ptr_nonnull(strstr(e.text, NOTED));
	fake_put(c.store, NOTED, "[");
	ck_assert_int_eq(keep(), -1);
	fake_delete(c.store, NOTED);
	ck_assert_int_eq(keep(), -1);
	ck_assert_int_eq(e.kind, ERR_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(e.text, "Node(node-a)"));
}
END_TEST

static void assert_ready(bool ready, const char *stored)
{
	ck_assert_msg(ipam_set_cluster_ready(c.ds, ready, &e) == 0, "%s", e.text);
	ck_assert_str_eq(fake_get(c.store, KEY_CLUSTER), stored);
}

START_TEST(the_cluster_is_made_ready_and_not_and_what_is_not_known_stays)
{
	fake_put(c.store, KEY_CLUSTER, "{\"spec\":{\"guid\":\"g\"},\"new\":7}");
	assert_ready(false, "{\"spec\":{\"guid\":\"g\",\"datastoreReady\":false},\"new\":7}");
	assert_ready(false, fake_get(c.store, KEY_CLUSTER));
	assert_ready(true, "{\"spec\":{\"guid\":\"g\",\"datastoreReady\":true},\"new\":7}");
	assert_ready(true, fake_get(c.store, KEY_CLUSTER));
	ck_assert_uint_eq(fake_commits(c.store), 2);
}
END_TEST

START_TEST(a_cluster_without_information_stays_without)
{
	ck_assert_msg(ipam_set_cluster_ready(c.ds, false, &e) == 0, "%s", e.text);
	ck_assert_ptr_null(fake_get(c.store, KEY_CLUSTER));
	fake_put(c.store, KEY_CLUSTER, "[");
	ck_assert_int_eq(ipam_set_cluster_ready(c.ds, false, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, KEY_CLUSTER));
}
END_TEST

/* What host-local has of three containers, in its order. */
static char names[][4] = { "c1", "c2", "c3" };
static char namespace_name[] = "shop", web[] = "web";
static struct host_local_entry reserved[4];
static struct node_pod pod_list[2];
static struct node_pods pods;
static unsigned count[TAKEN_NOT + 1];
static enum err_kind why_not;

static struct addr addr_of(const char *text)
{
	struct addr a = { 0 };

	ck_assert_int_eq(addr_parse(text, &a), 0);
	return a;
}

static void begin_request(struct ipam_assign_request *r, void *arg __unused_arg)
{
	r->now_ns = c.now_ns++;
}

static void tell(const struct host_local_entry *entry __unused_arg, enum taken taken,
		 const struct err *why, void *arg __unused_arg)
{
	count[taken]++;
	if (why)
		why_not = why->kind;
}

static void take_all(bool rehearsal)
{
	const struct take_over t = { .network = "net", .node = "node-a", .pods = &pods,
				     .rehearsal = rehearsal, .begin = begin_request,
				     .tell = tell };
	size_t first = 0, n;

	memset(count, 0, sizeof(count));
	for (; first < ARRAY_LEN(reserved); first += n) {
		n = take_over_same(&reserved[first], ARRAY_LEN(reserved) - first);
		ck_assert_msg(ipam_take_over(c.ds, &t, &reserved[first], n, &e) == 0, "%s", e.text);
	}
}

static void reserve(void)
{
	reserved[0] = (struct host_local_entry){ addr_of("10.0.0.7"), NULL, names[0], NULL };
	reserved[1] = (struct host_local_entry){ addr_of("fd00::7"), NULL, names[0], NULL };
	reserved[2] = (struct host_local_entry){ addr_of("10.0.0.8"), NULL, names[1], NULL };
	reserved[3] = (struct host_local_entry){ addr_of("10.0.0.9"), NULL, names[2], NULL };
	pod_list[0] = (struct node_pod){ reserved[0].addr, namespace_name, web };
	pod_list[1] = (struct node_pod){ reserved[3].addr, namespace_name, web };
	pods = (struct node_pods){ .list = pod_list, .n = 2 };
}

START_TEST(what_a_pod_has_becomes_its_own_and_what_none_has_is_nobodys)
{
	reserve();
	pod_list[1].addr = reserved[1].addr;
	take_all(true);
	ck_assert_uint_eq(fake_commits(c.store), 0);
	take_all(false);
	ck_assert_uint_eq(count[TAKEN_OVER], 2);
	ck_assert_uint_eq(count[TAKEN_STALE], 2);
	ck_assert_uint_eq(cluster_allocated(&c), 2);
	ck_assert_ptr_nonnull(strstr(fake_get(c.store, BLOCK), "\"namespace\":\"shop\""));
	ck_assert_ptr_nonnull(strstr(fake_get(c.store, BLOCK), "\"pod\":\"web\""));
	take_all(false);
	ck_assert_uint_eq(count[TAKEN_HELD], 2);
	ck_assert_int_eq(cluster_del(&c, "node-a", "c1"), 0);
	ck_assert_uint_eq(cluster_allocated(&c), 0);
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(while_a_pod_has_no_address_yet_every_reservation_is_taken_over)
{
	reserve();
	pods.unaddressed = true;
	take_all(false);
	ck_assert_uint_eq(count[TAKEN_OVER], 4);
}
END_TEST

START_TEST(what_another_has_or_no_pool_holds_is_told_and_the_others_are_taken_over)
{
	reserve();
	ck_assert_int_eq(cluster_add_exact(&c, "node-a", "other", "10.0.0.9"), 0);
	take_all(false);
	ck_assert_uint_eq(count[TAKEN_NOT], 1);
	ck_assert_int_eq(why_not, ERR_EXISTS);
	ck_assert_uint_eq(count[TAKEN_OVER], 1);
	reserved[3].addr = pod_list[1].addr = addr_of("192.0.2.1");
	take_all(false);
	ck_assert_uint_eq(count[TAKEN_NOT], 1);
	ck_assert_int_eq(why_not, ERR_POOL);
}
END_TEST

START_TEST(of_an_empty_file_the_address_is_nobodys_unless_a_pod_has_it)
{
	static char nobody[] = "", file[] = "10.0.0.9";

	reserve();
	reserved[3].container = nobody;
	reserved[3].file = file;
	take_all(false);
	ck_assert_uint_eq(count[TAKEN_NOT], 1);
	ck_assert_int_eq(why_not, ERR_DECODE);
	ck_assert_uint_eq(count[TAKEN_OVER], 1);
	pods.n = 1;
	take_all(false);
	ck_assert_uint_eq(count[TAKEN_NOT], 0);
	ck_assert_uint_eq(count[TAKEN_STALE], 3);
	ck_assert_uint_eq(cluster_allocated(&c), 1);
}
END_TEST

static void add_all(TCase *t)
{
	tcase_add_test(t, the_first_address_of_the_podcidr_is_the_tunnels_and_the_node_says_so);
	tcase_add_test(t, who_was_killed_before_the_node_said_so_goes_on_there);
	tcase_add_test(t, an_answer_that_is_lost_is_settled);
	tcase_add_test(t, a_tunnel_keeps_its_address_in_a_pool_that_is_not_for_tunnels);
	tcase_add_test(t, what_the_node_says_of_its_tunnel_stays);
	tcase_add_test(t, a_node_without_a_podcidr_of_ipv4_has_no_such_address);
	tcase_add_test(t, an_address_that_another_has_is_not_the_tunnels);
	tcase_add_test(t, a_node_that_is_not_there_or_says_what_is_no_cidr_is_named);
	tcase_add_test(t, the_cluster_is_made_ready_and_not_and_what_is_not_known_stays);
	tcase_add_test(t, a_cluster_without_information_stays_without);
	tcase_add_test(t, what_a_pod_has_becomes_its_own_and_what_none_has_is_nobodys);
	tcase_add_test(t, while_a_pod_has_no_address_yet_every_reservation_is_taken_over);
	tcase_add_test(t, what_another_has_or_no_pool_holds_is_told_and_the_others_are_taken_over);
	tcase_add_test(t, of_an_empty_file_the_address_is_nobodys_unless_a_pod_has_it);
}

Suite *suite(void)
{
	Suite *s = suite_create("ipam/upgrade");
	TCase *t = tcase_create("upgrade"), *in_turns = tcase_create("in turns");

	tcase_add_checked_fixture(t, begin, one_cluster_end);
	tcase_add_checked_fixture(in_turns, begin_in_turns, one_cluster_end);
	add_all(t);
	add_all(in_turns);
	suite_add_tcase(s, t);
	suite_add_tcase(s, in_turns);
	return s;
}
