/* SPDX-License-Identifier: Apache-2.0 */
/* What JSON is read, what is kept of it, and how it is written. */
#include "base/json.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PRINT_MAX (1 << 20)

static struct err e;

/* Parses from memory that ends where the text does, so that a read beyond it is seen. */
static struct cJSON *parse_bytes(const char *text, size_t len)
{
	char *exact = malloc(len ? len : 1);
	struct cJSON *tree;

	ck_assert_ptr_nonnull(exact);
	memcpy(exact, text, len);
	err_reset(&e);
	tree = json_parse(exact, len, &e);
	free(exact);
	return tree;
}

static struct cJSON *parse(const char *text)
{
	struct cJSON *tree = parse_bytes(text, strlen(text));

	ck_assert_msg(tree != NULL, "%s: %s", text, e.text);
	return tree;
}

/* What is printed of a tree; lives until the next. */
static const char *print(const struct cJSON *tree)
{
	static char text[8192];
	struct buf out __cleanup(buf_done) = BUF(sizeof(text) - 1);

	json_print(tree, &out);
	ck_assert(!out.failed);
	strcpy(text, out.data);
	return text;
}

static void assert_prints(const char *text, const char *printed)
{
	struct cJSON *tree __cleanup(json_freep) = parse(text);

	ck_assert_str_eq(print(tree), printed);
}

static void assert_stays(const char *text)
{
	assert_prints(text, text);
}

static void assert_refused_bytes(const char *text, size_t len)
{
	struct cJSON *tree __cleanup(json_freep) = parse_bytes(text, len);

	ck_assert_msg(!tree, "accepted: %s", text);
	ck_assert_int_eq(e.kind, ERR_DECODE);
	ck_assert_msg(strncmp(e.text, "invalid JSON at byte ", 21) == 0, "%s", e.text);
}

static void assert_refused(const char *text)
{
	assert_refused_bytes(text, strlen(text));
}

/* Numbers */

START_TEST(numbers_keep_the_text_they_were_read_with)
{
	static const char *const numbers[] = {
		"0", "-0", "1", "-1", "7", "10", "1e3", "1E+3", "1.50", "0.1", "-0.0", "1e999",
		"123456789012345",
		"999999999999999", "1000000000000000", "-999999999999999", "-1000000000000000",
		"9007199254740993",
		"9223372036854775807", "-9223372036854775808", "18446744073709551615",
		"18446744073709551616",
		"1787392800000000000", "0.30000000000000004",
		"100000000000000000000000000000000000000000000000",
	};

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		assert_stays(numbers[i]);
	assert_stays("{\"a\":[1,1.0,{\"b\":18446744073709551615}],\"c\":-0,\"d\":[[],{},1e3]}");
}
END_TEST

START_TEST(numbers_in_strings_and_names_are_no_numbers)
{
	assert_stays("{\"1\":2,\"-3\":\"4\",\"5\\\"6\":[\"7\\\\\",8],\"\\\\\":9.0}");
}
END_TEST

START_TEST(integers_are_exact_to_64_bits)
{
	struct cJSON *tree __cleanup(json_freep) =
		parse("[18446744073709551615,9223372036854775807,-9223372036854775808,"
		      "1787392800000000000,0,-5]");
	struct cJSON *item = json_first(tree);
	uint64_t u = 1;
	int64_t i = 1;

	ck_assert_int_eq(json_u64(item, &u), 0);
	ck_assert_uint_eq(u, UINT64_MAX);
	ck_assert_int_eq(json_i64(item, &i), -1);
	ck_assert_int_eq(i, 1);
	item = json_next(item);
	ck_assert_int_eq(json_i64(item, &i), 0);
	ck_assert_int_eq(i, INT64_MAX);
	item = json_next(item);
	ck_assert_int_eq(json_i64(item, &i), 0);
	ck_assert_int_eq(i, INT64_MIN);
	ck_assert_int_eq(json_u64(item, &u), -1);
	item = json_next(item);
	ck_assert_int_eq(json_u64(item, &u), 0);
	ck_assert_uint_eq(u, 1787392800000000000u);
	item = json_next(item);
	ck_assert_int_eq(json_u64(item, &u), 0);
	ck_assert_uint_eq(u, 0);
	item = json_next(item);
	ck_assert_int_eq(json_u64(item, &u), -1);
	ck_assert_int_eq(json_i64(item, &i), 0);
	ck_assert_int_eq(i, -5);
}
END_TEST

START_TEST(what_is_no_integer_in_range_is_none)
{
	struct cJSON *tree __cleanup(json_freep) =
		parse("[18446744073709551616,1e3,1.0,1.5,\"1\",true,null,[],{},-1.0,"
		      "99999999999999999999999]");
	uint64_t u = 7;
	int64_t i = 7;

	for (struct cJSON *item = json_first(tree); item; item = json_next(item)) {
		ck_assert_int_eq(json_u64(item, &u), -1);
		ck_assert_int_eq(json_i64(item, &i), -1);
	}
	ck_assert_uint_eq(u, 7);
	ck_assert_int_eq(i, 7);
}
END_TEST

START_TEST(built_numbers_are_exact)
{
	struct cJSON *list __cleanup(json_freep) = json_new_array();

	json_append(list, json_new_u64(0));
	json_append(list, json_new_u64(UINT64_MAX));
	json_append(list, json_new_u64(999999999999999));
	json_append(list, json_new_u64(1000000000000000));
	json_append(list, json_new_i64(INT64_MIN));
	json_append(list, json_new_i64(-1));
	json_append(list, json_new_i64(INT64_MAX));
	ck_assert_str_eq(print(list), "[0,18446744073709551615,999999999999999,1000000000000000,"
			 "-9223372036854775808,-1,9223372036854775807]");
}
END_TEST

/* Strings */

START_TEST(strings_are_escaped_as_go_does)
{
	assert_prints("\"<b>&amp;</b>\"", "\"\\u003cb\\u003e\\u0026amp;\\u003c/b\\u003e\"");
	assert_prints("\"\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa\"", "\"\\u2028\\u2029\xe2\x80\xaa\"");
	assert_prints("\"\\/\\u0041\\u00e9\\ud83d\\ude00\"", "\"/A\xc3\xa9\xf0\x9f\x98\x80\"");
	assert_stays("\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
	assert_prints("{\"<\":1}", "{\"\\u003c\":1}");
}
END_TEST

START_TEST(bytes_that_are_no_utf8_become_the_replacement_character)
{
	assert_prints("\"a\xff" "b\"", "\"a\\ufffdb\"");
	assert_prints("\"\xe2\x80\"", "\"\\ufffd\\ufffd\"");
	assert_prints("\"\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80\"",
		      "\"\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\"");
	assert_stays("\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xee\x80\x80"
		     "\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"");
}
END_TEST

START_TEST(a_string_cannot_hide_what_comes_after_a_nul)
{
	assert_refused("\"a\\u0000b\"");
	assert_refused("{\"a\\u0000b\":1}");
	assert_stays("\"\\\\u0000\"");
}
END_TEST

/* Texts */

START_TEST(what_is_not_json_is_refused)
{
	static const char *const texts[] = {
		"", " ", "nul", "nulll", "tru", "True", "{", "}", "[", "]", "[1", "[1,", "[1,]",
		"[,1]", "[1 2]", "{]",
		"{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{'a':1}", "{1:1}", "{\"a\" 1}",
		"{\"a\":1 \"b\":2}",
		"01", "-", "-01", "+1", "1.", ".5", "1.e3", "1e", "1e+", "0x10", "1_000", "NaN",
		"Infinity", "--1",
		"\"", "\"a", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\ud800\"",
		"\"\\udc00\"",
		"\"a\nb\"", "\"a\tb\"", "\"\x01\"", ("\x01" "1"), "1\x0b", "\xef\xbb\xbf{}", "[1]x",
		"{} {}", "1 2",
		"// 1\n1", "/**/1", "[1]]",
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_refused(texts[i]);
}
END_TEST

START_TEST(a_nul_is_no_blank)
{
	assert_refused_bytes("{}\0", 3);
	assert_refused_bytes("\0{}", 3);
	assert_refused_bytes("[\0]", 3);
	assert_refused_bytes("[1,\0" "2]", 6);
	assert_refused_bytes("\"a\0b\"", 5);
	assert_refused_bytes("1\0", 2);
}
END_TEST

START_TEST(blanks_around_a_text_are_passed_over)
{
	assert_prints(" \t\r\n{ \"a\" :\n[ 1 , 2 ] , \"b\":{ } }\n ", "{\"a\":[1,2],\"b\":{}}");
}
END_TEST

START_TEST(an_error_names_the_byte)
{
	assert_refused("[1,x]");
	ck_assert_msg(strncmp(e.text, "invalid JSON at byte 3", 22) == 0, "%s", e.text);
	assert_refused("{} x");
	ck_assert_str_eq(e.text, "invalid JSON at byte 3: text after the end");
	assert_refused("[1");
	ck_assert_str_eq(e.text, "invalid JSON at byte 2: it ends too soon");
}
END_TEST

START_TEST(a_text_is_read_to_its_length_and_no_further)
{
	static const char text[] =
		"{\"a\":[1,2.50,\"x\\u00e9\\n\",true,null],\"b\":{\"c\":18446744073709551615}}";
	struct cJSON *tree __cleanup(json_freep) = parse_bytes(text, sizeof(text) - 1);

	ck_assert_ptr_nonnull(tree);
	for (size_t len = 0; len < sizeof(text) - 1; len++)
		assert_refused_bytes(text, len);
}
END_TEST

START_TEST(nesting_ends_at_the_limit)
{
	static char text[2000000];

	memset(text, '[', JSON_DEPTH_MAX);
	memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
	text[2 * JSON_DEPTH_MAX] = '\0';
	assert_stays(text);
	memset(text, '[', sizeof(text));
	assert_refused_bytes(text, sizeof(text));
	assert_refused_bytes(text, JSON_DEPTH_MAX + 1);
	for (size_t i = 0; i + 5 <= sizeof(text); i += 5)
		memcpy(text + i, "{\"\":[", 5);
	assert_refused_bytes(text, sizeof(text));
}
END_TEST

START_TEST(a_number_is_at_most_so_long)
{
	char text[JSON_NUMBER_MAX + 2];

	memset(text, '9', sizeof(text));
	text[JSON_NUMBER_MAX + 1] = '\0';
	assert_refused(text);
	ck_assert_str_eq(e.text, "invalid JSON at byte 0: number too long");
	text[JSON_NUMBER_MAX] = '\0';
	assert_stays(text);
}
END_TEST

/* Names */

START_TEST(fields_ignore_case_and_the_last_duplicate_wins)
{
	struct cJSON *tree __cleanup(json_freep) =
		parse("{\"Name\":\"a\",\"x\":1,\"NAME\":\"b\",\"nam\":\"c\"}");
	const char *name = NULL;

	ck_assert_int_eq(json_get_string(tree, "name", &name, &e), 0);
	ck_assert_str_eq(name, "b");
	ck_assert_ptr_null(json_field(tree, "names"));
}
END_TEST

START_TEST(a_null_takes_back_nothing_but_what_is_a_pointer_in_go)
{
	struct cJSON *tree __cleanup(json_freep) =
		parse("{\"v\":null,\"b\":true,\"n\":7,\"s\":\"x\",\"B\":null,\"n\":null,\"s\":null,"
		      "\"l\":[],\"l\":null,\"b\":null,\"x\":1,\"s\":\"y\",\"s\":null}");
	const char *text = NULL, *pointer = NULL;
	struct cJSON *list = NULL;
	bool b = false;
	int64_t n = 0;

	ck_assert_int_eq(json_get_bool(tree, "b", &b, &e), 0);
	ck_assert_int_eq(json_get_i64(tree, "n", &n, &e), 0);
	ck_assert_int_eq(json_get_string(tree, "s", &text, &e), 0);
	ck_assert(b && n == 7);
	ck_assert_pstr_eq(text, "y");
	ck_assert_int_eq(json_get_nullable(tree, "s", &pointer, &e), 0);
	ck_assert_ptr_null(pointer);
	ck_assert_int_eq(json_get_array(tree, "l", &list, &e), 0);
	ck_assert_ptr_null(list);
	ck_assert_int_eq(json_get_bool(tree, "v", &b, &e), 0);
	ck_assert_int_eq(json_get_bool(tree, "x", &b, &e), -1);
}
END_TEST

START_TEST(entries_are_exact_and_the_last_duplicate_wins)
{
	struct cJSON *tree __cleanup(json_freep) = parse("{\"a\":1,\"A\":2,\"a\":3}");
	uint64_t n = 0;

	ck_assert_int_eq(json_u64(json_entry(tree, "a"), &n), 0);
	ck_assert_uint_eq(n, 3);
	ck_assert_int_eq(json_u64(json_entry(tree, "A"), &n), 0);
	ck_assert_uint_eq(n, 2);
	ck_assert_ptr_null(json_entry(tree, "b"));
}
END_TEST

START_TEST(unknown_fields_survive_in_their_order)
{
	struct cJSON *tree __cleanup(json_freep) =
		parse("{\"z\":{\"q\":[1.0]},\"known\":1,\"a\":null}");

	json_set(tree, "known", json_new_u64(18446744073709551615u));
	json_set(tree, "new", json_new_bool(true));
	ck_assert_str_eq(print(tree),
			 "{\"z\":{\"q\":[1.0]},\"known\":18446744073709551615,\"a\":null,"
			 "\"new\":true}");
}
END_TEST

START_TEST(a_field_is_set_in_its_place_and_spelling)
{
	struct cJSON *tree __cleanup(json_freep) = parse("{\"CIDR\":1,\"b\":2}");

	json_set(tree, "cidr", json_new_string("x"));
	ck_assert_str_eq(print(tree), "{\"CIDR\":\"x\",\"b\":2}");
	json_remove(tree, "Cidr");
	json_remove(tree, "absent");
	ck_assert_str_eq(print(tree), "{\"b\":2}");
}
END_TEST

START_TEST(entries_are_inserted_in_bytewise_order)
{
	struct cJSON *map __cleanup(json_freep) = json_new_object();

	json_set_entry(map, "b", json_new_u64(1));
	json_set_entry(map, "10", json_new_u64(2));
	json_set_entry(map, "9", json_new_u64(3));
	json_set_entry(map, "B", json_new_u64(4));
	json_set_entry(map, "\xc3\xa9", json_new_u64(5));
	json_set_entry(map, "10", json_new_u64(6));
	json_set_entry(map, "a", json_new_u64(7));
	ck_assert_str_eq(print(map), "{\"10\":6,\"9\":3,\"B\":4,\"a\":7,\"b\":1,\"\xc3\xa9\":5}");
	json_remove_entry(map, "B");
	json_remove_entry(map, "A");
	ck_assert_str_eq(print(map), "{\"10\":6,\"9\":3,\"a\":7,\"b\":1,\"\xc3\xa9\":5}");
	ck_assert_uint_eq(json_count(map), 5);
}
END_TEST

START_TEST(removing_removes_every_duplicate)
{
	struct cJSON *tree __cleanup(json_freep) = parse("{\"a\":1,\"b\":2,\"A\":3,\"a\":4}");

	json_remove_entry(tree, "a");
	ck_assert_str_eq(print(tree), "{\"b\":2,\"A\":3}");
	json_remove(tree, "a");
	ck_assert_str_eq(print(tree), "{\"b\":2}");
}
END_TEST

START_TEST(an_entry_goes_where_its_key_belongs_and_a_field_to_the_end)
{
	struct cJSON *map __cleanup(json_freep) =
		parse("{\"a\":{\"z\":1,\"y\":2},\"b\":[2,1],\"c\":1}");

	json_set_entry(map, "bb", json_new_null());
	json_set(map, "d", json_new_null());
	ck_assert_str_eq(print(map),
			 "{\"a\":{\"z\":1,\"y\":2},\"b\":[2,1],\"bb\":null,\"c\":1,\"d\":null}");
}
END_TEST

START_TEST(a_detached_item_can_be_set_again)
{
	struct cJSON *tree __cleanup(json_freep) = parse("{\"a\":[1,2],\"b\":3,\"c\":4,\"e\":5}");

	json_set(tree, "b", json_detach(tree, json_entry(tree, "a")));
	ck_assert_str_eq(print(tree), "{\"b\":[1,2],\"c\":4,\"e\":5}");
	json_set_entry(tree, "a", json_detach(tree, json_entry(tree, "e")));
	ck_assert_str_eq(print(tree), "{\"a\":5,\"b\":[1,2],\"c\":4}");
	json_set_entry(tree, "c", json_detach(tree, json_entry(tree, "b")));
	json_set(tree, "new", json_detach(tree, json_entry(tree, "c")));
	ck_assert_str_eq(print(tree), "{\"a\":5,\"new\":[1,2]}");
}
END_TEST

/* Typed access */

START_TEST(absent_and_null_leave_the_default)
{
	struct cJSON *tree __cleanup(json_freep) = parse("{\"n\":null}");
	static const char *const names[] = { "n", "absent" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct cJSON *object = tree, *array = tree;
		const char *text = "default";
		int64_t signed_n = -3;
		uint64_t n = 3;
		bool b = true;

		ck_assert_int_eq(json_get_string(tree, names[i], &text, &e), 0);
		ck_assert_int_eq(json_get_bool(tree, names[i], &b, &e), 0);
		ck_assert_int_eq(json_get_i64(tree, names[i], &signed_n, &e), 0);
		ck_assert_int_eq(json_get_u64(tree, names[i], &n, &e), 0);
		ck_assert_int_eq(json_get_object(tree, names[i], &object, &e), 0);
		ck_assert_int_eq(json_get_array(tree, names[i], &array, &e), 0);
		ck_assert_str_eq(text, "default");
		ck_assert(b && n == 3 && signed_n == -3 && !object && !array);
	}
}
END_TEST

START_TEST(a_field_of_another_type_is_named)
{
	struct cJSON *tree __cleanup(json_freep) =
		parse("{\"s\":1,\"b\":\"true\",\"i\":1.5,\"u\":-1,\"o\":[],\"a\":{}}");
	struct cJSON *item = tree;
	const char *text = "kept";
	int64_t i = 7;
	uint64_t u = 7;
	bool b = true;

	ck_assert_int_eq(json_get_string(tree, "s", &text, &e), -1);
	ck_assert_int_eq(e.kind, ERR_DECODE);
	ck_assert_str_eq(e.text, "field \"s\" must be a string, not a number");
	ck_assert_int_eq(json_get_bool(tree, "b", &b, &e), -1);
	ck_assert_str_eq(e.text, "field \"b\" must be a boolean, not a string");
	ck_assert_int_eq(json_get_i64(tree, "i", &i, &e), -1);
	ck_assert_int_eq(json_get_u64(tree, "u", &u, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "\"u\""));
	ck_assert_int_eq(json_get_object(tree, "o", &item, &e), -1);
	ck_assert_int_eq(json_get_array(tree, "a", &item, &e), -1);
	ck_assert_str_eq(e.text, "field \"a\" must be a list, not an object");
	ck_assert(b && i == 7 && u == 7 && item == tree);
	ck_assert_str_eq(text, "kept");
}
END_TEST

START_TEST(fields_of_what_is_no_object_are_absent)
{
	struct cJSON *list __cleanup(json_freep) = parse("[{\"a\":1}]");
	const char *text = NULL;

	ck_assert_ptr_null(json_field(list, "a"));
	ck_assert_ptr_null(json_entry(NULL, "a"));
	ck_assert_ptr_null(json_first(NULL));
	ck_assert_uint_eq(json_count(NULL), 0);
	ck_assert_int_eq(json_get_string(NULL, "a", &text, &e), 0);
	ck_assert_ptr_null(text);
	ck_assert_int_eq(json_type(NULL), JSON_ABSENT);
	ck_assert_ptr_null(json_string(json_first(list)));
	ck_assert(!json_true(NULL));
}
END_TEST

START_TEST(the_text_of_a_field_that_is_no_string_is_empty)
{
	struct cJSON *tree __cleanup(json_freep) = parse("{\"a\":1,\"B\":\"x\",\"c\":null}");

	ck_assert_str_eq(json_field_text(tree, "b"), "x");
	ck_assert_str_eq(json_field_text(tree, "a"), "");
	ck_assert_str_eq(json_field_text(tree, "c"), "");
	ck_assert_str_eq(json_field_text(tree, "d"), "");
	ck_assert_str_eq(json_field_text(NULL, "a"), "");
}
END_TEST

/* Copies and comparison */

START_TEST(a_copy_is_equal_and_separate)
{
	struct cJSON *tree __cleanup(json_freep) =
		parse("{\"a\":[1.50,{\"b\":18446744073709551615}],\"c\":\"<\"}");
	struct cJSON *copy __cleanup(json_freep) = json_copy(tree);

	ck_assert(json_equal(tree, copy));
	ck_assert_str_eq(print(copy),
			 "{\"a\":[1.50,{\"b\":18446744073709551615}],\"c\":\"\\u003c\"}");
	json_set(copy, "a", json_new_null());
	ck_assert(!json_equal(tree, copy));
}
END_TEST

static bool equal(const char *left, const char *right)
{
	struct cJSON *a __cleanup(json_freep) = parse(left),
		*b __cleanup(json_freep) = parse(right);

	ck_assert(json_equal(a, b) == json_equal(b, a));
	ck_assert(json_equal(a, a) && json_equal(b, b));
	return json_equal(a, b);
}

START_TEST(equality_is_of_types_and_values)
{
	ck_assert(equal("{\"a\":1,\"b\":[true,null]}", "{\"b\":[true,null],\"a\":1}"));
	ck_assert(!equal("[1,2]", "[2,1]"));
	ck_assert(!equal("[1]", "[1,1]"));
	ck_assert(!equal("1", "1.0"));
	ck_assert(!equal("18446744073709551615", "18446744073709551614"));
	ck_assert(!equal("\"1\"", "1"));
	ck_assert(!equal("null", "false"));
	ck_assert(!equal("{\"a\":1}", "{\"A\":1}"));
	ck_assert(!equal("{\"a\":1}", "{\"a\":1,\"b\":1}"));
	ck_assert(!equal("{}", "[]"));
}
END_TEST

START_TEST(of_duplicates_the_last_counts_for_equality)
{
	ck_assert(equal("{\"a\":1,\"a\":2}", "{\"a\":2,\"a\":2}"));
	ck_assert(equal("{\"a\":1,\"a\":2}", "{\"a\":2}"));
	ck_assert(!equal("{\"a\":1,\"a\":2}", "{\"a\":2,\"a\":1}"));
	ck_assert(!equal("{\"a\":1,\"a\":1}", "{\"a\":1,\"b\":1}"));
}
END_TEST

/* In a time that is no square of their number. */
static struct cJSON *many_members(size_t n, bool backwards)
{
	struct buf text __cleanup(buf_done) = BUF(16 << 20);
	struct cJSON *tree;

	for (size_t i = 0; i < n; i++)
		buf_printf(&text, "%s\"k%zu\":{\"a\":[%zu]}", i ? "," : "{",
			   backwards ? n - 1 - i : i, backwards ? n - 1 - i : i);
	buf_putc(&text, '}');
	tree = json_parse(text.data, text.len, &e);
	ck_assert_msg(tree != NULL, "%s", e.text);
	return tree;
}

START_TEST(equality_of_many_members_in_any_order_is_soon_known)
{
	struct cJSON *a __cleanup(json_freep) = many_members(40000, false);
	struct cJSON *b __cleanup(json_freep) = many_members(40000, true);
	clock_t begun = clock();

	ck_assert(json_equal(a, b));
	json_set(b, "k7", json_new_null());
	ck_assert(!json_equal(a, b));
	ck_assert_int_lt(clock() - begun, LINEAR_MAX_S * CLOCKS_PER_SEC);
}
END_TEST

START_TEST(each_field_is_listed_once_as_its_last_duplicate)
{
	static const char text[] = "{\"a\":1,\"B\":2,\"A\":3,\"c\":4,\"b\":5}";
	struct cJSON *tree __cleanup(json_freep) = json_parse(text, strlen(text), &e);
	struct json_names names __cleanup(json_names_done) = {0};

	ck_assert_int_eq(json_fields_of(tree, &names), 0);
	ck_assert_uint_eq(names.n, 3);
	ck_assert_str_eq(json_name(names.list[0].item), "A");
	ck_assert_str_eq(json_name(names.list[1].item), "c");
	ck_assert_str_eq(json_name(names.list[2].item), "b");
	for (size_t i = 0; i < names.n; i++)
		ck_assert_ptr_eq(names.list[i].item,
				 json_field(tree, json_name(names.list[i].item)));
}
END_TEST

/* A list of n numbers is n + 1 values. */
static const char *fault_of_list(size_t n)
{
	struct buf text __cleanup(buf_done) = BUF(16 << 20);
	struct cJSON *tree __cleanup(json_freep) = NULL;

	err_reset(&e);
	for (size_t i = 0; i < n; i++)
		buf_puts(&text, i ? ",1" : "[1");
	buf_putc(&text, ']');
	tree = json_parse(text.data, text.len, &e);
	ck_assert(!tree == (e.kind == ERR_DECODE));
	return e.text;
}

START_TEST(a_text_has_at_most_so_many_values)
{
	ck_assert_str_eq(fault_of_list(JSON_VALUES_MAX - 1), "");
	ck_assert_ptr_nonnull(strstr(fault_of_list(JSON_VALUES_MAX), "more values"));
}
END_TEST

START_TEST(indented_print_is_for_people)
{
	struct cJSON *tree __cleanup(json_freep) =
		parse("{\"a\":[1,{}],\"b\":{\"c\":\"d\"},\"e\":[]}");
	struct buf out __cleanup(buf_done) = BUF(1000);

	json_print_indented(tree, &out);
	ck_assert_str_eq(out.data, "{\n    \"a\": [\n        1,\n        {}\n    ],\n    \"b\": {\n"
			 "        \"c\": \"d\"\n    },\n    \"e\": []\n}");
}
END_TEST

START_TEST(what_a_terminal_acts_on_is_escaped_for_people_alone)
{
	static const char text[] =
		"{\"\xc2\x9b\":\"a\xe2\x80\xae\xf3\xa0\x81\x81\xc3\xa9\x7f\"}";
	struct cJSON *tree __cleanup(json_freep) = parse(text);
	struct buf out __cleanup(buf_done) = BUF(1000);

	json_print_indented(tree, &out);
	ck_assert_str_eq(out.data, "{\n    \"\\u009b\": "
			 "\"a\\u202e\\udb40\\udc41\xc3\xa9\\u007f\"\n}");
	buf_reset(&out);
	json_print_shown(tree, &out);
	ck_assert_str_eq(out.data, "{\"\\u009b\":\"a\\u202e\\udb40\\udc41\xc3\xa9\\u007f\"}");
	buf_reset(&out);
	json_print(tree, &out);
	ck_assert_str_eq(out.data, text);
}
END_TEST

START_TEST(printing_nothing_fails_the_buffer)
{
	struct buf out __cleanup(buf_done) = BUF(1000);

	json_print(NULL, &out);
	ck_assert(out.failed);
}
END_TEST

/* Random texts */

static int pick(int n)
{
	return rand() % n;
}

static void add_blanks(struct buf *noisy)
{
	while (pick(4) == 0)
		buf_putc(noisy, " \t\r\n"[pick(4)]);
}

static void add_both(struct buf *noisy, struct buf *plain, const char *text)
{
	buf_puts(noisy, text);
	buf_puts(plain, text);
}

static void add_digits(char *number, int most)
{
	for (int n = 1 + pick(most); n; n--)
		sprintf(number + strlen(number), "%d", pick(10));
}

static void make_number(struct buf *noisy, struct buf *plain)
{
	char number[80] = "";

	if (pick(3) == 0)
		strcat(number, "-");
	if (pick(4) == 0) {
		strcat(number, "0");
	} else {
		sprintf(number + strlen(number), "%d", 1 + pick(9));
		add_digits(number, 22);
	}
	if (pick(3) == 0) {
		strcat(number, ".");
		add_digits(number, 8);
	}
	if (pick(4) == 0) {
		strcat(number, pick(2) ? "e" : "E");
		strcat(number, (const char *[]){ "", "+", "-" }[pick(3)]);
		add_digits(number, 3);
	}
	add_both(noisy, plain, number);
}

static void make_string(struct buf *noisy, struct buf *plain)
{
	static const char *const parts[] = { "a", "-", "1", "\\\"", "\\\\", "{", "]", ",", ":",
					     "\\n", "0", "\xc3\xa9",
					     "e5", ".", "\\u001f", "\\u003c", "true", " " };

	add_both(noisy, plain, "\"");
	while (pick(5))
		add_both(noisy, plain, parts[pick((int)ARRAY_LEN(parts))]);
	add_both(noisy, plain, "\"");
}

/* Adds a random value to both: with blanks, and as it is printed. */
static void make_value(struct buf *noisy, struct buf *plain, int depth)
{
	int kind = pick(depth > 6 ? 5 : 8);
	bool object = kind == 7;

	add_blanks(noisy);
	if (kind < 2) {
		make_number(noisy, plain);
	} else if (kind < 4) {
		make_string(noisy, plain);
	} else if (kind == 4) {
		add_both(noisy, plain, (const char *[]){ "true", "false", "null" }[pick(3)]);
	} else {
		add_both(noisy, plain, object ? "{" : "[");
		for (int n = pick(5); n; n--) {
			add_blanks(noisy);
			if (object) {
				make_string(noisy, plain);
				add_blanks(noisy);
				add_both(noisy, plain, ":");
			}
			make_value(noisy, plain, depth + 1);
			if (n > 1)
				add_both(noisy, plain, ",");
		}
		add_blanks(noisy);
		add_both(noisy, plain, object ? "}" : "]");
	}
	add_blanks(noisy);
}

START_TEST(any_json_is_printed_as_it_was_read)
{
	struct buf noisy __cleanup(buf_done) = BUF(PRINT_MAX);
	struct buf plain __cleanup(buf_done) = BUF(PRINT_MAX);
	struct buf out __cleanup(buf_done) = BUF(PRINT_MAX);

	srand(1);
	for (int round = 0; round < 20000; round++) {
		struct cJSON *tree __cleanup(json_freep) = NULL;

		buf_reset(&noisy);
		buf_reset(&plain);
		buf_reset(&out);
		make_value(&noisy, &plain, 0);
		tree = parse_bytes(noisy.data, noisy.len);
		ck_assert_msg(tree != NULL, "%s: %s", noisy.data, e.text);
		json_print(tree, &out);
		ck_assert_str_eq(out.data, plain.data);
	}
}
END_TEST

START_TEST(any_bytes_are_json_or_an_error)
{
	struct buf text __cleanup(buf_done) = BUF(PRINT_MAX);
	struct buf plain __cleanup(buf_done) = BUF(PRINT_MAX);
	struct buf out __cleanup(buf_done) = BUF(PRINT_MAX);
	int good = 0;

	srand(2);
	for (int round = 0; round < 30000; round++) {
		struct cJSON *tree __cleanup(json_freep) = NULL;

		buf_reset(&text);
		buf_reset(&plain);
		buf_reset(&out);
		make_value(&text, &plain, 2);
		for (int n = 1 + pick(3); n && text.len; n--)
			text.data[pick((int)text.len)] = pick(2) ? (char)pick(256) :
				"\"\\{}[],:-.eE0u \0"[pick(17)];
		tree = parse_bytes(text.data, (size_t)pick((int)text.len + 1));
		if (!tree)
			continue;
		good++;
		json_print(tree, &out);
		json_free(tree);
		tree = parse_bytes(out.data, out.len);
		ck_assert_msg(tree != NULL, "%s: %s", out.data, e.text);
	}
	ck_assert_int_gt(good, 100);
}
END_TEST

static void add_case(Suite *suite, const char *name, const TTest *const *tests)
{
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, 60);
	for (; *tests; tests++)
		tcase_add_test(tcase, *tests);
	suite_add_tcase(suite, tcase);
}

Suite *suite(void)
{
	Suite *s = suite_create("json");

	add_case(s, "numbers", (const TTest *[]){
		numbers_keep_the_text_they_were_read_with,
		numbers_in_strings_and_names_are_no_numbers,
		integers_are_exact_to_64_bits, what_is_no_integer_in_range_is_none,
		built_numbers_are_exact, NULL });
	add_case(s, "strings", (const TTest *[]){
		strings_are_escaped_as_go_does,
		bytes_that_are_no_utf8_become_the_replacement_character,
		a_string_cannot_hide_what_comes_after_a_nul, NULL });
	add_case(s, "texts", (const TTest *[]){
		what_is_not_json_is_refused, a_nul_is_no_blank,
		blanks_around_a_text_are_passed_over,
		an_error_names_the_byte, a_text_is_read_to_its_length_and_no_further,
		nesting_ends_at_the_limit,
		a_number_is_at_most_so_long, a_text_has_at_most_so_many_values, NULL });
	add_case(s, "names", (const TTest *[]){
		fields_ignore_case_and_the_last_duplicate_wins,
		a_null_takes_back_nothing_but_what_is_a_pointer_in_go,
		entries_are_exact_and_the_last_duplicate_wins,
		unknown_fields_survive_in_their_order, a_field_is_set_in_its_place_and_spelling,
		entries_are_inserted_in_bytewise_order, removing_removes_every_duplicate,
		an_entry_goes_where_its_key_belongs_and_a_field_to_the_end,
		a_detached_item_can_be_set_again, NULL });
	add_case(s, "types", (const TTest *[]){
		absent_and_null_leave_the_default, a_field_of_another_type_is_named,
		fields_of_what_is_no_object_are_absent,
		the_text_of_a_field_that_is_no_string_is_empty, NULL });
	add_case(s, "trees", (const TTest *[]){
		a_copy_is_equal_and_separate, equality_is_of_types_and_values,
		of_duplicates_the_last_counts_for_equality,
		equality_of_many_members_in_any_order_is_soon_known,
		each_field_is_listed_once_as_its_last_duplicate, indented_print_is_for_people,
		what_a_terminal_acts_on_is_escaped_for_people_alone,
		printing_nothing_fails_the_buffer, NULL });
	add_case(s, "random", (const TTest *[]){
		any_json_is_printed_as_it_was_read, any_bytes_are_json_or_an_error, NULL });
	return s;
}
