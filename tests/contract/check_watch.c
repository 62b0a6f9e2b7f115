/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every store's watch must keep to (datastore/watch.h), over each of them: the fake,
 * the local store, and a real etcd.
 *
 * "Somebody else" writes by a handle of his own; for the local store, which a process
 * opens but once, it is a second process: this program with `--write <folder> <key>
 * [<value>]`.  What the watch shows is noted as "key=value " or "key- ", without the
 * test's prefix.
 */
#include "base/buf.h"
#include "datastore/watch.h"
#include "tests/contract/fixture_stores.h"
#include "tests/suite.h"

#include <check.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define QUIET_MS 150

static struct watch *watch;
static struct view view;
static struct buf shown;
static struct err e;
static char prefix[64];
static int test_number, room;

static const char *key(const char *name)
{
	static char keys[8][128];
	static int turn;
	char *k = keys[turn++ % 8];

	snprintf(k, sizeof(keys[0]), "%s%s", prefix, name);
	return k;
}

static void begin(void)
{
	snprintf(prefix, sizeof(prefix), "/watch/%ld.%d/", (long)getpid(), test_number++);
	err_reset(&e);
	view_init(&view);
	buf_init(&shown, 1 << 20);
	watch = NULL;
	room = INT32_MAX;
}

static void end(void)
{
	watch_close(watch);
	view_done(&view);
	buf_done(&shown);
}

/* The watch */

static void elsewhere(const char *name, const char *value)
{
	write_elsewhere(key(name), value);
}

static void read_prefix(enum range_kind kind)
{
	struct wants wants __cleanup(wants_done) = {0};

	wants_add(&wants, prefix, kind);
	ck_assert_msg(datastore_read(ds, &view, &wants, &e) == 0, "%s", e.text);
}

static void begin_watch(const struct view *from)
{
	const char *prefixes[] = { prefix };

	ck_assert_msg(datastore_watch(ds, from, prefixes, 1, &watch, &e) == 0, "%s", e.text);
}

static int note(const struct record *record, void *arg, struct err *error __unused_arg)
{
	ck_assert_ptr_eq(arg, &shown);
	ck_assert_int_eq(strncmp(record->key, prefix, strlen(prefix)), 0);
	buf_printf(&shown, record->value ? "%s=%s " : "%s- ", record->key + strlen(prefix),
		   record->value);
	if (record->value)
		ck_assert_uint_eq(strlen(record->value), record->value_len);
	return --room > 0 ? 0 : VISIT_ENOUGH;
}

static bool wakes(int within_ms)
{
	struct pollfd p = { .fd = watch_fd(watch), .events = POLLIN };

	return poll(&p, 1, within_ms) > 0;
}

static void take_once(void)
{
	ck_assert_msg(watch_take(watch, note, &shown, &e) == 0, "%s", e.text);
}

/* Until so much has been shown and, after it, nothing. */
static void assert_shows(const char *what)
{
	struct deadline late = deadline_in_ms(PATIENCE_MS);

	buf_reset(&shown);
	while (strlen(what) > shown.len && !deadline_passed(late))
		if (wakes(QUIET_MS))
			take_once();
	while (wakes(QUIET_MS) && !deadline_passed(late))
		take_once();
	ck_assert_str_eq(shown.data, what);
}

START_TEST(without_a_view_what_is_there_comes_first)
{
	elsewhere("a", "1");
	elsewhere("b", "2");
	begin_watch(NULL);
	assert_shows("a=1 b=2 ");
	elsewhere("c", "3");
	assert_shows("c=3 ");
}
END_TEST

START_TEST(from_a_view_on_only_what_comes_after_it_is_shown)
{
	elsewhere("a", "1");
	read_prefix(RANGE_PREFIX_KEYS);
	elsewhere("b", "2");
	elsewhere("a", NULL);
	begin_watch(&view);
	assert_shows("b=2 a- ");
}
END_TEST

START_TEST(each_change_is_shown_once)
{
	read_prefix(RANGE_PREFIX);
	begin_watch(&view);
	assert_shows("");
	elsewhere("a", "1");
	assert_shows("a=1 ");
	elsewhere("a", "2");
	assert_shows("a=2 ");
	elsewhere("a", NULL);
	assert_shows("a- ");
	elsewhere("a", "3");
	assert_shows("a=3 ");
	assert_shows("");
}
END_TEST

START_TEST(the_last_state_of_a_key_is_shown_last)
{
	begin_watch(NULL);
	assert_shows("");
	elsewhere("a", "1");
	elsewhere("a", NULL);
	elsewhere("a", "2");
	elsewhere("b", "1");
	elsewhere("a", "last");
	buf_reset(&shown);
	while (!strstr(shown.data, "a=last"))
		if (wakes(PATIENCE_MS))
			take_once();
	while (wakes(QUIET_MS))
		take_once();
	ck_assert_ptr_null(strchr(strstr(shown.data, "a=last") + strlen("a=last"), 'a'));
	ck_assert_ptr_nonnull(strstr(shown.data, "b=1 "));
}
END_TEST

START_TEST(what_was_never_shown_is_not_shown_as_deleted)
{
	read_prefix(RANGE_PREFIX);
	elsewhere("a", "1");
	elsewhere("a", NULL);
	begin_watch(&view);
	buf_reset(&shown);
	while (wakes(QUIET_MS))
		take_once();
	ck_assert_msg(!*shown.data || strcmp(shown.data, "a=1 a- ") == 0, "%s", shown.data);
}
END_TEST

START_TEST(several_prefixes_are_one_watch_and_others_none_of_its_business)
{
	char first[80], second[80];
	const char *prefixes[] = { first, second };

	snprintf(first, sizeof(first), "%sp/", prefix);
	snprintf(second, sizeof(second), "%sq/", prefix);
	ck_assert_int_eq(datastore_watch(ds, NULL, prefixes, 2, &watch, &e), 0);
	elsewhere("p", "no");
	elsewhere("p/1", "yes");
	elsewhere("p0", "no");
	assert_shows("p/1=yes ");
	elsewhere("r/1", "no");
	elsewhere("q/1", "yes");
	assert_shows("q/1=yes ");
}
END_TEST

START_TEST(a_prefix_within_another_shows_nothing_twice)
{
	char inner[80];
	const char *prefixes[] = { prefix, inner };

	snprintf(inner, sizeof(inner), "%sp/", prefix);
	elsewhere("p/0", "there");
	ck_assert_int_eq(datastore_watch(ds, NULL, prefixes, 2, &watch, &e), 0);
	assert_shows("p/0=there ");
	elsewhere("p/1", "1");
	assert_shows("p/1=1 ");
	elsewhere("p/0", NULL);
	assert_shows("p/0- ");
}
END_TEST

START_TEST(a_visitor_that_has_enough_gets_the_rest_when_he_comes_again)
{
	elsewhere("a", "1");
	elsewhere("b", "1");
	elsewhere("c", "1");
	begin_watch(NULL);
	room = 2;
	take_once();
	ck_assert_str_eq(shown.data, "a=1 b=1 ");
	room = INT32_MAX;
	take_once();
	ck_assert_str_eq(shown.data, "a=1 b=1 c=1 ");
	assert_shows("");
	elsewhere("a", NULL);
	elsewhere("b", NULL);
	room = 1;
	buf_reset(&shown);
	while (!shown.len)
		if (wakes(PATIENCE_MS))
			take_once();
	room = INT32_MAX;
	take_once();
	ck_assert_str_eq(shown.data, "a- b- ");
	assert_shows("");
}
END_TEST

static int refuse(const struct record *record __unused_arg, void *arg __unused_arg,
		  struct err *error)
{
	return err_set(error, ERR_CORRUPT, "the visitor's own");
}

START_TEST(a_visitors_error_ends_the_call_and_not_the_watch)
{
	elsewhere("a", "1");
	elsewhere("b", "1");
	begin_watch(NULL);
	ck_assert_int_eq(watch_take(watch, refuse, NULL, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CORRUPT);
	take_once();
	ck_assert_str_eq(shown.data, "b=1 ");
}
END_TEST

/* But for what it takes to get going. */
START_TEST(nothing_new_wakes_nobody)
{
	struct deadline until = deadline_in_ms(1000);
	int wakings = 0;

	elsewhere("a", "1");
	begin_watch(NULL);
	assert_shows("a=1 ");
	for (; !deadline_passed(until); wakings++)
		if (wakes(QUIET_MS))
			take_once();
	ck_assert_int_lt(wakings, 20);
	elsewhere("a", "2");
	ck_assert(wakes(PATIENCE_MS));
}
END_TEST

START_TEST(the_store_can_be_used_while_it_is_watched)
{
	begin_watch(NULL);
	assert_shows("");
	write_by(ds, key("own"), "1");
	assert_shows("own=1 ");
	write_by(ds, key("own"), NULL);
	assert_shows("own- ");
}
END_TEST

START_TEST(what_was_not_read_is_not_watched_from_there)
{
	const char *prefixes[] = { prefix };

	ck_assert_int_eq(datastore_watch(ds, &view, prefixes, 1, &watch, &e), -1);
	ck_assert_int_eq(e.kind, ERR_INTERNAL);
	ck_assert_int_eq(datastore_watch(ds, NULL, prefixes, 0, &watch, &e), -1);
	ck_assert_int_eq(e.kind, ERR_LIMIT);
}
END_TEST

static void add_tests(TCase *t)
{
	tcase_add_test(t, without_a_view_what_is_there_comes_first);
	tcase_add_test(t, from_a_view_on_only_what_comes_after_it_is_shown);
	tcase_add_test(t, each_change_is_shown_once);
	tcase_add_test(t, the_last_state_of_a_key_is_shown_last);
	tcase_add_test(t, what_was_never_shown_is_not_shown_as_deleted);
	tcase_add_test(t, several_prefixes_are_one_watch_and_others_none_of_its_business);
	tcase_add_test(t, a_prefix_within_another_shows_nothing_twice);
	tcase_add_test(t, a_visitor_that_has_enough_gets_the_rest_when_he_comes_again);
	tcase_add_test(t, a_visitors_error_ends_the_call_and_not_the_watch);
	tcase_add_test(t, nothing_new_wakes_nobody);
	tcase_add_test(t, the_store_can_be_used_while_it_is_watched);
	tcase_add_test(t, what_was_not_read_is_not_watched_from_there);
}

Suite *suite(void)
{
	Suite *s = suite_create("watch");

	for (size_t i = 0; i < STORE_KINDS; i++) {
		TCase *tcase;

		if (!store_kinds[i].watched)
			continue;
		tcase = store_case(&store_kinds[i], begin, end);

		add_tests(tcase);
		suite_add_tcase(s, tcase);
	}
	return s;
}
