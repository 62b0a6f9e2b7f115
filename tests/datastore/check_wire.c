/* SPDX-License-Identifier: Apache-2.0 */
#include "base/b64.h"
#include "base/clock.h"
#include "base/json.h"
#include "datastore/etcd/gateway.h"
#include "datastore/etcd/wire.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct buf out, printed;
static struct view view;
static struct changes changes;
static bool in_order;
static struct err e;

static void begin(void)
{
	e = (struct err){0};
	buf_init(&out, WIRE_MESSAGE_MAX);
	buf_init(&printed, GATEWAY_JSON_MAX);
	view_init(&view);
	changes_init(&changes);
	in_order = true;
}

static void end(void)
{
	buf_done(&out);
	buf_done(&printed);
	view_done(&view);
	changes_done(&changes);
}

/* The message that was written, in words. */
static const char *words(enum wire_call call)
{
	buf_reset(&printed);
	gateway_print(call, out.data, out.len, &printed);
	return printed.data;
}

/* As bytes.  Lengths of messages within are written with four, of which the last may be 0. */
#define BYTES(text) (text), sizeof(text) - 1
#define LEN(n) n "\x80\x80\x00"	/* n: of its low seven bits, the eighth set */
#define IS(text) (out.len == sizeof(text) - 1 && memcmp(out.data, (text), out.len) == 0)
#define HOLDS(text) memmem(out.data, out.len, (text), sizeof(text) - 1)
#define HEADER "\x0a\x02\x18\x09"	/* the revision 9 */

/* What a commit stands on, in words. */
static const char *compares(void)
{
	const char *end = strchr(words(WIRE_TXN), ']');

	ck_assert_ptr_nonnull(end);
	printed.data[end + 1 - printed.data] = '\0';
	return printed.data;
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
	ck_assert_str_eq(words(WIRE_TXN),
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
	ck_assert_str_eq(words(WIRE_TXN), "{\"success\":[{\"request_range\":{\"key\":\"AA==\","
			 "\"range_end\":\"AA==\"}}]}");
}
END_TEST

START_TEST(a_page_goes_on_just_after_the_last_key_at_the_first_pages_revision)
{
	struct buf after __cleanup(buf_done) = BUF(64);
	struct wire_page page = { "b/", NULL, 400, 0 };

	wire_read_page(&out, &page);
	ck_assert_str_eq(words(WIRE_TXN), "{\"success\":[{\"request_range\":"
			 "{\"key\":\"Yi8=\",\"range_end\":\"YjA=\",\"limit\":\"400\"}}]}");
	buf_reset(&out);
	buf_puts(&after, "b/x");
	page.after = &after;
	page.revision = 9007199254740993ULL;
	wire_read_page(&out, &page);
	ck_assert_str_eq(words(WIRE_TXN), "{\"success\":[{\"request_range\":{\"key\":\"Yi94AA==\","
			 "\"range_end\":\"YjA=\","
			 "\"limit\":\"400\",\"revision\":\"9007199254740993\"}}]}");
}
END_TEST

START_TEST(a_key_is_read_as_it_was_at_a_revision)
{
	wire_read_at(&out, "a", 9007199254740993ULL);
	ck_assert_str_eq(words(WIRE_TXN), "{\"success\":[{\"request_range\":"
			 "{\"key\":\"YQ==\",\"revision\":\"9007199254740993\"}}]}");
	buf_reset(&out);
	wire_read_at(&out, "a", 0);
	ck_assert_str_eq(words(WIRE_TXN), "{\"success\":[{\"request_range\":{\"key\":\"YQ==\"}}]}");
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
	ck_assert_str_eq(words(WIRE_TXN),
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

/* Field by field as rpc.proto numbers them. */
START_TEST(a_commit_is_these_bytes)
{
	know("a", "old", 300);
	changes_put(&changes, "a", "new", 3);
	ck_assert_int_eq(print_commit(), 0);
	ck_assert(IS("\x0a" LEN("\x88")			/* TxnRequest.compare */
		     "\x1a\x01" "a"			/* Compare.key */
		     "\x10\x02"				/* .target: MOD */
		     "\x30\xac\x02"			/* .mod_revision */
		     "\x12" LEN("\x8d")			/* TxnRequest.success */
		     "\x12" LEN("\x88")			/* RequestOp.request_put */
		     "\x0a\x01" "a"			/* PutRequest.key */
		     "\x12\x03" "new"			/* .value */
		     "\x1a" LEN("\x88")			/* TxnRequest.failure */
		     "\x0a" LEN("\x83")			/* RequestOp.request_range */
		     "\x0a\x01" "a"));			/* RangeRequest.key */
}
END_TEST

START_TEST(a_page_and_a_deletion_are_these_bytes)
{
	struct buf after __cleanup(buf_done) = BUF(64);
	struct wire_page page = { "b/", &after, 400, UINT64_MAX };

	buf_puts(&after, "b/x");
	wire_read_page(&out, &page);
	ck_assert(IS("\x12" LEN("\x9d") "\x0a" LEN("\x98")
		     "\x0a\x04" "b/x\0"
		     "\x12\x02" "b0"			/* RangeRequest.range_end */
		     "\x18\x90\x03"			/* .limit */
		     "\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));	/* .revision */
	buf_reset(&out);
	know("a", "old", 300);
	changes_delete(&changes, "a");
	ck_assert_int_eq(print_commit(), 0);
	ck_assert(HOLDS("\x12" LEN("\x88") "\x1a" LEN("\x83") "\x0a\x01" "a"));
}
END_TEST

START_TEST(what_is_compared_with_a_prefix_has_its_end)
{
	cover("p/", RANGE_PREFIX_KEYS, 90);
	changes_guard_prefix(&changes, "p/");
	ck_assert_int_eq(print_commit(), 0);
	ck_assert(HOLDS("\x0a" LEN("\x8f") "\x1a\x02" "p/"
			"\x82\x04\x02" "p0"		/* Compare.range_end */
			"\x10\x02"
			"\x08\x02"			/* .result: LESS */
			"\x30\x5b"));
	ck_assert(HOLDS("\x40\x01"));			/* RangeRequest.keys_only */
}
END_TEST

/* Not left out, as a number is that is 0: older servers take for equal what is not there. */
START_TEST(an_empty_value_is_compared_and_put)
{
	know("a", "", 7);
	know("b", NULL, 0);
	view_look_at(&view, "a");
	view.from_mirror = true;
	changes_put(&changes, "b", "", 0);
	ck_assert_int_eq(print_commit(), 0);
	ck_assert(HOLDS("\x0a" LEN("\x87") "\x1a\x01" "a" "\x10\x03"
			"\x3a\x00"));			/* Compare.value */
	ck_assert(HOLDS("\x12" LEN("\x8a") "\x12" LEN("\x85") "\x0a\x01" "b" "\x12\x00"));
	ck_assert_ptr_nonnull(strstr(words(WIRE_TXN), "\"target\":\"VALUE\",\"value\":\"\"}"));
}
END_TEST

START_TEST(who_may_write_a_key_is_asked_by_these_bytes)
{
	wire_write_nothing(&out, "a");
	ck_assert(IS("\x0a" LEN("\x85") "\x1a\x01" "a" "\x08\x02"
		     "\x12" LEN("\x88") "\x12" LEN("\x83") "\x0a\x01" "a"));
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
	ck_assert_str_eq(words(WIRE_TXN),
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
	ck_assert_str_eq(compares(),
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
	ck_assert_str_eq(compares(),
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
	ck_assert_ptr_nonnull(strstr(words(WIRE_TXN), "\"target\":\"VALUE\",\"value\":\"/yE=\""));
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
	ck_assert_ptr_nonnull(strstr(words(WIRE_TXN),
				     "\"target\":\"MOD\",\"mod_revision\":\"5\"}"));
	ck_assert_ptr_null(strstr(words(WIRE_TXN), "c2Vlbg=="));
	ck_assert_ptr_nonnull(strstr(words(WIRE_TXN), "\"target\":\"VALUE\",\"value\":\"bmV3\"}"));
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
	ck_assert_ptr_null(strstr(words(WIRE_TXN), "failure"));
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
	ck_assert_ptr_null(strstr(words(WIRE_TXN), "failure"));
}
END_TEST

/* An answer that is given in words. */
static int parse(enum wire_call call, const char *answer, struct wire_answer *ret)
{
	struct buf message = BUF(64 << 20);

	if (gateway_read(call, answer, strlen(answer), deadline_in_ms(60000), &message, &e) < 0 ||
	    wire_parse(call, message.data, message.len, ret, &e) < 0) {
		buf_done(&message);
		return -1;
	}
	ret->own = message;
	return 0;
}

static int fill(const char *answer, const struct range *list, size_t n)
{
	struct wire_answer a __cleanup(wire_answer_done) = {0};

	if (parse(WIRE_TXN, answer, &a) < 0)
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
	{ ANSWER("{\"x\":{\"response_range\":{}}}"), "responses" },
	{ ANSWER("7"), "responses" }, { ANSWER("\"[]\""), "responses" },
	{ ANSWER("null"), "answers" },
	{ ANSWER("[{\"response_range\":{}},{\"response_range\":{}}]"), "answers" },
	{ ANSWER("[[]]"), "no object" }, { ANSWER("[1]"), "no object" },
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

static int fill_bytes(const char *message, size_t len, const struct range *list, size_t n)
{
	struct wire_answer a __cleanup(wire_answer_done) = {0};

	if (wire_parse(WIRE_TXN, message, len, &a, &e) < 0)
		return -1;
	return wire_fill(&view, list, n, &a, &e);
}

/* As etcd answers two ranges, with what is not read here and with fields that none knows. */
#define WHOLE \
	"\x0a\x0a"			/* header */ \
	"\x08\x96\x01"			/* .cluster_id */ \
	"\x10\x07"			/* .member_id */ \
	"\x18\xff\x7f"			/* .revision */ \
	"\x20\x02"			/* .raft_term */ \
	"\x10\x01"			/* succeeded */ \
	"\x1a\x1f\x0a\x1d"		/* responses, response_range */ \
	"\x0a\x00"			/* .header */ \
	"\x12\x17"			/* .kvs */ \
	"\x0a\x02" "aa"			/* .key */ \
	"\x10\x03"			/* .create_revision */ \
	"\x18\xfe\x7f"			/* .mod_revision */ \
	"\x20\x01"			/* .version */ \
	"\x2a\x03" "\0\xff\0"		/* .value */ \
	"\x30\x09"			/* .lease */ \
	"\x3d" "1234"			/* unknown */ \
	"\x20\x01"			/* .count */ \
	"\xfa\x01\x00"			/* unknown; and another range: */ \
	"\x1a\x02\x0a\x00"

START_TEST(an_answer_of_etcds_is_read_past_what_is_not_known)
{
	struct range list[] = { { .key = "a", .kind = RANGE_PREFIX },
		{ .key = "z", .kind = RANGE_KEY } };
	const struct record *r;

	ck_assert_msg(fill_bytes(BYTES(WHOLE), list, 2) == 0, "%s", e.text);
	r = view_peek(&view, "aa");
	ck_assert_ptr_nonnull(r);
	ck_assert_uint_eq(r->revision, 16382);
	ck_assert_uint_eq(r->value_len, 3);
	ck_assert_mem_eq(r->value, "\0\xff\0", 3);
	ck_assert_uint_eq(view.ranges[0].revision, 16383);
	ck_assert(view_knows(&view, "z"));
}
END_TEST

START_TEST(an_answer_that_is_cut_anywhere_is_refused)
{
	struct range list[] = { { .key = "a", .kind = RANGE_PREFIX },
		{ .key = "z", .kind = RANGE_KEY } };

	for (size_t len = 0; len < sizeof(WHOLE) - 1; len++) {
		char *cut = malloc(len ? len : 1);	/* of which no byte more can be read */

		memcpy(cut, WHOLE, len);
		ck_assert_int_eq(fill_bytes(cut, len, list, 2), -1);
		ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
		free(cut);
	}
}
END_TEST

#define MINUS_ONE "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"

/* Asked for: the prefix "a". */
static const struct {
	const char *message;
	size_t len;
	const char *named;
} strange_bytes[] = {
	{ BYTES(""), "no header" },
	{ BYTES("\x10\x01"), "no header" },
	{ BYTES("\x08\x01"), "no header" },
	{ BYTES("\x0a\x02\x1a\x00"), "revision" },
	{ BYTES("\x0a\x0b\x18" MINUS_ONE), "revision" },
	{ BYTES("\x0a\x02\x18\x80"), "too soon" },
	{ BYTES(HEADER "\x12\x00"), "succeeded" },
	{ BYTES(HEADER), "fewer" },
	{ BYTES(HEADER "\x18\x00"), "missing" },
	{ BYTES(HEADER "\x1a\x00"), "missing" },
	{ BYTES(HEADER "\x1a\x02\x12\x00"), "missing" },
	{ BYTES(HEADER "\x1a\x02\x08\x00"), "with none" },
	{ BYTES(HEADER "\x1a\x04\x0a\x00\x0a\x00"), "twice" },
	{ BYTES(HEADER "\x1a\x02\x0a\x00\x1a\x02\x0a\x00"), "more answers" },
	{ BYTES(HEADER "\x1a\x02\x0a\x01"), "too soon" },
	{ BYTES(HEADER "\x1a\x03\x0a\x00\x0b"), "too soon" },
	{ BYTES(HEADER "\x1a\x04\x0a\x02\x12\x01"), "too soon" },
	{ BYTES(HEADER "\x1a\x04\x0a\x02\x10\x01"), "no message" },
	{ BYTES(HEADER "\x1a\x04\x0a\x02\x1a\x00"), "more" },
	{ BYTES(HEADER "\x1a\x04\x0a\x02\x12\x00"), "no mod_revision" },
	{ BYTES(HEADER "\x1a\x06\x0a\x04\x12\x02\x18\x03"), "no key" },
	{ BYTES(HEADER "\x1a\x06\x0a\x04\x12\x02\x08\x03"), "no text" },
	{ BYTES(HEADER "\x1a\x06\x0a\x04\x12\x02\x28\x03"), "no text" },
	{ BYTES(HEADER "\x1a\x06\x0a\x04\x12\x02\x1a\x00"), "mod_revision" },
	{ BYTES(HEADER "\x1a\x0f\x0a\x0d\x12\x0b\x18" MINUS_ONE), "mod_revision" },
	{ BYTES(HEADER "\x1a\x09\x0a\x07\x12\x05\x0a\x01" "b" "\x18\x03"), "asked for" },
	{ BYTES(HEADER "\x1a\x08\x0a\x06\x12\x04\x0a\x00\x18\x03"), "no key" },
};

START_TEST(a_message_of_other_types_or_lengths_is_refused)
{
	struct range list[] = { { .key = "a", .kind = RANGE_PREFIX } };

	ck_assert_int_eq(fill_bytes(strange_bytes[_i].message, strange_bytes[_i].len, list, 1), -1);
	ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
	ck_assert_msg(strstr(e.text, "does not look like etcd v3: "), "%s", e.text);
	ck_assert_msg(strstr(e.text, strange_bytes[_i].named), "%s", e.text);
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
	struct buf after __cleanup(buf_done) = BUF(64), last __cleanup(buf_done) = BUF(64);
	struct wire_page page = { .prefix = "a", .after = &after, .limit = 10 };
	struct wire_answer a __cleanup(wire_answer_done) = {0};
	bool more = false;
	int seen = 0;

	buf_puts(&after, "aa");
	buf_printf(&out, ANSWER("[{\"response_range\":{%s}}]"), strange_pages[_i].range);
	ck_assert(parse(WIRE_TXN, out.data, &a) < 0 ||
		  wire_visit_page(&page, &a, see, &seen, &last, &more, &e) < 0);
	ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
	ck_assert_msg(strstr(e.text, strange_pages[_i].named), "%s", e.text);
	ck_assert_int_eq(seen, 0);
}
END_TEST

/* "ab", a NUL and "c". */
START_TEST(a_page_goes_on_behind_a_key_that_is_no_text)
{
	struct buf last __cleanup(buf_done) = BUF(64);
	struct wire_page page = { .prefix = "a", .limit = 10 };
	struct wire_answer a __cleanup(wire_answer_done) = {0};
	bool more = false;
	int seen = 0;

	ck_assert_int_eq(parse(WIRE_TXN, ANSWER("[{\"response_range\":{\"more\":true,\"kvs\":["
					       KV("YWE=") "," KV("YWIAYw==") "]}}]"), &a), 0);
	ck_assert_msg(wire_visit_page(&page, &a, see, &seen, &last, &more, &e) == 0, "%s", e.text);
	ck_assert(more && seen == 1);
	page.after = &last;
	wire_read_page(&out, &page);
	ck_assert_str_eq(words(WIRE_TXN), "{\"success\":[{\"request_range\":"
			 "{\"key\":\"YWIAYwA=\",\"range_end\":\"Yg==\",\"limit\":\"10\"}}]}");
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
	const char *message;
	size_t len;
	const char *token;	/* NULL: none is taken */
} tokens[] = {
	{ BYTES(HEADER "\x12\x05" "abc.7"), "abc.7" },
	{ BYTES("\x12\x05" "abc.7" HEADER), "abc.7" },
	{ BYTES(HEADER "\x12\x01" "a" "\x12\x01" "b"), "b" },
	{ BYTES(HEADER), NULL },
	{ BYTES(HEADER "\x12\x00"), NULL },
	{ BYTES(HEADER "\x12\x03" "a\nb"), NULL },
	{ BYTES(HEADER "\x12\x03" "a\rb"), NULL },
	{ BYTES(HEADER "\x12\x03" "a\0b"), NULL },
	{ BYTES(HEADER "\x10\x07"), NULL },
};

START_TEST(a_token_is_one_line_or_none)
{
	struct wire_answer a __cleanup(wire_answer_done) = {0};

	ck_assert_int_eq(wire_parse(WIRE_AUTHENTICATE, tokens[_i].message, tokens[_i].len, &a, &e),
			 0);
	if (tokens[_i].token)
		ck_assert_str_eq(a.token, tokens[_i].token);
	else
		ck_assert_ptr_null(a.token);
}
END_TEST

START_TEST(credentials_are_two_texts)
{
	wire_authenticate(&out, "jo\"e", "p\\w");
	ck_assert(IS("\x0a\x04jo\"e\x12\x03p\\w"));
}
END_TEST

START_TEST(a_member_is_full_if_one_of_its_errors_says_so)
{
	static const char full[] = HEADER "\x42\x01x\x42\x1a" "memberID:1 alarm:NOSPACE b",
		other[] = HEADER "\x42\x0d" "alarm:CORRUPT\x40\x05";
	struct wire_answer a __cleanup(wire_answer_done) = {0};

	ck_assert_int_eq(wire_parse(WIRE_STATUS, BYTES(full), &a, &e), 0);
	ck_assert(a.full);
	ck_assert_int_eq(wire_parse(WIRE_STATUS, BYTES(other), &a, &e), 0);
	ck_assert(!a.full);
	ck_assert_int_eq(wire_parse(WIRE_TXN, BYTES(full), &a, &e), 0);
	ck_assert(!a.full);
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
	tcase_add_test(t, a_commit_is_these_bytes);
	tcase_add_test(t, a_page_and_a_deletion_are_these_bytes);
	tcase_add_test(t, what_is_compared_with_a_prefix_has_its_end);
	tcase_add_test(t, an_empty_value_is_compared_and_put);
	tcase_add_test(t, who_may_write_a_key_is_asked_by_these_bytes);
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
	tcase_add_test(t, an_answer_of_etcds_is_read_past_what_is_not_known);
	tcase_add_test(t, an_answer_that_is_cut_anywhere_is_refused);
	tcase_add_loop_test(t, a_message_of_other_types_or_lengths_is_refused, 0,
			    ARRAY_LEN(strange_bytes));
	tcase_add_test(t, an_answer_to_one_key_holds_no_longer_one);
	tcase_add_loop_test(t, a_page_goes_on_above_the_last_key_or_is_refused, 0,
			    ARRAY_LEN(strange_pages));
	tcase_add_test(t, a_page_goes_on_behind_a_key_that_is_no_text);
	tcase_add_loop_test(t, what_is_no_answer_of_etcds_is_refused, 0, ARRAY_LEN(broken));
	tcase_add_test(t, keys_that_are_no_text_are_passed_over);
	tcase_add_loop_test(t, a_token_is_one_line_or_none, 0, ARRAY_LEN(tokens));
	tcase_add_test(t, credentials_are_two_texts);
	tcase_add_test(t, a_member_is_full_if_one_of_its_errors_says_so);
	suite_add_tcase(s, t);
	return s;
}
