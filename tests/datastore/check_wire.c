/* SPDX-License-Identifier: Apache-2.0 */
#include "base/b64.h"
#include "base/clock.h"
#include "base/json.h"
#include "datastore/etcd/wire.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct buf out;
static struct view view;
static struct changes changes;
static bool in_order;
static struct err e;

static void begin(void)
{
	e = (struct err){0};
	buf_init(&out, WIRE_JSON_MAX);
	view_init(&view);
	changes_init(&changes);
	in_order = true;
}

static void end(void)
{
	buf_done(&out);
	view_done(&view);
	changes_done(&changes);
}

static void cover(const char *key, enum range_kind kind, uint64_t revision)
{
	struct range r = { .key = key, .kind = kind };

	view_cover(&view, &r, revision);
}

static void know(const char *key, const char *value, uint64_t revision)
{
	cover(key, RANGE_KEY, 90);
	if (value)
		view_put(&view, key, value, strlen(value), revision);
}

static bool keep_none(const struct record *record __unused_arg, void *arg __unused_arg)
{
	return false;
}

START_TEST(a_read_is_one_range_a_want)
{
	struct range list[] = {
		{ .key = "a", .kind = RANGE_KEY },
		{ .key = "b/", .kind = RANGE_PREFIX },
		{ .key = "b/", .kind = RANGE_PREFIX_KEYS },
		{ .key = "a\xff\xff", .kind = RANGE_PREFIX },
	};

	wire_read(&out, list, ARRAY_LEN(list), 0);
	ck_assert_str_eq(out.data,
		"{\"success\":[{\"request_range\":{\"key\":\"YQ==\"}},"
		"{\"request_range\":{\"key\":\"Yi8=\",\"range_end\":\"YjA=\"}},"
		"{\"request_range\":{\"key\":\"Yi8=\",\"range_end\":\"YjA=\",\"keys_only\":true}},"
		"{\"request_range\":{\"key\":\"Yf//\",\"range_end\":\"Yg==\"}}]}");
}
END_TEST

START_TEST(an_empty_prefix_is_the_whole_store)
{
	struct range all = { .key = "", .kind = RANGE_PREFIX };

	wire_read(&out, &all, 1, 0);
	ck_assert_str_eq(out.data, "{\"success\":[{\"request_range\":{\"key\":\"AA==\","
			 "\"range_end\":\"AA==\"}}]}");
}
END_TEST

START_TEST(a_page_goes_on_just_after_the_last_key_at_the_first_pages_revision)
{
	struct wire_page page = { "b/", NULL, 400, 0 };

	wire_read_page(&out, &page);
	ck_assert_str_eq(out.data, "{\"success\":[{\"request_range\":"
			 "{\"key\":\"Yi8=\",\"range_end\":\"YjA=\",\"limit\":\"400\"}}]}");
	buf_reset(&out);
	page.after = "b/x";
	page.revision = 9007199254740993ULL;
	wire_read_page(&out, &page);
	ck_assert_str_eq(out.data, "{\"success\":[{\"request_range\":{\"key\":\"Yi94AA==\","
			 "\"range_end\":\"YjA=\","
			 "\"limit\":\"400\",\"revision\":\"9007199254740993\"}}]}");
}
END_TEST

START_TEST(a_key_is_read_as_it_was_at_a_revision)
{
	wire_read_at(&out, "a", 9007199254740993ULL);
	ck_assert_str_eq(out.data, "{\"success\":[{\"request_range\":"
			 "{\"key\":\"YQ==\",\"revision\":\"9007199254740993\"}}]}");
	buf_reset(&out);
	wire_read_at(&out, "a", 0);
	ck_assert_str_eq(out.data, "{\"success\":[{\"request_range\":{\"key\":\"YQ==\"}}]}");
}
END_TEST

static int print_commit(void)
{
	struct guards guards __cleanup(guards_done) = {0};

	guards_make(&guards, &view, &changes, in_order, NULL);
	return wire_commit(&out, &view, &changes, &guards, &e);
}

START_TEST(a_commit_compares_revisions_and_absence)
{
	know("a", "old", 7);
	know("b", NULL, 0);
	cover("p/", RANGE_PREFIX_KEYS, 90);
	changes_put(&changes, "a", "new", 3);
	changes_put(&changes, "b", "", 0);
	changes_guard_prefix(&changes, "p/");
	ck_assert_int_eq(print_commit(), 0);
	ck_assert_str_eq(out.data,
		"{\"compare\":[{\"key\":\"YQ==\",\"target\":\"MOD\","
		"\"mod_revision\":\"7\"},"
		"{\"key\":\"Yg==\",\"target\":\"CREATE\"},"
		"{\"key\":\"cC8=\",\"range_end\":\"cDA=\",\"target\":\"MOD\",\"result\":\"LESS\","
		"\"mod_revision\":\"91\"}],"
		"\"success\":[{\"request_put\":{\"key\":\"YQ==\",\"value\":\"bmV3\"}},"
		"{\"request_put\":{\"key\":\"Yg==\",\"value\":\"\"}}],"
		"\"failure\":[{\"request_range\":{\"key\":\"YQ==\"}},"
		"{\"request_range\":{\"key\":\"Yg==\"}},"
		"{\"request_range\":{\"key\":\"cC8=\",\"range_end\":\"cDA=\","
		"\"keys_only\":true}}]}");
}
END_TEST

START_TEST(a_key_is_compared_and_written_once_as_its_last_change_says)
{
	know("a", "old", 7);
	know("b", NULL, 0);
	changes_put(&changes, "a", "first", 5);
	changes_put(&changes, "b", "x", 1);
	changes_delete(&changes, "a");
	changes_delete(&changes, "b");
	changes_guard_key(&changes, "a");
	ck_assert_int_eq(print_commit(), 0);
	ck_assert_str_eq(out.data,
		"{\"compare\":[{\"key\":\"YQ==\",\"target\":\"MOD\","
		"\"mod_revision\":\"7\"},"
		"{\"key\":\"Yg==\",\"target\":\"CREATE\"}],"
		"\"success\":[{\"request_delete_range\":{\"key\":\"YQ==\"}}],"
		"\"failure\":[{\"request_range\":{\"key\":\"YQ==\"}},"
		"{\"request_range\":{\"key\":\"Yg==\"}}]}");
}
END_TEST

static void hold(const char *key, const char *value, uint64_t revision)
{
	view_put(&view, key, value, strlen(value), revision);
}

/* Looked at, written or guarded; and that nothing stands between those of a prefix. */
START_TEST(a_commit_from_the_mirror_compares_each_value_that_was_looked_at)
{
	know("a", "va", 700);
	know("b", "vb", 50);
	know("c", "unseen", 50);
	know("d", NULL, 0);
	know("e", "headtail", 60);
	know("g", "guarded", 60);
	know("h", "vh", 0);
	view_look_at(&view, "a");
	view_look_at_head(&view, view_peek(&view, "e"), 4);
	view_look_at(&view, "h");
	cover("p/", RANGE_PREFIX, 90);
	hold("p/1", "x", 6);
	hold("p/2", "y", 7);
	cover("q/", RANGE_PREFIX, 90);
	hold("q/1", "z", 8);
	cover("r/", RANGE_PREFIX, 90);
	view.from_mirror = true;
	changes_put(&changes, "b", "n", 1);
	changes_put(&changes, "d", "n", 1);
	changes_guard_prefix(&changes, "p/");
	changes_guard_key(&changes, "g");
	ck_assert_int_eq(print_commit(), 0);
	*strstr(out.data, ",\"success\"") = '\0';
	ck_assert_str_eq(out.data,
		"{\"compare\":["
		"{\"key\":\"YQ==\","
		"\"target\":\"VALUE\",\"value\":\"dmE=\"},"
		"{\"key\":\"Yg==\","
		"\"target\":\"VALUE\",\"value\":\"dmI=\"},"
		"{\"key\":\"ZA==\","
		"\"target\":\"CREATE\"},"
		"{\"key\":\"ZQ==\","
		"\"target\":\"VALUE\",\"result\":\"GREATER\",\"value\":\"aGVhZA==\"},"
		"{\"key\":\"ZQ==\","
		"\"target\":\"VALUE\",\"result\":\"LESS\",\"value\":\"aGVhZQ==\"},"
		"{\"key\":\"Zw==\","
		"\"target\":\"VALUE\",\"value\":\"Z3VhcmRlZA==\"},"
		"{\"key\":\"aA==\","
		"\"target\":\"VALUE\",\"value\":\"dmg=\"},"
		"{\"key\":\"cC8=\",\"range_end\":\"cC8x\","
		"\"target\":\"CREATE\"},"
		"{\"key\":\"cC8x\","
		"\"target\":\"VALUE\",\"value\":\"eA==\"},"
		"{\"key\":\"cC8xAA==\",\"range_end\":\"cC8y\","
		"\"target\":\"CREATE\"},"
		"{\"key\":\"cC8y\","
		"\"target\":\"VALUE\",\"value\":\"eQ==\"},"
		"{\"key\":\"cC8yAA==\",\"range_end\":\"cDA=\","
		"\"target\":\"CREATE\"},"
		"{\"key\":\"cS8=\",\"range_end\":\"cS8x\","
		"\"target\":\"CREATE\"},"
		"{\"key\":\"cS8x\","
		"\"target\":\"VALUE\",\"value\":\"eg==\"},"
		"{\"key\":\"cS8xAA==\",\"range_end\":\"cTA=\","
		"\"target\":\"CREATE\"},"
		"{\"key\":\"ci8=\",\"range_end\":\"cjA=\","
		"\"target\":\"CREATE\"}]");
}
END_TEST

START_TEST(the_same_records_are_each_compared_by_revision_and_none_between_them)
{
	cover("p/", RANGE_PREFIX, 90);
	hold("p/1", "x", 6);
	in_order = false;
	changes_guard_prefix(&changes, "p/");
	ck_assert_int_eq(print_commit(), 0);
	*strstr(out.data, ",\"success\"") = '\0';
	ck_assert_str_eq(out.data,
		"{\"compare\":["
		"{\"key\":\"cC8=\",\"range_end\":\"cC8x\","
		"\"target\":\"CREATE\"},"
		"{\"key\":\"cC8x\","
		"\"target\":\"MOD\",\"mod_revision\":\"6\"},"
		"{\"key\":\"cC8xAA==\",\"range_end\":\"cDA=\","
		"\"target\":\"CREATE\"}]");
}
END_TEST

START_TEST(a_head_that_has_no_successor_is_compared_whole)
{
	know("a", "\xff!", 7);
	know("b", NULL, 0);
	view_look_at_head(&view, view_peek(&view, "a"), 1);
	view.from_mirror = true;
	changes_put(&changes, "b", "n", 1);
	ck_assert_int_eq(print_commit(), 0);
	ck_assert_ptr_nonnull(strstr(out.data, "\"target\":\"VALUE\",\"value\":\"/yE=\""));
}
END_TEST

START_TEST(of_a_mirrored_prefix_a_proven_record_is_compared_by_revision)
{
	cover("k", RANGE_PREFIX, 9);
	hold("k1", "seen", 5);
	hold("k2", "new", 6);
	know("w", NULL, 0);
	view.records[0].proven = true;
	view.from_mirror = true;
	changes_put(&changes, "w", "n", 1);
	ck_assert_int_eq(print_commit(), 0);
	ck_assert_ptr_nonnull(strstr(out.data, "\"target\":\"MOD\",\"mod_revision\":\"5\"}"));
	ck_assert_ptr_null(strstr(out.data, "c2Vlbg=="));
	ck_assert_ptr_nonnull(strstr(out.data, "\"target\":\"VALUE\",\"value\":\"bmV3\"}"));
}
END_TEST

START_TEST(a_mirror_of_more_than_a_commit_can_compare_is_named)
{
	char key[16];

	cover("k", RANGE_PREFIX, 9);
	for (int i = 0; i < WIRE_OPS_MAX / 2; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		hold(key, "v", 5);
	}
	view.from_mirror = true;
	changes_put(&changes, "k0", "n", 1);
	ck_assert_int_eq(print_commit(), -1);
	ck_assert_int_eq(e.kind, ERR_LIMIT);
}
END_TEST

static void put_many(int n)
{
	char key[16];

	for (int i = 0; i < n; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		changes_put(&changes, key, "v", 1);
	}
}

START_TEST(one_operation_too_many_is_named)
{
	cover("k", RANGE_PREFIX, 9);
	put_many(WIRE_OPS_MAX);
	ck_assert_int_eq(print_commit(), 0);
	changes_put(&changes, "kk", "v", 1);
	ck_assert_int_eq(print_commit(), -1);
	ck_assert_int_eq(e.kind, ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(e.text, "129"));
	ck_assert_ptr_nonnull(strstr(e.text, "128"));
}
END_TEST

START_TEST(a_request_too_large_is_named)
{
	char *big = calloc(1, WIRE_REQUEST_MAX);

	cover("k", RANGE_PREFIX, 9);
	changes_put(&changes, "k", big, WIRE_REQUEST_MAX - 200);
	ck_assert_int_eq(print_commit(), 0);
	ck_assert(!out.failed);
	changes_put(&changes, "k", big, WIRE_REQUEST_MAX);
	free(big);
	buf_reset(&out);
	ck_assert_int_eq(print_commit(), -1);
	ck_assert_int_eq(e.kind, ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(e.text, "1433600"));
}
END_TEST

START_TEST(a_mirror_of_more_bytes_than_a_request_may_have_is_named)
{
	struct buf big __cleanup(buf_done) = BUF(WIRE_REQUEST_MAX + 1);

	while (big.len < WIRE_REQUEST_MAX)
		buf_putc(&big, 'x');
	know("a", big.data, 7);
	know("b", "vb", 8);
	view_look_at(&view, "a");
	view.from_mirror = true;
	changes_put(&changes, "b", "n", 1);
	ck_assert_int_eq(print_commit(), -1);
	ck_assert_int_eq(e.kind, ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(e.text, "bytes"));
}
END_TEST

START_TEST(a_mirrors_view_is_not_refreshed_in_the_commit)
{
	cover("a", RANGE_KEY, 9);
	ck_assert(wire_can_refresh(&view));
	view.from_mirror = true;
	ck_assert(!wire_can_refresh(&view));
	ck_assert_int_eq(print_commit(), 0);
	ck_assert_ptr_nonnull(strstr(out.data, "\"failure\":[]"));
}
END_TEST

START_TEST(a_view_of_many_or_filtered_ranges_is_not_refreshed_in_the_commit)
{
	struct range filtered = { .key = "f/", .kind = RANGE_PREFIX, .keep = keep_none };
	char key[16];

	for (int i = 0; i < WIRE_OPS_MAX; i++) {
		snprintf(key, sizeof(key), "r%d", i);
		cover(key, RANGE_KEY, 9);
	}
	ck_assert(wire_can_refresh(&view));
	cover("more", RANGE_KEY, 9);
	ck_assert(!wire_can_refresh(&view));
	view_reset(&view);
	view_cover(&view, &filtered, 9);
	ck_assert(!wire_can_refresh(&view));
	ck_assert_int_eq(print_commit(), 0);
	ck_assert_ptr_nonnull(strstr(out.data, "\"failure\":[]"));
}
END_TEST

static int fill(const char *text, const struct range *list, size_t n)
{
	struct wire_answer a __cleanup(wire_answer_done) = {0};

	if (wire_parse(text, strlen(text), deadline_in_ms(60000), &a, &e) < 0)
		return -1;
	return wire_fill(&view, list, n, &a, &e);
}

START_TEST(an_answer_fills_the_view_with_bytes_and_64_bit_revisions)
{
	struct range list[] = { { .key = "a", .kind = RANGE_KEY },
		{ .key = "z", .kind = RANGE_KEY } };
	const struct record *r;

	ck_assert_int_eq(fill("{\"header\":{\"revision\":\"9007199254740995\"},\"succeeded\":true,"
			      "\"responses\":["
			      "{\"response_range\":{\"kvs\":[{\"key\":\"YQ==\","
			      "\"mod_revision\":\"9007199254740993\","
			      "\"value\":\"AP8A\"}],\"count\":\"1\"}},{\"response_range\":{}}]}",
			      list, 2), 0);
	r = view_peek(&view, "a");
	ck_assert_ptr_nonnull(r);
	ck_assert_uint_eq(r->revision, 9007199254740993ULL);
	ck_assert_uint_eq(r->value_len, 3);
	ck_assert_mem_eq(r->value, "\0\xff\0", 3);
	ck_assert_ptr_null(view_peek(&view, "z"));
	ck_assert(view_knows(&view, "z"));
	ck_assert_uint_eq(view.ranges[0].revision, 9007199254740995ULL);
}
END_TEST

START_TEST(an_empty_value_is_a_value)
{
	struct range list[] = { { .key = "a", .kind = RANGE_KEY } };

	ck_assert_int_eq(fill("{\"header\":{\"revision\":\"3\"},\"responses\":[{\"response_range\":"
			      "{\"kvs\":[{\"key\":\"YQ==\",\"mod_revision\":\"3\"}]}}]}", list, 1),
			      0);
	ck_assert_ptr_nonnull(view_peek(&view, "a"));
	ck_assert_ptr_nonnull(view_peek(&view, "a")->value);
	ck_assert_uint_eq(view_peek(&view, "a")->value_len, 0);
}
END_TEST

static const char *const broken[] = {
	"", "{", "[]", "null", "<html>", "{\"header\":{}} trailing", "{}",
	"{\"header\":{\"revision\":\"x\"}}",
	"{\"header\":{\"revision\":\"2\"}}",
	"{\"header\":{\"revision\":\"2\"},\"responses\":[]}",
	"{\"header\":{\"revision\":\"2\"},\"responses\":[{\"response_put\":{}}]}",
	"{\"header\":{\"revision\":\"2\"},"
	"\"responses\":[{\"response_range\":{\"kvs\":[{\"key\":\"*\"}]}}]}",
	"{\"header\":{\"revision\":\"2\"},"
	"\"responses\":[{\"response_range\":{\"kvs\":[{\"key\":7}]}}]}",
	"{\"header\":{\"revision\":\"2\"},"
	"\"responses\":[{\"response_range\":{\"kvs\":[{\"key\":\"YQ==\","
	"\"mod_revision\":\"-1\"}]}}]}",
};

#define ANSWER(responses) "{\"header\":{\"revision\":\"9\"},\"responses\":" responses "}"
#define KVS(kvs) ANSWER("[{\"response_range\":{\"kvs\":" kvs "}}]")
#define KV(key) "{\"key\":\"" key "\",\"mod_revision\":\"3\"}"

/* Asked for: the prefix "a".  YWE= aa, YWI= ab, Yg== b, YQ== a, YQBi a NUL b. */
static const struct {
	const char *text, *named;
} strange[] = {
	{ ANSWER("{\"x\":{\"response_range\":{}}}"), "answers" },
	{ ANSWER("7"), "answers" }, { ANSWER("\"[]\""), "answers" }, { ANSWER("null"), "answers" },
	{ ANSWER("[{\"response_range\":{}},{\"response_range\":{}}]"), "answers" },
	{ ANSWER("[[]]"), "range" }, { ANSWER("[1]"), "range" },
	{ ANSWER("[{\"response_range\":[]}]"), "range" },
	{ ANSWER("[{\"response_range\":{}}],\"succeeded\":\"true\""), "succeeded" },
	{ KVS("{\"a\":" KV("YWE=") "}"), "kvs" }, { KVS("true"), "kvs" },
	{ KVS("\"YWE=\""), "kvs" }, { KVS("0"), "kvs" },
	{ KVS("[null]"), "no object" }, { KVS("[[" KV("YWE=") "]]"), "no object" },
	{ KVS("[{\"mod_revision\":\"3\"}]"), "no key" }, { KVS("[" KV("") "]"), "no key" },
	{ KVS("[{\"key\":\"YWE=\"}]"), "mod_revision" },
	{ KVS("[{\"key\":\"YWE=\",\"mod_revision\":\"3\",\"value\":{}}]"), "base64" },
	{ KVS("[" KV("Yg==") "]"), "asked for" },
	{ KVS("[" KV("YWE=") "," KV("Yg==") "]"), "asked for" },
	{ KVS("[" KV("YWI=") "," KV("YWE=") "]"), "ascend" },
	{ KVS("[" KV("YWE=") "," KV("YWE=") "]"), "ascend" },
	{ KVS("[" KV("YWE=") "," KV("YQBi") "]"), "ascend" },
	{ KVS("[" KV("YWE=") "," KV("YQ==") "]"), "ascend" },
	{ ANSWER("[{\"response_range\":{\"kvs\":[],\"kvs\":[]}}]"), "twice" },
	{ ANSWER("[{\"response_range\":{},\"response_range\":{}}]"), "twice" },
};

START_TEST(an_answer_holds_what_was_asked_for_in_ascending_order_or_is_refused)
{
	struct range list[] = { { .key = "a", .kind = RANGE_PREFIX } };

	ck_assert_int_eq(fill(strange[_i].text, list, 1), -1);
	ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
	ck_assert_msg(strstr(e.text, "does not look like etcd v3: "), "%s", e.text);
	ck_assert_msg(strstr(e.text, strange[_i].named), "%s", e.text);
}
END_TEST

/* A third of a million values: no tree is made of them. */
START_TEST(tens_of_thousands_of_records_are_soon_read_in_the_memory_of_their_bytes)
{
	struct range list[] = { { .key = "a", .kind = RANGE_PREFIX } };
	struct buf text __cleanup(buf_done) = BUF(64 << 20), key __cleanup(buf_done) = BUF(64);
	clock_t begun = clock();

	buf_puts(&text, "{\"header\":{\"revision\":\"9\"},\"responses\":[{\"response_range\":"
		 "{\"kvs\":[");
	for (int i = 0; i < 60000; i++) {
		buf_reset(&key);
		buf_printf(&key, "a%08d", i);
		buf_puts(&text, i ? ",{\"key\":\"" : "{\"key\":\"");
		b64_encode(&text, key.data, key.len);
		buf_puts(&text, "\",\"create_revision\":\"3\",\"mod_revision\":\"3\",\"version\":"
			 "\"1\",\"value\":\"eA==\"}");
	}
	buf_puts(&text, "]}}]}");
	ck_assert(!text.failed);
	ck_assert_msg(fill(text.data, list, 1) == 0, "%s", e.text);
	ck_assert_uint_eq(view.n_records, 60000);
	ck_assert_int_lt(clock() - begun, LINEAR_MAX_S * CLOCKS_PER_SEC);
}
END_TEST

START_TEST(an_answer_to_one_key_holds_no_longer_one)
{
	struct range list[] = { { .key = "a", .kind = RANGE_KEY } };

	ck_assert_int_eq(fill(KVS("[" KV("YWE=") "]"), list, 1), -1);
	ck_assert_msg(strstr(e.text, "asked for"), "%s", e.text);
}
END_TEST

static int see(const struct record *record __unused_arg, void *arg, struct err *why __unused_arg)
{
	++*(int *)arg;
	return 0;
}

static const struct {
	const char *range;	/* what is in response_range, asked for above "aa" */
	const char *named;
} strange_pages[] = {
	{ "\"kvs\":[" KV("YWE=") "]", "ascend" },
	{ "\"kvs\":[" KV("YQ==") "]", "ascend" },
	{ "\"kvs\":[" KV("Yg==") "]", "asked for" },
	{ "\"more\":1,\"kvs\":[" KV("YWI=") "]", "more" },
	{ "\"more\":true", "shows none" },
};

START_TEST(a_page_goes_on_above_the_last_key_or_is_refused)
{
	struct wire_page page = { .prefix = "a", .after = "aa", .limit = 10 };
	struct wire_answer a __cleanup(wire_answer_done) = {0};
	char last[VIEW_KEY_MAX + 2];
	bool more = false;
	int seen = 0;

	buf_printf(&out, ANSWER("[{\"response_range\":{%s}}]"), strange_pages[_i].range);
	ck_assert_int_eq(wire_parse(out.data, out.len, deadline_in_ms(60000), &a, &e), 0);
	ck_assert_int_eq(wire_visit_page(&page, &a, see, &seen, last, &more, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
	ck_assert_msg(strstr(e.text, strange_pages[_i].named), "%s", e.text);
	ck_assert_int_eq(seen, 0);
}
END_TEST

START_TEST(what_is_no_answer_of_etcds_is_refused)
{
	struct range list[] = { { .key = "a", .kind = RANGE_KEY } };

	ck_assert_int_eq(fill(broken[_i], list, 1), -1);
	ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(e.text, "does not look like etcd v3"));
}
END_TEST

START_TEST(keys_that_are_no_text_are_passed_over)
{
	struct range list[] = { { .key = "a", .kind = RANGE_PREFIX } };

	ck_assert_int_eq(fill("{\"header\":{\"revision\":\"3\"},"
			      "\"responses\":[{\"response_range\":{\"kvs\":["
			      "{\"key\":\"YQBi\",\"mod_revision\":\"3\",\"value\":\"YQ==\"},"
			      "{\"key\":\"YWE=\",\"mod_revision\":\"3\",\"value\":\"YQ==\"}]}}]}",
			      list, 1), 0);
	ck_assert_uint_eq(view.n_records, 1);
	ck_assert_str_eq(view.records[0].key, "aa");
}
END_TEST

static const struct {
	long status;
	const char *text;
	enum wire_refusal refusal;
	const char *words;
} refusals[] = {
	{ 400, "{\"error\":\"etcdserver: x\",\"message\":\"etcdserver: x\",\"code\":3}", REFUSED,
	  "etcdserver: x" },
	{ 400, "{\"code\":3,\"message\":\"m\",\"details\":[]}", REFUSED, "m" },
	{ 400, "CommonName of client sending a request against gateway will be ignored and not "
	  "used as expected\n", REFUSED_COMMON_NAME, NULL },
	{ 503, "{\"error\":\"e\",\"code\":14}", REFUSED_FOR_NOW, "e" },
	{ 503, "{\"message\":\"etcdserver: no leader\",\"code\":14}", REFUSED_FOR_NOW,
	  "etcdserver: no leader" },
	{ 503, "{\"message\":\"etcdserver: request timed out\",\"code\":14}", REFUSED_FOR_NOW,
	  NULL },
	{ 503, "{\"message\":\"etcdserver: leader changed\",\"code\":14}", REFUSED_FOR_NOW, NULL },
	{ 429, "{\"message\":\"etcdserver: too many requests\",\"code\":8}", REFUSED_BUSY, NULL },
	{ 503, "{\"message\":\"etcdserver: rpc not supported for learner\",\"code\":14}",
	  REFUSED_BUSY, NULL },
	{ 400, "{\"code\":9,\"message\":\"etcdserver: rpc not supported for learner\"}",
	  REFUSED_BUSY, NULL },
	{ 429, "{\"message\":\"etcdserver: mvcc: database space exceeded\",\"code\":8}",
	  REFUSED_SPACE, NULL },
	{ 401, "{\"message\":\"etcdserver: invalid auth token\",\"code\":16}", REFUSED_TOKEN,
	  NULL },
	{ 400, "{\"message\":\"etcdserver: revision of auth store is old\",\"code\":3}",
	  REFUSED_TOKEN, NULL },
	{ 403, "{\"message\":\"etcdserver: permission denied\",\"code\":7}", REFUSED_RIGHT,
	  NULL },
	{ 400, "{\"message\":\"etcdserver: authentication failed, invalid user ID or password\","
	  "\"code\":3}",
	  REFUSED_CREDENTIALS, NULL },
	{ 400, "{\"message\":\"etcdserver: user name is empty\",\"code\":3}", REFUSED_CREDENTIALS,
	  NULL },
	{ 412, "{\"message\":\"etcdserver: authentication is not enabled\",\"code\":9}",
	  REFUSED_AUTH_OFF, NULL },
	{ 400, "{\"message\":\"etcdserver: request is too large\",\"code\":3}", REFUSED_SIZE,
	  NULL },
	{ 429, "{\"code\":8,\"message\":\"grpc: received message larger than max (800016 "
	  "vs. 526288)\"}",
	  REFUSED_SIZE, NULL },
	{ 400, "{\"message\":\"etcdserver: too many operations in txn request\",\"code\":3}",
	  REFUSED_SIZE, NULL },
	{ 400, "{\"message\":\"etcdserver: mvcc: required revision has been compacted\","
	  "\"code\":11}",
	  REFUSED_COMPACTED, NULL },
	{ 404, "Not Found\n", REFUSED_NOT_ETCD, "Not Found" },
	{ 302, "", REFUSED_NOT_ETCD, "" },
	{ 404, "{\"message\":\"no such page\"}", REFUSED_NOT_ETCD, NULL },
	{ 502, "<html>\nBad Gateway", REFUSED_BY_GATEWAY, "<html>" },
	{ 400, "Client sent an HTTP request to an HTTPS server.\n", REFUSED_NOT_ETCD,
	  "Client sent an HTTP request to an HTTPS server." },
	{ 500, "\x1b[31mred", REFUSED_BY_GATEWAY, "" },
};

START_TEST(a_refusal_is_known_by_its_words_and_code)
{
	char words[WIRE_TEXT_LEN];

	ck_assert_int_eq(wire_refusal(refusals[_i].status, refusals[_i].text,
				      strlen(refusals[_i].text), words),
			 refusals[_i].refusal);
	if (refusals[_i].words)
		ck_assert_str_eq(words, refusals[_i].words);
}
END_TEST

START_TEST(credentials_are_quoted_and_the_token_is_one_line)
{
	struct wire_answer a __cleanup(wire_answer_done) = {0};
	static const char good[] = "{\"header\":{},\"token\":\"abc.7\"}",
		bad[] = "{\"header\":{},\"token\":\"a\\nb\"}";

	wire_authenticate(&out, "jo\"e", "p\\w");
	ck_assert_str_eq(out.data, "{\"name\":\"jo\\\"e\",\"password\":\"p\\\\w\"}");
	ck_assert_int_eq(wire_parse(good, strlen(good), deadline_in_ms(60000), &a, &e), 0);
	ck_assert_str_eq(a.token, "abc.7");
	wire_answer_done(&a);
	ck_assert_int_eq(wire_parse(bad, strlen(bad), deadline_in_ms(60000), &a, &e), 0);
	ck_assert_ptr_null(a.token);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("datastore.wire");
	TCase *t = tcase_create("wire");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, a_read_is_one_range_a_want);
	tcase_add_test(t, an_empty_prefix_is_the_whole_store);
	tcase_add_test(t, a_page_goes_on_just_after_the_last_key_at_the_first_pages_revision);
	tcase_add_test(t, a_key_is_read_as_it_was_at_a_revision);
	tcase_add_test(t, a_commit_compares_revisions_and_absence);
	tcase_add_test(t, a_key_is_compared_and_written_once_as_its_last_change_says);
	tcase_add_test(t, a_commit_from_the_mirror_compares_each_value_that_was_looked_at);
	tcase_add_test(t, the_same_records_are_each_compared_by_revision_and_none_between_them);
	tcase_add_test(t, a_head_that_has_no_successor_is_compared_whole);
	tcase_add_test(t, of_a_mirrored_prefix_a_proven_record_is_compared_by_revision);
	tcase_add_test(t, a_mirror_of_more_than_a_commit_can_compare_is_named);
	tcase_add_test(t, one_operation_too_many_is_named);
	tcase_add_test(t, a_request_too_large_is_named);
	tcase_add_test(t, a_mirror_of_more_bytes_than_a_request_may_have_is_named);
	tcase_add_test(t, a_mirrors_view_is_not_refreshed_in_the_commit);
	tcase_add_test(t, a_view_of_many_or_filtered_ranges_is_not_refreshed_in_the_commit);
	tcase_add_test(t, an_answer_fills_the_view_with_bytes_and_64_bit_revisions);
	tcase_add_test(t, an_empty_value_is_a_value);
	tcase_add_loop_test(t,
			    an_answer_holds_what_was_asked_for_in_ascending_order_or_is_refused, 0,
			    ARRAY_LEN(strange));
	tcase_add_test(t,
		       tens_of_thousands_of_records_are_soon_read_in_the_memory_of_their_bytes);
	tcase_add_test(t, an_answer_to_one_key_holds_no_longer_one);
	tcase_add_loop_test(t, a_page_goes_on_above_the_last_key_or_is_refused, 0,
			    ARRAY_LEN(strange_pages));
	tcase_add_loop_test(t, what_is_no_answer_of_etcds_is_refused, 0, ARRAY_LEN(broken));
	tcase_add_test(t, keys_that_are_no_text_are_passed_over);
	tcase_add_loop_test(t, a_refusal_is_known_by_its_words_and_code, 0, ARRAY_LEN(refusals));
	tcase_add_test(t, credentials_are_quoted_and_the_token_is_one_line);
	suite_add_tcase(s, t);
	return s;
}
