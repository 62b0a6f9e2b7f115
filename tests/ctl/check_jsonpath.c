/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/manifest/jsonpath.h"

#include "base/json.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

static const char list[] =
	"{\"items\":[{\"metadata\":{\"name\":\"a\",\"labels\":{\"net/rack.id\":\"1\"}},\"spec\":"
	"{\"on\":true,\"n\":26}},{\"metadata\":{\"name\":\"b\"},\"spec\":{\"n\":28,\"uses\":[\"x\","
	"\"y\"]}}]}";

static int print(const char *template, struct buf *out, struct err *e)
{
	struct cJSON *tree __cleanup(json_freep) = json_parse(list, strlen(list), e);

	return jsonpath_print_template(template, tree, out, e);
}

static void becomes(const char *template, const char *text)
{
	struct buf out __cleanup(buf_done) = BUF(1 << 16);
	struct err e = { 0 };

	ck_assert_msg(print(template, &out, &e) == 0, "%s", e.text);
	ck_assert_str_eq(out.data, text);
}

static void is_refused(const char *template, const char *why)
{
	struct buf out __cleanup(buf_done) = BUF(1 << 16);
	struct err e = { 0 };

	ck_assert_int_eq(print(template, &out, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_msg(strstr(e.text, why) != NULL, "%s", e.text);
}

START_TEST(names_and_places_lead_to_values)
{
	becomes("{.items[0].metadata.name}", "a");
	becomes("{$.items[-1].spec.n}", "28");
	becomes("{.items[*].metadata.name}", "a b");
	becomes("{.items[*].spec.*}", "true 26 28 [\"x\",\"y\"]");
	becomes("{.items[0]['metadata'][\"name\"]}", "a");
	becomes("{.items[0].metadata.labels.net/rack\\.id}", "1");
	becomes(".items[1].spec.uses[*]", "x y");
}
END_TEST

START_TEST(what_is_not_there_is_nothing)
{
	becomes("<{.items[7].x}{.items.x}{.nothing}{.items[0].metadata.name[0]}>", "<>");
}
END_TEST

START_TEST(a_filter_chooses_by_a_value)
{
	becomes("{.items[?(@.spec.n==28)].metadata.name}", "b");
	becomes("{.items[?(@.metadata.name != \"b\")].spec.n}", "26");
	becomes("{.items[?(@.spec.on==true)].metadata.name}", "a");
	becomes("{.items[?(@.spec.uses)].metadata.name}", "b");
	becomes("{.items[?(@.metadata.name=='z')].metadata.name}", "");
}
END_TEST

START_TEST(a_range_repeats_what_is_within_it)
{
	becomes("{range .items[*]}{.metadata.name}={.spec.n}{\"\\n\"}{end}.", "a=26\nb=28\n.");
	becomes("{range .items[*]}[{range .spec.uses[*]}{@},{end}]{end}", "[][x,y,]");
}
END_TEST

START_TEST(what_is_not_understood_is_named)
{
	is_refused("{..name}", "at \".name\"");
	is_refused("{.items[x]}", "at \"x]\"");
	is_refused("{.items[0}", "at \"0\"");
	is_refused("{.items[?(@.a=~1)]}", "at \"=~1)]\"");
	is_refused("{.items", "\"{\" is not closed");
	is_refused("{range .items[*]}x", "a {range} has no {end}");
	is_refused("x{end}", "{end} has no {range}");
	is_refused("items", "at \"items\"");
}
END_TEST

START_TEST(what_a_terminal_acts_on_is_escaped)
{
	struct buf out __cleanup(buf_done) = BUF(1 << 16);
	struct err e = { 0 };
	static const char text[] =
		"{\"a\":\"\\u001b[2J\",\"b\":{\"\xc2\x9b\":\"\x7f\xe2\x80\xae\"}}";
	struct cJSON *tree __cleanup(json_freep) = json_parse(text, strlen(text), &e);

	ck_assert_int_eq(jsonpath_print(".a", tree, " ", &out, &e), 0);
	ck_assert_str_eq(out.data, "\\x1b[2J");
	buf_reset(&out);
	ck_assert_int_eq(jsonpath_print(".b", tree, " ", &out, &e), 0);
	ck_assert_str_eq(out.data, "{\"\\u009b\":\"\\u007f\\u202e\"}");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ctl.jsonpath");
	TCase *t = tcase_create("jsonpath");

	tcase_add_test(t, names_and_places_lead_to_values);
	tcase_add_test(t, what_is_not_there_is_nothing);
	tcase_add_test(t, a_filter_chooses_by_a_value);
	tcase_add_test(t, a_range_repeats_what_is_within_it);
	tcase_add_test(t, what_is_not_understood_is_named);
	tcase_add_test(t, what_a_terminal_acts_on_is_escaped);
	suite_add_tcase(s, t);
	return s;
}
