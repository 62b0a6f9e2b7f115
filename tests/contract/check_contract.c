/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every store behind datastore.h must keep to, run over each of them: the
 * scripted fake, the local store, a real etcd, and a real API server of Kubernetes.
 *
 * Each test has a datastore, a view and a list of changes of its own, and keys
 * under a prefix that no other test uses.  "Another host" writes by a second
 * handle; for the local store, which a process opens but once, it is a second
 * process: this program itself with `--write <folder> <key> [<value>]`.
 */
#include "tests/contract/fixture_stores.h"
#include "tests/suite.h"

#include <check.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct view view;
static struct changes changes;
static struct err e;
static int test_number;

/* The key of this test; lives until sixteen more are made. */
static const char *key(const char *name)
{
	static char keys[16][2 * VIEW_KEY_MAX];
	static int turn;
	char *k = keys[turn++ % 16];

	/* Where libcheck forks, each test is the first of its process. */
	snprintf(k, sizeof(keys[0]), "/contract/%ld.%d/%s", (long)getpid(), test_number, name);
	return spelling->key(k);
}

/* The text as the store has it in a value; NULL: none. */
static const char *spelled(const char *text)
{
	return text ? spelling->value(text) : NULL;
}

static void read_range(const char *name, enum range_kind kind)
{
	struct wants wants __cleanup(wants_done) = {0};

	wants_add(&wants, key(name), kind);
	ck_assert_msg(datastore_read(ds, &view, &wants, &e) == 0, "%s", e.text);
}

static void read_key(const char *name)
{
	read_range(name, RANGE_KEY);
}

static void read_prefix(const char *name)
{
	read_range(name, RANGE_PREFIX);
}

static void put(const char *name, const char *text)
{
	const char *value = spelled(text);

	changes_put(&changes, key(name), value, strlen(value));
}

/* Commits, and begins a new list of changes. */
static enum commit_outcome commit(void)
{
	enum commit_outcome outcome = COMMIT_STALE;
	int rc = datastore_commit(ds, &view, &changes, &outcome, &e);

	ck_assert_msg(rc == 0, "%s", e.text);
	changes_done(&changes);
	return outcome;
}

static void assert_done(void)
{
	ck_assert_int_eq(commit(), COMMIT_DONE);
}

static void assert_stale(void)
{
	ck_assert_int_eq(commit(), COMMIT_STALE);
}

/* Puts the key and forgets the view. */
static void store(const char *name, const char *value)
{
	read_key(name);
	put(name, value);
	assert_done();
	view_reset(&view);
}

static const char *value_of(const char *name)
{
	const struct record *r = view_peek(&view, key(name));

	return r ? r->value : NULL;
}

static uint64_t revision_of(const char *name)
{
	const struct record *r = view_peek(&view, key(name));

	ck_assert_ptr_nonnull(r);
	return r->revision;
}

static void assert_value(const char *name, const char *value)
{
	ck_assert_pstr_eq(value_of(name), spelled(value));
}

/* What the store holds, whatever the view says. */
static void assert_stored(const char *name, const char *value)
{
	view_reset(&view);
	read_key(name);
	assert_value(name, value);
}

static void elsewhere(const char *name, const char *value)
{
	write_elsewhere(key(name), spelled(value));
}

/* Scanning */

#define SHOWN_MAX 3000

/* What a scan has shown, and what happens on its way. */
static struct shown {
	char *keys[SHOWN_MAX], *values[SHOWN_MAX];
	size_t lens[SHOWN_MAX], n;
	size_t at;	/* while this record (from 0) is shown … */
	void (*then)(void);	/* … this is done; NULL: nothing */
	int returns;	/* by the visitor then */
} shown;

static int keep_shown(const struct record *r, void *arg, struct err *why)
{
	struct shown *s = arg;
	bool now = s->n == s->at;

	ck_assert_uint_lt(s->n, SHOWN_MAX);
	ck_assert_int_eq(r->value[r->value_len], '\0');
	ck_assert_int_gt(r->revision, 0);
	s->keys[s->n] = strdup(r->key);
	s->values[s->n] = malloc(r->value_len + 1);
	memcpy(s->values[s->n], r->value, r->value_len + 1);
	s->lens[s->n++] = r->value_len;
	if (now && s->then)
		s->then();
	if (!now || !s->returns)
		return 0;
	return s->returns < 0 ? err_set(why, ERR_CONFLICT, "enough of %s", r->key) : s->returns;
}

static void forget_shown(void)
{
	for (size_t i = 0; i < shown.n; i++) {
		free(shown.keys[i]);
		free(shown.values[i]);
	}
	shown = (struct shown){ 0 };
}

static int scan(const char *name)
{
	return datastore_scan(ds, key(name), keep_shown, &shown, &e);
}

static void assert_scanned(const char *name)
{
	ck_assert_msg(scan(name) == 0, "%s", e.text);
}

static void assert_shown(size_t i, const char *name, const char *value)
{
	ck_assert_uint_lt(i, shown.n);
	ck_assert_str_eq(shown.keys[i], key(name));
	ck_assert_str_eq(shown.values[i], spelled(value));
}

static void begin(void)
{
	test_number++;
	err_reset(&e);
	view_init(&view);
	changes_init(&changes);
}

static void end(void)
{
	forget_shown();
	view_done(&view);
	changes_done(&changes);
}

/* The contract: reading */

START_TEST(what_was_put_is_read)
{
	store("a", "one");
	read_key("a");
	assert_value("a", "one");
	ck_assert(view_knows(&view, key("a")));
	ck_assert_int_gt(revision_of("a"), 0);
}
END_TEST

START_TEST(absence_is_knowledge)
{
	ck_assert(!view_knows_existence(&view, key("a")));
	read_key("a");
	read_prefix("p/");
	ck_assert_ptr_null(view_peek(&view, key("a")));
	ck_assert(view_knows(&view, key("a")));
	ck_assert(view_knows(&view, key("p/x")));
	ck_assert(view_knows_prefix(&view, key("p/"), RANGE_PREFIX));
	ck_assert(!view_knows_existence(&view, key("b")));
	ck_assert_int_gt(view_prefix_revision(&view, key("p/")), 0);
}
END_TEST

START_TEST(a_prefix_is_read_in_bytewise_order)
{
	static const char *const names[] = { "p/", "p/\x01", "p/10.0.0.0-26", "p/10.0.0.128-26",
					     "p/10.0.0.64-26",
					     "p/B", "p/a", "p/a/b", "p/\xc3\xa9" };
	size_t n = ARRAY_LEN(names), i;

	for (i = n; i > 0; i--)
		store(names[i - 1], names[i - 1]);
	store("p", "before");
	store("p.", "before");
	store("p0", "after");
	read_prefix("p/");
	ck_assert_uint_eq(view.n_records, n);
	for (i = 0; i < n; i++) {
		ck_assert_str_eq(view.records[i].key, key(names[i]));
		ck_assert_str_eq(view.records[i].value, spelled(names[i]));
	}
}
END_TEST

START_TEST(a_prefix_that_ends_in_the_highest_byte_ends_before_the_next)
{
	store("p\xff", "1");
	store("p\xff\xff" "x", "2");
	store("q", "3");
	read_prefix("p\xff");
	ck_assert_uint_eq(view.n_records, 2);
}
END_TEST

START_TEST(a_list_of_keys_has_no_values)
{
	store("p/1", "one");
	store("p/2", "two");
	read_range("p/", RANGE_PREFIX_KEYS);
	ck_assert_uint_eq(view.n_records, 2);
	ck_assert_ptr_null(view.records[0].value);
	ck_assert_uint_ne(view.records[1].revision, 0);
	ck_assert_uint_ne(view.records[1].revision, view.records[0].revision);
	ck_assert(!view_knows(&view, key("p/1")));
	ck_assert(view_knows_existence(&view, key("p/1")));
	ck_assert(view_knows(&view, key("p/3")));
	ck_assert(!view_knows_prefix(&view, key("p/"), RANGE_PREFIX));
}
END_TEST

static bool begins_with_x(const struct record *r, void *calls)
{
	++*(int *)calls;
	ck_assert_uint_eq(strlen(r->value), r->value_len);
	return r->value[spelling->before] == 'x';
}

static void read_filtered(const char *name, int *calls)
{
	struct wants wants __cleanup(wants_done) = {0};

	wants_add_filtered(&wants, key(name), begins_with_x, calls);
	ck_assert_msg(datastore_read(ds, &view, &wants, &e) == 0, "%s", e.text);
}

START_TEST(a_filter_says_which_values_are_kept)
{
	int calls = 0;

	store("p/1", "x1");
	store("p/2", "y2");
	store("p/3", "x3");
	read_filtered("p/", &calls);
	ck_assert_int_eq(calls, 3);
	ck_assert_uint_eq(view.n_records, 3);
	assert_value("p/1", "x1");
	assert_value("p/2", NULL);
	assert_value("p/3", "x3");
	ck_assert(view_knows_existence(&view, key("p/2")));
	ck_assert(!view_knows(&view, key("p/2")));
}
END_TEST

START_TEST(a_filter_takes_nothing_from_a_key_that_was_asked_for)
{
	int calls = 0;

	store("p/2", "y2");
	read_key("p/2");
	read_filtered("p/", &calls);
	assert_value("p/2", "y2");
	elsewhere("p/1", "x1");
	put("p/2", "y3");
	changes_guard_prefix(&changes, key("p/"));
	assert_stale();
	assert_value("p/1", "x1");
	assert_value("p/2", "y2");
}
END_TEST

START_TEST(ranges_of_one_read_are_as_of_one_moment)
{
	struct wants wants __cleanup(wants_done) = {0};

	store("a", "1");
	store("p/1", "1");
	wants_add(&wants, key("a"), RANGE_KEY);
	wants_add(&wants, key("p/"), RANGE_PREFIX);
	wants_add(&wants, key("k/"), RANGE_PREFIX_KEYS);
	ck_assert_int_eq(datastore_read(ds, &view, &wants, &e), 0);
	ck_assert_uint_eq(view.n_ranges, 3);
	ck_assert_uint_eq(view.ranges[0].revision, view.ranges[1].revision);
	ck_assert_uint_eq(view.ranges[1].revision, view.ranges[2].revision);
	if (datastore_traits(ds)->in_order)
		ck_assert_int_ge(view.ranges[0].revision, revision_of("p/1"));
}
END_TEST

START_TEST(a_key_that_is_read_again_is_refreshed)
{
	store("a", "1");
	store("b", "1");
	read_key("a");
	read_key("b");
	elsewhere("a", "2");
	elsewhere("b", NULL);
	read_key("a");
	read_key("b");
	assert_value("a", "2");
	assert_value("b", NULL);
	ck_assert(view_knows(&view, key("b")));
}
END_TEST

START_TEST(a_list_of_keys_shows_what_is_gone)
{
	store("p/1", "1");
	store("p/2", "2");
	store("p/3", "3");
	read_prefix("p/");
	elsewhere("p/1", NULL);
	elsewhere("p/2", "new");
	read_range("p/", RANGE_PREFIX_KEYS);
	ck_assert_ptr_null(view_peek(&view, key("p/1")));
	ck_assert_ptr_nonnull(view_peek(&view, key("p/2")));
	ck_assert(!view_knows(&view, key("p/2")));
	assert_value("p/3", "3");
}
END_TEST

START_TEST(a_hundred_and_twenty_eight_ranges_are_one_read)
{
	struct wants wants __cleanup(wants_done) = {0};
	unsigned long before;
	char name[16];

	store("k/5", "five");
	for (int i = 0; i < 128; i++) {
		snprintf(name, sizeof(name), "k/%d", i);
		wants_add(&wants, key(name), RANGE_KEY);
	}
	before = datastore_requests(ds);
	ck_assert_msg(datastore_read(ds, &view, &wants, &e) == 0, "%s", e.text);
	ck_assert_uint_eq(datastore_requests(ds), before + 1);
	assert_value("k/5", "five");
	ck_assert(view_knows(&view, key("k/127")));
	ck_assert_uint_eq(view.n_records, 1);
}
END_TEST

START_TEST(more_ranges_than_one_request_takes_are_all_read)
{
	struct wants wants __cleanup(wants_done) = {0};
	char name[16];

	store("k/299", "last");
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "k/%d", i);
		wants_add(&wants, key(name), RANGE_KEY);
	}
	ck_assert_msg(datastore_read(ds, &view, &wants, &e) == 0, "%s", e.text);
	assert_value("k/299", "last");
	ck_assert(view_knows(&view, key("k/150")));
}
END_TEST

/* The contract: values and keys */

START_TEST(values_hold_any_byte)
{
	const struct record *r;
	char bytes[512];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)i;
	read_key("a");
	changes_put(&changes, key("a"), bytes, sizeof(bytes));
	assert_done();
	read_key("a");
	r = view_peek(&view, key("a"));
	ck_assert_ptr_nonnull(r);
	ck_assert_uint_eq(r->value_len, sizeof(bytes));
	ck_assert_mem_eq(r->value, bytes, sizeof(bytes));
	ck_assert_int_eq(r->value[r->value_len], 0);
}
END_TEST

START_TEST(an_empty_value_is_not_absence)
{
	store("a", "");
	read_key("a");
	assert_value("a", "");
	ck_assert(view_knows(&view, key("a")));
	view_reset(&view);
	read_prefix("a");
	assert_value("a", "");
}
END_TEST

START_TEST(a_value_may_be_large)
{
	size_t len = 500000;
	char *bytes = malloc(len);
	const struct record *r;

	ck_assert_ptr_nonnull(bytes);
	for (size_t i = 0; i < len; i++)
		bytes[i] = (char)(i * 2654435761u >> 13);
	for (int round = 0; round < 3; round++) {
		bytes[0] = (char)round;
		view_reset(&view);
		read_key("a");
		changes_put(&changes, key("a"), bytes, len);
		assert_done();
	}
	read_key("a");
	r = view_peek(&view, key("a"));
	ck_assert_uint_eq(r->value_len, len);
	ck_assert_mem_eq(r->value, bytes, len);
	free(bytes);
}
END_TEST

START_TEST(keys_end_at_the_limit)
{
	struct wants wants __cleanup(wants_done) = {0};
	char name[VIEW_KEY_MAX + 2];
	size_t room = VIEW_KEY_MAX - strlen(key(""));

	memset(name, 'k', sizeof(name));
	name[room] = '\0';
	store(name, "longest");
	assert_stored(name, "longest");
	name[room] = 'k';
	name[room + 1] = '\0';
	wants_add(&wants, key(name), RANGE_KEY);
	ck_assert_int_eq(datastore_read(ds, &view, &wants, &e), -1);
	ck_assert_int_eq(e.kind, ERR_LIMIT);
}
END_TEST

START_TEST(a_key_beyond_the_limit_is_not_written)
{
	enum commit_outcome outcome;
	char name[VIEW_KEY_MAX + 1];

	memset(name, 'k', VIEW_KEY_MAX);
	name[VIEW_KEY_MAX] = '\0';
	read_prefix("k");
	put(name, "too long");
	ck_assert_int_eq(datastore_commit(ds, &view, &changes, &outcome, &e), -1);
	ck_assert_int_eq(e.kind, ERR_LIMIT);
	view_reset(&view);
	read_prefix("k");
	ck_assert_uint_eq(view.n_records, 0);
}
END_TEST

/* The contract: committing */

START_TEST(the_last_change_of_a_key_wins)
{
	read_key("a");
	read_key("b");
	put("a", "1");
	put("b", "1");
	changes_delete(&changes, key("a"));
	put("a", "2");
	changes_delete(&changes, key("b"));
	assert_done();
	assert_stored("a", "2");
	assert_stored("b", NULL);
}
END_TEST

START_TEST(puts_and_deletes_are_one_commit)
{
	store("old", "1");
	read_key("old");
	read_key("new");
	changes_delete(&changes, key("old"));
	put("new", "2");
	assert_done();
	assert_stored("old", NULL);
	assert_stored("new", "2");
}
END_TEST

START_TEST(deleting_what_is_absent_succeeds)
{
	read_key("a");
	changes_delete(&changes, key("a"));
	assert_done();
	assert_stored("a", NULL);
}
END_TEST

START_TEST(records_of_one_commit_have_one_revision_and_revisions_rise)
{
	uint64_t first;

	read_key("a");
	read_key("b");
	put("a", "1");
	put("b", "1");
	assert_done();
	read_key("a");
	read_key("b");
	first = revision_of("a");
	ck_assert_uint_eq(revision_of("b"), first);
	put("a", "2");
	assert_done();
	read_key("a");
	read_key("b");
	ck_assert_int_gt(revision_of("a"), first);
	ck_assert_uint_eq(revision_of("b"), first);
	ck_assert_int_ge(view.ranges[0].revision, revision_of("a"));
}
END_TEST

START_TEST(a_record_has_another_revision_after_each_write_and_only_then)
{
	uint64_t first, others;

	read_key("a");
	read_key("b");
	put("a", "1");
	put("b", "1");
	assert_done();
	first = revision_of("a");
	others = revision_of("b");
	ck_assert_uint_ne(first, 0);
	ck_assert_uint_ne(others, 0);
	put("a", "1");
	assert_done();
	ck_assert_uint_ne(revision_of("a"), first);
	first = revision_of("a");
	view_reset(&view);
	read_key("a");
	read_key("b");
	ck_assert_uint_eq(revision_of("a"), first);
	ck_assert_uint_eq(revision_of("b"), others);
}
END_TEST

START_TEST(what_another_created_is_not_overwritten)
{
	read_key("a");
	elsewhere("a", "theirs");
	put("a", "ours");
	assert_stale();
	assert_value("a", "theirs");
	assert_stored("a", "theirs");
}
END_TEST

START_TEST(what_another_changed_is_not_overwritten)
{
	store("a", "1");
	read_key("a");
	elsewhere("a", "2");
	put("a", "3");
	assert_stale();
	assert_value("a", "2");
	put("a", "3");
	assert_done();
	assert_stored("a", "3");
}
END_TEST

START_TEST(what_another_changed_is_not_deleted)
{
	store("a", "1");
	read_key("a");
	elsewhere("a", "2");
	changes_delete(&changes, key("a"));
	assert_stale();
	assert_stored("a", "2");
}
END_TEST

START_TEST(what_another_deleted_does_not_come_back)
{
	store("a", "1");
	read_key("a");
	elsewhere("a", NULL);
	put("a", "2");
	assert_stale();
	assert_value("a", NULL);
	ck_assert(view_knows(&view, key("a")));
	assert_stored("a", NULL);
}
END_TEST

START_TEST(the_same_value_written_again_is_another_record)
{
	store("a", "1");
	read_key("a");
	elsewhere("a", NULL);
	elsewhere("a", "1");
	put("a", "2");
	assert_stale();
	assert_stored("a", "1");
}
END_TEST

START_TEST(a_view_shows_what_was_committed_and_serves_again)
{
	store("gone", "1");
	read_key("a");
	read_key("gone");
	put("a", "0");
	put("a", "1");
	changes_delete(&changes, key("gone"));
	assert_done();
	assert_value("a", "1");
	assert_value("gone", NULL);
	ck_assert_uint_ne(revision_of("a"), 0);
	put("a", "2");
	put("gone", "again");
	assert_done();
	elsewhere("a", "theirs");
	put("a", "3");
	assert_stale();
	assert_value("a", "theirs");
	assert_stored("gone", "again");
}
END_TEST

START_TEST(a_lost_race_changes_nothing)
{
	store("b", "1");
	store("c", "1");
	read_prefix("");
	elsewhere("b", "2");
	put("a", "ours");
	put("b", "ours");
	changes_delete(&changes, key("c"));
	assert_stale();
	assert_stored("a", NULL);
	assert_stored("b", "2");
	assert_stored("c", "1");
}
END_TEST

START_TEST(a_stale_view_has_been_read_again_whole)
{
	store("p/1", "1");
	store("p/2", "2");
	store("k/1", "1");
	read_key("a");
	read_key("absent");
	read_prefix("p/");
	read_range("k/", RANGE_PREFIX_KEYS);
	elsewhere("a", "theirs");
	elsewhere("absent", "theirs");
	elsewhere("p/1", NULL);
	elsewhere("p/2", "22");
	elsewhere("p/3", "3");
	elsewhere("k/2", "2");
	put("a", "ours");
	assert_stale();
	assert_value("a", "theirs");
	assert_value("absent", "theirs");
	ck_assert_ptr_null(view_peek(&view, key("p/1")));
	assert_value("p/2", "22");
	assert_value("p/3", "3");
	ck_assert_ptr_nonnull(view_peek(&view, key("k/2")));
	assert_value("k/1", NULL);
	put("a", "ours");
	put("p/1", "again");
	changes_guard_prefix(&changes, key("p/"));
	changes_guard_prefix(&changes, key("k/"));
	assert_done();
	assert_stored("a", "ours");
}
END_TEST

START_TEST(keys_and_values_of_one_prefix_can_both_be_read_again)
{
	store("p/1", "1");
	store("q/1", "1");
	read_prefix("p/");
	read_range("p/", RANGE_PREFIX_KEYS);
	read_range("q/", RANGE_PREFIX_KEYS);
	read_prefix("q/");
	read_key("a");
	elsewhere("p/1", "11");
	elsewhere("q/1", "11");
	elsewhere("a", "theirs");
	put("a", "ours");
	assert_stale();
	assert_value("p/1", "11");
	assert_value("q/1", "11");
	assert_value("a", "theirs");
}
END_TEST

START_TEST(a_key_guard_that_holds_lets_the_commit_through)
{
	store("b", "1");
	read_key("a");
	read_key("b");
	read_key("c");
	elsewhere("unrelated", "1");
	put("a", "1");
	changes_guard_key(&changes, key("b"));
	changes_guard_key(&changes, key("c"));
	assert_done();
	assert_stored("a", "1");
	assert_stored("b", "1");
}
END_TEST

START_TEST(a_guarded_key_that_changed_makes_the_view_stale)
{
	store("b", "1");
	read_key("a");
	read_key("b");
	elsewhere("b", "2");
	put("a", "1");
	changes_guard_key(&changes, key("b"));
	assert_stale();
	assert_value("b", "2");
	assert_stored("a", NULL);
}
END_TEST

START_TEST(a_guarded_absence_that_ended_makes_the_view_stale)
{
	read_key("a");
	read_key("b");
	elsewhere("b", "1");
	put("a", "1");
	changes_guard_key(&changes, key("b"));
	assert_stale();
	assert_value("b", "1");
	assert_stored("a", NULL);
}
END_TEST

START_TEST(a_guarded_key_that_was_deleted_makes_the_view_stale)
{
	store("b", "1");
	read_key("a");
	read_key("b");
	elsewhere("b", NULL);
	put("a", "1");
	changes_guard_key(&changes, key("b"));
	assert_stale();
	assert_value("b", NULL);
	assert_stored("a", NULL);
}
END_TEST

START_TEST(a_new_record_under_a_guarded_prefix_makes_the_view_stale)
{
	store("p/1", "1");
	read_key("a");
	read_prefix("p/");
	elsewhere("p/2", "2");
	put("a", "1");
	changes_guard_prefix(&changes, key("p/"));
	assert_stale();
	assert_value("p/2", "2");
	assert_stored("a", NULL);
}
END_TEST

START_TEST(a_modified_record_under_a_guarded_prefix_makes_the_view_stale)
{
	store("p/1", "1");
	read_key("a");
	read_range("p/", RANGE_PREFIX_KEYS);
	elsewhere("p/1", "2");
	put("a", "1");
	changes_guard_prefix(&changes, key("p/"));
	assert_stale();
	assert_stored("a", NULL);
}
END_TEST

START_TEST(a_write_outside_a_guarded_prefix_is_none_of_its_business)
{
	store("p/1", "1");
	read_key("a");
	read_prefix("p/");
	elsewhere("p", "2");
	elsewhere("p0", "2");
	elsewhere("o/1", "2");
	put("a", "1");
	changes_guard_prefix(&changes, key("p/"));
	assert_done();
	assert_stored("a", "1");
}
END_TEST

START_TEST(a_guarded_prefix_may_be_written_under)
{
	store("p/1", "1");
	read_prefix("p/");
	put("p/1", "2");
	put("p/2", "2");
	changes_guard_prefix(&changes, key("p/"));
	assert_done();
	assert_stored("p/2", "2");
}
END_TEST

START_TEST(guards_alone_can_be_committed)
{
	store("a", "1");
	read_key("a");
	read_prefix("p/");
	changes_guard_key(&changes, key("a"));
	changes_guard_prefix(&changes, key("p/"));
	assert_done();
	elsewhere("p/1", "1");
	changes_guard_key(&changes, key("a"));
	changes_guard_prefix(&changes, key("p/"));
	assert_stale();
	assert_value("p/1", "1");
}
END_TEST

/* The contract: committing from what may be out of date, guarded by value (guards.h) */

static const char *const around[] = { "p/", "p/0", "p/b", "p/d" };

/* Of m's value a planner looked at this much of its text. */
static void look_at_head(size_t len)
{
	view_look_at_head(&view, view_peek(&view, key("m")), spelling->before + len);
}

/* A mirror of the key m and, under p/, of a and c; all of m is looked at if `whole`. */
static void recall(const char *value, bool whole)
{
	store("m", value);
	store("p/a", "A");
	store("p/c", "C");
	read_key("m");
	read_key("new");
	read_prefix("p/");
	if (whole)
		view_look_at(&view, key("m"));
	view.from_mirror = true;
}

static void assert_mirror_is_left(void)
{
	put("new", "1");
	assert_stale();
	ck_assert(!view.from_mirror);
	put("new", "1");
	assert_done();
	assert_stored("new", "1");
}

static void assert_mirror_holds(void)
{
	put("new", "1");
	assert_done();
	assert_stored("new", "1");
}

START_TEST(a_mirrored_value_that_is_there_again_lets_the_commit_through)
{
	recall("1", true);
	elsewhere("m", "2");
	elsewhere("m", "1");
	elsewhere("p/a", NULL);
	elsewhere("p/a", "A");
	assert_mirror_holds();
}
END_TEST

/* A store may write the first while it looks at the mirror's value; never the second. */
static void put_ahead(void)
{
	read_key("ahead");
	put("ahead", "1");
	changes_ahead(&changes);
	put("new", "1");
}

START_TEST(what_may_go_ahead_of_a_mirror_is_written_with_the_rest)
{
	recall("1", true);
	put_ahead();
	assert_done();
	assert_stored("ahead", "1");
	assert_stored("new", "1");
}
END_TEST

START_TEST(what_went_ahead_of_a_mirror_that_is_stale_is_told)
{
	enum commit_outcome outcome;
	bool stands;

	recall("1", true);
	put_ahead();
	elsewhere("m", "2");
	ck_assert_int_eq(datastore_commit(ds, &view, &changes, &outcome, &e), 0);
	stands = changes.list[0].stands;
	ck_assert_int_eq(outcome, stands ? COMMIT_PARTLY : COMMIT_STALE);
	ck_assert(!view.from_mirror && !changes.list[1].stands);
	ck_assert_int_eq(view_peek(&view, key("ahead")) != NULL, stands);
	assert_stored("ahead", stands ? "1" : NULL);
	assert_stored("new", NULL);
}
END_TEST

START_TEST(a_mirrored_value_that_changed_makes_the_view_stale)
{
	recall("1", true);
	elsewhere("m", "2");
	assert_mirror_is_left();
	assert_stored("m", "2");
}
END_TEST

START_TEST(a_mirrored_value_that_grew_or_shrank_makes_the_view_stale)
{
	recall("12", true);
	elsewhere("m", "123");
	assert_mirror_is_left();
	changes_delete(&changes, key("new"));
	assert_done();
	view_reset(&view);
	recall("12", true);
	elsewhere("m", "1");
	assert_mirror_is_left();
}
END_TEST

START_TEST(a_mirrored_record_that_is_gone_makes_the_view_stale)
{
	recall("1", true);
	elsewhere("m", NULL);
	assert_mirror_is_left();
}
END_TEST

START_TEST(a_mirrored_value_that_nobody_looked_at_may_change)
{
	recall("1", false);
	elsewhere("m", "2");
	assert_mirror_holds();
}
END_TEST

START_TEST(a_mirrored_absence_that_ended_makes_the_view_stale)
{
	recall("1", true);
	elsewhere("new", "theirs");
	put("m", "ours");
	assert_stale();
	assert_value("new", "theirs");
	assert_stored("m", "1");
}
END_TEST

START_TEST(behind_a_head_that_was_looked_at_a_value_may_change)
{
	recall("headtail", false);
	look_at_head(4);
	elsewhere("m", "headache");
	assert_mirror_holds();
}
END_TEST

static const char *const other_heads[] = { "heaDtail", "head", "hea", "heae", "I", "", NULL };

START_TEST(a_head_that_was_looked_at_and_changed_makes_the_view_stale)
{
	for (size_t i = 0; i < ARRAY_LEN(other_heads); i++) {
		view_reset(&view);
		/* Where more follows a text it does not end behind its head. */
		if (spelling->before && other_heads[i] && strcmp(other_heads[i], "head") == 0)
			continue;
		recall("headtail", false);
		look_at_head(4);
		elsewhere("m", other_heads[i]);
		put("new", "1");
		assert_stale();
	}
}
END_TEST

START_TEST(a_record_that_came_anywhere_under_a_mirrored_prefix_makes_the_view_stale)
{
	for (size_t i = 0; i < ARRAY_LEN(around); i++) {
		view_reset(&view);
		recall("1", false);
		elsewhere(around[i], "new");
		put("new", "1");
		assert_stale();
		assert_value(around[i], "new");
		elsewhere(around[i], NULL);
	}
}
END_TEST

START_TEST(a_record_that_went_or_changed_under_a_mirrored_prefix_makes_the_view_stale)
{
	recall("1", false);
	elsewhere("p/c", NULL);
	assert_mirror_is_left();
	elsewhere("new", NULL);
	view_reset(&view);
	recall("1", false);
	elsewhere("p/a", "other");
	assert_mirror_is_left();
}
END_TEST

START_TEST(under_a_mirrored_prefix_that_is_as_it_was_may_be_written)
{
	recall("1", true);
	elsewhere("p", "outside");
	elsewhere("p0", "outside");
	put("p/b", "B");
	changes_delete(&changes, key("p/c"));
	assert_done();
	assert_stored("p/b", "B");
	assert_stored("p/c", NULL);
}
END_TEST

START_TEST(what_was_not_read_is_not_written)
{
	enum commit_outcome outcome;

	read_key("a");
	put("a", "1");
	put("b", "1");
	ck_assert_int_eq(datastore_commit(ds, &view, &changes, &outcome, &e), -1);
	ck_assert_int_eq(e.kind, ERR_INTERNAL);
	assert_stored("a", NULL);
}
END_TEST

START_TEST(sixty_four_records_are_one_commit)
{
	char name[16];

	read_prefix("p/");
	for (int i = 0; i < 64; i++) {
		snprintf(name, sizeof(name), "p/%d", i);
		put(name, name);
	}
	changes_guard_prefix(&changes, key("p/"));
	assert_done();
	view_reset(&view);
	read_prefix("p/");
	ck_assert_uint_eq(view.n_records, 64);
	assert_value("p/63", "p/63");
	if (transactions)
		ck_assert_uint_eq(revision_of("p/0"), revision_of("p/63"));
}
END_TEST

/* The contract: scanning */

START_TEST(a_scan_shows_each_record_once_in_bytewise_order)
{
	static const char *const names[] = { "p/", "p/\x01", "p/10.0.0.0-26", "p/10.0.0.128-26",
					     "p/10.0.0.64-26",
					     "p/B", "p/a", "p/a/b", "p/\xc3\xa9" };
	size_t n = ARRAY_LEN(names);

	for (size_t i = n; i > 0; i--)
		store(names[i - 1], names[i - 1]);
	store("p", "before");
	store("p.", "before");
	store("p0", "after");
	assert_scanned("p/");
	ck_assert_uint_eq(shown.n, n);
	for (size_t i = 0; i < n; i++)
		assert_shown(i, names[i], names[i]);
}
END_TEST

START_TEST(a_scan_to_the_highest_byte_ends_before_the_next)
{
	store("p\xff", "1");
	store("p\xff\xff" "x", "2");
	store("q", "3");
	assert_scanned("p\xff");
	ck_assert_uint_eq(shown.n, 2);
}
END_TEST

START_TEST(a_scan_of_the_empty_prefix_shows_everything)
{
	store("a", "1");
	store("z/", "2");
	ck_assert_msg(datastore_scan(ds, "", keep_shown, &shown, &e) == 0, "%s", e.text);
	for (size_t i = 1; i < shown.n; i++)
		ck_assert_str_lt(shown.keys[i - 1], shown.keys[i]);
	for (size_t i = 0; i + 1 < shown.n; i++)
		if (strcmp(shown.keys[i], key("a")) == 0) {
			assert_shown(i + 1, "z/", "2");
			return;
		}
	ck_abort_msg("the records are not among them");
}
END_TEST

START_TEST(a_scan_of_a_prefix_of_nothing_shows_nothing)
{
	store("a", "1");
	store("c", "1");
	assert_scanned("b");
	ck_assert_uint_eq(shown.n, 0);
}
END_TEST

START_TEST(a_scan_shows_values_whole)
{
	size_t len = 300000;
	char *value = malloc(len);

	for (size_t i = 0; i < len; i++)
		value[i] = (char)(i + i / 256);
	read_prefix("p/");
	changes_put(&changes, key("p/a"), value, len);
	changes_put(&changes, key("p/b"), "", 0);
	changes_put(&changes, key("p/c"), "\0x", 2);
	assert_done();
	assert_scanned("p/");
	ck_assert_uint_eq(shown.n, 3);
	ck_assert_uint_eq(shown.lens[0], len);
	ck_assert_mem_eq(shown.values[0], value, len);
	ck_assert_uint_eq(shown.lens[1], 0);
	ck_assert_uint_eq(shown.lens[2], 2);
	ck_assert_mem_eq(shown.values[2], "\0x", 2);
	free(value);
}
END_TEST

/* Each value is its key's number. */
static void store_many(int n)
{
	char name[16];

	for (int i = 0; i < n; i++) {
		if (i % 100 == 0)
			read_prefix("m/");
		snprintf(name, sizeof(name), "m/%04d", i);
		put(name, name);
		changes_beside(&changes);
		if (i % 100 == 99 || i == n - 1)
			assert_done();
	}
	view_reset(&view);
}

START_TEST(a_scan_of_many_records_shows_each_once)
{
	char name[16];

	store_many(more_than_a_page);
	assert_scanned("m/");
	ck_assert_int_eq((int)shown.n, more_than_a_page);
	for (int i = 0; i < more_than_a_page; i++) {
		snprintf(name, sizeof(name), "m/%04d", i);
		assert_shown((size_t)i, name, name);
	}
}
END_TEST

START_TEST(a_visitor_that_has_enough_ends_the_scan_without_an_error)
{
	store_many(3);
	shown.at = 1;
	shown.returns = VISIT_ENOUGH;
	assert_scanned("m/");
	ck_assert_uint_eq(shown.n, 2);
	forget_shown();
	assert_scanned("m/");
	ck_assert_uint_eq(shown.n, 3);
}
END_TEST

START_TEST(a_visitors_error_ends_the_scan_with_it)
{
	enum scan_outcome outcome = SCAN_LOST;
	char text[sizeof(e.text)];

	store_many(3);
	snprintf(text, sizeof(text), "enough of %s", key("m/0001"));
	shown.at = 1;
	shown.returns = -1;
	ck_assert_int_eq(scan("m/"), -1);
	ck_assert_int_eq(e.kind, ERR_CONFLICT);
	ck_assert_str_eq(e.text, text);
	ck_assert_uint_eq(shown.n, 2);
	shown.at = 3;
	ck_assert_int_eq(datastore_scan_moment(ds, key("m/"), keep_shown, &shown, &outcome, &e),
			 -1);
	ck_assert_int_eq(outcome, SCAN_LOST);
}
END_TEST

static void write_meanwhile(void)
{
	elsewhere("m/0000", "passed");
	elsewhere("m/0002", NULL);
	elsewhere("m/0003", "later");
	elsewhere("m/0003x", "new");
	elsewhere("m/0001", "last");
}

/* One writes beside it; the rest is shown once, and each with a value that it had. */
static void assert_shown_with_meanwhile(void)
{
	size_t i = 2;

	assert_shown(0, "m/0000", "m/0000");
	assert_shown(1, "m/0001", "m/0001");
	if (strcmp(shown.keys[i], key("m/0002")) == 0)
		assert_shown(i++, "m/0002", "m/0002");
	assert_shown(i, "m/0003",
		     strcmp(shown.values[i], spelled("later")) == 0 ? "later" : "m/0003");
	if (strcmp(shown.keys[++i], key("m/0003x")) == 0)
		assert_shown(i++, "m/0003x", "new");
	assert_shown(i++, "m/0004", "m/0004");
	ck_assert_uint_eq(shown.n, i);
}

START_TEST(what_is_written_while_scanning_takes_nothing_from_the_rest)
{
	store_many(5);
	shown.at = 1;
	shown.then = write_meanwhile;
	assert_scanned("m/");
	assert_shown_with_meanwhile();
	assert_stored("m/0003x", "new");
}
END_TEST

START_TEST(a_scan_of_a_moment_shows_nothing_of_what_is_written_meanwhile)
{
	enum scan_outcome outcome = SCAN_LOST;
	char name[16];

	store_many(5);
	shown.at = 1;
	shown.then = write_meanwhile;
	ck_assert_int_eq(datastore_scan_moment(ds, key("m/"), keep_shown, &shown, &outcome, &e),
			 0);
	ck_assert_int_eq(outcome, SCAN_DONE);
	ck_assert_uint_eq(shown.n, 5);
	for (size_t i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "m/%04zu", i);
		assert_shown(i, name, name);
	}
}
END_TEST

START_TEST(a_scan_leaves_a_view_alone)
{
	store_many(3);
	read_key("m/0001");
	assert_scanned("m/");
	ck_assert_uint_eq(view.n_records, 1);
	ck_assert(!view_knows_existence(&view, key("m/0002")));
	put("m/0001", "next");
	assert_done();
}
END_TEST

START_TEST(a_scan_ends_at_its_deadline)
{
	store_many(3);
	datastore_set_deadline(ds, deadline_in_ms(0));
	ck_assert_int_eq(scan("m/"), -1);
	ck_assert_int_eq(e.kind, ERR_DEADLINE);
	ck_assert_uint_eq(shown.n, 0);
	datastore_set_deadline(ds, deadline_in_ms(PATIENCE_MS));
	err_reset(&e);
	assert_scanned("m/");
}
END_TEST

START_TEST(a_prefix_beyond_the_limit_is_not_scanned)
{
	char name[VIEW_KEY_MAX + 2];

	memset(name, 'k', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	ck_assert_int_eq(datastore_scan(ds, name, keep_shown, &shown, &e), -1);
	ck_assert_int_eq(e.kind, ERR_LIMIT);
	name[VIEW_KEY_MAX] = '\0';
	err_reset(&e);
	ck_assert_int_eq(datastore_scan(ds, name, keep_shown, &shown, &e), 0);
}
END_TEST

START_TEST(reading_committing_and_losing_cost_one_request_each)
{
	unsigned long before;

	store("a", "1");
	before = datastore_requests(ds);
	read_key("a");
	ck_assert_uint_eq(datastore_requests(ds), before + 1);
	put("a", "2");
	assert_done();
	ck_assert_uint_eq(datastore_requests(ds), before + 2);
	elsewhere("a", "theirs");
	put("a", "3");
	assert_stale();
	ck_assert_uint_eq(datastore_requests(ds), before + 3);
}
END_TEST

START_TEST(a_store_says_what_it_is)
{
	const struct datastore_traits *traits = datastore_traits(ds);

	ck_assert_int_eq(traits->transactions, transactions);
	ck_assert_ptr_nonnull(traits->place);
	ck_assert_str_ne(traits->place, "");
}
END_TEST

/* The contract: a store without transactions.  Here others come in between two writes. */

struct meanwhile {
	size_t change;	/* before which it comes */
	const char *name, *value;
	size_t seen;	/* writes that were begun */
};

static void come_between(struct fake_store *store, size_t change, void *arg)
{
	struct meanwhile *m = arg;

	m->seen++;
	if (change != m->change)
		return;
	if (m->value)
		fake_put(store, key(m->name), m->value);
	else
		fake_delete(store, key(m->name));
}

/* Commits three puts, while another writes b before the n-th of them. */
static enum commit_outcome commit_three(struct meanwhile *m)
{
	enum commit_outcome outcome = COMMIT_STALE;

	read_prefix("");
	put("a", "ours");
	put("b", "ours");
	put("c", "ours");
	fake_before_write(fake, come_between, m);
	ck_assert_msg(datastore_commit(ds, &view, &changes, &outcome, &e) == 0, "%s", e.text);
	fake_before_write(fake, NULL, NULL);
	return outcome;
}

static void assert_stand(bool a, bool b, bool c)
{
	ck_assert_int_eq(changes.list[0].stands, a);
	ck_assert_int_eq(changes.list[1].stands, b);
	ck_assert_int_eq(changes.list[2].stands, c);
}

START_TEST(a_commit_that_met_something_stale_says_what_stands)
{
	struct meanwhile m = { 1, "b", "theirs", 0 };

	ck_assert_int_eq(commit_three(&m), COMMIT_PARTLY);
	assert_stand(true, false, false);
	ck_assert_uint_eq(m.seen, 2);
	assert_value("a", "ours");
	assert_value("b", "theirs");
	assert_value("c", NULL);
	ck_assert_uint_eq(changes.list[0].revision, revision_of("a"));
}
END_TEST

START_TEST(a_commit_whose_first_write_is_stale_is_stale)
{
	struct meanwhile m = { 0, "a", "theirs", 0 };

	ck_assert_int_eq(commit_three(&m), COMMIT_STALE);
	assert_stand(false, false, false);
	assert_value("a", "theirs");
	assert_value("b", NULL);
}
END_TEST

START_TEST(a_commit_goes_on_from_what_stands)
{
	struct meanwhile m = { 2, "c", "theirs", 0 };

	ck_assert_int_eq(commit_three(&m), COMMIT_PARTLY);
	assert_stand(true, true, false);
	changes_done(&changes);
	put("a", "again");
	changes_delete(&changes, key("c"));
	assert_done();
	assert_stored("a", "again");
	assert_stored("b", "ours");
	assert_stored("c", NULL);
}
END_TEST

START_TEST(what_another_writes_behind_a_write_is_not_overwritten)
{
	struct meanwhile m = { 2, "a", "theirs", 0 };

	ck_assert_int_eq(commit_three(&m), COMMIT_DONE);
	changes_done(&changes);
	ck_assert_str_eq(fake_get(fake, key("a")), "theirs");
	put("a", "later");
	assert_stale();
	assert_value("a", "theirs");
}
END_TEST

START_TEST(a_guard_of_what_is_not_written_holds_until_the_first_write)
{
	struct meanwhile m = { 1, "g", "theirs", 0 };

	read_prefix("");
	changes_guard_key(&changes, key("g"));
	changes_guard_prefix(&changes, key(""));
	ck_assert_int_eq(commit_three(&m), COMMIT_DONE);
	changes_done(&changes);
	put("a", "more");
	changes_guard_key(&changes, key("g"));
	assert_stale();
	assert_stored("a", "ours");
}
END_TEST

/* The view of those who come in between. */
static void look_at_both(struct fake_store *store, size_t change, void *arg __unused_arg)
{
	static const char *const a[] = { "0", "1", "1", "2" }, *const b[] = { "0", "0", "1", "1" };

	ck_assert_str_eq(fake_get(store, key("a")), a[change]);
	ck_assert_str_eq(fake_get(store, key("b")), b[change]);
}

START_TEST(a_key_that_is_written_twice_goes_through_both_states)
{
	store("a", "0");
	store("b", "0");
	read_prefix("");
	put("a", "1");
	put("b", "1");
	put("a", "2");
	changes_delete(&changes, key("b"));
	fake_before_write(fake, look_at_both, NULL);
	assert_done();
	assert_stored("a", "2");
	assert_stored("b", NULL);
}
END_TEST

START_TEST(changes_beside_each_other_do_not_fail_with_each_other)
{
	enum commit_outcome outcome = COMMIT_DONE;

	read_prefix("");
	put("a", "ours");
	put("b", "ours");
	changes_beside(&changes);
	put("c", "ours");
	changes_beside(&changes);
	put("d", "ours");
	fake_refuse(fake, 1, 1 << 1);
	ck_assert_int_eq(datastore_commit(ds, &view, &changes, &outcome, &e), 0);
	ck_assert_int_eq(outcome, COMMIT_PARTLY);
	assert_stand(true, false, true);
	ck_assert(!changes.list[3].stands);
	assert_value("c", "ours");
	assert_value("d", NULL);
}
END_TEST

static enum fake_fate lose_the_second(struct fake_store *store __unused_arg, enum fake_step step,
				      size_t change, void *arg __unused_arg)
{
	return step == FAKE_WRITES && change == 1 ? FAKE_IS_LOST : FAKE_GOES_ON;
}

START_TEST(what_stands_beside_a_write_that_was_lost_goes_out)
{
	enum commit_outcome outcome;

	read_prefix("");
	put("a", "ours");
	put("b", "ours");
	changes_beside(&changes);
	put("c", "ours");
	changes_beside(&changes);
	put("d", "ours");
	fake_at_each_step(fake, lose_the_second, NULL);
	ck_assert_int_eq(datastore_commit(ds, &view, &changes, &outcome, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNKNOWN_OUTCOME);
	fake_at_each_step(fake, NULL, NULL);
	assert_stored("a", "ours");
	assert_stored("b", NULL);
	assert_stored("c", "ours");
	assert_stored("d", NULL);
}
END_TEST

START_TEST(changes_that_are_committed_again_say_what_stands_of_this_commit)
{
	struct meanwhile m = { 1, "b", "theirs", 0 };
	enum commit_outcome outcome = COMMIT_DONE;

	ck_assert_int_eq(commit_three(&m), COMMIT_PARTLY);
	elsewhere("a", "theirs");
	ck_assert_int_eq(datastore_commit(ds, &view, &changes, &outcome, &e), 0);
	ck_assert_int_eq(outcome, COMMIT_STALE);
	assert_stand(false, false, false);
}
END_TEST

START_TEST(of_a_commit_that_broke_off_the_first_changes_stand)
{
	enum commit_outcome outcome;

	read_prefix("");
	put("a", "ours");
	put("b", "ours");
	fake_break_off(fake, 1, 1);
	ck_assert_int_eq(datastore_commit(ds, &view, &changes, &outcome, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNKNOWN_OUTCOME);
	assert_stored("a", "ours");
	assert_stored("b", NULL);
}
END_TEST

static const TTest *const *contract_of_turns(size_t *ret_n)
{
	static const TTest *tests[16];
	size_t n = 0;

	tests[n++] = a_commit_that_met_something_stale_says_what_stands;
	tests[n++] = a_commit_whose_first_write_is_stale_is_stale;
	tests[n++] = a_commit_goes_on_from_what_stands;
	tests[n++] = what_another_writes_behind_a_write_is_not_overwritten;
	tests[n++] = a_guard_of_what_is_not_written_holds_until_the_first_write;
	tests[n++] = a_key_that_is_written_twice_goes_through_both_states;
	tests[n++] = changes_beside_each_other_do_not_fail_with_each_other;
	tests[n++] = what_stands_beside_a_write_that_was_lost_goes_out;
	tests[n++] = changes_that_are_committed_again_say_what_stands_of_this_commit;
	tests[n++] = of_a_commit_that_broke_off_the_first_changes_stand;
	*ret_n = n;
	return tests;
}

static const TTest *const *contract_of_transactions(size_t *ret_n)
{
	static const TTest *tests[4];
	size_t n = 0;

	tests[n++] = records_of_one_commit_have_one_revision_and_revisions_rise;
	tests[n++] = reading_committing_and_losing_cost_one_request_each;
	*ret_n = n;
	return tests;
}

/* Of stores that hold any bytes, many keys in one request, and all guards at once. */
static const TTest *const *contract_of_bytes(size_t *ret_n)
{
	static const TTest *tests[16];
	size_t n = 0;

	tests[n++] = a_hundred_and_twenty_eight_ranges_are_one_read;
	tests[n++] = values_hold_any_byte;
	tests[n++] = an_empty_value_is_not_absence;
	tests[n++] = a_value_may_be_large;
	tests[n++] = keys_end_at_the_limit;
	tests[n++] = a_scan_shows_values_whole;
	tests[n++] = a_record_has_another_revision_after_each_write_and_only_then;
	tests[n++] = a_lost_race_changes_nothing;
	*ret_n = n;
	return tests;
}

static const TTest *const *contract_of_scans(size_t *ret_n)
{
	static const TTest *tests[32];
	size_t n = 0;

	tests[n++] = a_scan_shows_each_record_once_in_bytewise_order;
	tests[n++] = a_scan_to_the_highest_byte_ends_before_the_next;
	tests[n++] = a_scan_of_the_empty_prefix_shows_everything;
	tests[n++] = a_scan_of_a_prefix_of_nothing_shows_nothing;
	tests[n++] = a_scan_of_many_records_shows_each_once;
	tests[n++] = a_visitor_that_has_enough_ends_the_scan_without_an_error;
	tests[n++] = a_visitors_error_ends_the_scan_with_it;
	tests[n++] = what_is_written_while_scanning_takes_nothing_from_the_rest;
	tests[n++] = a_scan_of_a_moment_shows_nothing_of_what_is_written_meanwhile;
	tests[n++] = a_scan_leaves_a_view_alone;
	tests[n++] = a_scan_ends_at_its_deadline;
	tests[n++] = a_prefix_beyond_the_limit_is_not_scanned;
	*ret_n = n;
	return tests;
}

static size_t add_contract_of_mirrors(const TTest **tests, size_t n)
{
	tests[n++] = a_mirrored_value_that_is_there_again_lets_the_commit_through;
	tests[n++] = a_mirrored_value_that_changed_makes_the_view_stale;
	tests[n++] = a_mirrored_value_that_grew_or_shrank_makes_the_view_stale;
	tests[n++] = a_mirrored_record_that_is_gone_makes_the_view_stale;
	tests[n++] = a_mirrored_value_that_nobody_looked_at_may_change;
	tests[n++] = what_may_go_ahead_of_a_mirror_is_written_with_the_rest;
	tests[n++] = what_went_ahead_of_a_mirror_that_is_stale_is_told;
	tests[n++] = a_mirrored_absence_that_ended_makes_the_view_stale;
	tests[n++] = behind_a_head_that_was_looked_at_a_value_may_change;
	tests[n++] = a_head_that_was_looked_at_and_changed_makes_the_view_stale;
	tests[n++] = a_record_that_came_anywhere_under_a_mirrored_prefix_makes_the_view_stale;
	tests[n++] = a_record_that_went_or_changed_under_a_mirrored_prefix_makes_the_view_stale;
	tests[n++] = under_a_mirrored_prefix_that_is_as_it_was_may_be_written;
	return n;
}

static const TTest *const *contract(size_t *ret_n)
{
	static const TTest *tests[64];
	size_t n = 0;

	tests[n++] = what_was_put_is_read;
	tests[n++] = absence_is_knowledge;
	tests[n++] = a_prefix_is_read_in_bytewise_order;
	tests[n++] = a_prefix_that_ends_in_the_highest_byte_ends_before_the_next;
	tests[n++] = a_list_of_keys_has_no_values;
	tests[n++] = a_filter_says_which_values_are_kept;
	tests[n++] = a_filter_takes_nothing_from_a_key_that_was_asked_for;
	tests[n++] = ranges_of_one_read_are_as_of_one_moment;
	tests[n++] = a_key_that_is_read_again_is_refreshed;
	tests[n++] = a_list_of_keys_shows_what_is_gone;
	tests[n++] = more_ranges_than_one_request_takes_are_all_read;
	tests[n++] = a_key_beyond_the_limit_is_not_written;
	tests[n++] = the_last_change_of_a_key_wins;
	tests[n++] = puts_and_deletes_are_one_commit;
	tests[n++] = deleting_what_is_absent_succeeds;
	tests[n++] = what_another_created_is_not_overwritten;
	tests[n++] = what_another_changed_is_not_overwritten;
	tests[n++] = what_another_changed_is_not_deleted;
	tests[n++] = what_another_deleted_does_not_come_back;
	tests[n++] = the_same_value_written_again_is_another_record;
	tests[n++] = a_view_shows_what_was_committed_and_serves_again;
	tests[n++] = a_stale_view_has_been_read_again_whole;
	tests[n++] = keys_and_values_of_one_prefix_can_both_be_read_again;
	tests[n++] = a_key_guard_that_holds_lets_the_commit_through;
	tests[n++] = a_guarded_key_that_changed_makes_the_view_stale;
	tests[n++] = a_guarded_absence_that_ended_makes_the_view_stale;
	tests[n++] = a_guarded_key_that_was_deleted_makes_the_view_stale;
	tests[n++] = a_new_record_under_a_guarded_prefix_makes_the_view_stale;
	tests[n++] = a_modified_record_under_a_guarded_prefix_makes_the_view_stale;
	tests[n++] = a_write_outside_a_guarded_prefix_is_none_of_its_business;
	tests[n++] = a_guarded_prefix_may_be_written_under;
	tests[n++] = guards_alone_can_be_committed;
	tests[n++] = what_was_not_read_is_not_written;
	tests[n++] = sixty_four_records_are_one_commit;
	tests[n++] = a_store_says_what_it_is;
	*ret_n = add_contract_of_mirrors(tests, n);
	return tests;
}

static void add_tests(TCase *tcase, const TTest *const *(*list)(size_t *ret_n))
{
	size_t n;
	const TTest *const *tests = list(&n);

	for (size_t i = 0; i < n; i++)
		tcase_add_test(tcase, tests[i]);
}

static TCase *case_of(const struct store_kind *kind)
{
	TCase *tcase = store_case(kind, begin, end);

	add_tests(tcase, contract);
	add_tests(tcase, contract_of_scans);
	if (!kind->objects)
		add_tests(tcase, contract_of_bytes);
	if (kind->transactions)
		add_tests(tcase, contract_of_transactions);
	else if (kind->scripted)
		add_tests(tcase, contract_of_turns);
	return tcase;
}

Suite *suite(void)
{
	Suite *s = suite_create("contract");

	for (size_t i = 0; i < STORE_KINDS; i++)
		if (!store_kinds[i].is_here || store_kinds[i].is_here())
			suite_add_tcase(s, case_of(&store_kinds[i]));
	return s;
}
