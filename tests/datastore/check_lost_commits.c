/* SPDX-License-Identifier: Apache-2.0 */
/* Commits whose outcome nobody knows: who looks what became of them is kept from asking at once. */
#include "tests/fake/fake_store.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

#define KEY "/key"
#define PAUSES_MAX 16

static struct fake_store *store;
static struct datastore *ds;
static struct err e;
static int64_t pauses_ms[PAUSES_MAX];
static size_t n_pauses;

void __wrap_deadline_sleep_ms(struct deadline until, int64_t ms);

void __wrap_deadline_sleep_ms(struct deadline until, int64_t ms)
{
	int64_t left = deadline_left_ms(until);

	ck_assert_uint_lt(n_pauses, PAUSES_MAX);
	pauses_ms[n_pauses++] = ms < left ? ms : left;
}

static void setup(void)
{
	store = fake_new();
	ds = fake_open(store);
	err_reset(&e);
	n_pauses = 0;
}

static void teardown(void)
{
	datastore_close(ds);
	fake_free(store);
}

static int read_key(struct view *view)
{
	struct wants wants __cleanup(wants_done) = {0};

	wants_add(&wants, KEY, RANGE_KEY);
	return datastore_read(ds, view, &wants, &e);
}

static int read_and_commit(void)
{
	struct view view __cleanup(view_done) = {0};
	struct changes changes __cleanup(changes_done) = {0};
	enum commit_outcome outcome;

	ck_assert_msg(read_key(&view) == 0, "%s", e.text);
	changes_put(&changes, KEY, "value", 5);
	return datastore_commit(ds, &view, &changes, &outcome, &e);
}

static void lose_commits(unsigned n)
{
	while (n--) {
		fake_break_off(store, 1, 0);
		ck_assert_int_eq(read_and_commit(), -1);
		ck_assert_int_eq(e.kind, ERR_UNKNOWN_OUTCOME);
		err_reset(&e);
	}
}

START_TEST(what_became_of_a_commit_is_looked_at_at_once)
{
	struct view view __cleanup(view_done) = {0};

	lose_commits(1);
	ck_assert_int_eq(read_key(&view), 0);
	ck_assert_uint_eq(n_pauses, 0);
}
END_TEST

START_TEST(from_the_second_in_a_row_on_it_is_looked_at_after_a_pause_that_grows)
{
	static const int64_t expected_ms[] = { 25, 50, 100, 200, 400, 800, 1000, 1000 };

	lose_commits(10);
	ck_assert_uint_eq(n_pauses, ARRAY_LEN(expected_ms));
	for (size_t i = 0; i < n_pauses; i++)
		ck_assert_int_eq(pauses_ms[i], expected_ms[i]);
}
END_TEST

START_TEST(of_the_reads_behind_a_lost_commit_the_first_alone_waits)
{
	struct view view __cleanup(view_done) = {0};

	lose_commits(2);
	ck_assert_int_eq(read_key(&view), 0);
	ck_assert_int_eq(read_key(&view), 0);
	ck_assert_uint_eq(n_pauses, 1);
}
END_TEST

START_TEST(a_commit_that_went_through_ends_the_row)
{
	lose_commits(2);
	ck_assert_int_eq(read_and_commit(), 0);
	n_pauses = 0;
	lose_commits(1);
	ck_assert_int_eq(read_and_commit(), 0);
	ck_assert_uint_eq(n_pauses, 0);
}
END_TEST

START_TEST(a_pause_ends_at_the_deadline)
{
	struct view view __cleanup(view_done) = {0};

	lose_commits(2);
	datastore_set_deadline(ds, deadline_in_ms(0));
	ck_assert_int_eq(read_key(&view), 0);
	ck_assert_int_eq(pauses_ms[0], 0);
}
END_TEST

START_TEST(who_has_no_time_left_is_told_what_became_of_the_last_commit)
{
	struct view view __cleanup(view_done) = {0};

	lose_commits(1);
	fake_fail_read(store, 1, ERR_DEADLINE);
	ck_assert_int_eq(read_key(&view), -1);
	ck_assert_int_eq(e.kind, ERR_DEADLINE);
	ck_assert_ptr_nonnull(strstr(e.text, "; of a commit before: fake store: the answer was "
			      "lost"));
}
END_TEST

START_TEST(who_has_no_time_left_to_commit_is_told_it_too)
{
	lose_commits(1);
	fake_fail_commit(store, 1, ERR_DEADLINE);
	ck_assert_int_eq(read_and_commit(), -1);
	ck_assert_int_eq(e.kind, ERR_DEADLINE);
	ck_assert_ptr_nonnull(strstr(e.text, "the answer was lost"));
}
END_TEST

START_TEST(another_error_is_told_as_it_is)
{
	struct view view __cleanup(view_done) = {0};

	lose_commits(1);
	fake_fail_read(store, 1, ERR_DENIED);
	ck_assert_int_eq(read_key(&view), -1);
	ck_assert_int_eq(e.kind, ERR_DENIED);
	ck_assert_ptr_null(strstr(e.text, "lost"));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("datastore.lost_commits");
	TCase *t = tcase_create("lost commits");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_became_of_a_commit_is_looked_at_at_once);
	tcase_add_test(t, from_the_second_in_a_row_on_it_is_looked_at_after_a_pause_that_grows);
	tcase_add_test(t, of_the_reads_behind_a_lost_commit_the_first_alone_waits);
	tcase_add_test(t, a_commit_that_went_through_ends_the_row);
	tcase_add_test(t, a_pause_ends_at_the_deadline);
	tcase_add_test(t, who_has_no_time_left_is_told_what_became_of_the_last_commit);
	tcase_add_test(t, who_has_no_time_left_to_commit_is_told_it_too);
	tcase_add_test(t, another_error_is_told_as_it_is);
	suite_add_tcase(s, t);
	return s;
}
