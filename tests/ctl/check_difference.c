/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/manifest/difference.h"

#include "tests/suite.h"

#include <check.h>

#define HEAD "--- a/b, as it is stored\n+++ a/b, as the manifest says\n"

static void is_shown(const char *before, const char *after, const char *shown)
{
	struct buf out __cleanup(buf_done) = BUF(1 << 20);

	ck_assert(difference_print("a/b", before, after, &out));
	ck_assert_str_eq(out.data, shown);
}

START_TEST(equal_texts_show_nothing)
{
	is_shown("", "", "");
	is_shown("a\nb\n", "a\nb\n", "");
}
END_TEST

START_TEST(what_is_another_stands_within_three_lines_around_it)
{
	is_shown("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n",
		 HEAD "@@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n");
	is_shown("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "0\n1\n2\n3\n4\n5\n6\n7\n8\n",
		 HEAD "@@\n+0\n 1\n 2\n 3\n@@\n 6\n 7\n 8\n-9\n");
}
END_TEST

START_TEST(what_is_new_is_all_added)
{
	is_shown("", "a\nb\n", HEAD "@@\n+a\n+b\n");
	is_shown("a\n", "", HEAD "@@\n-a\n");
}
END_TEST

START_TEST(long_texts_are_shown_whole_where_they_differ)
{
	struct buf before __cleanup(buf_done) = BUF(1 << 20);
	struct buf shown __cleanup(buf_done) = BUF(1 << 20);

	for (int i = 0; i <= DIFFERENCE_LINES_MAX; i++)
		buf_printf(&before, "%d\n", i);
	buf_puts(&shown, HEAD "@@\n");
	for (int i = 0; i <= DIFFERENCE_LINES_MAX; i++)
		buf_printf(&shown, "-%d\n", i);
	buf_puts(&shown, "+x\n");
	is_shown(before.data, "x\n", shown.data);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ctl.difference");
	TCase *t = tcase_create("difference");

	tcase_add_test(t, equal_texts_show_nothing);
	tcase_add_test(t, what_is_another_stands_within_three_lines_around_it);
	tcase_add_test(t, what_is_new_is_all_added);
	tcase_add_test(t, long_texts_are_shown_whole_where_they_differ);
	suite_add_tcase(s, t);
	return s;
}
