/* SPDX-License-Identifier: Apache-2.0 */
/* Release by handle, CHECK and STATUS: docs/DATA-MODEL.md 11, and the project's rules. */
#include "tests/ipam/fixture_cluster.h"
#include "tests/suite.h"

#include "base/buf.h"
#include "ipam/record/keys.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define BLOCK KEY_BLOCKS_4 "10.0.0.0-30"
#define AFFINITY "/calico/ipam/v2/host/node-a/ipv4/block/10.0.0.0-30"

static struct cluster c;

static void setup(void)
{
	cluster_init(&c);
	cluster_pool(&c, "p4", "10.0.0.0/30", ",\"blockSize\":30");
	cluster_pool(&c, "p6", "fd00::/64", "");
	cluster_node(&c, "node-a", "{\"zone\":\"a\"}");
	cluster_node(&c, "node-b", "{\"zone\":\"b\"}");
}

static void teardown(void)
{
	cluster_done(&c);
}

#define assert_ok(call) ck_assert_msg((call) == 0, "%s", c.e.text)

START_TEST(del_releases_both_families_and_the_handle_in_one_commit)
{
	unsigned long commits;

	assert_ok(cluster_add(&c, "node-a", "c1", "46"));
	commits = fake_commits(c.store);
	assert_ok(cluster_del(&c, "node-a", "c1"));
	ck_assert_uint_eq(fake_commits(c.store) - commits, 1);
	ck_assert_uint_eq(cluster_allocated(&c), 0);
	ck_assert_uint_eq(fake_count(c.store, KEY_HANDLES), 0);
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(a_repeated_del_succeeds_and_writes_nothing)
{
	uint64_t revision = fake_revision(c.store);

	assert_ok(cluster_del(&c, "node-a", "c1"));
	assert_ok(cluster_del(&c, "node-a", "c1"));
	ck_assert_uint_eq(fake_revision(c.store), revision);
}
END_TEST

START_TEST(del_needs_no_node_object_and_no_pool)
{
	assert_ok(cluster_add(&c, "node-a", "c1", "46"));
	fake_delete(c.store, KEY_NODES "node-a");
	fake_delete(c.store, KEY_POOLS "p4");
	fake_delete(c.store, KEY_POOLS "p6");
	assert_ok(cluster_del(&c, "node-a", "c1"));
	ck_assert_uint_eq(cluster_allocated(&c), 0);
}
END_TEST

START_TEST(del_never_succeeds_when_it_could_not_look)
{
	fake_fail_read(c.store, 1, ERR_UNAVAILABLE);
	ck_assert_int_eq(cluster_del(&c, "node-a", "c1"), -1);
	ck_assert_int_eq(c.e.kind, ERR_UNAVAILABLE);
}
END_TEST

static const char *const long_free_lists[] = {
	"2,3", "2,3,3", "2,3,3,3", "2,3,3,3,3,3,3,3,3", "0,1,0,2,3", "2,2,3,3,0,0,1,1",
};

/* As releases of an old Calico left it; held by net.c1 and net.c2. */
START_TEST(a_free_list_longer_than_its_block_is_read_as_calico_reads_it)
{
	char value[1024];

	snprintf(value, sizeof(value), "{\"cidr\":\"10.0.0.0/30\",\"affinity\":\"host:node-a\","
		 "\"allocations\":[0,1,null,null],\"unallocated\":[%s],\"attributes\":["
		 "{\"handle_id\":\"net.c1\"},{\"handle_id\":\"net.c2\"}],\"sequenceNumber\":1,"
		 "\"sequenceNumberForAllocation\":{},\"deleted\":false}", long_free_lists[_i]);
	fake_put(c.store, BLOCK, value);
	fake_put(c.store, AFFINITY, "{\"state\":\"confirmed\",\"deleted\":false}");
	fake_put(c.store, KEY_HANDLES "net.c1", "{\"block\":{\"10.0.0.0/30\":1}}");
	fake_put(c.store, KEY_HANDLES "net.c2", "{\"block\":{\"10.0.0.0/30\":1}}");
	assert_ok(cluster_add(&c, "node-a", "c3", "4"));
	ck_assert_str_eq(c.text[FAMILY_4], "10.0.0.2/30");
	assert_ok(cluster_del(&c, "node-a", "c1"));
	assert_ok(cluster_del(&c, "node-a", "c2"));
	for (char name[] = "d1"; name[1] <= '3'; name[1]++)
		assert_ok(cluster_add(&c, "node-a", name, "4"));
	ck_assert_uint_eq(cluster_allocated(&c), 4);
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(an_empty_block_stays_with_its_host)
{
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	assert_ok(cluster_del(&c, "node-a", "c1"));
	ck_assert_ptr_nonnull(fake_get(c.store, BLOCK));
	ck_assert_ptr_nonnull(fake_get(c.store, AFFINITY));
}
END_TEST

START_TEST(an_empty_block_of_nobody_is_deleted)
{
	fake_put(c.store, BLOCK,
		 "{\"cidr\":\"10.0.0.0/30\",\"affinity\":null,\"allocations\":[0,null,null,null],"
		 "\"unallocated\":[1,2,3],\"attributes\":[{\"handle_id\":\"net.c1\"}],"
		 "\"sequenceNumber\":1,"
		 "\"sequenceNumberForAllocation\":{\"0\":0},\"deleted\":false}");
	fake_put(c.store, KEY_HANDLES "net.c1",
		 "{\"block\":{\"10.0.0.0/30\":1},\"deleted\":false}");
	assert_ok(cluster_del(&c, "node-a", "c1"));
	ck_assert_ptr_null(fake_get(c.store, BLOCK));
	ck_assert_uint_eq(fake_count(c.store, KEY_HANDLES), 0);
}
END_TEST

START_TEST(a_cooling_block_of_nobody_is_kept)
{
	cluster_config(&c, "{\"auto_allocate_blocks\":true,\"ipCooldownSeconds\":60}");
	fake_put(c.store, BLOCK,
		 "{\"cidr\":\"10.0.0.0/30\",\"affinity\":null,\"allocations\":[0,null,null,null],"
		 "\"unallocated\":[1,2,3],\"attributes\":[{\"handle_id\":\"net.c1\"}],"
		 "\"sequenceNumber\":1,"
		 "\"sequenceNumberForAllocation\":{\"0\":0},\"deleted\":false}");
	fake_put(c.store, KEY_HANDLES "net.c1",
		 "{\"block\":{\"10.0.0.0/30\":1},\"deleted\":false}");
	assert_ok(cluster_del(&c, "node-a", "c1"));
	ck_assert_str_eq(fake_get(c.store, BLOCK),
			 "{\"cidr\":\"10.0.0.0/"
			 "30\",\"affinity\":null,\"allocations\":[0,null,null,null],"
			 "\"unallocated\":[1,2,3],"
			 "\"attributes\":[{\"releasedAt\":\"2026-08-22T10:00:00Z\"}],"
			 "\"sequenceNumber\":2,"
			 "\"sequenceNumberForAllocation\":{\"0\":0},\"deleted\":false}");
	ck_assert_uint_eq(fake_count(c.store, KEY_HANDLES), 0);
}
END_TEST

static const char *const bad_configs[] = { "[]", "{\"ipCooldownSeconds\":\"x\"}", "{", "" };

START_TEST(a_configuration_that_cannot_be_read_stops_no_release)
{
	assert_ok(cluster_add(&c, "node-a", "c1", "46"));
	cluster_config(&c, bad_configs[_i]);
	assert_ok(cluster_del(&c, "node-a", "c1"));
	ck_assert_uint_eq(fake_count(c.store, KEY_HANDLES), 0);
}
END_TEST

START_TEST(what_is_released_needs_no_name_of_a_node)
{
	assert_ok(cluster_add(&c, "node-a", "c1", "46"));
	assert_ok(cluster_del(&c, "", "c1"));
	ck_assert_uint_eq(fake_count(c.store, KEY_HANDLES), 0);
}
END_TEST

START_TEST(a_handle_that_points_at_nothing_is_removed)
{
	fake_put(c.store, KEY_HANDLES "net.c1",
		 "{\"block\":{\"10.0.0.0/30\":1},\"deleted\":false}");
	assert_ok(cluster_del(&c, "node-a", "c1"));
	ck_assert_uint_eq(fake_count(c.store, KEY_HANDLES), 0);
}
END_TEST

START_TEST(the_old_handle_is_released_too)
{
	fake_put(c.store, BLOCK,
		 "{\"cidr\":\"10.0.0.0/"
		 "30\",\"affinity\":\"host:node-a\",\"allocations\":[0,null,null,null],"
		 "\"unallocated\":[1,2,3],\"attributes\":[{\"handle_id\":\"c1\"}],"
		 "\"sequenceNumber\":1,"
		 "\"sequenceNumberForAllocation\":{\"0\":0},\"deleted\":false}");
	fake_put(c.store, AFFINITY, "{\"state\":\"confirmed\",\"deleted\":false}");
	fake_put(c.store, KEY_HANDLES "c1", "{\"block\":{\"10.0.0.0/30\":1},\"deleted\":false}");
	assert_ok(cluster_del(&c, "node-a", "c1"));
	ck_assert_uint_eq(cluster_allocated(&c), 0);
	ck_assert_uint_eq(fake_count(c.store, KEY_HANDLES), 0);
}
END_TEST

START_TEST(an_empty_block_whose_pool_no_longer_selects_its_node_is_released)
{
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	cluster_pool(&c, "p4", "10.0.0.0/30", ",\"blockSize\":30,\"nodeSelector\":\"zone == 'b'\"");
	assert_ok(cluster_del(&c, "node-a", "c1"));
	ck_assert_ptr_null(fake_get(c.store, BLOCK));
	ck_assert_ptr_null(fake_get(c.store, AFFINITY));
}
END_TEST

START_TEST(a_borrowed_address_goes_back_to_its_block)
{
	assert_ok(cluster_add(&c, "node-b", "b1", "4"));
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	ck_assert_uint_eq(cluster_allocated(&c), 2);
	assert_ok(cluster_del(&c, "node-a", "c1"));
	ck_assert_uint_eq(cluster_allocated(&c), 1);
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(a_block_that_cannot_be_read_fails_del_and_is_named)
{
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	fake_put(c.store, BLOCK, "noise");
	ck_assert_int_eq(cluster_del(&c, "node-a", "c1"), -1);
	ck_assert_int_eq(c.e.kind, ERR_CORRUPT);
	ck_assert_ptr_nonnull(strstr(c.e.text, BLOCK));
}
END_TEST

START_TEST(handles_that_join_to_the_same_id_do_not_release_each_other)
{
	struct ipam_assign_request r = cluster_request(&c, "node-a", "c", "4");
	struct ipam_release_request d = {
		.owner = { "a", "b.c", "eth0", "node-a", "default", NULL, NULL, NULL, NULL },
		.now_ns = c.now_ns
	};
	struct ipam_release_answer answer;

	r.owner.network = "a.b";
	assert_ok(cluster_assign(&c, &r));
	assert_ok(ipam_release(c.ds, &d, &answer, &c.e));
	ck_assert_uint_eq(cluster_allocated(&c), 1);
	d.owner.network = "a.b";
	d.owner.container = "c";
	assert_ok(ipam_release(c.ds, &d, &answer, &c.e));
	ck_assert_uint_eq(cluster_allocated(&c), 0);
}
END_TEST

START_TEST(a_lost_answer_of_del_is_a_success_found_again)
{
	assert_ok(cluster_add(&c, "node-a", "c1", "46"));
	fake_lose_answer(c.store, 1);
	assert_ok(cluster_del(&c, "node-a", "c1"));
	ck_assert_uint_eq(cluster_allocated(&c), 0);
}
END_TEST

/* A block of four addresses in which c1 holds one as eth0 and one as eth1. */
static void hold_in(const char *cidr)
{
	char key[KEY_TEXT], value[1000];
	struct cidr block;

	ck_assert_int_eq(cidr_parse(cidr, &block), 0);
	ck_assert_int_eq(key_of_affinity("host:node-a", block, key, &c.e), 0);
	fake_put(c.store, key, "{\"state\":\"confirmed\",\"deleted\":false}");
	key_of_block(block, key);
	snprintf(value, sizeof(value),
		 "{\"cidr\":\"%s\",\"affinity\":\"host:node-a\",\"allocations\":[0,1,null,null],"
		 "\"unallocated\":[2,3],\"attributes\":["
		 "{\"handle_id\":\"net.c1\","
		 "\"secondary\":{\"ifname\":\"eth0\",\"network\":\"net\"}},"
		 "{\"handle_id\":\"net.c1\","
		 "\"secondary\":{\"ifname\":\"eth1\",\"network\":\"net\"}}],"
		 "\"sequenceNumber\":1,\"sequenceNumberForAllocation\":{\"0\":0,\"1\":0},"
		 "\"deleted\":false}", cidr);
	fake_put(c.store, key, value);
}

/* A handle that names so many blocks, of which only every `there`th exists. */
static void hold_in_many(unsigned n, unsigned there)
{
	struct buf value __cleanup(buf_done) = BUF(100000);
	char cidr[CIDR_TEXT];

	buf_puts(&value, "{\"block\":{");
	for (unsigned i = 0; i < n; i++) {
		snprintf(cidr, sizeof(cidr), "10.9.%u.%u/30", i / 64, i % 64 * 4);
		buf_printf(&value, "%s\"%s\":2", i ? "," : "", cidr);
		if (i % there == 0)
			hold_in(cidr);
	}
	buf_puts(&value, "},\"deleted\":false}");
	fake_put(c.store, KEY_HANDLES "net.c1", value.data);
}

static unsigned del_of(const char *ifname)
{
	struct ipam_release_request d = {
		.owner = { "net", "c1", ifname, "node-a", "default", NULL, NULL, NULL, NULL },
		.now_ns = c.now_ns
	};
	struct ipam_release_answer answer;

	assert_ok(ipam_release(c.ds, &d, &answer, &c.e));
	ck_assert(answer.handle_was_there);
	return answer.released;
}

START_TEST(a_handle_of_many_blocks_is_released_in_several_commits)
{
	unsigned long commits = fake_commits(c.store);

	hold_in_many(300, 1);
	ck_assert_uint_eq(del_of(NULL), 600);
	ck_assert_uint_eq(fake_commits(c.store) - commits, 19); /* of 16 blocks each */
	ck_assert_uint_eq(cluster_allocated(&c), 0);
	ck_assert_uint_eq(fake_count(c.store, KEY_HANDLES), 0);
}
END_TEST

START_TEST(of_many_blocks_each_interface_releases_its_own)
{
	hold_in_many(40, 1);
	ck_assert_uint_eq(del_of("eth0"), 40);
	ck_assert_uint_eq(cluster_allocated(&c), 40);
	ck_assert_uint_eq(del_of("eth1"), 40);
	ck_assert_uint_eq(cluster_allocated(&c), 0);
	ck_assert_uint_eq(fake_count(c.store, KEY_HANDLES), 0);
}
END_TEST

START_TEST(of_many_blocks_most_may_be_gone)
{
	hold_in_many(300, 100);
	ck_assert_uint_eq(del_of(NULL), 6);
	ck_assert_uint_eq(cluster_allocated(&c), 0);
	ck_assert_uint_eq(fake_count(c.store, KEY_HANDLES), 0);
}
END_TEST

START_TEST(an_add_of_a_handle_of_many_gone_blocks_is_one_that_etcd_takes)
{
	hold_in_many(140, 1000);
	fake_delete(c.store, KEY_BLOCKS_4 "10.9.0.0-30");
	fake_limit_commits(c.store, 128);
	assert_ok(cluster_add(&c, "node-a", "c1", "46"));
	ck_assert_uint_eq(del_of("eth0"), 2);
	ck_assert_uint_eq(fake_count(c.store, KEY_HANDLES), 0);
}
END_TEST

START_TEST(a_del_of_many_blocks_that_broke_off_is_finished_by_the_next)
{
	struct ipam_release_request d = {
		.owner = { "net", "c1", NULL, "node-a", "default", NULL, NULL, NULL, NULL },
		.now_ns = c.now_ns
	};
	struct ipam_release_answer answer;

	hold_in_many(40, 1);
	fake_fail_commit(c.store, 2, ERR_UNAVAILABLE);
	ck_assert_int_eq(ipam_release(c.ds, &d, &answer, &c.e), -1);
	ck_assert_uint_eq(cluster_allocated(&c), 48);
	ck_assert_uint_eq(del_of(NULL), 48);
	ck_assert_uint_eq(cluster_allocated(&c), 0);
	ck_assert_uint_eq(fake_count(c.store, KEY_HANDLES), 0);
}
END_TEST

static int verify(const char *container, const char *ifname, const char *address)
{
	struct ipam_owner owner = { "net", container, ifname, "node-a", "default",
				    NULL, NULL, NULL, NULL };
	struct addr a;

	ck_assert_int_eq(addr_parse(address, &a), 0);
	err_reset(&c.e);
	return ipam_verify(c.ds, &owner, &a, 1, &c.e);
}

START_TEST(check_passes_for_what_is_held_and_names_another_holder)
{
	assert_ok(cluster_add_exact(&c, "node-a", "c1", "10.0.0.2"));
	assert_ok(verify("c1", "eth0", "10.0.0.2"));
	ck_assert_int_eq(verify("c2", "eth0", "10.0.0.2"), -1);
	ck_assert_int_eq(c.e.kind, ERR_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(c.e.text, "handle net.c1 holds it"));
	ck_assert_int_eq(verify("c1", "eth1", "10.0.0.2"), -1);
	ck_assert_int_eq(verify("c1", "eth0", "10.0.0.3"), -1);
	ck_assert_ptr_nonnull(strstr(c.e.text, "nobody holds it"));
	ck_assert_int_eq(verify("c1", "eth0", "192.168.0.1"), -1);
	ck_assert_ptr_nonnull(strstr(c.e.text, "no pool"));
}
END_TEST

static int verify_two(const char *one, const char *two)
{
	struct ipam_owner owner = { "net", "c1", "eth0", "node-a", "default", NULL, NULL,
				    NULL, NULL };
	struct addr list[2];

	ck_assert_int_eq(addr_parse(one, &list[0]), 0);
	ck_assert_int_eq(addr_parse(two, &list[1]), 0);
	err_reset(&c.e);
	return ipam_verify(c.ds, &owner, list, 2, &c.e);
}

START_TEST(check_passes_over_what_a_later_plugin_of_the_chain_added)
{
	assert_ok(cluster_add_exact(&c, "node-a", "c1", "10.0.0.2"));
	assert_ok(verify_two("192.168.0.1", "10.0.0.2"));
	assert_ok(verify_two("10.0.0.2", "fd99::1"));
	ck_assert_int_eq(verify_two("192.168.0.1", "fd99::1"), -1);
	ck_assert_ptr_nonnull(strstr(c.e.text, "192.168.0.1 is not held"));
	ck_assert_int_eq(verify_two("10.0.0.2", "10.0.0.3"), -1);
	ck_assert_int_eq(verify_two("192.168.0.1", "10.0.0.3"), -1);
}
END_TEST

START_TEST(check_passes_for_what_is_held_after_its_pool_is_gone)
{
	assert_ok(cluster_add_exact(&c, "node-a", "c1", "10.0.0.2"));
	fake_delete(c.store, KEY_POOLS "p4");
	assert_ok(verify("c1", "eth0", "10.0.0.2"));
}
END_TEST

START_TEST(what_names_no_block_in_a_handle_keeps_nothing_alive)
{
	assert_ok(cluster_add_exact(&c, "node-a", "c1", "10.0.0.2"));
	fake_put(c.store, KEY_HANDLES "net.c1",
		 "{\"block\":{\"10.0.0.0/30\":1,\"10.0.0.1/30\":1,\"foo\":1},\"deleted\":false}");
	assert_ok(cluster_del(&c, "node-a", "c1"));
	ck_assert_uint_eq(fake_count(c.store, KEY_HANDLES), 0);
	ck_assert_uint_eq(cluster_allocated(&c), 0);
}
END_TEST

START_TEST(a_count_of_zero_keeps_no_handle_alive)
{
	assert_ok(cluster_add_exact(&c, "node-a", "c1", "10.0.0.2"));
	fake_put(c.store, KEY_HANDLES "net.c2",
		 "{\"block\":{\"10.0.0.0/30\":0},\"deleted\":false}");
	assert_ok(cluster_del(&c, "node-a", "c2"));
	ck_assert_uint_eq(fake_count(c.store, KEY_HANDLES), 1);
	ck_assert_uint_eq(cluster_allocated(&c), 1);
}
END_TEST

START_TEST(status_tells_whether_a_pool_qualifies)
{
	struct ipam_assign_request r = cluster_request(&c, "node-a", "c1", "46");

	assert_ok(ipam_status(c.ds, &r, &c.e));
	fake_delete(c.store, KEY_POOLS "p6");
	ck_assert_int_eq(ipam_status(c.ds, &r, &c.e), -1);
	ck_assert_int_eq(c.e.kind, ERR_POOL);
}
END_TEST

START_TEST(a_rehearsal_of_add_tells_exhaustion_and_commits_nothing)
{
	struct ipam_assign_request r = cluster_request(&c, "node-a", "-", "4");
	struct ipam_assign_request full = r;

	assert_ok(ipam_would_assign(c.ds, &r, &c.e));
	ck_assert_uint_eq(cluster_allocated(&c), 0);
	cluster_pool(&c, "tiny", "192.0.2.0/32", ",\"blockSize\":32");
	full.pools[FAMILY_4][full.n_pools[FAMILY_4]++] = "tiny";
	assert_ok(ipam_would_assign(c.ds, &full, &c.e));
	assert_ok(cluster_add_exact(&c, "node-a", "c1", "192.0.2.0"));
	ck_assert_int_eq(ipam_would_assign(c.ds, &full, &c.e), -1);
	ck_assert_int_eq(c.e.kind, ERR_EXHAUSTED);
	ck_assert_uint_eq(cluster_allocated(&c), 1);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("release");
	TCase *t = tcase_create("release");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, del_releases_both_families_and_the_handle_in_one_commit);
	tcase_add_test(t, a_repeated_del_succeeds_and_writes_nothing);
	tcase_add_test(t, del_needs_no_node_object_and_no_pool);
	tcase_add_test(t, del_never_succeeds_when_it_could_not_look);
	tcase_add_loop_test(t, a_free_list_longer_than_its_block_is_read_as_calico_reads_it, 0,
			    (int)ARRAY_LEN(long_free_lists));
	tcase_add_test(t, an_empty_block_stays_with_its_host);
	tcase_add_test(t, an_empty_block_of_nobody_is_deleted);
	tcase_add_test(t, a_cooling_block_of_nobody_is_kept);
	tcase_add_loop_test(t, a_configuration_that_cannot_be_read_stops_no_release, 0,
			    ARRAY_LEN(bad_configs));
	tcase_add_test(t, what_is_released_needs_no_name_of_a_node);
	tcase_add_test(t, a_handle_that_points_at_nothing_is_removed);
	tcase_add_test(t, the_old_handle_is_released_too);
	tcase_add_test(t, an_empty_block_whose_pool_no_longer_selects_its_node_is_released);
	tcase_add_test(t, a_borrowed_address_goes_back_to_its_block);
	tcase_add_test(t, a_block_that_cannot_be_read_fails_del_and_is_named);
	tcase_add_test(t, handles_that_join_to_the_same_id_do_not_release_each_other);
	tcase_add_test(t, a_lost_answer_of_del_is_a_success_found_again);
	tcase_add_test(t, a_handle_of_many_blocks_is_released_in_several_commits);
	tcase_add_test(t, of_many_blocks_each_interface_releases_its_own);
	tcase_add_test(t, of_many_blocks_most_may_be_gone);
	tcase_add_test(t, an_add_of_a_handle_of_many_gone_blocks_is_one_that_etcd_takes);
	tcase_add_test(t, a_del_of_many_blocks_that_broke_off_is_finished_by_the_next);
	tcase_add_test(t, check_passes_for_what_is_held_and_names_another_holder);
	tcase_add_test(t, check_passes_over_what_a_later_plugin_of_the_chain_added);
	tcase_add_test(t, check_passes_for_what_is_held_after_its_pool_is_gone);
	tcase_add_test(t, what_names_no_block_in_a_handle_keeps_nothing_alive);
	tcase_add_test(t, a_count_of_zero_keeps_no_handle_alive);
	tcase_add_test(t, status_tells_whether_a_pool_qualifies);
	tcase_add_test(t, a_rehearsal_of_add_tells_exhaustion_and_commits_nothing);
	return s;
}
