/* SPDX-License-Identifier: Apache-2.0 */
/* GC and release by address: CNI spec 1.1.0 and docs/DATA-MODEL.md 8 and 11. */
#include "tests/ipam/fixture_cluster.h"
#include "tests/suite.h"

#include "ipam/record/block.h"
#include "ipam/record/keys.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define MINUTE (60 * CLUSTER_SECOND)
#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define KEY_OF_BLOCK KEY_BLOCKS_4 "10.0.0.0-29"

static struct cluster c;
static struct ipam_gc_answer gc_answer;

static void setup(void)
{
	cluster_init(&c);
	cluster_pool(&c, "p4", "10.0.0.0/29", ",\"blockSize\":29");
	cluster_pool(&c, "p6", "fd00::/64", "");
	cluster_node(&c, "node-a", "{}");
	cluster_node(&c, "node-b", "{}");
}

static void teardown(void)
{
	cluster_done(&c);
}

#define assert_ok(call) ck_assert_msg((call) == 0, "%s", c.e.text)

static int gc(const char *container, const char *ifname)
{
	struct ipam_attachment valid = { container, ifname };
	struct ipam_gc_request r = { "net", "node-a", &valid, container ? 1 : 0, c.now_ns };

	err_reset(&c.e);
	return ipam_gc(c.ds, &r, &gc_answer, &c.e);
}

START_TEST(what_is_not_attached_any_more_is_released)
{
	assert_ok(cluster_add(&c, "node-a", "c1", "46"));
	assert_ok(cluster_add(&c, "node-a", "c2", "46"));
	c.now_ns += 2 * MINUTE;
	assert_ok(gc("c1", "eth0"));
	ck_assert_uint_eq(gc_answer.released, 2);
	ck_assert_uint_eq(cluster_allocated(&c), 2);
	ck_assert_ptr_nonnull(fake_get(c.store, KEY_HANDLES "net.c1"));
	ck_assert_ptr_null(fake_get(c.store, KEY_HANDLES "net.c2"));
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(another_interface_of_a_valid_container_is_released)
{
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	c.now_ns += 2 * MINUTE;
	assert_ok(gc("c1", "eth1"));
	ck_assert_uint_eq(gc_answer.released, 1);
}
END_TEST

START_TEST(entries_of_the_last_minute_are_left_alone)
{
	assert_ok(cluster_add(&c, "node-a", "c1", "46"));
	c.now_ns += 59 * CLUSTER_SECOND;
	assert_ok(gc(NULL, NULL));
	ck_assert_uint_eq(gc_answer.released, 0);
	ck_assert_uint_eq(cluster_allocated(&c), 2);
}
END_TEST

START_TEST(other_nodes_and_other_networks_are_left_alone)
{
	struct ipam_assign_request r;

	assert_ok(cluster_add(&c, "node-b", "b1", "46"));
	r = cluster_request(&c, "node-a", "o1", "46");
	r.owner.network = "other";
	assert_ok(cluster_assign(&c, &r));
	r.owner.network = "net.x";
	r.owner.container = "o2";
	assert_ok(cluster_assign(&c, &r));
	c.now_ns += 2 * MINUTE;
	assert_ok(gc(NULL, NULL));
	ck_assert_uint_eq(gc_answer.released, 0);
	ck_assert_uint_eq(cluster_allocated(&c), 6);
}
END_TEST

START_TEST(a_borrowed_address_is_released_too)
{
	assert_ok(cluster_add(&c, "node-b", "b1", "4"));
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	c.now_ns += 2 * MINUTE;
	assert_ok(gc(NULL, NULL));
	ck_assert_uint_eq(gc_answer.released, 1);
	ck_assert_uint_eq(cluster_allocated(&c), 1);
	cluster_assert_sound(&c);
}
END_TEST

static void put_entry(const char *attribute)
{
	char value[1024];

	snprintf(value, sizeof(value),
		 "{\"cidr\":\"10.0.0.0/29\",\"affinity\":null,"
		 "\"allocations\":[0,null,null,null,null,null,null,null],\"unallocated\":[1,2,3,4,"
		 "5,6,7],"
		 "\"attributes\":[%s],\"sequenceNumber\":1,\"sequenceNumberForAllocation\":{\"0\":"
		 "0},\"deleted\":false}",
		 attribute);
	fake_put(c.store, KEY_OF_BLOCK, value);
}

START_TEST(calicos_entries_go_only_by_a_64_digit_id_of_this_network)
{
	put_entry("{\"handle_id\":\"net." HEX "\",\"secondary\":{\"node\":\"node-a\",\"timestamp\":"
					      "\"2026-08-22 09:00:00 +0000 UTC\"}}");
	assert_ok(gc(HEX, "eth0"));
	ck_assert_uint_eq(gc_answer.released, 0);
	assert_ok(gc(NULL, NULL));
	ck_assert_uint_eq(gc_answer.released, 1);
}
END_TEST

static const char *const untouchable[] = {
	"{\"handle_id\":\"net.c1\",\"secondary\":{\"node\":\"node-a\",\"timestamp\":\"2026-08-22 "
	"09:00:00 +0000 UTC\"}}",
	"{\"handle_id\":\"net.vmi.ns." HEX
	"\",\"secondary\":{\"node\":\"node-a\",\"timestamp\":\"2026-08-22 09:00:00 +0000 UTC\"}}",
	"{\"handle_id\":\"net." HEX "\",\"secondary\":{\"node\":\"node-a\"}}",
	"{\"handle_id\":\"net." HEX
	"\",\"secondary\":{\"timestamp\":\"2026-08-22 09:00:00 +0000 UTC\"}}",
	"{\"handle_id\":\"vxlan-tunnel-addr-node-a\",\"secondary\":{\"node\":\"node-a\",\"type\":"
	"\"vxlanTunnelAddress\"}}",
	"{\"secondary\":{\"node\":\"node-a\",\"timestamp\":\"2026-08-22 09:00:00 +0000 UTC\"}}",
};

START_TEST(what_is_not_surely_ours_is_never_touched)
{
	put_entry(untouchable[_i]);
	assert_ok(gc(NULL, NULL));
	ck_assert_uint_eq(gc_answer.released, 0);
}
END_TEST

START_TEST(an_unreadable_block_is_reported_and_the_rest_released)
{
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	c.now_ns += 2 * MINUTE;
	fake_put(c.store, KEY_BLOCKS_4 "10.9.0.0-26", "{\"node-a\":");
	ck_assert_int_eq(gc(NULL, NULL), -1);
	ck_assert_ptr_nonnull(strstr(c.e.text, "10.9.0.0-26"));
	ck_assert_uint_eq(gc_answer.released, 1);
}
END_TEST

static struct ipam_release_address named(const char *text)
{
	struct ipam_release_address a = {0};

	ck_assert_int_eq(addr_parse(text, &a.addr), 0);
	return a;
}

static enum ipam_release_result release(struct ipam_release_address *a, unsigned n)
{
	unsigned done = 0;

	err_reset(&c.e);
	assert_ok(ipam_release_addresses(c.ds, a, n, NULL, &done, &c.e));
	ck_assert_uint_eq(done, n);
	return a[0].result;
}

START_TEST(an_address_is_released_with_its_handle)
{
	struct ipam_release_address a = named("10.0.0.3");

	assert_ok(cluster_add_exact(&c, "node-a", "c1", "10.0.0.3"));
	ck_assert_int_eq(release(&a, 1), IPAM_RELEASED);
	ck_assert_uint_eq(cluster_allocated(&c), 0);
	ck_assert_uint_eq(fake_count(c.store, KEY_HANDLES), 0);
	ck_assert_int_eq(release(&a, 1), IPAM_UNALLOCATED);
}
END_TEST

START_TEST(another_handle_or_sequence_number_is_a_conflict)
{
	struct ipam_release_address a = named("10.0.0.3");

	assert_ok(cluster_add_exact(&c, "node-a", "c1", "10.0.0.3"));
	a.handle = "net.c2";
	ck_assert_int_eq(release(&a, 1), IPAM_CONFLICT);
	a.handle = "net.c1";
	a.has_sequence = true;
	a.sequence = 7;
	ck_assert_int_eq(release(&a, 1), IPAM_CONFLICT);
	ck_assert_uint_eq(cluster_allocated(&c), 1);
}
END_TEST

START_TEST(a_sequence_number_is_checked_even_for_a_free_address)
{
	struct ipam_release_address a = named("10.0.0.4");

	assert_ok(cluster_add_exact(&c, "node-a", "c1", "10.0.0.3"));
	a.has_sequence = true;
	a.sequence = 7;
	ck_assert_int_eq(release(&a, 1), IPAM_CONFLICT);
	a.sequence = 0;
	ck_assert_int_eq(release(&a, 1), IPAM_UNALLOCATED);
}
END_TEST

START_TEST(a_conflict_keeps_its_own_address_alone)
{
	struct ipam_release_address list[3] = { named("10.0.0.3"), named("10.0.0.4"),
						named("fd00::9") };

	assert_ok(cluster_add_exact(&c, "node-a", "c1", "10.0.0.3"));
	assert_ok(cluster_add_exact(&c, "node-a", "c2", "10.0.0.4"));
	assert_ok(cluster_add_exact(&c, "node-a", "c3", "fd00::9"));
	list[1].handle = "wrong";
	ck_assert_int_eq(release(list, 3), IPAM_RELEASED);
	ck_assert_int_eq(list[1].result, IPAM_CONFLICT);
	ck_assert_int_eq(list[2].result, IPAM_RELEASED);
	ck_assert_uint_eq(cluster_allocated(&c), 1);
	cluster_assert_sound(&c);
}
END_TEST

/* What a DEL of c3 makes of the store. */
static struct fake_store *without_c3(void)
{
	struct cluster other = { .store = fake_copy(c.store), .now_ns = c.now_ns };

	other.ds = fake_open(other.store);
	ck_assert_int_eq(cluster_del(&other, "node-a", "c3"), 0);
	datastore_close(other.ds);
	return other.store;
}

static void release_c3(struct fake_store *store, unsigned long commit __unused_arg, void *arg)
{
	fake_before_commit(store, NULL, NULL);
	fake_put(store, KEY_OF_BLOCK, fake_get(arg, KEY_OF_BLOCK));
	fake_delete(store, KEY_HANDLES "net.c3");
}

START_TEST(what_changes_during_gc_leaves_nobody_half_of_what_he_held)
{
	struct fake_store *then;

	assert_ok(cluster_add(&c, "node-a", "c1", "46"));
	assert_ok(cluster_add(&c, "node-a", "c2", "46"));
	assert_ok(cluster_add_exact(&c, "node-a", "c3", "10.0.0.5"));
	c.now_ns += 2 * MINUTE;
	then = without_c3();
	fake_before_commit(c.store, release_c3, then);
	assert_ok(gc(NULL, NULL));
	fake_free(then);
	ck_assert_uint_eq(cluster_allocated(&c), 0);
	ck_assert_uint_eq(gc_answer.conflicts, 1);
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(an_address_named_twice_is_released_once)
{
	struct ipam_release_address list[2] = { named("10.0.0.3"), named("10.0.0.3") };

	assert_ok(cluster_add_exact(&c, "node-a", "c1", "10.0.0.3"));
	ck_assert_int_eq(release(list, 2), IPAM_RELEASED);
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(an_address_named_twice_cools_down_once)
{
	struct ipam_release_address list[2] = { named("10.0.0.0"), named("10.0.0.0") };
	const char *block, *first;

	cluster_config(&c, "{\"auto_allocate_blocks\":true,\"ipCooldownSeconds\":60}");
	put_entry("{\"handle_id\":\"x\"}");
	ck_assert_int_eq(release(list, 2), IPAM_RELEASED);
	ck_assert_int_eq(list[1].result, IPAM_RELEASED);
	block = fake_get(c.store, KEY_OF_BLOCK);
	ck_assert_ptr_nonnull(strstr(block, "\"allocations\":[0,null,"));
	ck_assert_ptr_nonnull(strstr(block, "\"unallocated\":[1,2,3,4,5,6,7]"));
	first = strstr(block, "releasedAt");
	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_null(strstr(first + 1, "releasedAt"));
}
END_TEST

START_TEST(a_block_outside_any_pool_is_found_by_its_key)
{
	struct ipam_release_address a = named("10.0.0.3");

	assert_ok(cluster_add_exact(&c, "node-a", "c1", "10.0.0.3"));
	fake_delete(c.store, KEY_POOLS "p4");
	ck_assert_int_eq(release(&a, 1), IPAM_RELEASED);
	ck_assert_uint_eq(cluster_allocated(&c), 0);
}
END_TEST

START_TEST(by_address_a_cooling_ordinal_carries_the_blocks_number)
{
	struct ipam_release_address a = named("10.0.0.0");

	cluster_config(&c, "{\"auto_allocate_blocks\":true,\"ipCooldownSeconds\":60}");
	put_entry("{\"handle_id\":\"x\"}");
	ck_assert_int_eq(release(&a, 1), IPAM_RELEASED);
	ck_assert_ptr_nonnull(
	    strstr(fake_get(c.store, KEY_OF_BLOCK),
		   "\"sequenceNumber\":2,\"sequenceNumberForAllocation\":{\"0\":1}"));
}
END_TEST

/* The attribute's node, as JSON may write it, and the name that it is. */
static const char *const escaped[][2] = {
	{ "lab\\u0026\\u003c1", "lab&<1" },
	{ "a\\\"b", "a\"b" },
	{ "a\\\\b", "a\\b" },
	{ "z\\u00fcrich", "z\u00fcrich" },
	{ "\\u006e1", "n1" },
};

START_TEST(a_node_is_found_however_its_name_is_written)
{
	struct ipam_gc_request r = { .network = "net", .node = escaped[_i][1],
				     .now_ns = c.now_ns };
	char attribute[256];

	snprintf(attribute, sizeof(attribute), "{\"handle_id\":\"net." HEX "\",\"secondary\":{"
		 "\"node\":\"%s\",\"timestamp\":\"2026-08-22 09:00:00 +0000 UTC\"}}",
		 escaped[_i][0]);
	put_entry(attribute);
	assert_ok(ipam_gc(c.ds, &r, &gc_answer, &c.e));
	ck_assert_uint_eq(gc_answer.released, 1);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("gc");
	TCase *t = tcase_create("gc");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_is_not_attached_any_more_is_released);
	tcase_add_test(t, another_interface_of_a_valid_container_is_released);
	tcase_add_test(t, entries_of_the_last_minute_are_left_alone);
	tcase_add_test(t, other_nodes_and_other_networks_are_left_alone);
	tcase_add_test(t, a_borrowed_address_is_released_too);
	tcase_add_test(t, calicos_entries_go_only_by_a_64_digit_id_of_this_network);
	tcase_add_loop_test(t, what_is_not_surely_ours_is_never_touched, 0,
			    (int)(sizeof(untouchable) / sizeof(untouchable[0])));
	tcase_add_test(t, an_unreadable_block_is_reported_and_the_rest_released);
	tcase_add_loop_test(t, a_node_is_found_however_its_name_is_written, 0,
			    (int)(sizeof(escaped) / sizeof(escaped[0])));
	tcase_add_test(t, an_address_is_released_with_its_handle);
	tcase_add_test(t, another_handle_or_sequence_number_is_a_conflict);
	tcase_add_test(t, a_sequence_number_is_checked_even_for_a_free_address);
	tcase_add_test(t, a_conflict_keeps_its_own_address_alone);
	tcase_add_test(t, what_changes_during_gc_leaves_nobody_half_of_what_he_held);
	tcase_add_test(t, an_address_named_twice_is_released_once);
	tcase_add_test(t, an_address_named_twice_cools_down_once);
	tcase_add_test(t, a_block_outside_any_pool_is_found_by_its_key);
	tcase_add_test(t, by_address_a_cooling_ordinal_carries_the_blocks_number);
	return s;
}
