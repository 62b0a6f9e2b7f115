/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/selector.h"
#include "tests/suite.h"

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static struct label list[] = {
	{ "rack", "r1" }, { "zone", "eu-west" }, { "empty", "" }, { "in", "x" }, { "has", "h" },
	{ "not", "n" }, { "a.b/c_d-e", "deep" }, { "quote", "it's" },
};
static const struct labels labels = { .list = list, .n = ARRAY_LEN(list) };
static struct err e;

static void setup(void)
{
	err_reset(&e);
}

static bool matches(const char *text)
{
	struct selector *s __cleanup(selector_freep) = NULL;

	ck_assert_msg(selector_parse(text, &s, &e) == 0, "%s: %s", text, e.text);
	return selector_matches(s, &labels);
}

static void expect(const char *text, bool want)
{
	ck_assert_msg(matches(text) == want, "%s is not %s", text, want ? "true" : "false");
}

static void refused(const char *text, int at)
{
	struct selector *s = NULL;
	char where[32];

	snprintf(where, sizeof(where), "byte %d", at);
	err_reset(&e);
	ck_assert_msg(selector_parse(text, &s, &e) < 0, "%s was accepted", text);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_msg(strstr(e.text, where) != NULL, "%s: \"%s\" does not say %s", text, e.text,
		      where);
	ck_assert_ptr_null(s);
}

START_TEST(an_empty_selector_selects_everything)
{
	expect("", true);
	expect(" \t ", true);
	expect(NULL, true);
	expect("all()", true);
	expect("global()", true);
}
END_TEST

START_TEST(comparisons_compare_the_labels_value)
{
	expect("rack == \"r1\"", true);
	expect("rack=='r1'", true);
	expect("rack == 'r'", false);
	expect("rack != 'r1'", false);
	expect("rack != 'r2'", true);
	expect("zone contains 'u-w'", true);
	expect("zone contains ''", true);
	expect("zone contains 'x'", false);
	expect("zone starts with 'eu'", true);
	expect("zone startswith 'west'", false);
	expect("zone ends with 'west'", true);
	expect("zone ends \t with'eu-west-1'", false);
	expect("empty == ''", true);
	expect("a.b/c_d-e == 'deep'", true);
	expect("quote == \"it's\"", true);
}
END_TEST

START_TEST(sets_hold_any_number_of_strings)
{
	expect("rack in {'r0','r1'}", true);
	expect("rack in {'r0' , 'r1' , }", true);
	expect("rack in{'r2'}", false);
	expect("rack not in {'r1'}", false);
	expect("rack notin {'r2'}", true);
	expect("rack not \t in{'r2',}", true);
	expect("rack in {}", false);
	expect("rack not in {}", true);
	expect("rack in { }", false);
}
END_TEST

START_TEST(an_absent_label_fails_all_comparisons_but_the_negative_ones)
{
	expect("gone == ''", false);
	expect("gone != 'x'", true);
	expect("gone in {'x'}", false);
	expect("gone not in {'x'}", true);
	expect("gone not in {}", true);
	expect("gone in {}", false);
	expect("gone contains ''", false);
	expect("gone starts with ''", false);
	expect("gone ends with ''", false);
	expect("has(gone)", false);
	expect("number == '7'", false);
}
END_TEST

START_TEST(has_asks_for_the_label_itself)
{
	expect("has(rack)", true);
	expect("has( \track )", true);
	expect("has(empty)", true);
	expect("has(Rack)", false);
}
END_TEST

START_TEST(words_are_labels_where_a_label_is_expected)
{
	expect("in in {'x'}", true);
	expect("has == 'h'", true);
	expect("not not in {'n'}", false);
	expect("not != 'n'", false);
	expect("all == 'x'", false);
	expect("global != 'x'", true);
}
END_TEST

START_TEST(negation_may_be_repeated)
{
	expect("!has(rack)", false);
	expect("!!has(rack)", true);
	expect("! ! !all()", false);
	expect("!rack == 'r1'", false);
	expect("!(rack == 'r1' && has(gone))", true);
	expect("!!(!all())", false);
}
END_TEST

START_TEST(and_binds_tighter_than_or)
{
	expect("all() || all() && !all()", true);
	expect("(all() || all()) && !all()", false);
	expect("!all() && !all() || all()", true);
	expect("!all()||!all()||has(rack)", true);
	expect("all()&&all()&&!has(rack)", false);
}
END_TEST

START_TEST(without_labels_everything_is_absent)
{
	struct selector *s __cleanup(selector_freep) = NULL;

	ck_assert_int_eq(selector_parse("rack != 'x' && !has(rack)", &s, &e), 0);
	ck_assert(selector_matches(s, NULL));
}
END_TEST

START_TEST(errors_tell_the_byte)
{
	refused("rack", 4);
	refused("rack = 'x'", 5);
	refused("rack == x", 8);
	refused("rack == 'x", 8);
	refused("rack == 'x' rack", 12);
	refused("rack in 'x'", 8);
	refused("rack in {'x'", 12);
	refused("rack in {,}", 9);
	refused("rack in {'x' 'y'}", 13);
	refused("rack in {'x',,}", 13);
	refused("rack inn {'x'}", 5);
	refused("rack containsx 'x'", 5);
	refused("rack starts 'x'", 5);
	refused("rack not 'x'", 5);
	refused("has (rack)", 4);
	refused("all ()", 4);
	refused("global ()", 7);
	refused("has()", 4);
	refused("has(rack", 8);
	refused("has('rack')", 4);
	refused("all(x)", 4);
	refused("(all()", 6);
	refused("all())", 5);
	refused("()", 1);
	refused("all() &", 6);
	refused("all() & all()", 6);
	refused("all() &&", 8);
	refused("|| all()", 0);
	refused("!", 1);
	refused("rack\n== 'x'", 4);
	refused("\xc3\xa4 == 'x'", 0);
}
END_TEST

START_TEST(labels_end_at_512_bytes)
{
	char text[600];

	memset(text, 'a', 513);
	strcpy(text + 513, "=='x'");
	refused(text, 0);
	memmove(text, text + 1, strlen(text));
	expect(text, false);
}
END_TEST

START_TEST(parentheses_nest_to_the_limit_and_no_deeper)
{
	char text[3 * SELECTOR_DEPTH_MAX + 16];

	for (int depth = SELECTOR_DEPTH_MAX; depth <= SELECTOR_DEPTH_MAX + 1; depth++) {
		memset(text, '(', (size_t)depth);
		strcpy(text + depth, "all()");
		memset(text + depth + 5, ')', (size_t)depth);
		text[2 * depth + 5] = '\0';
		if (depth == SELECTOR_DEPTH_MAX)
			expect(text, true);
		else
			refused(text, depth);
	}
}
END_TEST

START_TEST(long_runs_of_negations_need_no_depth)
{
	char text[100007];

	memset(text, '!', 100001);
	strcpy(text + 100001, "all()");
	expect(text, false);
}
END_TEST

START_TEST(global_is_noticed_wherever_it_stands)
{
	struct selector *s __cleanup(selector_freep) = NULL, *none __cleanup(selector_freep) = NULL;

	ck_assert_int_eq(selector_parse("rack == 'x' || !(all() && global( ))", &s, &e), 0);
	ck_assert(selector_names_global(s));
	ck_assert_int_eq(selector_parse("global == 'global()'", &none, &e), 0);
	ck_assert(!selector_names_global(none));
}
END_TEST

START_TEST(no_input_crashes_the_parser)
{
	static const char *const pieces[] = { "all()", "global()", "has(", "rack", " ", "\t", "==",
					      "!=", "!", "(", ")", "{", "}",
					      "'x'", "\"", "'", ",", "in", "not in", "contains",
					      "starts with", "&&", "||", "=",
					      "&", "\x80", "\n", "-" };
	uint64_t x = 88172645463325252ULL;
	unsigned accepted = 0;

	for (int i = 0; i < 200000; i++) {
		struct selector *s = NULL;
		char text[256] = "";

		for (int n = (int)(x % 12); n >= 0; n--) {
			x ^= x << 13, x ^= x >> 7, x ^= x << 17;
			if (i % 2)
				strcat(text, pieces[x % ARRAY_LEN(pieces)]);
			else
				strncat(text, (char[]){ (char)(x >> 8) }, 1);
		}
		if (selector_parse(text, &s, &e) == 0) {
			selector_matches(s, &labels);
			accepted++;
		}
		selector_free(s);
	}
	ck_assert_uint_gt(accepted, 100);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("selector");
	TCase *t = tcase_create("selector");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, an_empty_selector_selects_everything);
	tcase_add_test(t, comparisons_compare_the_labels_value);
	tcase_add_test(t, sets_hold_any_number_of_strings);
	tcase_add_test(t, an_absent_label_fails_all_comparisons_but_the_negative_ones);
	tcase_add_test(t, has_asks_for_the_label_itself);
	tcase_add_test(t, words_are_labels_where_a_label_is_expected);
	tcase_add_test(t, negation_may_be_repeated);
	tcase_add_test(t, and_binds_tighter_than_or);
	tcase_add_test(t, without_labels_everything_is_absent);
	tcase_add_test(t, errors_tell_the_byte);
	tcase_add_test(t, labels_end_at_512_bytes);
	tcase_add_test(t, parentheses_nest_to_the_limit_and_no_deeper);
	tcase_add_test(t, long_runs_of_negations_need_no_depth);
	tcase_add_test(t, global_is_noticed_wherever_it_stands);
	tcase_add_test(t, no_input_crashes_the_parser);
	suite_add_tcase(s, t);
	return s;
}
