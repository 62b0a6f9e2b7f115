/* SPDX-License-Identifier: Apache-2.0 */
/* What a host finds among its own affinities and blocks when they are not as they should be. */
#include "tests/ipam/fixture_cluster.h"
#include "tests/suite.h"

#include "ipam/record/keys.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define COMMIT_KEYS 128 /* that etcd takes */

static struct cluster c;

static void setup(void)
{
	cluster_init(&c);
	cluster_pool(&c, "p4", "10.1.0.0/22", ",\"blockSize\":30");
	cluster_node(&c, "node-a", "{}");
	cluster_node(&c, "node-b", "{}");
}

static void teardown(void)
{
	cluster_done(&c);
}

#define assert_ok(call) ck_assert_msg((call) == 0, "%s", c.e.text)

static size_t affinities_of(const char *node)
{
	char prefix[KEY_TEXT];

	snprintf(prefix, sizeof(prefix), "/calico/ipam/v2/host/%s/ipv4/block/", node);
	return fake_count(c.store, prefix);
}

static void put_affinity(const char *node, struct cidr block)
{
	char owner[KEY_TEXT], key[KEY_TEXT];

	snprintf(owner, sizeof(owner), "host:%s", node);
	ck_assert_int_eq(key_of_affinity(owner, block, key, &c.e), 0);
	fake_put(c.store, key, "{\"state\":\"confirmed\",\"deleted\":false}");
}

static struct cidr cidr_of(const char *text)
{
	struct cidr cidr;

	ck_assert_int_eq(cidr_parse(text, &cidr), 0);
	return cidr;
}

/* An empty /30 block that was claimed just now, or belongs to nobody. */
static void put_block(struct cidr block, const char *affinity)
{
	char key[KEY_TEXT], text[CIDR_TEXT], value[512];

	key_of_block(block, key);
	cidr_print(block, text);
	snprintf(value, sizeof(value),
		 "{\"cidr\":\"%s\",\"affinity\":%s,\"affinity_claim_time\":"
		 "\"2026-08-22T10:00:00Z\",\"allocations\":[null,null,null,null],"
		 "\"unallocated\":[0,1,2,3],\"attributes\":null,\"sequenceNumber\":5,"
		 "\"sequenceNumberForAllocation\":{},\"deleted\":false}",
		 text, affinity);
	fake_put(c.store, key, value);
}

START_TEST(an_affinity_of_a_block_that_is_not_ours_takes_no_place_in_the_limit)
{
	cluster_config(&c, "{\"strict_affinity\":true,\"auto_allocate_blocks\":true,"
			   "\"maxBlocksPerHost\":1}");
	put_block(cidr_of("10.1.0.0/30"), "null");
	put_affinity("node-a", cidr_of("10.1.0.0/30"));
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	ck_assert_uint_eq(affinities_of("node-a"), 1);
	ck_assert_int_eq(cluster_add(&c, "node-a", "c2", "4"), 0);
	ck_assert_uint_eq(affinities_of("node-a"), 1);
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(of_many_affinities_of_others_blocks_each_commit_drops_a_few)
{
	struct cidr block = cidr_of("10.1.0.0/30");
	size_t left;

	fake_limit_commits(c.store, COMMIT_KEYS);
	for (int i = 0; i < 100; i++, block.base.n += 4) {
		put_block(block, "\"host:node-b\"");
		put_affinity("node-b", block);
		put_affinity("node-a", block);
	}
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	left = affinities_of("node-a");
	ck_assert_uint_lt(left, 101);
	assert_ok(cluster_add(&c, "node-a", "c2", "4"));
	ck_assert_uint_lt(affinities_of("node-a"), left);
	cluster_assert_sound(&c);
}
END_TEST

/* Left by an earlier pool: its block would overlap with those of this one. */
START_TEST(an_affinity_of_another_block_size_makes_no_block)
{
	put_affinity("node-a", cidr_of("10.1.0.0/28"));
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	ck_assert_ptr_nonnull(strstr(c.text[FAMILY_4], "/30"));
	ck_assert_ptr_null(fake_get(c.store, KEY_BLOCKS_4 "10.1.0.0-28"));
	ck_assert_uint_eq(affinities_of("node-a"), 1);
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(a_limit_beyond_32_bits_is_a_limit)
{
	char container[16];

	fake_delete(c.store, KEY_POOLS "p4");
	cluster_pool(&c, "many", "10.1.0.0/26", ",\"blockSize\":32");
	cluster_config(&c, "{\"auto_allocate_blocks\":true,\"maxBlocksPerHost\":4294967296}");
	for (int i = 0; i < 21; i++) {
		snprintf(container, sizeof(container), "c%d", i);
		assert_ok(cluster_add(&c, "node-a", container, "4"));
	}
}
END_TEST

/* As Calico's controllers release: the block first, the handle thereafter. */
static void free_block(struct fake_store *store, unsigned long commit, void *arg)
{
	struct cidr block = cidr_of(arg);

	if (commit == 2)
		put_block(block, "\"host:node-a\"");
	fake_before_commit(store, NULL, NULL);
}

START_TEST(an_address_said_to_be_held_is_held_when_the_other_family_is_written)
{
	struct addr held;
	char block[CIDR_TEXT];

	cluster_pool(&c, "p6", "fd00::/64", "");
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	held = c.answer.address[FAMILY_4].addr;
	cidr_print(cidr_masked((struct cidr){ held, 30 }), block);
	fake_before_commit(c.store, free_block, block);
	assert_ok(cluster_add(&c, "node-a", "c1", "46"));
	ck_assert_uint_eq(cluster_allocated(&c), 2);
	cluster_assert_sound(&c);
}
END_TEST

static void fill_two_blocks(void)
{
	char name[8];

	fake_delete(c.store, KEY_POOLS "p4");
	cluster_pool(&c, "p4", "10.1.0.0/29", ",\"blockSize\":30");
	cluster_config(&c, "{\"auto_allocate_blocks\":true,\"strict_affinity\":true,"
			   "\"ipCooldownSeconds\":60}");
	for (int i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		assert_ok(cluster_add(&c, "node-a", name, "4"));
	}
}

START_TEST(an_address_that_has_cooled_down_is_found_when_no_block_has_another)
{
	char first[ADDR_TEXT + 8];

	fill_two_blocks();
	assert_ok(cluster_del(&c, "node-a", "c1"));
	ck_assert_int_eq(cluster_add(&c, "node-a", "d1", "4"), -1);
	ck_assert_int_eq(c.e.kind, ERR_EXHAUSTED);
	assert_ok(cluster_add(&c, "node-a", "c2", "4"));
	memcpy(first, c.text[FAMILY_4], sizeof(first));
	assert_ok(cluster_del(&c, "node-a", "c2"));
	c.now_ns += 30 * CLUSTER_SECOND;
	assert_ok(cluster_del(&c, "node-a", "c5"));
	c.now_ns += 31 * CLUSTER_SECOND;
	for (int i = 0; i < 2; i++)
		assert_ok(cluster_add(&c, "node-a", i ? "d3" : "d2", "4"));
	ck_assert_str_eq(c.text[FAMILY_4], first);
	ck_assert_int_eq(cluster_add(&c, "node-a", "d4", "4"), -1);
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(of_a_full_block_only_the_head_is_looked_at_while_another_has_room)
{
	struct cidr full = cidr_of("10.1.0.0/30"), other = cidr_of("10.1.0.4/30");
	char key[KEY_TEXT], name[8];

	key_of_block(full, key);
	fake_put(c.store, key,
		 "{\"cidr\":\"10.1.0.0/30\",\"affinity\":\"host:node-a\","
		 "\"allocations\":[0,0,0,0],\"unallocated\":[],\"attributes\":oops");
	put_affinity("node-a", full);
	put_block(other, "\"host:node-a\"");
	put_affinity("node-a", other);
	for (int i = 1; i <= 4; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		assert_ok(cluster_add(&c, "node-a", name, "4"));
	}
	ck_assert_int_eq(cluster_add(&c, "node-a", "c5", "4"), -1);
	ck_assert_int_eq(c.e.kind, ERR_CORRUPT);
	ck_assert_ptr_nonnull(strstr(c.e.text, key));
}
END_TEST

/* The reservation outlived its pool, and the next pool of the name has smaller blocks. */
START_TEST(a_gateway_in_each_block_is_none_where_blocks_have_no_room_for_it)
{
	fake_delete(c.store, KEY_POOLS "p4");
	cluster_pool(&c, "p6", "fd00::/64", ",\"blockSize\":127");
	fake_put(c.store, KEY_RESERVATIONS "calico-ipam-gateway-p6",
		 "{\"metadata\":{\"name\":\"calico-ipam-gateway-p6\",\"annotations\":"
		 "{\"calico-ipam/blocks\":\"first\"}},\"spec\":{\"reservedCIDRs\":[]}}");
	assert_ok(cluster_add(&c, "node-a", "c1", "6"));
	cluster_assert_sound(&c);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("own blocks");
	TCase *t = tcase_create("own blocks");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, an_affinity_of_a_block_that_is_not_ours_takes_no_place_in_the_limit);
	tcase_add_test(t, of_many_affinities_of_others_blocks_each_commit_drops_a_few);
	tcase_add_test(t, an_affinity_of_another_block_size_makes_no_block);
	tcase_add_test(t, a_limit_beyond_32_bits_is_a_limit);
	tcase_add_test(t, an_address_said_to_be_held_is_held_when_the_other_family_is_written);
	tcase_add_test(t, an_address_that_has_cooled_down_is_found_when_no_block_has_another);
	tcase_add_test(t, of_a_full_block_only_the_head_is_looked_at_while_another_has_room);
	tcase_add_test(t, a_gateway_in_each_block_is_none_where_blocks_have_no_room_for_it);
	return s;
}
