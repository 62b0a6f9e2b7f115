/* SPDX-License-Identifier: Apache-2.0 */
/* Dates of allocations in one form, and their age as kubectl tells it. */
#include "ctl/inspect/since.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

static void is_told(const char *timestamp, const char *released, const char *told)
{
	struct secondary texts = { .list = { { "timestamp", timestamp } }, .n = 1 };
	struct attribute a __cleanup(attribute_done) = { 0 };
	char since[SINCE_TEXT] = "";
	struct err e = { 0 };

	texts.n = timestamp != NULL;
	ck_assert_int_eq(attribute_new("h", released, &texts, &a, &e), 0);
	ck_assert_int_eq(since_of(&a, since), told != NULL);
	ck_assert_str_eq(since, told ? told : "");
}

START_TEST(each_date_is_rfc_3339_of_whole_seconds_in_utc)
{
	is_told("2026-08-22 10:00:00 +0000 UTC", NULL, "2026-08-22T10:00:00Z");
	is_told("2026-08-22 10:00:00.987654321 +0000 UTC", NULL, "2026-08-22T10:00:00Z");
	is_told("2026-08-22 10:00:00 +0000 UTC", "2026-08-22T12:00:07.5+01:00",
		"2026-08-22T11:00:07Z");
	is_told(NULL, NULL, NULL);
}
END_TEST

START_TEST(what_cannot_be_read_is_told_as_it_is_stored)
{
	char text[200];

	is_told("yesterday", NULL, "yesterday");
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	is_told(text, NULL, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
}
END_TEST

static void is_old(int64_t seconds, const char *told)
{
	const int64_t second = 1000000000, now = 1800000000 * second;
	char since[CLOCK_RFC3339_LEN], age[AGE_TEXT];

	clock_rfc3339(now - seconds * second, since);
	age_of(since, now + 999999999, age);
	ck_assert_msg(strcmp(age, told) == 0, "%lld s are told as %s, not %s", (long long)seconds,
		      age, told);
}

START_TEST(an_age_has_the_steps_of_kubectls)
{
	enum { M = 60, H = 60 * M, D = 24 * H, Y = 365 * D };

	is_old(-2, "<invalid>");
	is_old(-1, "0s");
	is_old(0, "0s");
	is_old(119, "119s");
	is_old(2 * M, "2m");
	is_old(9 * M + 59, "9m59s");
	is_old(10 * M + 59, "10m");
	is_old(179 * M + 59, "179m");
	is_old(3 * H, "3h");
	is_old(7 * H + 59 * M, "7h59m");
	is_old(8 * H + 59 * M, "8h");
	is_old(47 * H, "47h");
	is_old(2 * D, "2d");
	is_old(7 * D + 23 * H, "7d23h");
	is_old(8 * D + 23 * H, "8d");
	is_old(2 * Y - 1, "729d");
	is_old(2 * Y, "2y");
	is_old(2 * Y + 40 * D, "2y40d");
	is_old(8 * Y + 40 * D, "8y");
}
END_TEST

START_TEST(without_a_date_there_is_no_age)
{
	char age[AGE_TEXT];

	age_of(NULL, 0, age);
	ck_assert_str_eq(age, "");
	age_of("yesterday", 0, age);
	ck_assert_str_eq(age, "");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("since");
	TCase *t = tcase_create("since");

	tcase_add_test(t, each_date_is_rfc_3339_of_whole_seconds_in_utc);
	tcase_add_test(t, what_cannot_be_read_is_told_as_it_is_stored);
	tcase_add_test(t, an_age_has_the_steps_of_kubectls);
	tcase_add_test(t, without_a_date_there_is_no_age);
	suite_add_tcase(s, t);
	return s;
}
