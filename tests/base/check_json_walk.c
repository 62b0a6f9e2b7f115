/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/json_walk.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct err e;

static struct json_walk walk(const char *text)
{
	struct json_walk w = {0};

	err_reset(&e);
	ck_assert_msg(json_walk_begin(&w, text, strlen(text), deadline_in_ms(60000), &e) == 0,
		      "%s", e.text);
	return w;
}

START_TEST(members_come_in_their_order_and_what_is_not_entered_is_passed_over)
{
	static const char text[] =
		" { \"a\" : [ 1 , {\"x\":\"}]\\\"\"} ] , \"B\":null,\"c\":-1.5e3 } ";
	struct json_walk w = walk(text);

	ck_assert(!json_walk_enter(&w, JSON_ARRAY));
	ck_assert(json_walk_enter(&w, JSON_OBJECT));
	ck_assert(json_walk_next(&w) && json_walk_is(&w, "A"));
	ck_assert_int_eq(json_walk_type(&w), JSON_ARRAY);
	ck_assert(json_walk_next(&w) && json_walk_is(&w, "b"));
	ck_assert_int_eq(json_walk_type(&w), JSON_NULL);
	ck_assert(json_walk_next(&w) && json_walk_is(&w, "c") && !json_walk_is(&w, "cc"));
	ck_assert_int_eq(json_walk_type(&w), JSON_NUMBER);
	ck_assert(!json_walk_next(&w));
}
END_TEST

START_TEST(a_list_within_is_gone_through_and_the_one_around_goes_on)
{
	struct json_walk w = walk("[[],[\"a\",{}],{},true]");

	ck_assert(json_walk_enter(&w, JSON_ARRAY) && json_walk_next(&w));
	ck_assert(json_walk_enter(&w, JSON_ARRAY) && !json_walk_next(&w));
	ck_assert(json_walk_next(&w) && json_walk_enter(&w, JSON_ARRAY));
	ck_assert(json_walk_next(&w) && json_walk_type(&w) == JSON_STRING);
	ck_assert(json_walk_next(&w) && json_walk_type(&w) == JSON_OBJECT);
	ck_assert(!json_walk_next(&w));
	ck_assert(json_walk_next(&w) && json_walk_enter(&w, JSON_OBJECT));
	ck_assert(!json_walk_next(&w));
	ck_assert(json_walk_next(&w) && json_walk_type(&w) == JSON_BOOL);
	ck_assert(!json_walk_next(&w));
}
END_TEST

START_TEST(a_value_can_be_parsed_or_walked_through_apart)
{
	struct json_walk w = walk("{\"a\":{\"n\":7},\"l\":[1,2],\"z\":0}"), l;
	struct cJSON *a __cleanup(json_freep) = NULL;
	uint64_t n = 0;

	ck_assert(json_walk_enter(&w, JSON_OBJECT) && json_walk_next(&w));
	a = json_walk_parse(&w, &e);
	ck_assert_int_eq(json_u64(json_field(a, "n"), &n), 0);
	ck_assert_uint_eq(n, 7);
	ck_assert(json_walk_next(&w) && json_walk_is(&w, "l"));
	l = json_walk_fork(&w);
	ck_assert(json_walk_next(&w) && json_walk_is(&w, "z") && !json_walk_next(&w));
	ck_assert(json_walk_enter(&l, JSON_ARRAY) && json_walk_next(&l) && json_walk_next(&l));
	ck_assert(!json_walk_next(&l));
}
END_TEST

START_TEST(a_part_has_the_limits_and_the_exact_numbers_of_any_json)
{
	struct buf text __cleanup(buf_done) = BUF(4 * JSON_VALUES_MAX);
	struct cJSON *n __cleanup(json_freep) = NULL;
	struct buf number __cleanup(buf_done) = BUF(20);
	struct json_walk w;

	buf_puts(&text, "{\"l\":[0");
	for (unsigned i = 1; i < JSON_VALUES_MAX; i++)
		buf_puts(&text, ",0");
	buf_puts(&text, "],\"n\":1.50}");
	w = walk(text.data);
	ck_assert(json_walk_enter(&w, JSON_OBJECT) && json_walk_next(&w));
	ck_assert_ptr_null(json_walk_parse(&w, &e));
	ck_assert_ptr_nonnull(strstr(e.text, "more values than the limit"));
	ck_assert(json_walk_next(&w) && json_walk_is(&w, "n"));
	n = json_walk_parse(&w, &e);
	json_print_number(n, &number);
	ck_assert_str_eq(number.data, "1.50");
}
END_TEST

START_TEST(what_is_not_json_is_not_walked_through)
{
	static const char *const bad[] = { "", "{", "[1,]", "{\"a\" 1}", "[1] 2", "\"x" };
	struct json_walk w;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		err_reset(&e);
		ck_assert_int_eq(json_walk_begin(&w, bad[i], strlen(bad[i]),
						 deadline_in_ms(60000), &e), -1);
		ck_assert_int_eq(e.kind, ERR_DECODE);
	}
}
END_TEST

START_TEST(a_text_of_many_values_is_given_up_when_the_time_is_over)
{
	struct buf text __cleanup(buf_done) = BUF(1 << 20);
	struct json_walk w;

	err_reset(&e);
	buf_putc(&text, '[');
	for (int i = 0; i < 50000; i++)
		buf_puts(&text, "1,");
	buf_puts(&text, "1]");
	ck_assert_int_eq(json_walk_begin(&w, text.data, text.len, deadline_in_ms(-5), &e), -1);
	ck_assert_msg(strstr(e.text, "time is over"), "%s", e.text);
}
END_TEST

START_TEST(what_is_named_is_walked_through_and_the_rest_is_a_tree)
{
	static const char *const names[] = { "list", "none", "Two" };
	static const char text[] = " { \"a\" : [ 1.50 , \"}\" ] ,\"list\":0, \"b\" : {} , "
				   "\"LIST\":[7],\"t\\u0077o\":null,\"a\":\"\\\"\" } ";
	struct json_walk w = walk(text), named[ARRAY_LEN(names)];
	struct cJSON *rest __cleanup(json_freep) =
		json_walk_parse_without(&w, names, ARRAY_LEN(names), named, &e);
	struct buf out __cleanup(buf_done) = BUF(1 << 10);

	ck_assert_msg(rest != NULL, "%s", e.text);
	json_print(rest, &out);
	ck_assert_str_eq(out.data, "{\"a\":[1.50,\"}\"],\"b\":{},\"a\":\"\\\"\"}");
	ck_assert(json_walk_enter(&named[0], JSON_ARRAY) && json_walk_next(&named[0]));
	ck_assert_int_eq(json_walk_type(&named[0]), JSON_NUMBER);
	ck_assert(!json_walk_next(&named[0]));
	ck_assert_ptr_null(named[1].text);
	ck_assert_int_eq(json_walk_type(&named[2]), JSON_NULL);
}
END_TEST

START_TEST(of_what_is_no_object_nothing_is_named)
{
	static const char *const names[] = { "a" };
	struct json_walk w = walk("[{\"a\":1}]"), named[1];

	ck_assert_ptr_null(json_walk_parse_without(&w, names, 1, named, &e));
	ck_assert_str_eq(e.text, "must be an object, not a list");
}
END_TEST

static const char *const numbers[] = {
	"0", "-0", "7", "-7", "1.0", "1e2", "1E2", "-1.5", "18446744073709551615",
	"18446744073709551616", "9223372036854775807", "9223372036854775808",
	"-9223372036854775808", "-9223372036854775809", "\"7\"", "null", "true",
};

START_TEST(a_number_that_is_walked_over_is_what_it_is_in_a_tree)
{
	uint64_t u = 1, of_tree_u = 1;
	int64_t i = 1, of_tree_i = 1;
	char text[64];

	snprintf(text, sizeof(text), "[ %s ]", numbers[_i]);
	struct cJSON *tree __cleanup(json_freep) = json_parse(text, strlen(text), &e);
	struct json_walk w = walk(text);

	ck_assert(json_walk_enter(&w, JSON_ARRAY) && json_walk_next(&w));
	ck_assert_int_eq(json_walk_u64(&w, &u), json_u64(json_first(tree), &of_tree_u));
	ck_assert_int_eq(json_walk_i64(&w, &i), json_i64(json_first(tree), &of_tree_i));
	if (json_walk_u64(&w, &u) == 0)
		ck_assert_uint_eq(u, of_tree_u);
	if (json_walk_i64(&w, &i) == 0)
		ck_assert_int_eq(i, of_tree_i);
}
END_TEST

static void count(struct json_walk *w, const struct cJSON *tree)
{
	enum json_type type = json_type(tree);
	const struct cJSON *i = json_first(tree);

	ck_assert_int_eq(json_walk_type(w), type);
	if (type != JSON_OBJECT && type != JSON_ARRAY)
		return;
	ck_assert(json_walk_enter(w, type));
	for (; json_walk_next(w); i = json_next(i)) {
		ck_assert_ptr_nonnull(i);
		ck_assert(type == JSON_ARRAY || json_walk_is(w, json_name(i)));
		count(w, i);
	}
	ck_assert_ptr_null(i);
}

static void make(struct buf *out, int depth)
{
	static const char *const leaves[] = { "1", "-2.5", "\"[,]:{}\"", "true", "null", "\"\"",
					      " false ", "[]", "{ }", "\"\\\\\"" };
	int kind = depth > 4 ? 2 : rand() % 3;

	if (kind == 2) {
		buf_puts(out, leaves[(size_t)rand() % ARRAY_LEN(leaves)]);
		return;
	}
	buf_putc(out, kind ? '[' : '{');
	for (int i = 0, n = rand() % 4; i < n; i++) {
		buf_puts(out, i ? " , " : " ");
		if (!kind)
			buf_printf(out, "\"k%d\" : ", i);
		make(out, depth + 1);
	}
	buf_putc(out, kind ? ']' : '}');
}

START_TEST(a_walk_sees_what_a_tree_has)
{
	srand(7);
	for (int i = 0; i < 3000; i++) {
		struct buf text __cleanup(buf_done) = BUF(1 << 20);
		struct cJSON *tree __cleanup(json_freep) = NULL;
		struct json_walk w;

		make(&text, 0);
		tree = json_parse(text.data, text.len, &e);
		w = walk(text.data);
		count(&w, tree);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base.json_walk");
	TCase *t = tcase_create("walk");

	tcase_add_test(t, members_come_in_their_order_and_what_is_not_entered_is_passed_over);
	tcase_add_test(t, a_list_within_is_gone_through_and_the_one_around_goes_on);
	tcase_add_test(t, a_value_can_be_parsed_or_walked_through_apart);
	tcase_add_test(t, a_part_has_the_limits_and_the_exact_numbers_of_any_json);
	tcase_add_test(t, what_is_not_json_is_not_walked_through);
	tcase_add_test(t, a_text_of_many_values_is_given_up_when_the_time_is_over);
	tcase_add_test(t, what_is_named_is_walked_through_and_the_rest_is_a_tree);
	tcase_add_test(t, of_what_is_no_object_nothing_is_named);
	tcase_add_loop_test(t, a_number_that_is_walked_over_is_what_it_is_in_a_tree, 0,
			    ARRAY_LEN(numbers));
	tcase_add_test(t, a_walk_sees_what_a_tree_has);
	suite_add_tcase(s, t);
	return s;
}
