/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/guards.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

static struct view view;
static struct changes changes;
static struct guards guards;
static bool in_order;
static const char *nonce;

static void begin(void)
{
	view_init(&view);
	changes_init(&changes);
	guards = (struct guards){0};
	in_order = true;
	nonce = NULL;
}

static void end(void)
{
	view_done(&view);
	changes_done(&changes);
	guards_done(&guards);
}

static void cover(const char *key, enum range_kind kind, uint64_t revision)
{
	struct range r = { .key = key, .kind = kind };

	view_cover(&view, &r, revision);
}

/* value NULL: known to be absent. */
static void know(const char *key, const char *value)
{
	cover(key, RANGE_KEY, 90);
	if (value)
		view_put(&view, key, value, strlen(value), 7);
}

static void put(const char *key)
{
	changes_put(&changes, key, "new", 3);
}

static void make(size_t n)
{
	guards_make(&guards, &view, &changes, in_order, nonce);
	ck_assert(!guards.failed);
	ck_assert_uint_eq(guards.n, n);
}

static void assert_guard(size_t i, enum guard_kind kind, const char *key)
{
	ck_assert_int_eq(guards.list[i].kind, kind);
	ck_assert_str_eq(guards.list[i].key, key);
}

START_TEST(what_is_written_or_named_is_guarded_once_as_it_was_read)
{
	know("a", "1");
	know("b", NULL);
	know("c", "1");
	know("d", "1");
	cover("p/", RANGE_PREFIX, 91);
	put("a");
	put("b");
	changes_delete(&changes, "a");
	changes_guard_key(&changes, "c");
	changes_guard_key(&changes, "b");
	changes_guard_prefix(&changes, "p/");
	make(4);
	assert_guard(0, GUARD_ABSENT, "b");
	assert_guard(1, GUARD_REVISION, "a");
	ck_assert_uint_eq(guards.list[1].records[0].revision, 7);
	assert_guard(2, GUARD_REVISION, "c");
	assert_guard(3, GUARD_NOTHING_NEWER, "p/");
	ck_assert_uint_eq(guards.list[3].revision, 91);
}
END_TEST

START_TEST(where_revisions_are_in_no_order_a_prefix_is_guarded_by_those_of_its_records)
{
	cover("p/", RANGE_PREFIX_KEYS, 91);
	view_put_key(&view, "p/1", 8);
	view_put_key(&view, "p/2", 7);
	changes_guard_prefix(&changes, "p/");
	in_order = false;
	make(1);
	assert_guard(0, GUARD_SAME_RECORDS, "p/");
	ck_assert_uint_eq(guards.list[0].n_records, 2);
}
END_TEST

START_TEST(of_what_was_read_only_what_is_written_or_named_is_guarded)
{
	know("a", "1");
	view_look_at(&view, "a");
	cover("p/", RANGE_PREFIX, 91);
	make(0);
}
END_TEST

START_TEST(of_a_mirror_is_guarded_by_value_what_was_looked_at_written_or_named)
{
	know("looked", "1");
	know("written", "2");
	know("named", "3");
	know("unseen", "4");
	know("empty", "");
	know("absent", NULL);
	view_look_at(&view, "looked");
	put("written");
	changes_guard_key(&changes, "named");
	view.from_mirror = true;
	make(5);
	assert_guard(0, GUARD_VALUE, "looked");
	ck_assert_str_eq(guards.list[0].records[0].value, "1");
	assert_guard(1, GUARD_VALUE, "written");
	assert_guard(2, GUARD_VALUE, "named");
	assert_guard(3, GUARD_VALUE, "empty");
	assert_guard(4, GUARD_ABSENT, "absent");
}
END_TEST

START_TEST(of_a_mirrored_value_as_much_is_guarded_as_was_looked_at)
{
	know("head", "headtail");
	know("whole", "headtail");
	know("named", "headtail");
	view_look_at_head(&view, view_peek(&view, "head"), 4);
	view_look_at_head(&view, view_peek(&view, "whole"), 8);
	view_look_at_head(&view, view_peek(&view, "named"), 4);
	changes_guard_key(&changes, "named");
	view.from_mirror = true;
	make(3);
	assert_guard(0, GUARD_HEAD, "head");
	ck_assert_uint_eq(guards.list[0].head_len, 4);
	assert_guard(1, GUARD_VALUE, "whole");
	assert_guard(2, GUARD_VALUE, "named");
}
END_TEST

START_TEST(of_a_mirrored_prefix_each_record_is_guarded_and_that_there_are_no_others)
{
	cover("p/", RANGE_PREFIX, 90);
	cover("q/", RANGE_PREFIX, 90);
	view_put(&view, "p/1", "x", 1, 7);
	view_put(&view, "p/2", "y", 1, 7);
	view.from_mirror = true;
	make(2);
	assert_guard(0, GUARD_EXACTLY, "p/");
	ck_assert_uint_eq(guards.list[0].n_records, 2);
	ck_assert_str_eq(guards.list[0].records[1].key, "p/2");
	assert_guard(1, GUARD_EXACTLY, "q/");
	ck_assert_uint_eq(guards.list[1].n_records, 0);
}
END_TEST

START_TEST(a_mirrored_prefix_that_no_planner_asked_for_is_not_guarded)
{
	view.from_mirror = true;
	cover("p/", RANGE_PREFIX, 1);
	cover("q/", RANGE_PREFIX, 1);
	view.ranges[0].unasked = view.ranges[1].unasked = true;
	view_ask(&view, "q/");
	make(1);
	assert_guard(0, GUARD_EXACTLY, "q/");
}
END_TEST

/* The nonce's record is in the view as long as it is the mirror's own. */
START_TEST(of_a_mirror_whose_nonce_stands_what_is_proven_is_guarded_by_revision)
{
	nonce = "nonce";
	know("nonce", "n");
	know("proven", "1");
	know("head", "headtail");
	know("newer", "1");
	know("unseen", "1");
	cover("p/", RANGE_PREFIX, 90);
	view_put(&view, "p/1", "x", 1, 7);
	for (size_t i = 0; i < view.n_records; i++)
		view.records[i].proven = strcmp(view.records[i].key, "newer") != 0;
	view_look_at(&view, "proven");
	view_look_at(&view, "newer");
	view_look_at_head(&view, view_peek(&view, "head"), 4);
	put("nonce");
	view.from_mirror = true;
	make(6);
	assert_guard(0, GUARD_VALUE, "nonce");
	assert_guard(1, GUARD_REVISION, "nonce");
	assert_guard(2, GUARD_REVISION, "proven");
	assert_guard(3, GUARD_REVISION, "head");
	assert_guard(4, GUARD_VALUE, "newer");
	assert_guard(5, GUARD_EXACTLY, "p/");
}
END_TEST

START_TEST(of_a_proven_prefix_each_record_is_guarded_and_that_nothing_is_newer)
{
	cover("p/", RANGE_PREFIX, 90);
	view_put(&view, "p/1", "x", 1, 7);
	view_put(&view, "p/2", "x", 1, 9);
	view_put(&view, "p/3", "x", 1, 8);
	view.ranges[0].proven = true;
	view.from_mirror = true;
	make(1);
	assert_guard(0, GUARD_EXACTLY, "p/");
	guards_done(&guards);
	for (size_t i = 0; i < view.n_records; i++)
		view.records[i].proven = true;
	make(4);
	assert_guard(0, GUARD_NOTHING_NEWER, "p/");
	ck_assert_uint_eq(guards.list[0].revision, 9);
	assert_guard(1, GUARD_REVISION, "p/1");
	assert_guard(3, GUARD_REVISION, "p/3");
}
END_TEST

START_TEST(of_a_proven_prefix_without_records_the_absence_is_guarded)
{
	cover("p/", RANGE_PREFIX, 90);
	view.ranges[0].proven = true;
	view.from_mirror = true;
	make(1);
	assert_guard(0, GUARD_EXACTLY, "p/");
}
END_TEST

START_TEST(a_nonce_that_does_not_stand_is_put_and_not_guarded)
{
	nonce = "nonce";
	know("nonce", NULL);
	know("a", "1");
	put("a");
	put("nonce");
	make(1);
	assert_guard(0, GUARD_REVISION, "a");
	guards_done(&guards);
	view.from_mirror = true;
	make(1);
	assert_guard(0, GUARD_VALUE, "a");
}
END_TEST

START_TEST(exactly_these_records_means_proven_ones_by_revision_and_others_by_value)
{
	struct record records[] = { { .key = "p/1", .value = "x", .value_len = 1, .revision = 7,
				      .proven = true },
				    { .key = "p/2", .value = "x", .value_len = 1, .revision = 7 } };
	const struct guard g = { .kind = GUARD_EXACTLY, .key = "p/", .records = records,
				 .n_records = 2 };
	struct record now = { .key = "p/1", .value = "y", .value_len = 1, .revision = 7 };

	ck_assert(guard_admits(&g, 0, &now));
	now.revision = 8;
	ck_assert(!guard_admits(&g, 0, &now));
	now = (struct record){ .key = "p/2", .value = "x", .value_len = 1, .revision = 8 };
	ck_assert(guard_admits(&g, 1, &now));
	now.value = "y";
	ck_assert(!guard_admits(&g, 1, &now));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("guards");
	TCase *t = tcase_create("guards");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, what_is_written_or_named_is_guarded_once_as_it_was_read);
	tcase_add_test(t,
		       where_revisions_are_in_no_order_a_prefix_is_guarded_by_those_of_its_records);
	tcase_add_test(t, of_what_was_read_only_what_is_written_or_named_is_guarded);
	tcase_add_test(t, of_a_mirror_is_guarded_by_value_what_was_looked_at_written_or_named);
	tcase_add_test(t, of_a_mirrored_value_as_much_is_guarded_as_was_looked_at);
	tcase_add_test(t,
		       of_a_mirrored_prefix_each_record_is_guarded_and_that_there_are_no_others);
	tcase_add_test(t, a_mirrored_prefix_that_no_planner_asked_for_is_not_guarded);
	tcase_add_test(t, of_a_mirror_whose_nonce_stands_what_is_proven_is_guarded_by_revision);
	tcase_add_test(t, of_a_proven_prefix_each_record_is_guarded_and_that_nothing_is_newer);
	tcase_add_test(t, of_a_proven_prefix_without_records_the_absence_is_guarded);
	tcase_add_test(t, a_nonce_that_does_not_stand_is_put_and_not_guarded);
	tcase_add_test(t, exactly_these_records_means_proven_ones_by_revision_and_others_by_value);
	suite_add_tcase(s, t);
	return s;
}
