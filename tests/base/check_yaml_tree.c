/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml/yaml_tree.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/yaml/yaml_write.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

struct seen {
	struct buf json;	/* of each document, a line each: "<first line> <text>" */
};

static int note(struct cJSON *tree, size_t line, void *arg, struct err *e)
{
	struct seen *seen = arg;

	(void)e;
	buf_printf(&seen->json, "%zu ", line);
	json_print(tree, &seen->json);
	buf_putc(&seen->json, '\n');
	json_free(tree);
	return 0;
}

static int read(const char *text, unsigned documents, struct seen *seen, struct err *e)
{
	struct yaml_source source = { .text = text, .len = strlen(text), .file = "f",
				      .values_max = 100, .documents_max = documents };

	return yaml_read_trees(&source, note, seen, e);
}

static void becomes(const char *text, const char *json)
{
	struct seen seen = { .json = BUF(1 << 16) };
	struct err e = { 0 };

	ck_assert_msg(read(text, 3, &seen, &e) == 0, "%s", e.text);
	ck_assert_str_eq(seen.json.data, json);
	buf_done(&seen.json);
}

static void is_refused(const char *text, const char *why)
{
	struct seen seen = { .json = BUF(1 << 16) };
	struct err e = { 0 };

	ck_assert_int_eq(read(text, 3, &seen, &e), -1);
	ck_assert_str_eq(e.text, why);
	buf_done(&seen.json);
}

START_TEST(several_documents_are_shown_in_order_and_empty_ones_passed_over)
{
	becomes("a: 1\n---\n# nothing\n---\nb: [x, {c: d}]\n",
		"1 {\"a\":1}\n5 {\"b\":[\"x\",{\"c\":\"d\"}]}\n");
	becomes("", "");
	becomes("---\n", "");
	becomes("{\"json\": [1, true, null, \"t\"]}", "1 {\"json\":[1,true,null,\"t\"]}\n");
	is_refused("a\n---\nb\n---\nc\n---\nd\n", "f:6: more than 3 documents");
}
END_TEST

START_TEST(what_stands_bare_is_what_it_looks_like)
{
	becomes("[yes, Off, 26, -1.5e3, ~, 10.0.0.0/16, \"26\", '', all()]",
		"1 [true,false,26,-1.5e3,null,\"10.0.0.0/16\",\"26\",\"\",\"all()\"]\n");
}
END_TEST

START_TEST(a_number_that_readers_differ_about_is_refused)
{
	static const char *const numbers[] = { "0x1f", "017", "1_000", "+5", ".5", "5.", ".inf" };
	char text[40], why[200];

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		snprintf(text, sizeof(text), "a: b\nc: %s\n", numbers[i]);
		snprintf(why, sizeof(why), "f:2: \"%s\" is a number to some readers of YAML and a "
			 "text to others; write it as a plain decimal number, or in quotes",
			 numbers[i]);
		is_refused(text, why);
	}
}
END_TEST

START_TEST(names_that_differ_in_case_are_two)
{
	becomes("b: 1\na: 2\nA: 3\n", "1 {\"A\":3,\"a\":2,\"b\":1}\n");
	is_refused("a: 1\na: 2\n", "f:2: \"a\" is given twice");
}
END_TEST

START_TEST(a_document_that_is_not_whole_is_not_shown)
{
	struct seen seen = { .json = BUF(1 << 16) };
	struct err e = { 0 };

	ck_assert_int_eq(read("a: 1\n---\nb: [1\n", 3, &seen, &e), -1);
	ck_assert_str_eq(seen.json.data, "1 {\"a\":1}\n");
	ck_assert_int_eq(e.kind, ERR_DECODE);
	ck_assert_int_eq(strncmp(e.text, "f:4: invalid YAML: ", 19), 0);
	buf_done(&seen.json);
}
END_TEST

START_TEST(a_map_has_a_limit_of_names)
{
	struct buf text __cleanup(buf_done) = BUF(1 << 20);
	struct seen seen = { .json = BUF(1 << 20) };
	struct yaml_source source = { .file = "f", .values_max = 100000 };
	struct err e = { 0 };

	for (unsigned i = 0; i <= YAML_NAMES_MAX; i++)
		buf_printf(&text, "n%u: 1\n", i);
	source.text = text.data;
	source.len = text.len;
	ck_assert_int_eq(yaml_read_trees(&source, note, &seen, &e), -1);
	ck_assert_int_eq(e.kind, ERR_LIMIT);
	ck_assert_str_eq(e.text, "f:2001: more than 2000 names are in one map");
	buf_done(&seen.json);
}
END_TEST

START_TEST(what_is_written_is_read_again_as_it_was)
{
	static const char *const texts[] = {
		"{\"a\":[{\"b\":[]},[[\"- x\"]],{}],\"c: d\":\"#\",\"e\":\"\\u202e \\\"'\\n\"}",
		"[\"0x1f\",\"yes\",\"1\",1,18446744073709551615,true,null,\"null\",\"\xc3\xa9\"]",
	};
	struct buf yaml __cleanup(buf_done) = BUF(1 << 16);
	struct buf json __cleanup(buf_done) = BUF(1 << 16);

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct err e = { 0 };
		struct cJSON *tree __cleanup(json_freep) =
			json_parse(texts[i], strlen(texts[i]), &e);

		buf_reset(&yaml);
		buf_reset(&json);
		yaml_print(tree, &yaml);
		buf_puts(&json, "1 ");
		json_print(tree, &json);
		buf_putc(&json, '\n');
		becomes(yaml.data, json.data);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base.yaml_tree");
	TCase *t = tcase_create("yaml_tree");

	tcase_add_test(t, several_documents_are_shown_in_order_and_empty_ones_passed_over);
	tcase_add_test(t, what_stands_bare_is_what_it_looks_like);
	tcase_add_test(t, a_number_that_readers_differ_about_is_refused);
	tcase_add_test(t, names_that_differ_in_case_are_two);
	tcase_add_test(t, a_document_that_is_not_whole_is_not_shown);
	tcase_add_test(t, a_map_has_a_limit_of_names);
	tcase_add_test(t, what_is_written_is_read_again_as_it_was);
	suite_add_tcase(s, t);
	return s;
}
