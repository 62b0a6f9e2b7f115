/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/changes.h"
#include "datastore/view.h"
#include "tests/suite.h"

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static struct changes changes;

static void begin(void)
{
	changes_init(&changes);
}

static void end(void)
{
	changes_done(&changes);
}

START_TEST(changes_keep_their_order)
{
	char key[16];

	for (int i = 0; i < 100; i++) {
		snprintf(key, sizeof(key), "%d", i);
		if (i % 3)
			changes_put(&changes, key, key, strlen(key));
		else
			changes_delete(&changes, key);
	}
	ck_assert_uint_eq(changes.n, 100);
	ck_assert(!changes.failed);
	for (int i = 0; i < 100; i++) {
		snprintf(key, sizeof(key), "%d", i);
		ck_assert_str_eq(changes.list[i].key, key);
		ck_assert_pstr_eq(changes.list[i].value, i % 3 ? key : NULL);
	}
}
END_TEST

START_TEST(keys_and_values_are_copied)
{
	char key[] = "a", value[] = { 'x', '\0', 'y' };

	changes_put(&changes, key, value, sizeof(value));
	key[0] = 'b';
	value[0] = 'z';
	ck_assert_str_eq(changes.list[0].key, "a");
	ck_assert_uint_eq(changes.list[0].value_len, 3);
	ck_assert_mem_eq(changes.list[0].value, "x\0y", 4);
}
END_TEST

START_TEST(an_empty_value_is_no_deletion)
{
	changes_put(&changes, "a", "", 0);
	changes_put(&changes, "b", NULL, 0);
	changes_delete(&changes, "c");
	ck_assert_str_eq(changes.list[0].value, "");
	ck_assert_str_eq(changes.list[1].value, "");
	ck_assert_ptr_null(changes.list[2].value);
}
END_TEST

START_TEST(the_last_change_of_a_key_is_found)
{
	changes_put(&changes, "a", "1", 1);
	changes_put(&changes, "b", "1", 1);
	changes_delete(&changes, "a");
	changes_put(&changes, "a", "2", 1);
	ck_assert_ptr_eq(changes_last(&changes, "a"), &changes.list[3]);
	ck_assert_ptr_eq(changes_last(&changes, "b"), &changes.list[1]);
	ck_assert_ptr_null(changes_last(&changes, "c"));
	ck_assert(!changes_is_last(&changes, 0));
	ck_assert(changes_is_last(&changes, 1));
	ck_assert(!changes_is_last(&changes, 2));
	ck_assert(changes_is_last(&changes, 3));
}
END_TEST

START_TEST(a_guard_stands_once)
{
	changes_guard_key(&changes, "a");
	changes_guard_prefix(&changes, "a");
	changes_guard_key(&changes, "a");
	changes_guard_prefix(&changes, "a");
	ck_assert_uint_eq(changes.n_bases, 2);
}
END_TEST

START_TEST(there_may_be_many_guards)
{
	char key[16];

	for (int i = 0; i < 500; i++) {
		snprintf(key, sizeof(key), "%d", i);
		changes_guard_key(&changes, key);
	}
	ck_assert_uint_eq(changes.n_bases, 500);
	ck_assert_str_eq(changes.bases[499].key, "499");
	ck_assert(!changes.failed);
}
END_TEST

static size_t ahead_of(bool from_mirror)
{
	struct view view = { .from_mirror = from_mirror };
	size_t n;

	view_put(&view, "old", "1", 1, 1);
	n = changes_count_ahead(&changes, &view);
	view_done(&view);
	return n;
}

START_TEST(of_a_mirrors_plan_what_is_created_first_and_may_goes_ahead)
{
	changes_put(&changes, "a", "1", 1);
	changes_ahead(&changes);
	ck_assert_uint_eq(ahead_of(true), 1);
	ck_assert_uint_eq(ahead_of(false), 0);
	changes_put(&changes, "b", "1", 1);
	changes_ahead(&changes);
	ck_assert_uint_eq(ahead_of(true), 1);
	changes_beside(&changes);
	ck_assert_uint_eq(ahead_of(true), 2);
	changes_put(&changes, "c", "1", 1);
	changes_beside(&changes);
	changes_put(&changes, "d", "1", 1);
	changes_beside(&changes);
	changes_ahead(&changes);
	ck_assert_uint_eq(ahead_of(true), 2);
}
END_TEST

START_TEST(what_is_there_or_is_deleted_does_not_go_ahead)
{
	changes_put(&changes, "old", "2", 1);
	changes_ahead(&changes);
	ck_assert_uint_eq(ahead_of(true), 0);
	changes_done(&changes);
	changes_delete(&changes, "a");
	changes_ahead(&changes);
	ck_assert_uint_eq(ahead_of(true), 0);
}
END_TEST

START_TEST(a_list_that_is_done_can_begin_again)
{
	changes_put(&changes, "a", "1", 1);
	changes_guard_key(&changes, "a");
	changes.failed = true;
	changes_done(&changes);
	ck_assert_uint_eq(changes.n + changes.n_bases, 0);
	ck_assert(!changes.failed);
	changes_delete(&changes, "b");
	ck_assert_uint_eq(changes.n, 1);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("changes");
	TCase *t = tcase_create("changes");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, changes_keep_their_order);
	tcase_add_test(t, keys_and_values_are_copied);
	tcase_add_test(t, an_empty_value_is_no_deletion);
	tcase_add_test(t, the_last_change_of_a_key_is_found);
	tcase_add_test(t, a_guard_stands_once);
	tcase_add_test(t, there_may_be_many_guards);
	tcase_add_test(t, of_a_mirrors_plan_what_is_created_first_and_may_goes_ahead);
	tcase_add_test(t, what_is_there_or_is_deleted_does_not_go_ahead);
	tcase_add_test(t, a_list_that_is_done_can_begin_again);
	suite_add_tcase(s, t);
	return s;
}
