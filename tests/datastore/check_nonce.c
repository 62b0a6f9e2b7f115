/* SPDX-License-Identifier: Apache-2.0 */
/* What a nonce proves, and what it does not (datastore/nonce.h). */
#include "datastore/nonce.h"
#include "tests/fake/fake_store.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define NODE "node-a"
#define OWN "AAAAAAAAAAAAAAAA"
#define OTHER "BBBBBBBBBBBBBBBB"

static struct nonce n;
static struct view view;
static struct changes changes;
static struct guards guards;

/* The one that stands was put at revision 20. */
static void begin(void)
{
	view_init(&view);
	changes_init(&changes);
	guards = (struct guards){0};
	nonce_init(&n, NODE, "mine");
	memcpy(n.value, OWN, sizeof(OWN));
	n.revision = 20;
}

static void end(void)
{
	view_done(&view);
	changes_done(&changes);
	guards_done(&guards);
}

static void cover(const char *key, enum range_kind kind)
{
	struct range r = { .key = key, .kind = kind };

	view_cover(&view, &r, 90);
}

static void know(const char *key, const char *value, uint64_t revision)
{
	cover(key, RANGE_KEY);
	view_put(&view, key, value, strlen(value), revision);
}

static bool keep_all(const struct record *record __unused_arg, void *arg __unused_arg)
{
	return true;
}

static bool is_proven(const char *key)
{
	return view_peek(&view, key)->proven;
}

/* Reads the keys "a" of revision 20 and "b" of 21, and the nonce if it is not NULL. */
static void read_beside(const char *nonce, uint64_t revision)
{
	struct wants all __cleanup(wants_done) = {0};

	wants_add(&all, "a", RANGE_KEY);
	wants_add(&all, "b", RANGE_KEY);
	nonce_expect(&n, &view);
	know("a", "1", 20);
	know("b", "1", 21);
	if (nonce)
		know(n.key, nonce, revision);
	if (nonce)
		wants_add(&all, n.key, RANGE_KEY);
	nonce_note_reading(&n, &view, all.list, all.n);
}

static void commit(uint64_t revision)
{
	bool stands = nonce_stands(&n, &view);

	ck_assert_int_eq(nonce_put(&n, &changes), 0);
	guards_make(&guards, &view, &changes, true, n.key);
	ck_assert(!guards.failed);
	ck_assert(stands == (guards.n >= 2 && strcmp(guards.list[0].key, n.key) == 0));
	changes_stand(&changes, revision);
	nonce_note_compared(&view, &guards, &changes);
	changes_apply(&changes, &view);
	nonce_note_written(&n, &view, &changes);
	guards_done(&guards);
	changes_drop_last(&changes);
}

START_TEST(what_was_read_beside_it_and_is_no_newer_is_proven)
{
	read_beside(OWN, 20);
	ck_assert(is_proven("a"));
	ck_assert(!is_proven("b"));
	ck_assert(nonce_stands(&n, &view));
}
END_TEST

START_TEST(what_was_read_without_it_is_not_proven)
{
	read_beside(NULL, 0);
	ck_assert(!is_proven("a"));
}
END_TEST

START_TEST(a_read_that_finds_another_forgets_it_and_all_that_it_proved)
{
	static const struct {
		const char *value;
		uint64_t revision;
	} found[] = { { OTHER, 20 }, { OWN, 19 }, { "", 20 } };

	read_beside(OWN, 20);
	read_beside(found[_i].value, found[_i].revision);
	ck_assert(!is_proven("a"));
	ck_assert(!nonce_stands(&n, &view));
	read_beside(OWN, 20);
	ck_assert(!is_proven("a"));
}
END_TEST

START_TEST(a_key_that_is_gone_forgets_it_too)
{
	read_beside(OWN, 20);
	view_remove(&view, n.key);
	nonce_expect(&n, &view);
	ck_assert(!is_proven("a"));
}
END_TEST

START_TEST(what_a_store_reads_by_itself_is_not_proven)
{
	struct range list[] = { { .key = "a", .kind = RANGE_PREFIX, .keep = keep_all },
				{ .key = n.key, .kind = RANGE_KEY } };

	know("a", "1", 7);
	know(n.key, OWN, 20);
	nonce_note_reading(&n, &view, list, ARRAY_LEN(list));
	ck_assert(!is_proven("a"));
	list[0].keep = NULL;
	nonce_note_reading(&n, &view, list, ARRAY_LEN(list));
	ck_assert(is_proven("a"));
}
END_TEST

START_TEST(more_than_one_request_reads_proves_nothing)
{
	struct wants all __cleanup(wants_done) = {0};
	char key[16];

	know("a", "1", 7);
	know(n.key, OWN, 20);
	wants_add(&all, n.key, RANGE_KEY);
	wants_add(&all, "a", RANGE_KEY);
	for (int i = 0; i < DATASTORE_RANGES_AT_ONCE - 1; i++) {
		ck_assert(nonce_goes_along(&all) == (all.n < DATASTORE_RANGES_AT_ONCE));
		snprintf(key, sizeof(key), "k%d", i);
		wants_add(&all, key, RANGE_KEY);
	}
	nonce_note_reading(&n, &view, all.list, all.n);
	ck_assert(!is_proven("a"));
	nonce_note_reading(&n, &view, all.list, all.n - 1);
	ck_assert(is_proven("a"));
}
END_TEST

START_TEST(what_was_written_with_it_is_proven_and_what_was_proven_stays)
{
	read_beside(OWN, 20);
	cover("w", RANGE_KEY);
	changes_put(&changes, "w", "new", 3);
	commit(30);
	ck_assert(is_proven("w"));
	ck_assert(is_proven("a"));
	ck_assert(!is_proven("b"));
	ck_assert_uint_eq(n.revision, 30);
	ck_assert(nonce_stands(&n, &view));
}
END_TEST

START_TEST(with_none_to_compare_only_what_was_written_is_proven)
{
	n.value[0] = '\0';
	read_beside(OTHER, 20);
	cover("w", RANGE_KEY);
	changes_put(&changes, "w", "new", 3);
	changes_guard_key(&changes, "a");
	commit(30);
	ck_assert(is_proven("w"));
	ck_assert(!is_proven("a"));
}
END_TEST

START_TEST(what_was_compared_by_value_is_proven_unless_it_is_of_a_later_revision)
{
	n.value[0] = '\0';
	cover(n.key, RANGE_KEY);
	know("a", "1", 7);
	know("later", "1", 31);
	know("presumed", "1", 0);
	cover("p/", RANGE_PREFIX);
	view_put(&view, "p/1", "x", 1, 8);
	know("head", "long", 9);
	for (size_t i = 0; i < view.n_records; i++)
		if (strcmp(view.records[i].key, "head") != 0)
			view_look_at_head(&view, &view.records[i], SIZE_MAX);
	view_look_at_head(&view, view_peek(&view, "head"), 2);
	view.from_mirror = true;
	cover("w", RANGE_KEY);
	changes_put(&changes, "w", "new", 3);
	commit(30);
	ck_assert(is_proven("a"));
	ck_assert(is_proven("p/1"));
	ck_assert(is_proven("w"));
	ck_assert(!is_proven("later"));
	ck_assert(!is_proven("presumed"));
	ck_assert(!is_proven("head"));
}
END_TEST

static bool proves(const char *prefix)
{
	uint64_t newest;

	return view_proves_prefix(&view, prefix, &newest);
}

/* A mirror's, with the prefix "p/" of one record, and a commit that compared it or not. */
static void begin_with_prefix(bool is_compared)
{
	nonce_expect(&n, &view);
	know(n.key, OWN, 20);
	cover("p/", RANGE_PREFIX);
	view_put(&view, "p/1", "x", 1, 8);
	view.ranges[view.n_ranges - 1].unasked = !is_compared;
	view.from_mirror = true;
	commit(30);
}

START_TEST(a_prefix_that_was_compared_is_proven_until_it_is_read_again)
{
	struct wants all __cleanup(wants_done) = {0};

	begin_with_prefix(true);
	ck_assert(proves("p/"));
	wants_add(&all, "p/", RANGE_PREFIX);
	wants_add(&all, n.key, RANGE_KEY);
	cover("p/", RANGE_PREFIX);
	view_put(&view, "p/1", "x", 1, 8);
	nonce_note_reading(&n, &view, all.list, all.n);
	ck_assert(is_proven("p/1"));
	ck_assert(!proves("p/"));
}
END_TEST

/* It may be newer than what C found there. */
START_TEST(a_prefix_of_which_a_key_or_more_is_read_is_not_proven)
{
	static const struct range read[] = { { .key = "p/2", .kind = RANGE_KEY },
					     { .key = "p/2", .kind = RANGE_PREFIX },
					     { .key = "p", .kind = RANGE_PREFIX } };

	begin_with_prefix(true);
	view_cover(&view, &read[_i], 90);
	ck_assert(!proves("p/"));
}
END_TEST

START_TEST(a_prefix_that_was_not_compared_is_not_proven)
{
	begin_with_prefix(false);
	ck_assert(!proves("p/"));
}
END_TEST

/* 0: the next commit looks at it and writes there; 1: at another; 2: does not look and writes. */
START_TEST(a_proven_prefix_remains_so_unless_it_is_written_unseen)
{
	begin_with_prefix(true);
	view.ranges[view.n_ranges - 1].unasked = _i != 0;
	if (_i != 1)
		changes_put(&changes, "p/2", "y", 1);
	commit(40);
	ck_assert(proves("p/") == (_i != 2));
}
END_TEST

START_TEST(a_prefix_that_one_nonce_proved_another_does_not)
{
	begin_with_prefix(true);
	memcpy(n.value, OTHER, sizeof(OTHER));
	nonce_expect(&n, &view);
	ck_assert(!proves("p/"));
}
END_TEST

START_TEST(what_one_nonce_proved_another_does_not)
{
	read_beside(OWN, 20);
	memcpy(n.value, OTHER, sizeof(OTHER));
	nonce_expect(&n, &view);
	ck_assert(!is_proven("a"));
}
END_TEST

START_TEST(each_draw_is_another)
{
	ck_assert_int_eq(nonce_put(&n, &changes), 0);
	ck_assert_int_eq(nonce_put(&n, &changes), 0);
	ck_assert_uint_eq(changes.list[0].value_len, NONCE_TEXT - 1);
	ck_assert_str_ne(changes.list[0].value, changes.list[1].value);
}
END_TEST

START_TEST(each_mirror_of_a_node_has_a_key_of_its_own)
{
	struct nonce another;
	char prefix[VIEW_KEY_MAX + 1];

	ck_assert_int_eq(nonce_prefix(NODE, prefix), 0);
	nonce_init(&another, NODE, "mine too");
	ck_assert_str_ne(another.key, n.key);
	ck_assert(strncmp(another.key, prefix, strlen(prefix)) == 0);
	ck_assert(nonce_is_key(another.key));
	ck_assert(!nonce_is_key("/calico/ipam/v2/host/node-a/ipv4/block/10.0.0.0-26"));
}
END_TEST

START_TEST(a_name_that_makes_no_key_has_no_nonce)
{
	char name[VIEW_KEY_MAX + 1];

	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	nonce_init(&n, name, "mine");
	ck_assert(!nonce_is_used(&n));
	nonce_init(&n, "node-a/b", "mine");
	ck_assert(!nonce_is_used(&n));
	ck_assert(!nonce_is_used(NULL));
}
END_TEST

START_TEST(a_nodes_keys_are_all_forgotten_however_many_they_are)
{
	struct fake_store *store = fake_new();
	struct datastore *ds = fake_open(store);
	char key[VIEW_KEY_MAX];
	struct err e = {0};

	fake_set_traits(store, false, true);
	fake_put(store, NONCES NODE "-b/1", OTHER);
	for (int i = 0; i < 750; i++) {
		snprintf(key, sizeof(key), NONCES NODE "/%016x", i);
		fake_put(store, key, OWN);
	}
	ck_assert_msg(datastore_forget_node(ds, NODE, &e) == 0, "%s", e.text);
	ck_assert_ptr_null(fake_key(store, NONCES NODE "/", 0));
	ck_assert_ptr_nonnull(fake_key(store, NONCES, 0));
	datastore_close(ds);
	fake_free(store);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("nonce");
	TCase *t = tcase_create("nonce");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, what_was_read_beside_it_and_is_no_newer_is_proven);
	tcase_add_test(t, what_was_read_without_it_is_not_proven);
	tcase_add_loop_test(t, a_read_that_finds_another_forgets_it_and_all_that_it_proved, 0, 3);
	tcase_add_test(t, a_key_that_is_gone_forgets_it_too);
	tcase_add_test(t, what_a_store_reads_by_itself_is_not_proven);
	tcase_add_test(t, more_than_one_request_reads_proves_nothing);
	tcase_add_test(t, what_was_written_with_it_is_proven_and_what_was_proven_stays);
	tcase_add_test(t, with_none_to_compare_only_what_was_written_is_proven);
	tcase_add_test(t, what_was_compared_by_value_is_proven_unless_it_is_of_a_later_revision);
	tcase_add_test(t, a_prefix_that_was_compared_is_proven_until_it_is_read_again);
	tcase_add_loop_test(t, a_prefix_of_which_a_key_or_more_is_read_is_not_proven, 0, 3);
	tcase_add_test(t, a_prefix_that_was_not_compared_is_not_proven);
	tcase_add_loop_test(t, a_proven_prefix_remains_so_unless_it_is_written_unseen, 0, 3);
	tcase_add_test(t, a_prefix_that_one_nonce_proved_another_does_not);
	tcase_add_test(t, what_one_nonce_proved_another_does_not);
	tcase_add_test(t, each_draw_is_another);
	tcase_add_test(t, each_mirror_of_a_node_has_a_key_of_its_own);
	tcase_add_test(t, a_name_that_makes_no_key_has_no_nonce);
	tcase_add_test(t, a_nodes_keys_are_all_forgotten_however_many_they_are);
	suite_add_tcase(s, t);
	return s;
}
