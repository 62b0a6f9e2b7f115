/* SPDX-License-Identifier: Apache-2.0 */
/* Prometheus' text format, whatever a store's names are. */
#include "ctl/metrics/exposition.h"
#include "tests/suite.h"

#include <check.h>

static void is_put(const char *name, const char *put)
{
	struct buf out __cleanup(buf_done) = BUF(1 << 10);

	metric_put(&out, "m", LABELS({ "pool", name }), 7);
	ck_assert_str_eq(out.data, put);
}

START_TEST(a_line_end_a_quote_and_a_backslash_are_escaped)
{
	is_put("a\nb\"c\\d", "m{pool=\"a\\nb\\\"c\\\\d\"} 7\n");
}
END_TEST

START_TEST(utf_8_stays_as_it_is)
{
	is_put("f\xc3\xbcr \xf0\x9f\x98\x80", "m{pool=\"f\xc3\xbcr \xf0\x9f\x98\x80\"} 7\n");
}
END_TEST

/* Of a page with a byte that is none Prometheus takes nothing. */
START_TEST(a_byte_that_is_no_utf_8_is_replaced)
{
	is_put("a\xff" "b\xc3", "m{pool=\"a\xef\xbf\xbd" "b\xef\xbf\xbd\"} 7\n");
	is_put("\xed\xa0\x80", "m{pool=\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"} 7\n");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("exposition");
	TCase *t = tcase_create("exposition");

	tcase_add_test(t, a_line_end_a_quote_and_a_backslash_are_escaped);
	tcase_add_test(t, utf_8_stays_as_it_is);
	tcase_add_test(t, a_byte_that_is_no_utf_8_is_replaced);
	suite_add_tcase(s, t);
	return s;
}
