/* SPDX-License-Identifier: Apache-2.0 */
/* What a view knows of what was read, and a list of what to read. */
#include "datastore/view.h"
#include "datastore/wants.h"

#include "base/attr.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct view view;
static struct wants wants;

static void begin(void)
{
	view_init(&view);
	wants_init(&wants);
}

static void end(void)
{
	view_done(&view);
	wants_done(&wants);
}

static struct range range(const char *key, enum range_kind kind)
{
	return (struct range){ .key = key, .kind = kind };
}

static void put(const char *key, const char *value, uint64_t revision)
{
	view_put(&view, key, value, strlen(value), revision);
}

static void forget(const char *key, enum range_kind kind)
{
	struct range r = range(key, kind);

	view_forget(&view, &r);
}

static void cover(const char *key, enum range_kind kind, uint64_t revision)
{
	struct range r = range(key, kind);

	view_cover(&view, &r, revision);
}

static const char *value_of(const char *key)
{
	const struct record *r = view_peek(&view, key);

	return r ? r->value : NULL;
}

/* What is known */

START_TEST(a_new_view_knows_nothing)
{
	ck_assert_ptr_null(view_peek(&view, "a"));
	ck_assert(!view_knows(&view, "a"));
	ck_assert(!view_knows_existence(&view, "a"));
	ck_assert(!view_knows_prefix(&view, "", RANGE_PREFIX_KEYS));
	ck_assert_uint_eq(view_prefix_revision(&view, ""), 0);
	ck_assert_uint_eq(view_first(&view, ""), 0);
	ck_assert_ptr_null(view_at(&view, 0, ""));
}
END_TEST

START_TEST(a_covered_key_is_known_to_be_absent)
{
	cover("a", RANGE_KEY, 5);
	ck_assert(view_knows(&view, "a"));
	ck_assert(view_knows_existence(&view, "a"));
	ck_assert(!view_knows(&view, "aa"));
	ck_assert(!view_knows(&view, ""));
	ck_assert(!view_knows_prefix(&view, "a", RANGE_PREFIX_KEYS));
}
END_TEST

START_TEST(a_covered_prefix_knows_all_below_it)
{
	cover("p/", RANGE_PREFIX, 5);
	ck_assert(view_knows(&view, "p/"));
	ck_assert(view_knows(&view, "p/x/y"));
	ck_assert(!view_knows(&view, "p"));
	ck_assert(!view_knows(&view, "q/"));
	ck_assert(view_knows_prefix(&view, "p/", RANGE_PREFIX));
	ck_assert(view_knows_prefix(&view, "p/x/", RANGE_PREFIX));
	ck_assert(view_knows_prefix(&view, "p/x/", RANGE_PREFIX_KEYS));
	ck_assert(!view_knows_prefix(&view, "p", RANGE_PREFIX));
	ck_assert(!view_knows_prefix(&view, "", RANGE_PREFIX));
}
END_TEST

START_TEST(covered_keys_without_values_are_known_to_exist_only)
{
	view_put_key(&view, "p/1", 3);
	cover("p/", RANGE_PREFIX_KEYS, 5);
	ck_assert(view_knows_existence(&view, "p/1"));
	ck_assert(!view_knows(&view, "p/1"));
	ck_assert(view_knows(&view, "p/2"));
	ck_assert(view_knows_prefix(&view, "p/", RANGE_PREFIX_KEYS));
	ck_assert(!view_knows_prefix(&view, "p/", RANGE_PREFIX));
	put("p/1", "1", 3);
	ck_assert(view_knows(&view, "p/1"));
}
END_TEST

START_TEST(the_oldest_revision_of_a_prefix_counts)
{
	cover("p/", RANGE_PREFIX, 9);
	cover("p/x/", RANGE_PREFIX_KEYS, 5);
	cover("p/y", RANGE_KEY, 2);
	ck_assert_uint_eq(view_prefix_revision(&view, "p/"), 9);
	ck_assert_uint_eq(view_prefix_revision(&view, "p/x/"), 5);
	ck_assert_uint_eq(view_prefix_revision(&view, "p/y/"), 9);
	ck_assert_uint_eq(view_prefix_revision(&view, "p"), 0);
	cover("p/x/", RANGE_PREFIX_KEYS, 12);
	ck_assert_uint_eq(view_prefix_revision(&view, "p/x/"), 9);
}
END_TEST

/* Records */

START_TEST(records_stand_in_bytewise_order_however_they_come)
{
	static const char *const keys[] = { "b", "a", "\xff", "ab", "a/", "c", "10.0.0.64",
					    "10.0.0.128", "", "A", "\x01" };
	size_t n = ARRAY_LEN(keys);

	for (size_t round = 0; round < 3; round++)
		for (size_t i = 0; i < n; i++)
			put(keys[(i * 7 + round) % n], keys[(i * 7 + round) % n], 1);
	ck_assert_uint_eq(view.n_records, n);
	for (size_t i = 1; i < n; i++)
		ck_assert_int_lt(strcmp(view.records[i - 1].key, view.records[i].key), 0);
	for (size_t i = 0; i < n; i++)
		ck_assert_str_eq(value_of(keys[i]), keys[i]);
}
END_TEST

START_TEST(values_are_copied_and_end_in_a_nul)
{
	char bytes[] = { 'a', '\0', 'b', 'x' };
	const struct record *r;

	view_put(&view, "a", bytes, 3, 7);
	bytes[0] = 'z';
	r = view_peek(&view, "a");
	ck_assert_uint_eq(r->value_len, 3);
	ck_assert_mem_eq(r->value, "a\0b", 4);
	ck_assert_uint_eq(r->revision, 7);
	view_put(&view, "a", NULL, 0, 8);
	r = view_peek(&view, "a");
	ck_assert_str_eq(r->value, "");
	ck_assert_uint_eq(r->value_len, 0);
	ck_assert_uint_eq(r->revision, 8);
	ck_assert_uint_eq(view.n_records, 1);
}
END_TEST

START_TEST(a_prefix_is_walked_by_index)
{
	size_t at;

	put("p", "", 1);
	put("p/1", "", 1);
	put("p/2", "", 1);
	put("p0", "", 1);
	at = view_first(&view, "p/");
	ck_assert_uint_eq(at, 1);
	ck_assert_str_eq(view_at(&view, at, "p/")->key, "p/1");
	ck_assert_str_eq(view_at(&view, at + 1, "p/")->key, "p/2");
	ck_assert_ptr_null(view_at(&view, at + 2, "p/"));
	ck_assert_ptr_null(view_at(&view, 100, ""));
	ck_assert_uint_eq(view_first(&view, "q"), 4);
	ck_assert_ptr_null(view_at(&view, view_first(&view, "p/3"), "p/3"));
}
END_TEST

START_TEST(a_key_alone_keeps_a_value_of_its_revision_and_no_other)
{
	put("a", "one", 5);
	view_put_key(&view, "a", 5);
	ck_assert_str_eq(value_of("a"), "one");
	view_put_key(&view, "a", 6);
	ck_assert_ptr_null(value_of("a"));
	ck_assert_uint_eq(view_peek(&view, "a")->revision, 6);
	ck_assert_uint_eq(view_peek(&view, "a")->value_len, 0);
}
END_TEST

/* Reading again */

START_TEST(what_does_not_come_again_is_gone)
{
	put("a", "1", 1);
	put("p/1", "1", 1);
	put("p/2", "2", 2);
	put("p0", "3", 3);
	forget("p/", RANGE_PREFIX);
	put("p/2", "2", 2);
	put("p/3", "3", 4);
	cover("p/", RANGE_PREFIX, 4);
	ck_assert_uint_eq(view.n_records, 4);
	ck_assert_ptr_null(view_peek(&view, "p/1"));
	ck_assert_str_eq(value_of("a"), "1");
	ck_assert_str_eq(value_of("p/3"), "3");
	ck_assert_str_eq(value_of("p0"), "3");
	forget("a", RANGE_KEY);
	cover("a", RANGE_KEY, 5);
	ck_assert_ptr_null(view_peek(&view, "a"));
	ck_assert(view_knows(&view, "a"));
}
END_TEST

START_TEST(a_list_of_keys_takes_away_what_it_does_not_name)
{
	put("p/1", "1", 1);
	put("p/2", "2", 2);
	put("p/3", "3", 3);
	forget("p/", RANGE_PREFIX_KEYS);
	view_put_key(&view, "p/2", 2);
	view_put_key(&view, "p/3", 9);
	cover("p/", RANGE_PREFIX_KEYS, 9);
	ck_assert_ptr_null(view_peek(&view, "p/1"));
	ck_assert_str_eq(value_of("p/2"), "2");
	ck_assert(!view_knows(&view, "p/3"));
	ck_assert(view_knows_existence(&view, "p/3"));
}
END_TEST

START_TEST(ranges_that_overlap_can_be_read_in_any_order)
{
	put("p/1", "1", 1);
	forget("p/1", RANGE_KEY);
	put("p/1", "1", 1);
	cover("p/1", RANGE_KEY, 5);
	forget("p/", RANGE_PREFIX);
	view_put_key(&view, "p/1", 1);
	cover("p/", RANGE_PREFIX, 5);
	ck_assert_str_eq(value_of("p/1"), "1");
	forget("p/1", RANGE_KEY);
	forget("p/", RANGE_PREFIX);
	cover("p/1", RANGE_KEY, 6);
	cover("p/", RANGE_PREFIX, 6);
	ck_assert_uint_eq(view.n_records, 0);
}
END_TEST

START_TEST(values_of_a_prefix_take_the_place_of_its_key_listing)
{
	view_put_key(&view, "p/1", 3);
	cover("p/", RANGE_PREFIX_KEYS, 5);
	forget("p/", RANGE_PREFIX);
	put("p/1", "x", 3);
	cover("p/", RANGE_PREFIX, 6);
	ck_assert_uint_eq(view.n_ranges, 1);
	ck_assert_int_eq(view.ranges[0].kind, RANGE_PREFIX);
	ck_assert(view_knows_prefix(&view, "p/", RANGE_PREFIX_KEYS));
	ck_assert(view_knows(&view, "p/1"));
}
END_TEST

START_TEST(a_range_read_again_is_one_range)
{
	cover("a", RANGE_KEY, 1);
	cover("a", RANGE_PREFIX, 1);
	cover("a", RANGE_KEY, 2);
	ck_assert_uint_eq(view.n_ranges, 2);
	ck_assert_uint_eq(view.ranges[0].revision, 2);
	ck_assert_uint_eq(view.ranges[1].revision, 1);
}
END_TEST

START_TEST(a_prefix_is_read_with_its_values_or_without)
{
	cover("p/", RANGE_PREFIX_KEYS, 1);
	cover("a", RANGE_KEY, 1);
	cover("p/", RANGE_PREFIX, 2);
	ck_assert_uint_eq(view.n_ranges, 2);
	ck_assert_str_eq(view.ranges[0].key, "a");
	cover("p/", RANGE_PREFIX_KEYS, 3);
	ck_assert_uint_eq(view.n_ranges, 2);
	ck_assert(view_knows_prefix(&view, "p/", RANGE_PREFIX));
	ck_assert_uint_eq(view_prefix_revision(&view, "p/"), 2);
}
END_TEST

START_TEST(ranges_keep_their_places_while_they_are_read_again)
{
	static const char *const keys[] = { "p/", "q/", "a", "b" };

	cover("p/", RANGE_PREFIX, 1);
	cover("p/", RANGE_PREFIX_KEYS, 1);
	cover("q/", RANGE_PREFIX_KEYS, 1);
	cover("a", RANGE_KEY, 1);
	cover("b", RANGE_KEY, 1);
	for (size_t i = 0; i < view.n_ranges; i++) {
		struct range again = view.ranges[i];

		view_forget(&view, &again);
		view_cover(&view, &again, 2);
		ck_assert_str_eq(view.ranges[i].key, keys[i]);
	}
	ck_assert_uint_eq(view.n_ranges, 4);
	ck_assert_uint_eq(view.ranges[3].revision, 2);
}
END_TEST

START_TEST(a_reset_view_knows_nothing_and_works_again)
{
	put("a", "1", 1);
	cover("a", RANGE_PREFIX, 1);
	view.from_mirror = true;
	view_reset(&view);
	ck_assert(!view_knows_existence(&view, "a"));
	ck_assert_ptr_null(view_peek(&view, "a"));
	ck_assert(!view.from_mirror && !view.failed);
	put("b", "1", 1);
	ck_assert_str_eq(value_of("b"), "1");
}
END_TEST

START_TEST(a_view_notes_how_much_of_a_record_is_looked_at)
{
	const struct record *r;

	put("a", "value", 1);
	r = view_peek(&view, "a");
	ck_assert(view_knows(&view, "a"));
	ck_assert_uint_eq(r->looked_at, 0);
	view_look_at_head(&view, r, 3);
	view_look_at_head(&view, r, 2);
	ck_assert_uint_eq(r->looked_at, 3);
	ck_assert_ptr_eq(view_look_at(&view, "a"), r);
	ck_assert_uint_ge(r->looked_at, 5);
	put("a", "again", 2);
	ck_assert_uint_eq(view_peek(&view, "a")->looked_at, 0);
	ck_assert_ptr_null(view_peek(&view, "b"));
}
END_TEST

START_TEST(a_view_has_a_limit_of_ranges)
{
	char key[16];

	for (int i = 0; i < VIEW_RANGES_MAX; i++) {
		snprintf(key, sizeof(key), "%d", i);
		cover(key, RANGE_KEY, 1);
	}
	ck_assert(!view.failed);
	cover("0", RANGE_KEY, 2);
	ck_assert(!view.failed);
	cover("more", RANGE_KEY, 1);
	ck_assert(view.failed);
	ck_assert_uint_eq(view.n_ranges, VIEW_RANGES_MAX);
	ck_assert(!view_knows(&view, "more"));
}
END_TEST

/* The same, done without thought: a table of the keys p/0 to p/9 and what is known of each. */
START_TEST(a_view_agrees_with_a_table)
{
	int store[10] = {0}, revision = 1;	/* a revision each, 0: absent */
	char key[16], value[16];

	srand(9);
	for (int round = 0; round < 3000; round++) {
		enum range_kind kind = (enum range_kind)(rand() % 3);
		int n = rand() % 10, from = kind == RANGE_KEY ? n : 0,
			until = kind == RANGE_KEY ? n + 1 : 10;

		store[rand() % 10] = rand() % 3 ? ++revision : 0;
		snprintf(key, sizeof(key), kind == RANGE_KEY ? "p/%d" : "p/", n);
		forget(key, kind);
		for (int i = from; i < until; i++) {
			char name[16];

			snprintf(name, sizeof(name), "p/%d", i);
			snprintf(value, sizeof(value), "%d", store[i]);
			if (store[i] && kind == RANGE_PREFIX_KEYS)
				view_put_key(&view, name, (uint64_t)store[i]);
			else if (store[i])
				put(name, value, (uint64_t)store[i]);
		}
		cover(key, kind, (uint64_t)revision);
		for (int i = from; i < until; i++) {
			const struct record *r;

			snprintf(key, sizeof(key), "p/%d", i);
			snprintf(value, sizeof(value), "%d", store[i]);
			r = view_peek(&view, key);
			ck_assert(!r == !store[i]);
			if (!r)
				continue;
			ck_assert_uint_eq(r->revision, (uint64_t)store[i]);
			ck_assert(kind == RANGE_PREFIX_KEYS || r->value);
			if (r->value)
				ck_assert_str_eq(r->value, value);
		}
	}
}
END_TEST

/* Wants */

START_TEST(a_range_is_wanted_once)
{
	wants_add(&wants, "a", RANGE_KEY);
	wants_add(&wants, "a", RANGE_KEY);
	wants_add(&wants, "a", RANGE_PREFIX);
	wants_add(&wants, "a", RANGE_PREFIX_KEYS);
	ck_assert_uint_eq(wants.n, 3);
	ck_assert(!wants.failed);
}
END_TEST

static bool keep_none(const struct record *r __unused_arg, void *arg __unused_arg)
{
	return false;
}

START_TEST(who_wants_every_value_gets_them_in_spite_of_a_filter)
{
	int one, other;

	wants_add_filtered(&wants, "a", keep_none, &one);
	wants_add_filtered(&wants, "a", keep_none, &one);
	ck_assert(wants.list[0].keep == keep_none && wants.list[0].keep_arg == &one);
	wants_add(&wants, "a", RANGE_PREFIX);
	ck_assert_uint_eq(wants.n, 1);
	ck_assert(!wants.list[0].keep);
	wants_add_filtered(&wants, "a", keep_none, &one);
	ck_assert(!wants.list[0].keep);
	wants_add_filtered(&wants, "b", keep_none, &one);
	wants_add_filtered(&wants, "b", keep_none, &other);
	ck_assert(!wants.list[1].keep);
}
END_TEST

START_TEST(wants_have_limits)
{
	char key[VIEW_KEY_MAX + 2];

	memset(key, 'k', sizeof(key));
	key[VIEW_KEY_MAX] = '\0';
	wants_add(&wants, key, RANGE_KEY);
	ck_assert(!wants.failed);
	key[VIEW_KEY_MAX] = 'k';
	key[VIEW_KEY_MAX + 1] = '\0';
	wants_add(&wants, key, RANGE_KEY);
	ck_assert(wants.failed);
	wants_done(&wants);
	for (int i = 0; i < VIEW_RANGES_MAX; i++) {
		snprintf(key, sizeof(key), "%d", i);
		wants_add(&wants, key, RANGE_KEY);
	}
	ck_assert(!wants.failed);
	wants_add(&wants, "more", RANGE_KEY);
	ck_assert(wants.failed);
}
END_TEST

START_TEST(what_a_copy_was_asked_for_the_view_was_asked_for)
{
	struct view v = {0}, copy = {0};
	const struct range p = { .key = "p/", .kind = RANGE_PREFIX },
			   q = { .key = "q/", .kind = RANGE_PREFIX };

	view_cover(&v, &p, 1);
	view_cover(&v, &q, 1);
	v.ranges[0].unasked = v.ranges[1].unasked = true;
	view_copy(&copy, &v);
	view_look_at_the_same(&v, &copy);
	ck_assert(v.ranges[0].unasked && v.ranges[1].unasked);
	view_ask(&copy, "q/");
	view_look_at_the_same(&v, &copy);
	ck_assert(v.ranges[0].unasked);
	ck_assert(!v.ranges[1].unasked);
	view_done(&copy);
	view_done(&v);
}
END_TEST

static void add_case(Suite *suite, const char *name, const TTest *const *tests)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, begin, end);
	for (; *tests; tests++)
		tcase_add_test(tcase, *tests);
	suite_add_tcase(suite, tcase);
}

Suite *suite(void)
{
	Suite *s = suite_create("view");

	add_case(s, "knowledge", (const TTest *[]){
		a_new_view_knows_nothing, a_covered_key_is_known_to_be_absent,
		a_covered_prefix_knows_all_below_it,
		covered_keys_without_values_are_known_to_exist_only,
		the_oldest_revision_of_a_prefix_counts,
		what_a_copy_was_asked_for_the_view_was_asked_for, NULL });
	add_case(s, "records", (const TTest *[]){
		records_stand_in_bytewise_order_however_they_come,
		values_are_copied_and_end_in_a_nul,
		a_prefix_is_walked_by_index, a_key_alone_keeps_a_value_of_its_revision_and_no_other,
		NULL });
	add_case(s, "reading again", (const TTest *[]){
		what_does_not_come_again_is_gone, a_list_of_keys_takes_away_what_it_does_not_name,
		ranges_that_overlap_can_be_read_in_any_order,
		values_of_a_prefix_take_the_place_of_its_key_listing,
		a_range_read_again_is_one_range, a_prefix_is_read_with_its_values_or_without,
		ranges_keep_their_places_while_they_are_read_again,
		a_reset_view_knows_nothing_and_works_again, a_view_has_a_limit_of_ranges,
		a_view_notes_how_much_of_a_record_is_looked_at,
		a_view_agrees_with_a_table,
		NULL });
	add_case(s, "wants", (const TTest *[]){
		a_range_is_wanted_once, who_wants_every_value_gets_them_in_spite_of_a_filter,
			wants_have_limits, NULL });
	return s;
}
