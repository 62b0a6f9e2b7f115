/* SPDX-License-Identifier: Apache-2.0 */
/* Pools that are kept for the next plan. */
#include "ipam/request/pool_cache.h"
#include "ipam/record/keys.h"
#include "ipam/request/candidates.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

#define POOL(name, cidr) "{\"kind\":\"IPPool\",\"apiVersion\":\"projectcalico.org/v3\"," \
	"\"metadata\":{\"name\":\"" name "\"},\"spec\":{\"cidr\":\"" cidr "\"}}"

static struct pool_cache cache;
static struct view view;

static void put(const char *name, const char *text, uint64_t revision)
{
	char key[KEY_TEXT] = KEY_POOLS;

	strcat(key, name);
	view_put(&view, key, text, strlen(text), revision);
}

static struct pools take(void)
{
	struct err e = {0};
	struct pools pools;

	ck_assert_msg(pool_cache_take(&cache, &view, &pools, &e) == 0, "%s", e.text);
	return pools;
}

/* What the cache has now of the view. */
static const struct pool *keep(void)
{
	struct pools pools = take();
	const struct pool *list = pools.list;

	pool_cache_keep(&cache, &view, &pools);
	ck_assert_ptr_null(pools.list);
	return list;
}

static void make_two(void)
{
	put("a", POOL("a", "10.0.0.0/16"), 3);
	put("b", POOL("b", "10.1.0.0/16"), 4);
}

static void done(void)
{
	pool_cache_done(&cache);
	view_done(&view);
}

START_TEST(pools_that_were_kept_are_not_read_again)
{
	const struct pool *list;
	struct pools pools;

	make_two();
	list = keep();
	view_put(&view, KEY_NODES "a", "{}", 2, 5);
	pools = take();
	ck_assert_ptr_eq(pools.list, list);
	ck_assert_uint_eq(pools.n, 2);
	pool_cache_keep(&cache, &view, &pools);
	ck_assert_ptr_eq(keep(), list);
}
END_TEST

START_TEST(pools_are_taken_once)
{
	struct pools first, second;

	make_two();
	keep();
	first = take();
	second = take();
	ck_assert_ptr_ne(first.list, second.list);
	ck_assert_uint_eq(second.n, 2);
	pools_done(&first);
	pools_done(&second);
}
END_TEST

START_TEST(a_pool_that_has_changed_in_any_way_is_read_anew)
{
	struct pools pools;

	make_two();
	keep();
	put("b", POOL("b", "10.9.0.0/16"), 4);
	pools = take();
	ck_assert_uint_eq((pools.list[1].cidr.base.n >> 16) & 0xff, 9);
	pool_cache_keep(&cache, &view, &pools);
	put("b", POOL("b", "10.9.0.0/16"), 5);
	pools = take();
	ck_assert_uint_eq(pools.list[1].revision, 5);
	pools_done(&pools);
}
END_TEST

START_TEST(a_pool_that_came_or_went_is_seen)
{
	struct pools pools;

	keep();
	make_two();
	pools = take();
	ck_assert_uint_eq(pools.n, 2);
	pool_cache_keep(&cache, &view, &pools);
	view_remove(&view, KEY_POOLS "b");
	pools = take();
	ck_assert_uint_eq(pools.n, 1);
	pool_cache_keep(&cache, &view, &pools);
	view_remove(&view, KEY_POOLS "a");
	pools = take();
	ck_assert_uint_eq(pools.n, 0);
	pools_done(&pools);
}
END_TEST

START_TEST(what_does_not_parse_is_told_to_each_who_takes_them)
{
	struct pools pools;

	make_two();
	put("c", "{", 6);
	for (unsigned i = 0; i < 3; i++) {
		pools = take();
		ck_assert_uint_eq(pools.n, 2);
		ck_assert_uint_eq(pools.n_unreadable, 1);
		ck_assert_str_eq(pools.unreadable[0].name, "c");
		pool_cache_keep(&cache, &view, &pools);
	}
}
END_TEST

START_TEST(what_does_not_parse_goes_by_the_name_of_its_record)
{
	struct pools pools;

	put("c", "{", 6);
	keep();
	view_remove(&view, KEY_POOLS "c");
	put("d", "{", 6);
	pools = take();
	ck_assert_str_eq(pools.unreadable[0].name, "d");
	pools_done(&pools);
}
END_TEST

/* *ret_list: where they are. */
static void plan_once(bool others_follow, const struct pool **ret_list)
{
	struct plan plan __cleanup(plan_done) = { .view = &view, .pools = &cache,
						  .others_follow = others_follow };
	struct candidates c __cleanup(candidates_done) = {0};
	struct draft d __cleanup(draft_done) = {0};
	struct err e = {0};

	draft_init(&d, &plan, 0);
	ck_assert_int_eq(candidates_read(&c, &d, &e), 0);
	ck_assert_uint_eq(c.all.n, 2);
	*ret_list = c.all.list;
}

START_TEST(a_plan_that_others_follow_leaves_them_its_pools)
{
	const struct pool *first, *second, *third;

	make_two();
	plan_once(true, &first);
	ck_assert(cache.is_there);
	plan_once(true, &second);
	ck_assert_ptr_eq(first, second);
	plan_once(false, &third);
	ck_assert(!cache.is_there);
}
END_TEST

START_TEST(a_pool_whose_value_was_not_read_is_not_taken_for_one_that_was)
{
	struct pools pools;

	view_put_key(&view, KEY_POOLS "a", 3);
	pools = take();
	ck_assert_uint_eq(pools.n, 0);
	pool_cache_keep(&cache, &view, &pools);
	put("a", POOL("a", "10.0.0.0/16"), 3);
	pools = take();
	ck_assert_uint_eq(pools.n, 1);
	pools_done(&pools);
}
END_TEST

START_TEST(without_a_cache_pools_are_read_and_freed)
{
	struct err e = {0};
	struct pools pools;

	make_two();
	ck_assert_int_eq(pool_cache_take(NULL, &view, &pools, &e), 0);
	ck_assert_uint_eq(pools.n, 2);
	pool_cache_keep(NULL, &view, &pools);
	ck_assert_ptr_null(pools.list);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ipam.pool_cache");
	TCase *t = tcase_create("pool_cache");

	tcase_add_checked_fixture(t, NULL, done);
	tcase_add_test(t, pools_that_were_kept_are_not_read_again);
	tcase_add_test(t, pools_are_taken_once);
	tcase_add_test(t, a_pool_that_has_changed_in_any_way_is_read_anew);
	tcase_add_test(t, a_pool_that_came_or_went_is_seen);
	tcase_add_test(t, what_does_not_parse_is_told_to_each_who_takes_them);
	tcase_add_test(t, what_does_not_parse_goes_by_the_name_of_its_record);
	tcase_add_test(t, a_plan_that_others_follow_leaves_them_its_pools);
	tcase_add_test(t, a_pool_whose_value_was_not_read_is_not_taken_for_one_that_was);
	tcase_add_test(t, without_a_cache_pools_are_read_and_freed);
	suite_add_tcase(s, t);
	return s;
}
