/* SPDX-License-Identifier: Apache-2.0 */
/* Requests on a store without transactions: whatever comes between two writes of theirs. */
#include "ipam/audit/repairs.h"
#include "ipam/record/keys.h"
#include "tests/ipam/fixture_cluster.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WRITES 12 /* no request here has more */
#define READS 20 /* ranges of them, also when it is planned again */

static struct cluster c;
static struct err e;

static void begin(void)
{
	cluster_init(&c);
	cluster_in_turns(&c);
	cluster_pool(&c, "p4", "10.0.0.0/24", "");
	cluster_pool(&c, "p6", "fd00::/64", "");
	cluster_node(&c, "a", "{}");
	err_reset(&e);
}

static void end(void)
{
	cluster_done(&c);
}

static void begin_anew(void)
{
	end();
	begin();
}

static int add(const char *ifname, const char *families)
{
	struct ipam_assign_request r = cluster_request(&c, "a", "c1", families);

	r.owner.ifname = ifname;
	return cluster_assign(&c, &r);
}

static void del(struct datastore *ds, const char *ifname)
{
	struct ipam_release_request r = {
		.owner = { "net", "c1", ifname, "a", "default", NULL, NULL, NULL, NULL },
		.now_ns = c.now_ns++,
	};
	struct ipam_release_answer answer;

	ck_assert_msg(ipam_release(ds, &r, &answer, &e) == 0, "%s", e.text);
}

static void assert_nothing_is_left(void)
{
	ck_assert_uint_eq(cluster_allocated(&c), 0);
	ck_assert_uint_eq(fake_count(c.store, KEY_HANDLES), 0);
}

static int release_by_address(const char *handle)
{
	struct ipam_release_address one = { .addr = c.answer.address[FAMILY_4].addr,
					    .handle = handle };
	unsigned done;

	ck_assert_msg(ipam_release_addresses(c.ds, &one, 1, NULL, &done, &e) == 0, "%s", e.text);
	return one.result;
}

START_TEST(an_add_is_whole_whichever_of_its_writes_came_too_late)
{
	for (unsigned i = 0; i < WRITES; i++) {
		begin_anew();
		fake_refuse(c.store, 1, 1ULL << i);
		ck_assert_msg(add("eth0", "46") == 0, "%s", c.e.text);
		ck_assert_uint_eq(cluster_allocated(&c), 2);
		cluster_assert_sound(&c);
		del(c.ds, "eth0");
		assert_nothing_is_left();
	}
}
END_TEST

START_TEST(a_del_is_whole_whichever_of_its_writes_came_too_late)
{
	for (unsigned i = 0; i < WRITES; i++) {
		begin_anew();
		ck_assert_int_eq(add("eth0", "46"), 0);
		fake_refuse(c.store, 1, 1ULL << i);
		del(c.ds, "eth0");
		assert_nothing_is_left();
	}
}
END_TEST

START_TEST(a_release_by_address_is_whole_whichever_of_its_writes_came_too_late)
{
	for (unsigned i = 0; i < WRITES; i++) {
		begin_anew();
		ck_assert_int_eq(add("eth0", "4"), 0);
		fake_refuse(c.store, 1, 1ULL << i);
		ck_assert_int_eq(release_by_address(i % 2 ? "net.c1" : NULL), IPAM_RELEASED);
		assert_nothing_is_left();
	}
}
END_TEST

/* Nothing is read after this commit. */
static void die(struct fake_store *store, unsigned long commit __unused_arg,
		void *arg __unused_arg)
{
	fake_fail_read(store, 1, ERR_UNAVAILABLE);
}

/* So that it goes with its last address. */
static void disown_block(void)
{
	const char *key = fake_key(c.store, KEY_BLOCKS_4, 0);
	char value[2048];
	char *at;

	snprintf(value, sizeof(value), "%s", fake_get(c.store, key));
	at = strstr(value, "\"host:a\"");
	ck_assert_ptr_nonnull(at);
	memcpy(at, "    null", 8);
	fake_put(c.store, key, value);
}

START_TEST(a_release_by_address_that_takes_the_block_with_it_tells_the_handle_too)
{
	for (unsigned i = 0; i < WRITES; i++) {
		begin_anew();
		ck_assert_int_eq(add("eth0", "4"), 0);
		disown_block();
		fake_refuse(c.store, 1, 1ULL << i);
		ck_assert_int_eq(release_by_address(NULL), IPAM_RELEASED);
		ck_assert_uint_eq(fake_count(c.store, KEY_BLOCKS_4), 0);
		assert_nothing_is_left();
	}
}
END_TEST

static char *block_was; /* once it was released */

/* Another ADD has told the handle, which said so already, and comes to the block next. */
static void tell_handle(struct fake_store *store, size_t change, void *arg __unused_arg)
{
	const char *handle = fake_get(store, KEY_HANDLES "net.c1");
	char value[100];

	if (change != 1 || block_was)
		return;
	snprintf(value, sizeof(value), "%s", handle);
	fake_put(store, KEY_HANDLES "net.c1", value);
	block_was = strdup(fake_get(store, fake_key(store, KEY_BLOCKS_4, 0)));
}

START_TEST(a_release_by_address_writes_the_block_before_the_handle_says_less_of_it)
{
	ck_assert_int_eq(add("eth0", "4"), 0);
	fake_before_write(c.store, tell_handle, NULL);
	ck_assert_int_eq(release_by_address(NULL), IPAM_RELEASED);
	assert_nothing_is_left();
	ck_assert_ptr_nonnull(block_was);
	ck_assert_str_ne(fake_get(c.store, fake_key(c.store, KEY_BLOCKS_4, 0)), block_was);
	free(block_was);
	block_was = NULL;
}
END_TEST

static unsigned found; /* addresses allocated at the second commit */

static void count_allocated(struct fake_store *store __unused_arg, unsigned long commit,
			    void *arg)
{
	if (commit == *(unsigned long *)arg)
		found = cluster_allocated(&c);
}

/* They can be sent at once: neither waits for the other. */
START_TEST(the_blocks_of_two_families_stand_beside_each_other)
{
	unsigned long second;

	ck_assert_int_eq(add("eth0", "46"), 0);
	second = fake_commits(c.store) + 2;
	fake_before_commit(c.store, count_allocated, &second);
	fake_refuse(c.store, 1, 1 << 1);
	ck_assert_int_eq(add("eth1", "46"), 0);
	ck_assert_uint_eq(found, 3);
	ck_assert_uint_eq(cluster_allocated(&c), 4);
	cluster_assert_sound(&c);
}
END_TEST

static void lose_pool(struct fake_store *store, size_t change, void *arg __unused_arg)
{
	if (change == 2)
		fake_delete(store, KEY_POOLS "p6");
}

START_TEST(what_an_add_wrote_half_way_is_taken_back_before_it_answers)
{
	struct ipam_assign_request second = cluster_request(&c, "a", "c2", "46");

	ck_assert_int_eq(add("eth0", "46"), 0);
	fake_before_write(c.store, lose_pool, NULL);
	fake_refuse(c.store, 1, 1 << 2);
	ck_assert_int_eq(ipam_add(c.ds, &second, &c.answer, &e), -1);
	ck_assert(e.kind == ERR_POOL && !e.may_stand && !strstr(e.text, "stands"));
	ck_assert_uint_eq(cluster_allocated(&c), 2);
	del(c.ds, "eth0");
	assert_nothing_is_left();
}
END_TEST

/* Its handle went ahead of what it was planned from, which is not so any more. */
START_TEST(what_went_ahead_of_a_stale_mirror_is_taken_back)
{
	struct ipam_assign_request second = cluster_request(&c, "a", "c2", "46");
	char folder[32];

	cluster_begin_mirror(&c, folder);
	ck_assert_int_eq(add("eth0", "46"), 0);
	fake_delete(c.store, KEY_POOLS "p6");
	ck_assert_int_eq(ipam_add(c.ds, &second, &c.answer, &e), -1);
	ck_assert(e.kind == ERR_POOL && !e.may_stand && !strstr(e.text, "stands"));
	ck_assert_uint_eq(fake_count(c.store, KEY_HANDLES), 1);
	del(c.ds, "eth0");
	assert_nothing_is_left();
	cluster_end_mirror(folder);
}
END_TEST

START_TEST(what_went_ahead_of_a_stale_mirror_does_not_name_its_block)
{
	struct ipam_assign_request second = cluster_request(&c, "a", "c2", "46");
	char folder[32];

	cluster_begin_mirror(&c, folder);
	ck_assert_int_eq(add("eth0", "46"), 0);
	cluster_reserve(&c, "r", "[\"10.0.0.128/25\"]");
	ck_assert_msg(ipam_add(c.ds, &second, &c.answer, &e) == 0, "%s", e.text);
	ck_assert_uint_eq(cluster_allocated(&c), 4);
	cluster_assert_sound(&c);
	cluster_end_mirror(folder);
}
END_TEST

START_TEST(a_del_cleans_up_after_an_add_that_died_between_any_two_writes)
{
	for (unsigned i = 0; i < WRITES; i++) {
		begin_anew();
		fake_break_off(c.store, 1, i);
		fake_before_commit(c.store, die, NULL);
		ck_assert_int_eq(add("eth0", "46"), -1);
		fake_before_commit(c.store, NULL, NULL);
		del(c.ds, "eth0");
		assert_nothing_is_left();
	}
}
END_TEST

START_TEST(a_del_that_died_between_any_two_writes_is_done_by_the_next)
{
	for (unsigned i = 0; i < WRITES; i++) {
		begin_anew();
		ck_assert_int_eq(add("eth0", "46"), 0);
		fake_break_off(c.store, 1, i);
		del(c.ds, "eth0");
		assert_nothing_is_left();
	}
}
END_TEST

static struct meanwhile {
	size_t change; /* of the request's commit, before which another request comes */
	void (*comes)(void);
} meanwhile;

static void come_between(struct fake_store *store, size_t change, void *arg __unused_arg)
{
	void (*comes)(void) = meanwhile.comes;

	if (change != meanwhile.change || !comes)
		return;
	meanwhile.comes = NULL;
	fake_before_write(store, NULL, NULL);
	comes();
}

static void before(size_t change, void (*comes)(void))
{
	meanwhile = (struct meanwhile){ change, comes };
	fake_before_write(c.store, come_between, NULL);
}

static void del_other(void)
{
	struct datastore *ds = fake_open(c.store);

	del(ds, "eth1");
	datastore_close(ds);
}

static void add_other(void)
{
	struct ipam_assign_request r = cluster_request(&c, "a", "c1", "4");
	struct datastore *ds = fake_open(c.store);
	struct ipam_assign_answer answer;

	r.owner.ifname = "eth1";
	ck_assert_msg(ipam_assign(ds, &r, &answer, &e) == 0, "%s", e.text);
	datastore_close(ds);
}

static enum fake_fate come_before_reading(struct fake_store *store, enum fake_step step,
					  size_t change __unused_arg, void *arg)
{
	unsigned *left = arg;

	if (step != FAKE_READS || (*left)--)
		return FAKE_GOES_ON;
	fake_at_each_step(store, NULL, NULL);
	add_other();
	return FAKE_GOES_ON;
}

/* The first part of the release deletes the block, and its answer is lost. */
START_TEST(a_release_by_address_loses_no_add_that_makes_its_block_anew)
{
	for (unsigned i = 0; i < WRITES * READS; i++) {
		unsigned left = i % READS;

		begin_anew();
		ck_assert_int_eq(add("eth0", "4"), 0);
		disown_block();
		fake_break_off(c.store, 1, i / READS);
		fake_at_each_step(c.store, come_before_reading, &left);
		ck_assert_int_eq(release_by_address(NULL), IPAM_RELEASED);
		fake_at_each_step(c.store, NULL, NULL);
		cluster_assert_mendable(&c);
		del(c.ds, "eth1");
		assert_nothing_is_left();
	}
}
END_TEST

/* Of a DEL that finds the handle told and the block not yet. */
START_TEST(an_add_is_not_lost_to_a_del_of_the_same_container_between_its_writes)
{
	for (unsigned i = 0; i < WRITES; i++) {
		begin_anew();
		before(i, del_other);
		ck_assert_msg(add("eth0", "4") == 0, "%s", c.e.text);
		ck_assert_uint_eq(cluster_allocated(&c), 1);
		cluster_assert_sound(&c);
		fake_before_write(c.store, NULL, NULL);
		del(c.ds, "eth0");
		assert_nothing_is_left();
	}
}
END_TEST

static void mend_handle_in(const struct cidr *blocks, unsigned n)
{
	struct repair_case r = { .request = { .subject = REPAIR_HANDLE, .handle = "net.c1",
					      .blocks = blocks, .n_blocks = n,
					      .now_ns = c.now_ns++ } };
	struct datastore *ds = fake_open(c.store);
	unsigned done;

	ck_assert_msg(ipam_repair(ds, &r, 1, &done, &e) == 0, "%s", e.text);
	datastore_close(ds);
}

static void mend_handle(void)
{
	mend_handle_in(NULL, 0);
}

/* Which takes what the handle says, and the block not yet, for a fault. */
START_TEST(an_add_is_not_lost_to_a_mend_of_its_handle_between_its_writes)
{
	for (unsigned i = 0; i < WRITES; i++) {
		begin_anew();
		before(i, mend_handle);
		ck_assert_msg(add("eth0", "46") == 0, "%s", c.e.text);
		ck_assert_uint_eq(cluster_allocated(&c), 2);
		cluster_assert_mendable(&c);
		del(c.ds, "eth0");
		assert_nothing_is_left();
	}
}
END_TEST

static struct cidr lose_block(void)
{
	const char *key = fake_key(c.store, KEY_BLOCKS_4, 0);
	struct cidr cidr;

	ck_assert_int_eq(key_cidr(key, KEY_BLOCKS_4, &cidr), 0);
	fake_delete(c.store, key);
	return cidr;
}

/*
 * Check names the block, which is gone, beside the handle: read in one request, the handle
 * may be the later of the two, and tell of an ADD that has made the block anew.
 */
START_TEST(a_mend_takes_a_block_for_gone_only_where_it_was_looked_at_after_the_handle)
{
	struct cidr lost;
	size_t reads;

	ck_assert_int_eq(add("eth0", "4"), 0);
	lost = lose_block();
	reads = fake_reads(c.store);
	mend_handle_in(&lost, 1);
	ck_assert_uint_eq(fake_reads(c.store), reads + 2);
	ck_assert_ptr_null(fake_get(c.store, KEY_HANDLES "net.c1"));
}
END_TEST

START_TEST(two_adds_of_a_container_are_both_found_whatever_the_order_of_their_writes)
{
	for (unsigned i = 0; i < WRITES; i++) {
		begin_anew();
		before(i, add_other);
		ck_assert_msg(add("eth0", "4") == 0, "%s", c.e.text);
		if (meanwhile.comes)
			break;
		ck_assert_uint_eq(cluster_allocated(&c), 2);
		cluster_assert_mendable(&c);
		del(c.ds, "eth0");
		ck_assert_uint_eq(cluster_allocated(&c), 1);
		del(c.ds, "eth1");
		assert_nothing_is_left();
	}
	ck_assert_ptr_nonnull(meanwhile.comes);
}
END_TEST

/* The handle tells of another ADD in the block, which has not come to write it. */
START_TEST(an_add_says_nothing_less_in_the_handle)
{
	ck_assert_int_eq(add("eth0", "4"), 0);
	del(c.ds, "eth0");
	fake_put(c.store, KEY_HANDLES "net.c1", "{\"block\":{\"10.9.9.0/26\":1}}");
	ck_assert_int_eq(add("eth0", "4"), 0);
	ck_assert_ptr_nonnull(strstr(fake_get(c.store, KEY_HANDLES "net.c1"), "10.9.9.0/26"));
}
END_TEST

/* Another's write of the block, which has told the handle before, fails by it. */
START_TEST(a_del_writes_the_block_before_the_handle_says_less_of_it)
{
	char text[CIDR_TEXT], value[100];
	const char *key;
	char *was;

	ck_assert_int_eq(add("eth0", "4"), 0);
	cidr_print(cidr_masked((struct cidr){ c.answer.address[FAMILY_4].addr, 26 }), text);
	del(c.ds, "eth0");
	snprintf(value, sizeof(value), "{\"block\":{\"%s\":1}}", text);
	fake_put(c.store, KEY_HANDLES "net.c1", value);
	key = fake_key(c.store, KEY_BLOCKS_4, 0);
	was = strdup(fake_get(c.store, key));
	del(c.ds, "eth0");
	ck_assert_str_ne(fake_get(c.store, key), was);
	free(was);
	assert_nothing_is_left();
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("turns");
	TCase *tcase = tcase_create("turns");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, an_add_is_whole_whichever_of_its_writes_came_too_late);
	tcase_add_test(tcase, a_del_is_whole_whichever_of_its_writes_came_too_late);
	tcase_add_test(tcase,
		       a_release_by_address_is_whole_whichever_of_its_writes_came_too_late);
	tcase_add_test(tcase,
		       a_release_by_address_that_takes_the_block_with_it_tells_the_handle_too);
	tcase_add_test(tcase,
		       a_release_by_address_writes_the_block_before_the_handle_says_less_of_it);
	tcase_add_test(tcase, a_release_by_address_loses_no_add_that_makes_its_block_anew);
	tcase_add_test(tcase, the_blocks_of_two_families_stand_beside_each_other);
	tcase_add_test(tcase, what_an_add_wrote_half_way_is_taken_back_before_it_answers);
	tcase_add_test(tcase, what_went_ahead_of_a_stale_mirror_is_taken_back);
	tcase_add_test(tcase, what_went_ahead_of_a_stale_mirror_does_not_name_its_block);
	tcase_add_test(tcase, a_del_cleans_up_after_an_add_that_died_between_any_two_writes);
	tcase_add_test(tcase, a_del_that_died_between_any_two_writes_is_done_by_the_next);
	tcase_add_test(tcase,
		       an_add_is_not_lost_to_a_del_of_the_same_container_between_its_writes);
	tcase_add_test(tcase, an_add_is_not_lost_to_a_mend_of_its_handle_between_its_writes);
	tcase_add_test(tcase,
		       a_mend_takes_a_block_for_gone_only_where_it_was_looked_at_after_the_handle);
	tcase_add_test(tcase,
		       two_adds_of_a_container_are_both_found_whatever_the_order_of_their_writes);
	tcase_add_test(tcase, an_add_says_nothing_less_in_the_handle);
	tcase_add_test(tcase, a_del_writes_the_block_before_the_handle_says_less_of_it);
	suite_add_tcase(s, tcase);
	return s;
}
