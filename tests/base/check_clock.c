/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include "base/attr.h"
#include "tests/suite.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#define S 1000000000LL

static int64_t rfc3339(const char *text)
{
	int64_t ns = 0;

	ck_assert_msg(clock_parse_rfc3339(text, &ns) == 0, "%s", text);
	return ns;
}

static int64_t go_time(const char *text)
{
	int64_t ns = 0;

	ck_assert_msg(clock_parse_go_string(text, &ns) == 0, "%s", text);
	return ns;
}

START_TEST(metav1_times_are_whole_seconds_in_utc)
{
	char text[CLOCK_RFC3339_LEN];

	clock_rfc3339(1787392800LL * S, text);
	ck_assert_str_eq(text, "2026-08-22T10:00:00Z");
	clock_rfc3339(1787392800LL * S + S - 1, text);
	ck_assert_str_eq(text, "2026-08-22T10:00:00Z");
	clock_rfc3339(0, text);
	ck_assert_str_eq(text, "1970-01-01T00:00:00Z");
	clock_rfc3339(-1, text);
	ck_assert_str_eq(text, "1969-12-31T23:59:59Z");
	clock_rfc3339(INT64_MAX, text);
	ck_assert_str_eq(text, "2262-04-11T23:47:16Z");
}
END_TEST

START_TEST(go_writes_a_fraction_without_its_trailing_zeros)
{
	char text[CLOCK_GO_LEN];

	clock_go_string(1787392800LL * S + 123456789, text);
	ck_assert_str_eq(text, "2026-08-22 10:00:00.123456789 +0000 UTC");
	clock_go_string(1787392800LL * S + 120000000, text);
	ck_assert_str_eq(text, "2026-08-22 10:00:00.12 +0000 UTC");
	clock_go_string(1787392800LL * S + 1, text);
	ck_assert_str_eq(text, "2026-08-22 10:00:00.000000001 +0000 UTC");
	clock_go_string(1787392800LL * S, text);
	ck_assert_str_eq(text, "2026-08-22 10:00:00 +0000 UTC");
	clock_go_string(-S / 2, text);
	ck_assert_str_eq(text, "1969-12-31 23:59:59.5 +0000 UTC");
}
END_TEST

START_TEST(times_survive_writing_and_reading)
{
	char text[CLOCK_GO_LEN], seconds[CLOCK_RFC3339_LEN];

	srand(5);
	for (int i = 0; i < 20000; i++) {
		int64_t ns = ((int64_t)rand() << 32 ^ (int64_t)rand() << 8) % (9000000000LL * S);

		if (i % 4 == 0)
			ns = -ns;
		if (i % 3 == 0)
			ns -= ns % 1000000;
		clock_go_string(ns, text);
		ck_assert_int_eq(go_time(text), ns);
		ns -= (ns % S + S) % S;
		clock_rfc3339(ns, seconds);
		ck_assert_int_eq(rfc3339(seconds), ns);
	}
}
END_TEST

START_TEST(rfc3339_is_read_with_any_offset_and_fraction)
{
	ck_assert_int_eq(rfc3339("2026-08-22T10:00:00Z"), 1787392800LL * S);
	ck_assert_int_eq(rfc3339("2026-08-22T10:00:00.5Z"), 1787392800LL * S + S / 2);
	ck_assert_int_eq(rfc3339("2026-08-22T10:00:00.123456789999Z"),
			 1787392800LL * S + 123456789);
	ck_assert_int_eq(rfc3339("2026-08-22T12:00:00+02:00"), 1787392800LL * S);
	ck_assert_int_eq(rfc3339("2026-08-22T04:15:00-05:45"), 1787392800LL * S);
	ck_assert_int_eq(rfc3339("2026-08-22T10:00:00+00:00"), 1787392800LL * S);
	ck_assert_int_eq(rfc3339("2024-02-29T00:00:00Z"), 1709164800LL * S);
}
END_TEST

START_TEST(years_that_nanoseconds_cannot_hold_are_the_ends_of_time)
{
	ck_assert_int_eq(rfc3339("0001-01-01T00:00:00Z"), INT64_MIN);
	ck_assert_int_eq(rfc3339("9999-12-31T23:59:59Z"), INT64_MAX);
	ck_assert_int_eq(rfc3339("0000-01-01T00:00:00-23:59"), INT64_MIN);
	ck_assert_int_eq(go_time("0001-01-01 00:00:00 +0000 UTC"), INT64_MIN);
	ck_assert_int_eq(rfc3339("2262-04-11T23:47:16.854775807Z"), INT64_MAX);
	ck_assert_int_eq(rfc3339("2262-04-11T23:47:16.854775808Z"), INT64_MAX);
}
END_TEST

START_TEST(what_is_no_rfc3339_is_refused)
{
	static const char *const texts[] = {
		"", "2026", "2026-08-22", "2026-08-22T10:00:00", "2026-08-22 10:00:00Z",
		"2026-08-22T10:00:00z",
		"2026-8-22T10:00:00Z", "2026-08-22T1:00:00Z", " 2026-08-22T10:00:00Z",
		"2026-08-22T10:00:00Z ",
		"2026-08-22T10:00:00ZZ", "2026-08-22T10:00:00.Z", "2026-08-22T10:00:00,5Z",
		"2026-13-22T10:00:00Z",
		"2026-00-22T10:00:00Z", "2026-08-00T10:00:00Z", "2026-08-32T10:00:00Z",
		"2026-02-29T10:00:00Z",
		"2026-04-31T10:00:00Z", "2026-08-22T24:00:00Z", "2026-08-22T10:60:00Z",
		"2026-08-22T10:00:60Z",
		"2026-08-22T-1:00:00Z", "2026-08-22T10:-1:00Z", "+026-08-22T10:00:00Z",
		"-001-08-22T10:00:00Z",
		"2026- 8-22T10:00:00Z", "2026-08-22T10:00:00+0200", "2026-08-22T10:00:00+2:00",
		"2026-08-22T10:00:00+02", "2026-08-22T10:00:00+24:00", "2026-08-22T10:00:00+02:60",
		"2026-08-22T10:00:00 02:00", "2026-08-22T10:00:00+-1:00",
		"2026-08-22T10:00:00+02:00x",
		"12026-08-22T10:00:00Z",
	};
	int64_t ns = 42;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		ck_assert_msg(clock_parse_rfc3339(texts[i], &ns) == -1, "accepted %s", texts[i]);
	ck_assert_int_eq(ns, 42);
}
END_TEST

START_TEST(go_strings_are_read_in_utc_only)
{
	static const char *const texts[] = {
		"", "2026-08-22T10:00:00 +0000 UTC", "2026-08-22 10:00:00",
		"2026-08-22 10:00:00 +0200 CEST",
		"2026-08-22 10:00:00Z", "2026-08-22 10:00:00 +0000 UTCx",
		"2026-08-22 10:00:00. +0000 UTC",
	};
	int64_t ns = 42;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		ck_assert_msg(clock_parse_go_string(texts[i], &ns) == -1, "accepted %s", texts[i]);
	ck_assert_int_eq(ns, 42);
	ck_assert_int_eq(go_time("2026-08-22 10:00:00.5 +0000 UTC"), 1787392800LL * S + S / 2);
	ck_assert_int_eq(go_time("2026-08-22 10:00:00 +0000 UTC m=+0.001"), 1787392800LL * S);
}
END_TEST

START_TEST(a_deadline_counts_down_to_zero)
{
	struct deadline d = deadline_in_ms(40);

	ck_assert_int_le(deadline_left_ms(d), 40);
	ck_assert(!deadline_passed(d));
	deadline_sleep_ms(deadline_in_ms(1000), 60);
	ck_assert(deadline_passed(d));
	ck_assert_int_eq(deadline_left_ms(d), 0);
	ck_assert(deadline_passed(deadline_in_ms(0)));
	ck_assert(deadline_passed(deadline_in_ms(-5)));
}
END_TEST

START_TEST(a_deadline_may_be_the_end_of_time)
{
	struct deadline d = deadline_in_ms(INT64_MAX);

	ck_assert(!deadline_passed(d));
	ck_assert_int_gt(deadline_left_ms(d), INT64_MAX / 2);
	ck_assert_int_le(deadline_left_ms(deadline_within_ms(d, 10)), 10);
}
END_TEST

START_TEST(the_earlier_of_two_deadlines_counts)
{
	struct deadline d = deadline_in_ms(1000);

	ck_assert_int_le(deadline_left_ms(deadline_within_ms(d, 10)), 10);
	ck_assert_int_le(deadline_left_ms(deadline_within_ms(d, 5000)), 1000);
	ck_assert_int_ge(deadline_left_ms(deadline_within_ms(d, 5000)), 900);
}
END_TEST

START_TEST(a_sleep_ends_at_the_deadline)
{
	struct deadline measure = deadline_in_ms(10000);

	deadline_sleep_ms(deadline_in_ms(20), 5000);
	ck_assert_int_ge(deadline_left_ms(measure), 9000);
	deadline_sleep_ms(deadline_in_ms(-20), 5000);
	deadline_sleep_ms(deadline_in_ms(100), -5);
	ck_assert_int_ge(deadline_left_ms(measure), 9000);
}
END_TEST

static void on_alarm(int sig __unused_arg)
{
}

START_TEST(a_signal_does_not_shorten_a_sleep)
{
	struct sigaction act = { .sa_handler = on_alarm }, old;
	struct itimerval soon = { .it_value.tv_usec = 10000 };
	struct deadline measure = deadline_in_ms(10000);

	sigaction(SIGALRM, &act, &old);
	setitimer(ITIMER_REAL, &soon, NULL);
	deadline_sleep_ms(measure, 60);
	sigaction(SIGALRM, &old, NULL);
	ck_assert_int_le(deadline_left_ms(measure), 9941);
}
END_TEST

START_TEST(now_is_after_this_was_written)
{
	ck_assert_int_gt(clock_now_ns(), 1750000000LL * S);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("clock");
	TCase *t = tcase_create("clock");

	tcase_add_test(t, metav1_times_are_whole_seconds_in_utc);
	tcase_add_test(t, go_writes_a_fraction_without_its_trailing_zeros);
	tcase_add_test(t, times_survive_writing_and_reading);
	tcase_add_test(t, rfc3339_is_read_with_any_offset_and_fraction);
	tcase_add_test(t, years_that_nanoseconds_cannot_hold_are_the_ends_of_time);
	tcase_add_test(t, what_is_no_rfc3339_is_refused);
	tcase_add_test(t, go_strings_are_read_in_utc_only);
	tcase_add_test(t, a_deadline_counts_down_to_zero);
	tcase_add_test(t, a_deadline_may_be_the_end_of_time);
	tcase_add_test(t, the_earlier_of_two_deadlines_counts);
	tcase_add_test(t, a_sleep_ends_at_the_deadline);
	tcase_add_test(t, a_signal_does_not_shorten_a_sleep);
	tcase_add_test(t, now_is_after_this_was_written);
	suite_add_tcase(s, t);
	return s;
}
