/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

START_TEST(an_error_is_filled_once)
{
	struct err e = {0};

	ck_assert_int_eq(err_set(&e, ERR_CONFIG, "key %s: %d", "a", 7), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_str_eq(e.text, "key a: 7");
	err_reset(&e);
	ck_assert_int_eq(e.kind, ERR_NONE);
	ck_assert_str_eq(e.text, "");
}
END_TEST

START_TEST(wrapping_reads_from_the_outside_in_and_keeps_the_kind)
{
	struct err e = {0};

	err_set(&e, ERR_IO, "no such file");
	ck_assert_int_eq(err_wrap(&e, "open %s", "/a"), -1);
	err_wrap(&e, "assign");
	ck_assert_int_eq(e.kind, ERR_IO);
	ck_assert_str_eq(e.text, "assign: open /a: no such file");
}
END_TEST

START_TEST(more_is_told_behind_the_text_wholly_or_not_at_all)
{
	struct err e = {0};

	err_set(&e, ERR_IO, "no such file");
	ck_assert_int_eq(err_add(&e, "; did you mean %s?", "/b"), -1);
	ck_assert_int_eq(e.kind, ERR_IO);
	ck_assert_str_eq(e.text, "no such file; did you mean /b?");
	for (unsigned i = 0; i < 40; i++)
		err_add(&e, " (%s)", "and more of it");
	ck_assert_uint_gt(strlen(e.text), sizeof(e.text) - 1 - strlen(" (and more of it)"));
	ck_assert_str_eq(e.text + strlen(e.text) - 5, "f it)");
}
END_TEST

START_TEST(an_error_may_be_told_in_words_of_its_own_text)
{
	struct err e = {0};

	err_set(&e, ERR_IO, "inner");
	err_set(&e, ERR_CONFIG, "outer (%s)", e.text);
	ck_assert_str_eq(e.text, "outer (inner)");
	err_wrap(&e, "<%s>", e.text);
	ck_assert_str_eq(e.text, "<outer (inner)>: outer (inner)");
}
END_TEST

static void fill(char *text, size_t size, char c)
{
	memset(text, c, size - 1);
	text[size - 1] = '\0';
}

START_TEST(a_long_text_is_cut_at_its_end)
{
	struct err e = {0};
	char text[2000];

	fill(text, sizeof(text), 'x');
	err_set(&e, ERR_IO, "%s", text);
	ck_assert_uint_eq(strlen(e.text), sizeof(e.text) - 1);
	err_wrap(&e, "%s", text);
	ck_assert_uint_eq(strlen(e.text), sizeof(e.text) - 1);
	ck_assert_int_eq(e.kind, ERR_IO);
}
END_TEST

START_TEST(of_what_is_put_before_a_text_only_as_much_is_told_as_there_is_room)
{
	for (size_t len = 400; len < sizeof(((struct err *)NULL)->text); len++) {
		struct err e = {0};
		char text[600], before[200];
		size_t left = sizeof(e.text) - 1 - len;

		fill(text, len + 1, 'x');
		fill(before, sizeof(before), 'w');
		err_set(&e, ERR_IO, "%s", text);
		err_wrap(&e, "%s", before);
		ck_assert_uint_ge(strlen(e.text), len);
		ck_assert_str_eq(e.text + strlen(e.text) - len, text);
		ck_assert_uint_eq(strlen(e.text), left < 5 ? len : sizeof(e.text) - 1);
		ck_assert(left < 5 || strstr(e.text, "…: x"));
	}
}
END_TEST

START_TEST(no_command_is_told_by_half)
{
	static const char command[] = "calico-ipamctl node create node-a";

	for (size_t len = 1; len < 600; len++) {
		struct err e = {0};
		char text[600];

		fill(text, len + 1, 'x');
		err_set(&e, ERR_IO, "%s; run: %s", text, command);
		err_wrap(&e, "%s", text);
		ck_assert_msg(!strstr(e.text, "calico-ipamctl") || strstr(e.text, command), "%s",
			      e.text);
		ck_assert(len > 100 || strstr(e.text, command));
		err_set(&e, ERR_IO, "%s", text);
		err_add(&e, "; run: %s", command);
		ck_assert(!strstr(e.text, "run") || strstr(e.text, command));
	}
}
END_TEST

START_TEST(a_command_in_the_midst_of_a_text_that_is_cut_stays)
{
	struct err e = {0};
	char text[600];

	fill(text, sizeof(text), 'x');
	err_set(&e, ERR_IO, "see: calico-ipamctl pool list; %s", text);
	ck_assert_ptr_nonnull(strstr(e.text, "calico-ipamctl pool list; xxx"));
}
END_TEST

START_TEST(a_text_is_not_cut_within_a_character)
{
	static const char *const characters[] = { "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80" };
	struct err e = {0};
	char text[600];

	for (size_t c = 0; c < ARRAY_LEN(characters); c++) {
		size_t len = strlen(characters[c]);

		for (size_t start = sizeof(e.text) - 1 - len; start < sizeof(e.text); start++) {
			fill(text, start + 1, 'x');
			strcat(text, characters[c]);
			err_set(&e, ERR_IO, "%s", text);
			ck_assert_uint_eq(strlen(e.text),
					  start + len < sizeof(e.text) ? start + len : start);
		}
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("err");
	TCase *t = tcase_create("err");

	tcase_add_test(t, an_error_is_filled_once);
	tcase_add_test(t, wrapping_reads_from_the_outside_in_and_keeps_the_kind);
	tcase_add_test(t, more_is_told_behind_the_text_wholly_or_not_at_all);
	tcase_add_test(t, an_error_may_be_told_in_words_of_its_own_text);
	tcase_add_test(t, a_long_text_is_cut_at_its_end);
	tcase_add_test(t, of_what_is_put_before_a_text_only_as_much_is_told_as_there_is_room);
	tcase_add_test(t, no_command_is_told_by_half);
	tcase_add_test(t, a_command_in_the_midst_of_a_text_that_is_cut_stays);
	tcase_add_test(t, a_text_is_not_cut_within_a_character);
	suite_add_tcase(s, t);
	return s;
}
