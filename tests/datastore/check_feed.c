/* SPDX-License-Identifier: Apache-2.0 */
/* What a feed takes for news; how a watch gets there is the contract's. */
#include "base/buf.h"
#include "datastore/feed.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

static struct feed feed;
static struct buf shown;
static struct err e;

static int note(const struct record *record, void *arg __unused_arg, struct err *error __unused_arg)
{
	buf_printf(&shown, record->value ? "%s=%s " : "%s- ", record->key, record->value);
	return 0;
}

static void setup(void)
{
	feed = (struct feed){ .fd = -1, .timer = -1 };
	buf_init(&shown, 1000);
	ck_assert_int_eq(feed_init(&feed, &e), 0);
	ck_assert_int_eq(feed_add(&feed, "/p/", NULL, &e), 0);
	feed_begin(&feed, note, NULL, &e);
}

static void teardown(void)
{
	feed_done(&feed);
	buf_done(&shown);
}

static void show(const char *key, const char *value, uint64_t revision)
{
	struct record record = { .key = key, .value = value, .revision = revision,
				 .value_len = value ? strlen(value) : 0 };

	ck_assert_int_eq(feed_show(&feed, 0, &record), 0);
}

START_TEST(another_revision_is_news_whether_it_is_above_or_below)
{
	show("/p/a", "1", 900);
	show("/p/a", "2", 7);
	show("/p/a", "2", 7);
	show("/p/a", "3", UINT64_MAX);
	ck_assert_str_eq(shown.data, "/p/a=1 /p/a=2 /p/a=3 ");
	ck_assert_uint_eq(feed_shown(&feed, "/p/a"), UINT64_MAX);
}
END_TEST

START_TEST(what_was_shown_is_shown_as_deleted_once_and_nothing_else_is)
{
	show("/p/a", NULL, 5);
	show("/p/a", "1", 900);
	show("/p/a", NULL, 7);
	show("/p/a", NULL, 7);
	show("/q/a", "1", 8);
	ck_assert_str_eq(shown.data, "/p/a=1 /p/a- ");
	ck_assert_uint_eq(feed_shown(&feed, "/p/a"), 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("feed");
	TCase *t = tcase_create("feed");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, another_revision_is_news_whether_it_is_above_or_below);
	tcase_add_test(t, what_was_shown_is_shown_as_deleted_once_and_nothing_else_is);
	suite_add_tcase(s, t);
	return s;
}
