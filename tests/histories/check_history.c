/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The judge of histories sees what may not have happened, and nothing else.
 */
#include "tests/histories/history.h"

#include "tests/suite.h"

#include <string.h>

#define END "looked\nended\n"
#define A_ADDED "call 100 200 n1 ADD a ok 3000 10.0.0.1/29,fd00::1/125\n"
#define A_HELD "held 10.0.0.1 a\nheld fd00::1 a\n"
#define A_DELETED "call 300 400 n1 DEL a ok 3000\n"

static const struct history_rules usual = { .slack_us = 500000 };
static struct buf out;

static void begin(void)
{
	buf_init(&out, 65536);
}

static void end(void)
{
	buf_done(&out);
}

static void fine(const char *text)
{
	ck_assert_msg(history_judge(text, &usual, &out) == 0, "%s", out.data);
}

/* The one thing wrong with it is the one named. */
static void wrong(const char *text, const char *word)
{
	ck_assert_msg(history_judge(text, &usual, &out) == 1, "%s", out.data);
	ck_assert_msg(strncmp(out.data, word, strlen(word)) == 0, "%s", out.data);
}

static void wrongs(int n, const char *text)
{
	ck_assert_msg(history_judge(text, &usual, &out) == n, "%s", out.data);
}

START_TEST(what_may_happen_is_no_fault)
{
	fine(A_ADDED A_HELD END);
	ck_assert_ptr_nonnull(strstr(out.data, "1 operations acknowledged (1 ADD, 0 DEL, "));
}
END_TEST

START_TEST(an_address_may_have_one_owner_after_the_other)
{
	fine(A_ADDED A_DELETED "call 310 350 n2 ADD b ok 3000 10.0.0.1/29,fd00::1/125\n"
	     "held 10.0.0.1 b\nheld fd00::1 b\n" END);
}
END_TEST

START_TEST(two_owners_at_one_time_are_seen)
{
	wrong(A_ADDED "call 210 290 n2 ADD b ok 3000 10.0.0.1/29,fd00::2/125\n" A_DELETED
	      "held 10.0.0.1 b\nheld fd00::2 b\n" END, "twice: 10.0.0.1");
}
END_TEST

START_TEST(a_second_owner_within_a_long_life_is_seen)
{
	wrong(A_ADDED "call 210 220 n2 ADD b ok 3000 10.0.0.2/29,fd00::1/125\n"
	      "call 230 240 n2 DEL b ok 3000\n"
	      "call 250 260 n2 DEL b ok 3000\n" A_HELD END, "twice: fd00::1");
}
END_TEST

START_TEST(a_third_owner_is_compared_with_the_one_who_stays_longest)
{
	wrongs(2, A_ADDED "call 210 220 n2 ADD b ok 3000 10.0.0.1/29,fd00::2/125\n"
	       "call 230 240 n2 DEL b ok 3000\n"
	       "call 250 260 n2 ADD c ok 3000 10.0.0.1/29,fd00::3/125\n"
	       "call 270 280 n2 DEL c ok 3000\n" A_HELD END);
}
END_TEST

START_TEST(an_address_in_the_store_for_two_is_seen)
{
	wrong("call 1 2 n1 ADD a unknown 3000\ncall 1 2 n1 ADD b unknown 3000\n" A_HELD
	      "held 10.0.0.1 b\nheld fd00::2 b\n" END, "twice: 10.0.0.1");
}
END_TEST

START_TEST(what_was_begun_may_or_may_not_have_happened)
{
	fine("call 100 200 n1 ADD a unknown 3000\n" END);
	fine("call 100 200 n1 ADD a killed 3000\n" A_HELD END);
	fine(A_ADDED "call 300 400 n1 DEL a error 3000\n" END);
	fine(A_ADDED "call 300 400 n1 DEL a unknown 3000\n" A_HELD END);
	fine(A_ADDED "call 300 400 n1 DEL a killed 3000\n"
	     "call 310 350 n2 ADD b ok 3000 10.0.0.1/29,fd00::1/125\n"
	     "held 10.0.0.1 b\nheld fd00::1 b\n" END);
}
END_TEST

START_TEST(an_acknowledged_address_that_is_not_there_is_seen)
{
	wrongs(2, A_ADDED END);
	ck_assert_ptr_nonnull(strstr(out.data, "lost: 10.0.0.1"));
	ck_assert_ptr_nonnull(strstr(out.data, "lost: fd00::1"));
}
END_TEST

START_TEST(an_acknowledged_address_that_another_holds_is_seen)
{
	wrongs(2, A_ADDED "call 300 400 n2 ADD b unknown 3000\n"
	       "held 10.0.0.1 b\nheld fd00::1 b\n" END);
	ck_assert_ptr_nonnull(strstr(out.data, "lost: 10.0.0.1, given to a at 200"));
}
END_TEST

START_TEST(what_was_released_and_is_held_is_seen)
{
	wrongs(2, A_ADDED A_DELETED A_HELD END);
	ck_assert_ptr_nonnull(strstr(out.data, "kept: 10.0.0.1 is held by a, which was released"));
}
END_TEST

START_TEST(an_add_that_changed_nothing_holds_nothing)
{
	wrongs(2, "call 1 2 n1 ADD a error 3000\n" A_HELD END);
	ck_assert_ptr_nonnull(strstr(out.data, "whose ADD changed nothing"));
}
END_TEST

START_TEST(an_unknown_add_may_land_after_its_del_and_is_counted)
{
	fine("call 100 200 n1 ADD a unknown 3000\n" A_DELETED A_HELD END);
	ck_assert_ptr_nonnull(strstr(out.data, "2 addresses landed late"));
}
END_TEST

START_TEST(an_owner_that_nobody_knows_is_seen)
{
	wrong(A_ADDED A_HELD "held 10.0.0.9 z\n" END, "kept: 10.0.0.9");
}
END_TEST

START_TEST(more_than_was_told_is_seen)
{
	wrongs(2, A_ADDED A_HELD "held 10.0.0.9 a\n" END);
	ck_assert_ptr_nonnull(strstr(out.data, "10.0.0.9 is held by a, which was never told"));
	ck_assert_ptr_nonnull(strstr(out.data, "half: a holds 3"));
}
END_TEST

START_TEST(one_family_alone_is_seen)
{
	wrong("call 100 200 n1 ADD a ok 3000 10.0.0.1/29\n" A_DELETED END, "half: a was told 1");
	buf_reset(&out);
	wrong("call 100 200 n1 ADD a unknown 3000\nheld 10.0.0.1 a\n" END, "half: a holds 1");
}
END_TEST

START_TEST(another_answer_to_the_same_add_is_seen)
{
	fine(A_ADDED "call 210 220 n1 ADD a ok 3000 10.0.0.1/29,fd00::1/125\n" A_HELD END);
	buf_reset(&out);
	wrong(A_ADDED "call 210 220 n1 ADD a ok 3000 10.0.0.1/29,fd00::7/125\n" A_HELD END,
	      "moved");
}
END_TEST

START_TEST(a_check_sees_what_was_acknowledged_and_nothing_that_is_over)
{
	fine(A_ADDED "call 201 250 n1 CHECK a ok 3000\n" A_HELD END);
	fine(A_ADDED "call 150 250 n1 CHECK a denied 3000\n" A_HELD END);
	fine(A_ADDED "call 250 310 n1 CHECK a denied 3000\n" A_DELETED END);
	fine(A_ADDED "call 390 410 n1 CHECK a ok 3000\n" A_DELETED END);
	fine(A_ADDED "call 401 410 n1 CHECK a denied 3000\n" A_DELETED END);
	fine(A_ADDED "call 201 250 n1 CHECK a error 3000\n" A_HELD END);
	fine("call 100 200 n1 ADD a unknown 3000\ncall 401 410 n1 CHECK a ok 3000\n" A_DELETED END);
	buf_reset(&out);
	wrong(A_ADDED "call 201 250 n1 CHECK a denied 3000\n" A_HELD END, "stale: CHECK at 201");
	buf_reset(&out);
	wrong(A_ADDED "call 401 410 n1 CHECK a ok 3000\n" A_DELETED END, "stale: CHECK at 401");
}
END_TEST

START_TEST(gc_releases_what_is_gone_before_it_begins)
{
	fine(A_ADDED "gone 300 n1 a\ncall 310 350 n1 GC - ok 3000\n" END);
	fine(A_ADDED "gone 300 n1 a\ncall 290 350 n1 GC - ok 3000\n" A_HELD END);
	fine(A_ADDED "gone 300 n1 a\ncall 310 350 n2 GC - ok 3000\n" A_HELD END);
	fine(A_ADDED "gone 300 n1 a\ncall 310 350 n1 GC - error 3000\n" A_HELD END);
	buf_reset(&out);
	wrongs(2, A_ADDED "gone 300 n1 a\ncall 310 350 n1 GC - ok 3000\n" A_HELD
	       END);
	ck_assert_ptr_nonnull(strstr(out.data, "which was released"));
}
END_TEST

START_TEST(gc_that_takes_from_the_living_is_seen)
{
	wrongs(2, A_ADDED "call 310 350 n1 GC - ok 3000\n" END);
	ck_assert_ptr_nonnull(strstr(out.data, "lost: 10.0.0.1"));
}
END_TEST

START_TEST(a_call_that_outlives_its_deadline_is_seen)
{
	fine("call 0 3500000 n1 GC - error 3000\n" END);
	ck_assert_ptr_nonnull(strstr(out.data, "none ended more than 500 ms after its deadline"));
	buf_reset(&out);
	wrong("call 0 3500001 n1 GC - error 3000\n" END, "late: GC");
}
END_TEST

START_TEST(a_call_that_ends_as_none_may_is_seen)
{
	wrong("call 100 200 n1 ADD a crashed 3000\n" END, "crash: ADD");
}
END_TEST

START_TEST(what_is_left_is_seen)
{
	wrong(A_ADDED A_HELD "left 10.0.0.1 a\n" END, "left 10.0.0.1 a");
}
END_TEST

START_TEST(a_history_that_shows_nothing_is_no_proof)
{
	static const struct history_rules more = { .least_added = 2, .least_faults = 1 };

	ck_assert_int_eq(history_judge(A_ADDED A_HELD END, &more, &out), 2);
	ck_assert_ptr_nonnull(strstr(out.data, "short: 1 ADDs acknowledged, not 2"));
	ck_assert_ptr_nonnull(strstr(out.data, "short: 0 faults, not 1"));
	buf_reset(&out);
	wrong(A_ADDED A_HELD "looked\n", "short: the history has no end");
	buf_reset(&out);
	wrong(A_ADDED A_HELD "ended\n", "short: the history has no end");
}
END_TEST

START_TEST(what_is_no_history_is_refused)
{
	static const char *const lines[] = { "call 1 2 n1 ADD a ok\n", "held 10.0.0.1\n",
					     "gone 1 n1\n", "\n", "endeded\n" };

	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		ck_assert_int_eq(history_judge(lines[i], &usual, &out), -1);
}
END_TEST

Suite *suite(void)
{
	TCase *tc = tcase_create("judge");
	Suite *s = suite_create("history");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, what_may_happen_is_no_fault);
	tcase_add_test(tc, an_address_may_have_one_owner_after_the_other);
	tcase_add_test(tc, two_owners_at_one_time_are_seen);
	tcase_add_test(tc, a_second_owner_within_a_long_life_is_seen);
	tcase_add_test(tc, a_third_owner_is_compared_with_the_one_who_stays_longest);
	tcase_add_test(tc, an_address_in_the_store_for_two_is_seen);
	tcase_add_test(tc, what_was_begun_may_or_may_not_have_happened);
	tcase_add_test(tc, an_acknowledged_address_that_is_not_there_is_seen);
	tcase_add_test(tc, an_acknowledged_address_that_another_holds_is_seen);
	tcase_add_test(tc, what_was_released_and_is_held_is_seen);
	tcase_add_test(tc, an_add_that_changed_nothing_holds_nothing);
	tcase_add_test(tc, an_unknown_add_may_land_after_its_del_and_is_counted);
	tcase_add_test(tc, an_owner_that_nobody_knows_is_seen);
	tcase_add_test(tc, more_than_was_told_is_seen);
	tcase_add_test(tc, one_family_alone_is_seen);
	tcase_add_test(tc, another_answer_to_the_same_add_is_seen);
	tcase_add_test(tc, a_check_sees_what_was_acknowledged_and_nothing_that_is_over);
	tcase_add_test(tc, gc_releases_what_is_gone_before_it_begins);
	tcase_add_test(tc, gc_that_takes_from_the_living_is_seen);
	tcase_add_test(tc, a_call_that_outlives_its_deadline_is_seen);
	tcase_add_test(tc, a_call_that_ends_as_none_may_is_seen);
	tcase_add_test(tc, what_is_left_is_seen);
	tcase_add_test(tc, a_history_that_shows_nothing_is_no_proof);
	tcase_add_test(tc, what_is_no_history_is_refused);
	suite_add_tcase(s, tc);
	return s;
}
