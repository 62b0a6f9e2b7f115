/* SPDX-License-Identifier: Apache-2.0 */
/* Which word a slip was meant to be. */
#include "base/terminal/nearest.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

static const char *const words[] = {
	"pool", "node", "reservation", "affinity", "config", "show", "check", "release", "reclaim",
	"strict_affinity",
};

static const char *meant(const char *typed)
{
	struct nearest n = nearest_to(typed);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		nearest_offer(&n, words[i]);
	return n.word;
}

static void is(const char *typed, const char *word)
{
	const char *found = meant(typed);

	if (!word)
		ck_assert_msg(!found, "%s became %s", typed, found);
	else
		ck_assert_msg(found && !strcmp(found, word), "%s became %s", typed, found);
}

START_TEST(a_letter_too_many_or_few_another_or_two_in_the_wrong_order_are_slips)
{
	is("pooll", "pool");
	is("pol", "pool");
	is("ndoe", "node");
	is("nodes", "node");
	is("realese", "release");
	is("resevration", "reservation");
	is("strictaffinity", "strict_affinity");
}
END_TEST

START_TEST(another_word_is_no_slip)
{
	is("frob", NULL);
	is("x", NULL);
	is("", NULL);
	is("delete", NULL);
	is("containers", NULL);
}
END_TEST

START_TEST(case_is_no_slip_and_the_nearest_wins)
{
	is("POOL", "pool");
	is("Affinity", "affinity");
	is("releas", "release");
}
END_TEST

START_TEST(a_word_that_is_there_is_no_slip)
{
	struct nearest n = nearest_to("node-1");

	nearest_offer(&n, "node-2");
	ck_assert_str_eq(n.word, "node-2");
	nearest_offer(&n, "node-1");
	nearest_offer(&n, "node-3");
	ck_assert_ptr_null(n.word);
}
END_TEST

START_TEST(what_a_word_begins_with_is_near)
{
	is("res", "reservation");
	is("aff", "affinity");
	is("r", NULL);
}
END_TEST

START_TEST(a_long_word_is_near_nothing_and_costs_nothing)
{
	char text[NEAREST_LEN_MAX + 2];
	struct nearest n;

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	n = nearest_to(text);
	nearest_offer(&n, text);
	ck_assert_ptr_null(n.word);
	text[NEAREST_LEN_MAX] = '\0';
	n = nearest_to(text);
	nearest_offer(&n, text + 1);
	ck_assert_ptr_eq(n.word, text + 1);
	n = nearest_to("aaa");
	nearest_offer(&n, "");
	ck_assert_ptr_null(n.word);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("nearest");
	TCase *t = tcase_create("nearest");

	tcase_add_test(t, a_letter_too_many_or_few_another_or_two_in_the_wrong_order_are_slips);
	tcase_add_test(t, another_word_is_no_slip);
	tcase_add_test(t, case_is_no_slip_and_the_nearest_wins);
	tcase_add_test(t, a_word_that_is_there_is_no_slip);
	tcase_add_test(t, what_a_word_begins_with_is_near);
	tcase_add_test(t, a_long_word_is_near_nothing_and_costs_nothing);
	suite_add_tcase(s, t);
	return s;
}
