/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/etcd/language.h"
#include "tests/suite.h"

#include <check.h>

static struct language l;

static void begin(void)
{
	language_init(&l, "", false);
	language_begin(&l);
}

START_TEST(grpc_is_spoken_first_and_json_where_it_was_met_lately)
{
	ck_assert(!l.json);
	language_init(&l, "", true);
	language_begin(&l);
	ck_assert(l.json);
}
END_TEST

START_TEST(what_a_setting_tells_is_spoken_whatever_answers)
{
	for (int json = 0; json < 2; json++) {
		language_init(&l, json ? "json" : "grpc", !json);
		language_begin(&l);
		ck_assert(!language_met_stranger(&l));
		ck_assert(!language_met_loss(&l, false));
		ck_assert(!language_met_loss(&l, false));
		language_was_understood(&l);
		language_turn(&l);
		ck_assert_int_eq(l.json, json);
		ck_assert_int_eq(l.source, LANGUAGE_TOLD);
	}
}
END_TEST

START_TEST(a_call_turns_once_and_at_its_next_round)
{
	ck_assert(language_met_stranger(&l));
	ck_assert(!l.json);
	language_turn(&l);
	ck_assert(l.json && l.turned);
	ck_assert(!language_met_stranger(&l));
	language_turn(&l);
	ck_assert(l.json);
	language_begin(&l);
	ck_assert(!l.json && !l.turned);
}
END_TEST

START_TEST(one_lost_connection_may_be_chance_and_a_second_in_a_row_is_none)
{
	ck_assert(!language_met_loss(&l, false));
	language_begin(&l);
	ck_assert(language_met_loss(&l, false));
	language_turn(&l);
	ck_assert(l.json);
}
END_TEST

/* As of a commit, which is not sent again. */
START_TEST(the_call_after_a_second_loss_begins_in_the_other_language)
{
	language_met_loss(&l, false);
	language_met_loss(&l, false);
	language_begin(&l);
	language_turn(&l);
	ck_assert(l.json);
}
END_TEST

START_TEST(over_tls_no_loss_says_anything)
{
	for (int i = 0; i < 5; i++)
		ck_assert(!language_met_loss(&l, true));
}
END_TEST

START_TEST(what_was_understood_is_spoken_from_then_on)
{
	language_was_understood(&l);
	ck_assert(!language_met_stranger(&l));
	language_met_loss(&l, false);
	ck_assert(!language_met_loss(&l, false));
	language_begin(&l);
	language_turn(&l);
	ck_assert(!l.json);
}
END_TEST

START_TEST(an_answer_of_another_server_ends_a_turn_that_is_due)
{
	language_met_stranger(&l);
	language_was_understood(&l);
	language_turn(&l);
	ck_assert(!l.json);
}
END_TEST

START_TEST(json_that_was_understood_is_doubted_after_some_time)
{
	language_met_stranger(&l);
	language_turn(&l);
	language_was_understood(&l);
	language_begin(&l);
	ck_assert(l.json);
	l.until = deadline_in_ms(-1);
	language_begin(&l);
	ck_assert(!l.json);
	ck_assert(language_met_stranger(&l));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("datastore.language");
	TCase *t = tcase_create("language");

	tcase_add_checked_fixture(t, begin, NULL);
	tcase_add_test(t, grpc_is_spoken_first_and_json_where_it_was_met_lately);
	tcase_add_test(t, what_a_setting_tells_is_spoken_whatever_answers);
	tcase_add_test(t, a_call_turns_once_and_at_its_next_round);
	tcase_add_test(t, one_lost_connection_may_be_chance_and_a_second_in_a_row_is_none);
	tcase_add_test(t, the_call_after_a_second_loss_begins_in_the_other_language);
	tcase_add_test(t, over_tls_no_loss_says_anything);
	tcase_add_test(t, what_was_understood_is_spoken_from_then_on);
	tcase_add_test(t, an_answer_of_another_server_ends_a_turn_that_is_due);
	tcase_add_test(t, json_that_was_understood_is_doubted_after_some_time);
	suite_add_tcase(s, t);
	return s;
}
