/* SPDX-License-Identifier: Apache-2.0 */
/* What an allocation says of where its container is: docs/DATA-MODEL.md 7.4. */
#include "tests/ipam/fixture_cluster.h"
#include "tests/suite.h"

#include "ipam/record/block.h"
#include "ipam/record/keys.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define BLOCK KEY_BLOCKS_4 "10.0.0.0-30"

static struct cluster c;

static void setup(void)
{
	cluster_init(&c);
	cluster_pool(&c, "p4", "10.0.0.0/30", ",\"blockSize\":30");
	cluster_pool(&c, "p6", "fd00::/64", "");
	cluster_node(&c, "node-a", "{}");
}

static void teardown(void)
{
	cluster_done(&c);
}

#define assert_ok(call) ck_assert_msg((call) == 0, "%s", c.e.text)

static int add(const char *boot, const char *netns, const char *families)
{
	struct ipam_assign_request r = cluster_request(&c, "node-a", "c1", families);

	r.owner.boot = boot;
	r.owner.netns = netns;
	return cluster_assign(&c, &r);
}

/* The block of the IPv4 addresses, of which c1 alone has one. */
static void read_block(struct block *ret)
{
	const char *value = fake_get(c.store, BLOCK);
	struct record record = { .key = BLOCK, .value = value, .value_len = strlen(value) };

	ck_assert_msg(block_read(&record, ret, &c.e) == 0, "%s", c.e.text);
	ck_assert_uint_eq(ret->n_attributes, 1);
}

static void assert_says(const struct block *b, const char *key, const char *value)
{
	ck_assert_pstr_eq(attribute_secondary(&b->attributes[0], key), value);
}

static uint64_t sequence_of(const struct block *b)
{
	unsigned i = 0;

	while (b->allocations[i] != 0)
		i++;
	return block_sequence_of(b, i);
}

START_TEST(an_allocation_says_where_its_container_is)
{
	struct block b __cleanup(block_done) = {0};

	assert_ok(add("b1", "n1", "46"));
	read_block(&b);
	assert_says(&b, "boot", "b1");
	assert_says(&b, "netns", "n1");
	ck_assert_ptr_nonnull(strstr(fake_get(c.store, BLOCK),
				     "\"secondary\":{\"boot\":\"b1\",\"ifname\":\"eth0\","));
}
END_TEST

START_TEST(a_container_that_comes_again_is_where_it_is_now)
{
	struct block first __cleanup(block_done) = {0}, b __cleanup(block_done) = {0};

	assert_ok(add("b1", "n1", "46"));
	read_block(&first);
	assert_ok(add("b2", "n2", "46"));
	ck_assert(c.answer.held_already[FAMILY_4] && c.answer.held_already[FAMILY_6]);
	read_block(&b);
	assert_says(&b, "boot", "b2");
	assert_says(&b, "netns", "n2");
	assert_says(&b, "timestamp", attribute_secondary(&first.attributes[0], "timestamp"));
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(who_judged_it_before_it_came_again_releases_nothing)
{
	struct block first __cleanup(block_done) = {0};
	struct ipam_release_address a = { .handle = "net.c1", .has_sequence = true };
	unsigned done;

	assert_ok(add("b1", "n1", "4"));
	read_block(&first);
	a.addr = c.answer.address[FAMILY_4].addr;
	a.sequence = sequence_of(&first);
	assert_ok(add("b2", "n2", "4"));
	assert_ok(ipam_release_addresses(c.ds, &a, 1, NULL, &done, &c.e));
	ck_assert(a.result == IPAM_CONFLICT);
	ck_assert_uint_eq(cluster_allocated(&c), 1);
}
END_TEST

START_TEST(a_repeated_add_that_cannot_tell_leaves_nothing_false)
{
	struct block b __cleanup(block_done) = {0};

	assert_ok(add("b1", "n1", "4"));
	assert_ok(add(NULL, NULL, "4"));
	read_block(&b);
	assert_says(&b, "boot", NULL);
	assert_says(&b, "netns", NULL);
}
END_TEST

START_TEST(a_repeated_add_at_the_same_place_writes_nothing)
{
	unsigned long commits;

	assert_ok(add("b1", "n1", "46"));
	commits = fake_commits(c.store);
	assert_ok(add("b1", "n1", "46"));
	ck_assert_uint_eq(fake_commits(c.store), commits);
}
END_TEST

static const char *const inodes[] = { "i5.0a1b2c", "i5" };

/* An inode is handed out again at once: whoever judged the one before it releases nothing. */
START_TEST(a_repeated_add_that_an_inode_tells_may_be_elsewhere)
{
	struct block first __cleanup(block_done) = {0}, again __cleanup(block_done) = {0};

	assert_ok(add("b1", inodes[_i], "4"));
	read_block(&first);
	assert_ok(add("b1", inodes[_i], "4"));
	read_block(&again);
	assert_says(&again, "netns", inodes[_i]);
	ck_assert_uint_ne(sequence_of(&again), sequence_of(&first));
}
END_TEST

START_TEST(what_else_an_allocation_says_survives)
{
	struct block b __cleanup(block_done) = {0};

	fake_put(c.store, KEY_HANDLES "net.c1",
		 "{\"block\":{\"10.0.0.0/30\":1},\"deleted\":false}");
	fake_put(c.store, BLOCK, "{\"cidr\":\"10.0.0.0/30\",\"affinity\":\"host:node-a\","
		 "\"allocations\":[0,null,null,null],\"unallocated\":[1,2,3],\"attributes\":[{"
		 "\"handle_id\":\"net.c1\",\"secondary\":{\"note\":\"x\"},\"new\":1}]}");
	assert_ok(add("b1", "n1", "4"));
	read_block(&b);
	assert_says(&b, "note", "x");
	assert_says(&b, "boot", "b1");
	assert_says(&b, "timestamp", NULL);
	ck_assert_ptr_nonnull(strstr(fake_get(c.store, BLOCK), "\"new\":1"));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("origin");
	TCase *t = tcase_create("origin");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, an_allocation_says_where_its_container_is);
	tcase_add_test(t, a_container_that_comes_again_is_where_it_is_now);
	tcase_add_test(t, who_judged_it_before_it_came_again_releases_nothing);
	tcase_add_test(t, a_repeated_add_that_cannot_tell_leaves_nothing_false);
	tcase_add_test(t, a_repeated_add_at_the_same_place_writes_nothing);
	tcase_add_loop_test(t, a_repeated_add_that_an_inode_tells_may_be_elsewhere, 0,
			    ARRAY_LEN(inodes));
	tcase_add_test(t, what_else_an_allocation_says_survives);
	suite_add_tcase(s, t);
	return s;
}
