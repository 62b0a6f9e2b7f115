/* SPDX-License-Identifier: Apache-2.0 */
/* What the loop does for every verb, shown with planners of two keys. */
#include "ipam/request/loop.h"
#include "tests/fake/fake_store.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define LEFT "/left"
#define RIGHT "/right"

static struct fake_store *store;
static struct datastore *ds;
static struct loop loop;
static struct err e;

static void setup(void)
{
	store = fake_new();
	ds = fake_open(store);
	loop_init(&loop, ds);
	err_reset(&e);
}

static void teardown(void)
{
	loop_done(&loop);
	datastore_close(ds);
	fake_free(store);
}

static const char *value_of(const struct plan *p, const char *key)
{
	const struct record *record = view_look_at(p->view, key);

	return record ? record->value : "";
}

/* Reads one key after the other, and makes the right one like the left one. */
static int plan_likeness(struct plan *p)
{
	const char *left;

	if (!plan_knows(p, LEFT) || !plan_knows(p, RIGHT))
		return 0;
	left = value_of(p, LEFT);
	if (strcmp(left, value_of(p, RIGHT)) != 0)
		changes_put(&p->changes, RIGHT, left, strlen(left));
	plan_conclude(p);
	return 0;
}

static void put_both(const char *value)
{
	fake_put(store, LEFT, value);
	fake_put(store, RIGHT, value);
}

START_TEST(what_several_reads_seem_to_tell_is_told_only_if_one_read_tells_it_too)
{
	bool differs = false;

	put_both("old");
	loop.plan.rehearsal = true;
	loop.at_one_moment = true;
	loop_turn(&loop, plan_likeness(&loop.plan));
	put_both("new");
	while (loop_goes_on(&loop)) {
		plan_likeness(&loop.plan);
		differs = loop.plan.kind == PLAN_COMMIT;
		loop_turn(&loop, 0);
	}
	ck_assert_int_eq(loop_result(&loop, &e), 0);
	ck_assert(!differs);
	ck_assert_uint_eq(fake_reads(store), 3);
	ck_assert_uint_eq(fake_commits(store), 0);
}
END_TEST

START_TEST(a_rehearsal_ends_where_a_commit_would_begin)
{
	fake_put(store, LEFT, "new");
	loop.plan.rehearsal = true;
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_likeness(&loop.plan));
	ck_assert_int_eq(loop_result(&loop, &e), 0);
	ck_assert_uint_eq(fake_commits(store), 0);
	ck_assert_ptr_null(fake_get(store, RIGHT));
}
END_TEST

static int plan_many(struct plan *p, unsigned n)
{
	char key[32];

	n = plan_part(p, n);
	for (unsigned i = 0; i < n; i++) {
		snprintf(key, sizeof(key), "/many/%u", i);
		plan_knows(p, key);
		changes_put(&p->changes, key, "x", 1);
	}
	plan_conclude(p);
	return 0;
}

START_TEST(what_one_commit_cannot_take_is_planned_by_halves)
{
	fake_limit_commits(store, 3);
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_many(&loop.plan, 8));
	ck_assert_int_eq(loop_result(&loop, &e), 0);
	ck_assert_uint_eq(loop.plan.most, 2);
	ck_assert_uint_eq(fake_count(store, "/many/"), 2);
}
END_TEST

START_TEST(one_thing_that_no_commit_can_take_is_an_error)
{
	fake_limit_bytes(store, 1);
	fake_put(store, LEFT, "too long");
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_likeness(&loop.plan));
	ck_assert_int_eq(loop_result(&loop, &e), -1);
	ck_assert_int_eq(e.kind, ERR_LIMIT);
}
END_TEST

static void write_first(struct fake_store *s, unsigned long commit, void *arg)
{
	char value[32];

	(void)arg;
	snprintf(value, sizeof(value), "%lu", commit);
	fake_put(s, RIGHT, value);
}

START_TEST(a_request_that_always_comes_too_late_ends)
{
	fake_put(store, LEFT, "new");
	fake_before_commit(store, write_first, NULL);
	loop.turns = LOOP_TURNS_MAX - 10; /* as if it had gone on for long */
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_likeness(&loop.plan));
	ck_assert_int_eq(loop_result(&loop, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CONFLICT);
	ck_assert_ptr_nonnull(strstr(e.text,
				     "Max retries hit - excessive concurrent IPAM requests"));
	ck_assert_uint_eq(loop.turns, LOOP_TURNS_MAX);
	ck_assert_uint_eq(fake_commits(store), 8);
}
END_TEST

START_TEST(a_planner_is_told_that_its_commit_may_stand)
{
	fake_put(store, LEFT, "new");
	fake_lose_answer(store, 1);
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_likeness(&loop.plan));
	ck_assert_int_eq(loop_result(&loop, &e), 0);
	ck_assert(plan_may_stand(&loop.plan));
	ck_assert_uint_eq(loop.plan.lost, 1);
	ck_assert_uint_eq(fake_commits(store), 1);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ipam.loop");
	TCase *t = tcase_create("loop");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_several_reads_seem_to_tell_is_told_only_if_one_read_tells_it_too);
	tcase_add_test(t, a_rehearsal_ends_where_a_commit_would_begin);
	tcase_add_test(t, what_one_commit_cannot_take_is_planned_by_halves);
	tcase_add_test(t, one_thing_that_no_commit_can_take_is_an_error);
	tcase_add_test(t, a_request_that_always_comes_too_late_ends);
	tcase_add_test(t, a_planner_is_told_that_its_commit_may_stand);
	suite_add_tcase(s, t);
	return s;
}
