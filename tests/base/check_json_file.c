/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "base/json_file.h"
#include "tests/suite.h"

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define VALUE_MAX 100	/* bytes */

static struct err e;
static char folder[32], path[64];
static struct json_file f;

static void setup(void)
{
	err_reset(&e);
	f = (struct json_file){ 0 };
	strcpy(folder, "/tmp/json_file.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/file.json", folder);
}

static void teardown(void)
{
	json_file_done(&f);
	unlink(path);
	rmdir(folder);
}

static void open_text(const char *text)
{
	json_file_done(&f);
	err_reset(&e);
	ck_assert_int_eq(io_replace_file(path, text, strlen(text), 0600, &e), 0);
	ck_assert_int_eq(json_file_open(&f, path, VALUE_MAX, &e), 0);
}

/* The file's one value, printed. */
static void value_is(const char *text, const char *want)
{
	struct cJSON *value __cleanup(json_freep) = NULL;
	struct buf printed __cleanup(buf_done) = BUF(1000);

	open_text(text);
	value = json_file_value(&f, json_file_token(&f), &e);
	ck_assert_msg(value != NULL, "%s: %s", text, e.text);
	json_print(value, &printed);
	ck_assert_str_eq(printed.data, want);
	ck_assert_int_eq(json_file_token(&f), EOF);
}

START_TEST(a_value_of_any_kind_is_read)
{
	static const char *const values[] = {
		"1", "-1.50e3", "18446744073709551615", "true", "null", "\"\"", "\"a,]}:b\"",
		"\"\\\"\"", "\"\\\\\"", "[]", "{}", "[1,[2,{\"a\":\"]\"}],{}]",
		"{\"a\":{\"b\":[\"}\"]}}",
	};

	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		value_is(values[i], values[i]);
	value_is(" \n\t[ 1 ,\r\n2 ] \n", "[1,2]");
}
END_TEST

/* Reads a list of numbers, and returns their sum, or -1 with e. */
static int sum_of(const char *text)
{
	int c, rc, sum = 0;
	int64_t n;

	open_text(text);
	if (json_file_token(&f) != '[')
		return json_file_bad(&f, "it is no list", &e);
	for (bool first = true; (rc = json_file_next(&f, ']', first, &c, &e)) > 0; first = false) {
		struct cJSON *value __cleanup(json_freep) = json_file_value(&f, c, &e);

		if (!value)
			return -1;
		ck_assert_int_eq(json_i64(value, &n), 0);
		sum += (int)n;
	}
	return rc < 0 ? -1 : sum;
}

START_TEST(a_list_is_read_element_by_element)
{
	ck_assert_int_eq(sum_of("[]"), 0);
	ck_assert_int_eq(sum_of(" [ ] "), 0);
	ck_assert_int_eq(sum_of("[1]"), 1);
	ck_assert_int_eq(sum_of("[1,2 ,\n3\t]"), 6);
}
END_TEST

static const char *const no_lists[] = {
	"", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1;2]", "[1}", "[1,,2]", "[x]", "{}",
	"[\"1]",
	"[01]",
};

START_TEST(what_is_no_list_is_refused)
{
	ck_assert_int_eq(sum_of(no_lists[_i]), -1);
	ck_assert_int_eq(e.kind, ERR_DECODE);
	ck_assert_ptr_nonnull(strstr(e.text, path));
}
END_TEST

START_TEST(an_object_is_read_name_by_name)
{
	struct cJSON *name, *value;
	int c;

	open_text("{ \"a:\" : 1,\"b\":[2]}");
	ck_assert_int_eq(json_file_token(&f), '{');
	ck_assert_int_eq(json_file_next(&f, '}', true, &c, &e), 1);
	name = json_file_name(&f, c, &e);
	ck_assert_str_eq(json_string(name), "a:");
	value = json_file_value(&f, json_file_token(&f), &e);
	ck_assert_int_eq(json_type(value), JSON_NUMBER);
	json_free(name);
	json_free(value);
	ck_assert_int_eq(json_file_next(&f, '}', false, &c, &e), 1);
	name = json_file_name(&f, c, &e);
	ck_assert_str_eq(json_string(name), "b");
	value = json_file_value(&f, json_file_token(&f), &e);
	ck_assert_uint_eq(json_count(value), 1);
	json_free(name);
	json_free(value);
	ck_assert_int_eq(json_file_next(&f, '}', false, &c, &e), 0);
	ck_assert_int_eq(json_file_token(&f), EOF);
}
END_TEST

static const char *const no_names[] = { "1:2", "\"a\"", "\"a\" 1", "\"a", "", "a:1" };

START_TEST(what_is_no_name_is_refused)
{
	open_text(no_names[_i]);
	ck_assert_ptr_null(json_file_name(&f, json_file_token(&f), &e));
	ck_assert_int_eq(e.kind, ERR_DECODE);
}
END_TEST

START_TEST(a_value_beyond_the_limit_is_refused_and_the_byte_named)
{
	char text[2 * VALUE_MAX + 3] = "[\"";

	memset(text + 2, 'x', 2 * VALUE_MAX);
	open_text(text);
	ck_assert_ptr_null(json_file_value(&f, json_file_token(&f), &e));
	ck_assert_int_eq(e.kind, ERR_DECODE);
	ck_assert_ptr_nonnull(strstr(e.text, "a value is too large, at byte 101"));
}
END_TEST

START_TEST(a_file_of_any_size_is_read_within_the_limit_of_a_value)
{
	struct buf text __cleanup(buf_done) = BUF(1 << 20);

	for (int i = 0; i < 10000; i++)
		buf_puts(&text, i ? ",1" : "[1");
	buf_putc(&text, ']');
	ck_assert_int_eq(sum_of(text.data), 10000);
	ck_assert_uint_le(f.text.cap, VALUE_MAX + 1);
	ck_assert_uint_eq(f.at, text.len);
}
END_TEST

START_TEST(it_can_be_read_again_from_its_first_byte)
{
	open_text("[7]");
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(json_file_token(&f), '[');
		ck_assert_int_eq(json_file_token(&f), '7');
		ck_assert_int_eq(json_file_rewind(&f, &e), 0);
		ck_assert_uint_eq(f.at, 0);
	}
}
END_TEST

START_TEST(a_folder_or_an_absent_file_is_named)
{
	ck_assert_int_eq(json_file_open(&f, path, VALUE_MAX, &e), -1);
	ck_assert_int_eq(e.kind, ERR_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(e.text, path));
	json_file_done(&f);
	err_reset(&e);
	ck_assert_int_eq(json_file_open(&f, folder, VALUE_MAX, &e), 0);
	ck_assert_ptr_null(json_file_value(&f, json_file_token(&f), &e));
	ck_assert_int_eq(e.kind, ERR_IO);
	ck_assert_ptr_nonnull(strstr(e.text, folder));
}
END_TEST

#define TEST(name) tcase_add_test(t, name)
#define LOOP(name, list) tcase_add_loop_test(t, name, 0, (int)ARRAY_LEN(list))

Suite *suite(void)
{
	Suite *s = suite_create("base.json_file");
	TCase *t = tcase_create("json_file");

	tcase_add_checked_fixture(t, setup, teardown);
	TEST(a_value_of_any_kind_is_read);
	TEST(a_list_is_read_element_by_element);
	LOOP(what_is_no_list_is_refused, no_lists);
	TEST(an_object_is_read_name_by_name);
	LOOP(what_is_no_name_is_refused, no_names);
	TEST(a_value_beyond_the_limit_is_refused_and_the_byte_named);
	TEST(a_file_of_any_size_is_read_within_the_limit_of_a_value);
	TEST(it_can_be_read_again_from_its_first_byte);
	TEST(a_folder_or_an_absent_file_is_named);
	suite_add_tcase(s, t);
	return s;
}
