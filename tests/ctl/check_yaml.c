/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/yaml.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static void becomes(const char *json, const char *yaml)
{
	struct buf text __cleanup(buf_done) = BUF(1 << 16);
	struct err e = { 0 };

	buf_puts(&text, json);
	ck_assert_msg(yaml_from_json(&text, &e) == 0, "%s", e.text);
	ck_assert_str_eq(text.data, yaml);
}

START_TEST(maps_and_lists_are_indented_by_two_blanks_a_level)
{
	becomes("{\"kind\":\"IPPool\",\"spec\":{\"uses\":[\"Workload\",\"Tunnel\"],\"none\":{}}}",
		"kind: IPPool\n"
		"spec:\n"
		"  uses:\n"
		"  - Workload\n"
		"  - Tunnel\n"
		"  none: {}\n");
	becomes("[{\"a\":1,\"b\":[[1,2],[]]},{\"c\":{\"d\":null}}]",
		"- a: 1\n"
		"  b:\n"
		"  - - 1\n"
		"    - 2\n"
		"  - []\n"
		"- c:\n"
		"    d: null\n");
}
END_TEST

START_TEST(a_text_alone_is_a_document_too)
{
	becomes("[]", "[]\n");
	becomes("{}", "{}\n");
	becomes("\"a\"", "a\n");
	becomes("", "");
}
END_TEST

START_TEST(numbers_keep_all_their_digits)
{
	becomes("{\"big\":18446744073709551615,\"m\":-1.50e3,\"t\":true}",
		"big: 18446744073709551615\nm: -1.50e3\nt: true\n");
}
END_TEST

START_TEST(what_looks_like_something_else_is_quoted)
{
	static const char *const tricky[] = {
		"", " ", "yes", "No", "ON", "null", "True", "y", "~", "1", "0x1f", "1e3",
		"10.0.0.1", "12:30:45", "2026-08-22", "-", "- a", "a: b", "a #b", "#a", "&a",
		"*a", "!a", "|", ">",
		"%a", "@a", "`a", "{a}", "[a]", "a,b", "'a'", "?", "=", "<<", ".inf", "---",
		"fd86::", "all()", "a b", "a ", "trailing:", "rack == '1'",
	};
	char json[200], yaml[200];

	for (size_t i = 0; i < ARRAY_LEN(tricky); i++) {
		snprintf(json, sizeof(json), "{\"%s\":\"%s\"}", tricky[i], tricky[i]);
		snprintf(yaml, sizeof(yaml), "\"%s\": \"%s\"\n", tricky[i], tricky[i]);
		becomes(json, yaml);
	}
}
END_TEST

START_TEST(plain_words_stand_bare)
{
	becomes("[\"node-1\",\"net.example/rack_1\",\"nullable\",\"Enabled\",\"e1\"]",
		"- node-1\n- net.example/rack_1\n- nullable\n- Enabled\n- e1\n");
}
END_TEST

START_TEST(what_is_not_plainly_visible_is_escaped)
{
	becomes("\"a\\\"b\\\\c\\nd\\te\\u0001f\\u007f\"", "\"a\\\"b\\\\c\\nd\\te\\x01f\\x7F\"\n");
	becomes("\"\\u0085\\u2028\\u202e\\ufeff\\u00a0\"",
		"\"\\N\\L\\u202E\\uFEFF\\_\"\n");
	becomes("\"\xc3\xa9\xe2\x82\xac\"", "\"\xc3\xa9\xe2\x82\xac\"\n");
	becomes("\"\\u003ca\\u0026b\\u003e\"", "\"<a&b>\"\n");
	becomes("{\"a\":\"\xc3\xa9\",\"b\\u202e\":1}", "a: \"\\xE9\"\n\"b\\u202E\": 1\n");
}
END_TEST

START_TEST(a_long_text_stays_on_its_line_and_a_long_name_can_be_read_again)
{
	char name[201] = "", json[600], yaml[600];

	memset(name, 'x', sizeof(name) - 1);
	snprintf(json, sizeof(json), "{\"a\":\"%s b %s\"}", name, name);
	snprintf(yaml, sizeof(yaml), "a: \"%s b %s\"\n", name, name);
	becomes(json, yaml);
	snprintf(json, sizeof(json), "{\"%s\":1}", name);
	snprintf(yaml, sizeof(yaml), "? %s\n: 1\n", name);
	becomes(json, yaml);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ctl.yaml");
	TCase *t = tcase_create("yaml");

	tcase_add_test(t, maps_and_lists_are_indented_by_two_blanks_a_level);
	tcase_add_test(t, a_text_alone_is_a_document_too);
	tcase_add_test(t, numbers_keep_all_their_digits);
	tcase_add_test(t, what_looks_like_something_else_is_quoted);
	tcase_add_test(t, plain_words_stand_bare);
	tcase_add_test(t, what_is_not_plainly_visible_is_escaped);
	tcase_add_test(t, a_long_text_stays_on_its_line_and_a_long_name_can_be_read_again);
	suite_add_tcase(s, t);
	return s;
}
