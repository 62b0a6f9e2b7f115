/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/yaml.h"
#include "tests/suite.h"

#include <check.h>
#include <stdlib.h>

static const struct column columns[] = {
	{ .heading = "NAME", .name = "name" },
	{ .name = "only in JSON" },
	{ .heading = "ONLY IN TABLES" },
	{ .heading = ">HELD", .name = "held", .wide = true },
};

static struct call call;
static struct rows rows;

static void begin(bool json, bool wide)
{
	setenv("NO_COLOR", "1", 1);
	call = (struct call){ .json = json, .wide = wide };
	buf_init(&call.out, 1 << 16);
	rows_init(&rows, &call, columns, ARRAY_LEN(columns));
}

static void is_printed(const char *text)
{
	ck_assert_str_eq(call.out.data, text);
	buf_done(&call.out);
	rows_done(&rows);
}

/* As YAML, which is shorter. */
static void is_json_of(const char *yaml)
{
	struct err e = { 0 };

	ck_assert_msg(yaml_from_json(&call.out, &e) == 0, "%s", e.text);
	is_printed(yaml);
}

static void add_two_rows(void)
{
	rows_add(&rows, cell_text("a"), cell_bool(true), cell_yes(true), cell_number(UINT64_MAX));
	rows_add(&rows, cell_text("long"), cell_integer(-1), cell_text("t"), cell_number(0));
	rows_print(&rows, &call.out);
}

START_TEST(a_table_has_the_columns_with_a_heading)
{
	begin(false, false);
	add_two_rows();
	is_printed("NAME  ONLY IN TABLES\n"
		   "a     yes\n"
		   "long  t\n");
}
END_TEST

START_TEST(a_wide_table_has_the_wide_columns_too)
{
	begin(false, true);
	add_two_rows();
	is_printed("NAME  ONLY IN TABLES                  HELD\n"
		   "a     yes             18446744073709551615\n"
		   "long  t                                  0\n");
}
END_TEST

START_TEST(json_has_the_columns_with_a_name_wide_or_not)
{
	begin(true, false);
	add_two_rows();
	is_json_of("- name: a\n"
		   "  \"only in JSON\": true\n"
		   "  held: 18446744073709551615\n"
		   "- name: long\n"
		   "  \"only in JSON\": -1\n"
		   "  held: 0\n");
}
END_TEST

static void add_empty_rows(void)
{
	rows_add(&rows, cell_text(NULL), cell_json(NULL), cell_text(NULL), cell_absent());
	rows_add(&rows, cell_text_if_any(NULL), cell_absent(), cell_text_if_any("t"));
	rows_print(&rows, &call.out);
}

START_TEST(no_text_is_null_and_what_is_absent_is_left_out)
{
	begin(true, false);
	add_empty_rows();
	is_json_of("- name: null\n"
		   "  \"only in JSON\": null\n"
		   "- {}\n");
}
END_TEST

START_TEST(in_a_table_both_are_a_dash)
{
	begin(false, true);
	add_empty_rows();
	is_printed("NAME  ONLY IN TABLES  HELD\n"
		   "-     -                  -\n"
		   "-     t                  -\n");
}
END_TEST

static void add_resources(void)
{
	rows_add_stored(&rows, "{\"kind\":\"IPPool\"}", cell_text("read"));
	rows_add_stored(&rows, NULL, cell_text("unreadable"));
	rows_print(&rows, &call.out);
}

START_TEST(json_of_a_resource_is_the_record_and_of_none_nothing)
{
	begin(true, false);
	add_resources();
	is_json_of("- kind: IPPool\n");
	begin(false, false);
	add_resources();
	is_printed("NAME        ONLY IN TABLES\n"
		   "read        -\n"
		   "unreadable  -\n");
}
END_TEST

START_TEST(what_is_json_and_lists_of_texts_stand_in_their_field)
{
	static const char *const texts[] = { "a", "b" };

	begin(true, false);
	rows_add(&rows, cell_json("{\"x\":1.50}"), cell_texts(texts, 2), cell_absent(),
		 cell_texts(NULL, 0));
	rows_print(&rows, &call.out);
	is_json_of("- name:\n"
		   "    x: 1.50\n"
		   "  \"only in JSON\":\n"
		   "  - a\n"
		   "  - b\n"
		   "  held: []\n");
}
END_TEST

START_TEST(addresses_and_blocks_are_texts)
{
	struct cidr block;

	ck_assert_int_eq(cidr_parse("fd86::/122", &block), 0);
	begin(true, false);
	rows_add(&rows, cell_addr(block.base), cell_cidr(block));
	rows_print(&rows, &call.out);
	is_json_of("- name: \"fd86::\"\n"
		   "  \"only in JSON\": \"fd86::/122\"\n");
}
END_TEST

START_TEST(rows_stand_in_an_object_where_they_are_named)
{
	begin(true, false);
	rows_add(&rows, cell_text("a"));
	fields_print_json(FIELDS({ "before", cell_number(1) }, { "list", cell_rows(&rows) },
				 { "left out", cell_absent() }), &call.out);
	is_json_of("before: 1\n"
		   "list:\n"
		   "- name: a\n");
}
END_TEST

static void print_fields(void)
{
	fields_print(&call, FIELDS({ "strict", cell_bool(false) }, { "handle", cell_text(NULL) },
				   { "absent", cell_absent() }, { "seconds", cell_integer(300) }));
}

START_TEST(fields_are_an_object_or_a_table_of_those_that_say_something)
{
	begin(true, false);
	print_fields();
	is_json_of("strict: false\n"
		   "handle: null\n"
		   "seconds: 300\n");
	begin(false, false);
	print_fields();
	is_printed("FIELD    VALUE\n"
		   "strict   false\n"
		   "seconds  300\n");
}
END_TEST

START_TEST(an_answer_is_an_object_or_a_sentence)
{
	begin(true, false);
	answer_print(&call, FIELDS({ "deleted", cell_text("v4") }), "pool %s deleted\n", "v4");
	is_json_of("deleted: v4\n");
	begin(false, false);
	answer_print(&call, FIELDS({ "deleted", cell_text("v4") }), "pool %s deleted\n", "v4");
	is_printed("pool v4 deleted\n");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ctl.rows");
	TCase *t = tcase_create("rows");

	tcase_add_test(t, a_table_has_the_columns_with_a_heading);
	tcase_add_test(t, a_wide_table_has_the_wide_columns_too);
	tcase_add_test(t, json_has_the_columns_with_a_name_wide_or_not);
	tcase_add_test(t, no_text_is_null_and_what_is_absent_is_left_out);
	tcase_add_test(t, in_a_table_both_are_a_dash);
	tcase_add_test(t, json_of_a_resource_is_the_record_and_of_none_nothing);
	tcase_add_test(t, what_is_json_and_lists_of_texts_stand_in_their_field);
	tcase_add_test(t, addresses_and_blocks_are_texts);
	tcase_add_test(t, rows_stand_in_an_object_where_they_are_named);
	tcase_add_test(t, fields_are_an_object_or_a_table_of_those_that_say_something);
	tcase_add_test(t, an_answer_is_an_object_or_a_sentence);
	suite_add_tcase(s, t);
	return s;
}
