/* SPDX-License-Identifier: Apache-2.0 */
/* A copy is of one moment, whatever the store compacts while it is read. */
#include "ctl/transfer/moment.h"
#include "tests/fake/fake_store.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static struct fake_store *store;
static struct datastore *ds;
static struct err e;
static char seen[64];	/* the values shown, since it began */
static int begun;
static int compactions;	/* to come, each when the first record has been shown */

static void setup(void)
{
	store = fake_new();
	ds = fake_open(store);
	fake_put(store, "/a/1", "1");
	fake_put(store, "/a/2", "2");
	fake_put(store, "/b", "3");
	e = (struct err){0};
	begun = compactions = 0;
}

static void teardown(void)
{
	datastore_close(ds);
	fake_free(store);
}

static int begin(void *arg __unused_arg, struct err *why __unused_arg)
{
	begun++;
	seen[0] = '\0';
	if (compactions-- > 0)
		fake_compact(store, 1);
	return 0;
}

static int see(const struct record *record, void *arg __unused_arg, struct err *why __unused_arg)
{
	strcat(seen, record->value);
	if (strcmp(record->key, "/a/1") == 0)
		fake_put(store, "/a/2", "9");
	return 0;
}

START_TEST(a_moment_that_stands_is_read_once)
{
	ck_assert_int_eq(moment_read(ds, "/a/", begin, see, NULL, &e), 0);
	ck_assert_str_eq(seen, "12");
	ck_assert_int_eq(begun, 1);
}
END_TEST

START_TEST(a_moment_that_is_compacted_away_is_followed_by_a_whole_other)
{
	compactions = MOMENTS_MAX - 1;
	ck_assert_int_eq(moment_read(ds, "/a/", begin, see, NULL, &e), 0);
	ck_assert_str_eq(seen, "19");
	ck_assert_int_eq(begun, MOMENTS_MAX);
}
END_TEST

START_TEST(a_store_that_always_compacts_is_given_up)
{
	compactions = MOMENTS_MAX;
	ck_assert_int_eq(moment_read(ds, "/a/", begin, see, NULL, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CONFLICT);
	ck_assert_int_eq(begun, MOMENTS_MAX);
}
END_TEST

START_TEST(a_store_that_cannot_be_read_is_no_lost_moment)
{
	fake_fail_read(store, 1, ERR_UNAVAILABLE);
	ck_assert_int_eq(moment_read(ds, "/a/", begin, see, NULL, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
	ck_assert_int_eq(begun, 1);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("moment");
	TCase *t = tcase_create("moment");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_moment_that_stands_is_read_once);
	tcase_add_test(t, a_moment_that_is_compacted_away_is_followed_by_a_whole_other);
	tcase_add_test(t, a_store_that_always_compacts_is_given_up);
	tcase_add_test(t, a_store_that_cannot_be_read_is_no_lost_moment);
	return s;
}
