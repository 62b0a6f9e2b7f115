/* SPDX-License-Identifier: Apache-2.0 */
#include "base/terminal/printable.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

static const struct { const char *text, *printed; } texts[] = {
	{ "", "" },
	{ "node-1 'a' \"b\" \\", "node-1 'a' \"b\" \\" },
	{ "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80",
	  "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80" },
	{ "\x1b[2J\x1b]0;x\a", "\\x1b[2J\\x1b]0;x\\a" },
	{ "a\nb\r\t\x7f", "a\\nb\\r\\t\\x7f" },
	{ "\xc2\x80\xc2\x9b\x31m\xc2\x9f", "\\u0080\\u009b1m\\u009f" },
	{ "\xc2\xa0\xc2\xad", "\\u00a0\\u00ad" },
	{ "\xe2\x80\xaa\xe2\x80\xab\xe2\x80\xac\xe2\x80\xad\xe2\x80\xae",
	  "\\u202a\\u202b\\u202c\\u202d\\u202e" },
	{ "\xe2\x81\xa6\xe2\x81\xa7\xe2\x81\xa8\xe2\x81\xa9", "\\u2066\\u2067\\u2068\\u2069" },
	{ "\xe2\x80\x8b\xe2\x80\x8c\xe2\x80\x8d\xe2\x80\x8e\xe2\x80\x8f"
	  "\xd8\x9c\xef\xbb\xbf\xe2\x81\xa0",
	  "\\u200b\\u200c\\u200d\\u200e\\u200f\\u061c\\ufeff\\u2060" },
	{ "\xe2\x80\xa8\xe2\x80\xa9", "\\u2028\\u2029" },
	{ "\xf3\xa0\x81\x81", "\\U000e0041" },
	{ "\x9b" "1m", "\\x9b1m" },
	{ "cut \xe2\x80", "cut \\xe2\\x80" },
};

START_TEST(what_a_terminal_acts_on_is_escaped)
{
	struct buf out __cleanup(buf_done) = BUF(1000);

	printable_add(texts[_i].text, &out);
	ck_assert_str_eq(out.data, texts[_i].printed);
}
END_TEST

START_TEST(what_was_escaped_is_plain)
{
	struct buf once __cleanup(buf_done) = BUF(1000), twice __cleanup(buf_done) = BUF(1000);

	printable_add(texts[_i].text, &once);
	printable_add(once.data, &twice);
	ck_assert_str_eq(once.data, twice.data);
}
END_TEST

START_TEST(no_control_character_is_printed)
{
	for (unsigned c = 1; c < 0xa0; c++) {
		struct buf out __cleanup(buf_done) = BUF(100);
		const char text[] = { (char)(c < 0x80 ? c : 0xc2), (char)(c < 0x80 ? 0 : c), 0 };

		printable_add(text, &out);
		if (c >= 0x20 && c < 0x7f)
			ck_assert_str_eq(out.data, text);
		else
			ck_assert_msg(out.data[0] == '\\' && out.len > 1, "%02x", c);
	}
}
END_TEST

START_TEST(a_sentence_ends_where_its_format_does)
{
	struct buf out __cleanup(buf_done) = BUF(1000);

	printable_printf(&out, "pool %s, %d\n\n", "a\nb\n", 1);
	ck_assert_str_eq(out.data, "pool a\\nb\\n, 1\n\n");
	buf_reset(&out);
	printable_printf(&out, "%s", "no end\n");
	ck_assert_str_eq(out.data, "no end\\n");
	buf_reset(&out);
	printable_printf(&out, "%s\n", "");
	ck_assert_str_eq(out.data, "\n");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base.printable");
	TCase *t = tcase_create("printable");

	tcase_add_loop_test(t, what_a_terminal_acts_on_is_escaped, 0,
			    (int)(sizeof(texts) / sizeof(texts[0])));
	tcase_add_loop_test(t, what_was_escaped_is_plain, 0,
			    (int)(sizeof(texts) / sizeof(texts[0])));
	tcase_add_test(t, no_control_character_is_printed);
	tcase_add_test(t, a_sentence_ends_where_its_format_does);
	suite_add_tcase(s, t);
	return s;
}
