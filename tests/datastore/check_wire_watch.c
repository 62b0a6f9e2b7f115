/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/etcd/gateway.h"
#include "datastore/etcd/wire_watch.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

#define HEADER "\"header\":{\"revision\":\"9\"}"

static struct wire_message message;
static struct buf bytes;
static struct err e;

static void begin(void)
{
	message = (struct wire_message){0};
	buf_init(&bytes, 1 << 20);
	err_reset(&e);
}

static void end(void)
{
	buf_done(&bytes);
}

/* A message that is given in words, as the gateway's line. */
static int parse(const char *line)
{
	enum wire_refusal refusal;
	char said[WIRE_TEXT_LEN];
	int rc = 0;

	buf_reset(&bytes);
	ck_assert(gateway_read_watch(line, strlen(line), &bytes, &rc, &refusal, said, &e));
	return rc < 0 ? rc : wire_message_parse(bytes.data, bytes.len, &message, &e);
}

START_TEST(a_watch_is_asked_for_by_prefix_revision_and_an_id_of_ours)
{
	struct buf out __cleanup(buf_done) = BUF(1000), text __cleanup(buf_done) = BUF(1000);

	wire_watch(&out, "/a/", 7, 1);
	wire_watch(&out, "/b", UINT64_MAX, 2);
	gateway_print(WIRE_WATCH, out.data, out.len, &text);
	ck_assert_str_eq(text.data,
		"{\"create_request\":{\"key\":\"L2Ev\",\"range_end\":\"L2Ew\","
		"\"start_revision\":\"7\",\"watch_id\":\"1\","
		"\"progress_notify\":true,\"fragment\":true}}"
		"{\"create_request\":{\"key\":\"L2I=\",\"range_end\":\"L2M=\","
		"\"start_revision\":\"18446744073709551615\",\"watch_id\":\"2\","
		"\"progress_notify\":true,\"fragment\":true}}");
}
END_TEST

START_TEST(a_watch_is_asked_for_by_these_bytes)
{
	static const char expected[] =
		"\x0a\x96\x80\x80\x00"		/* WatchRequest.create_request */
		"\x0a\x03" "/a/"			/* WatchCreateRequest.key */
		"\x12\x03" "/a0"			/* .range_end */
		"\x18\xff\xff\xff\xff\x0f"	/* .start_revision */
		"\x38\x01"			/* .watch_id */
		"\x20\x01"			/* .progress_notify */
		"\x40\x01";			/* .fragment */

	wire_watch(&bytes, "/a/", UINT32_MAX, 1);
	ck_assert_uint_eq(bytes.len, sizeof(expected) - 1);
	ck_assert_mem_eq(bytes.data, expected, bytes.len);
}
END_TEST

#define BYTES(text) (text), sizeof(text) - 1
#define HEAD "\x0a\x02\x18\x09"
#define MINUS_ONE "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"

START_TEST(a_message_of_etcds_is_read_past_what_is_not_known)
{
	static const char events[] = HEAD
		"\x10\x02"			/* watch_id */
		"\x38\x01"			/* fragment */
		"\x5a\x0d"			/* events */
		"\x12\x0b"			/* .kv */
		"\x0a\x01" "a" "\x10\x02\x18\x07\x2a\x02" "v1"
		"\x62\x00\x69" "12345678"	/* unknown */
		"\x5a\x0f\x08\x01\x12\x05\x0a\x01" "b" "\x18\x08"	/* a deletion */
		"\x1a\x04" "prev";
	struct wire_record scratch __cleanup(wire_record_done) = {0};
	struct record r;

	wire_record_init(&scratch);
	ck_assert_int_eq(wire_message_parse(BYTES(events), &message, &e), 0);
	ck_assert(message.id == 2 && message.partial && !message.created && !message.canceled);
	ck_assert_int_eq(wire_message_event(&message, &scratch, &r, &e), 1);
	ck_assert_str_eq(r.key, "a");
	ck_assert_str_eq(r.value, "v1");
	ck_assert_uint_eq(r.revision, 7);
	ck_assert_int_eq(wire_message_event(&message, &scratch, &r, &e), 1);
	ck_assert_str_eq(r.key, "b");
	ck_assert_ptr_null(r.value);
	ck_assert_int_eq(wire_message_event(&message, &scratch, &r, &e), 0);
	for (size_t len = 0; len < sizeof(HEAD) - 1; len++)
		ck_assert_int_eq(wire_message_parse(events, len, &message, &e), -1);
}
END_TEST

START_TEST(an_id_below_nothing_is_no_watchs)
{
	ck_assert_int_eq(wire_message_parse(BYTES(HEAD "\x10" MINUS_ONE "\x20\x01"), &message,
					    &e), 0);
	ck_assert_uint_eq(message.id, 0);
	ck_assert(message.canceled);
	ck_assert_int_eq(wire_message_parse(BYTES(HEAD "\x12\x01" "3"), &message, &e), 0);
	ck_assert_uint_eq(message.id, 0);
}
END_TEST

static const struct {
	const char *message;
	size_t len;
} strange_bytes[] = {
	{ BYTES("") }, { BYTES("\x08\x01") }, { BYTES("\x10\x01") }, { BYTES(HEAD "\x0b") },
	{ BYTES(HEAD "\x1a\x00") }, { BYTES(HEAD "\x22\x00") }, { BYTES(HEAD "\x2a\x00") },
	{ BYTES(HEAD "\x3a\x00") }, { BYTES(HEAD "\x58\x00") }, { BYTES(HEAD "\x5a\x01") },
	{ BYTES(HEAD "\x5a\x00") }, { BYTES(HEAD "\x5a\x02\x10\x00") },
	{ BYTES(HEAD "\x5a\x02\x12\x00") }, { BYTES(HEAD "\x5a\x02\x12\x01") },
	{ BYTES(HEAD "\x5a\x09\x08\x02\x12\x05\x0a\x01" "a" "\x18\x03") },
	{ BYTES(HEAD "\x5a\x09\x0a\x00\x12\x05\x0a\x01" "a" "\x18\x03") },
	{ BYTES(HEAD "\x5a\x05\x12\x03\x0a\x01" "a") },
	{ BYTES(HEAD "\x5a\x10\x12\x0e\x0a\x01" "a" "\x18" MINUS_ONE) },
};

START_TEST(a_message_of_other_types_or_lengths_is_refused)
{
	struct wire_record scratch __cleanup(wire_record_done) = {0};
	struct record r;

	wire_record_init(&scratch);
	ck_assert(wire_message_parse(strange_bytes[_i].message, strange_bytes[_i].len, &message,
				     &e) < 0 ||
		  wire_message_event(&message, &scratch, &r, &e) < 0);
	ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
}
END_TEST

START_TEST(events_come_in_their_order_and_a_deletion_has_no_value)
{
	static const char events[] =
		"{\"result\":{" HEADER ",\"watch_id\":\"3\",\"fragment\":true,\"events\":["
		"{\"kv\":{\"key\":\"YQ==\",\"mod_revision\":\"7\"}},"
		"{\"kv\":{\"key\":\"AGE=\",\"mod_revision\":\"8\",\"value\":\"eA==\"}},"
		"{\"type\":\"DELETE\",\"kv\":{\"key\":\"Yg==\",\"mod_revision\":\"8\"}}]}}";
	struct wire_record scratch __cleanup(wire_record_done) = {0};
	struct record r;

	wire_record_init(&scratch);
	ck_assert_int_eq(parse(events), 0);
	ck_assert(message.id == 3 && message.partial && !message.created && !message.canceled);
	ck_assert_int_eq(wire_message_event(&message, &scratch, &r, &e), 1);
	ck_assert_str_eq(r.key, "a");
	ck_assert_str_eq(r.value, "");
	ck_assert_uint_eq(r.revision, 7);
	/* One that no reader could name is passed over. */
	ck_assert_int_eq(wire_message_event(&message, &scratch, &r, &e), 1);
	ck_assert_str_eq(r.key, "b");
	ck_assert_ptr_null(r.value);
	ck_assert_int_eq(wire_message_event(&message, &scratch, &r, &e), 0);
}
END_TEST

START_TEST(a_cancellation_says_why)
{
	ck_assert_int_eq(parse("{\"result\":{" HEADER ",\"canceled\":true,"
			       "\"compact_revision\":\"5\"}}"), 0);
	ck_assert(message.canceled);
	ck_assert_uint_eq(message.compacted, 5);
	ck_assert_int_eq(parse("{\"result\":{" HEADER ",\"watch_id\":\"-1\",\"canceled\":true,"
			       "\"cancel_reason\":\"rpc error: etcdserver: "
			       "invalid auth token\"}}"), 0);
	ck_assert_int_eq(message.refusal, REFUSED_TOKEN);
	ck_assert_uint_eq(message.id, 0);
	ck_assert_str_eq(message.words, "rpc error: etcdserver: invalid auth token");
}
END_TEST

static const char *const strange[] = {
	"", "x", "{}", "[]", "{\"result\":7}", "{\"result\":{}}", "{\"result\":{" HEADER "}} {}",
	"{\"result\":{" HEADER ",\"compact_revision\":\"many\"}}",
	"{\"result\":{" HEADER ",\"created\":1}}", "{\"result\":{" HEADER ",\"canceled\":\"\"}}",
	"{\"result\":{" HEADER ",\"events\":{}}}", "{\"result\":{" HEADER ",\"fragment\":[]}}",
};

START_TEST(what_is_no_message_of_etcds_is_refused)
{
	ck_assert_int_eq(parse(strange[_i]), -1);
	ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
}
END_TEST

static const char *const strange_events[] = {
	"{\"kv\":{\"key\":\"!\"}}",
	"{\"kv\":{\"key\":\"YQ==\",\"value\":7}}",
	"{\"kv\":{\"key\":\"YQ==\",\"mod_revision\":\"-1\"}}",
	"{\"kv\":{\"key\":\"YQ==\"}}", "{\"kv\":{\"mod_revision\":\"3\"}}", "{}", "[]", "7",
	"{\"kv\":[]}", "{\"type\":\"SWAP\",\"kv\":{\"key\":\"YQ==\",\"mod_revision\":\"3\"}}",
};

START_TEST(an_event_that_cannot_be_read_is_refused)
{
	struct wire_record scratch __cleanup(wire_record_done) = {0};
	struct buf line __cleanup(buf_done) = BUF(1000);
	struct record r;

	wire_record_init(&scratch);
	buf_printf(&line, "{\"result\":{" HEADER ",\"events\":[%s]}}", strange_events[_i]);
	ck_assert(parse(line.data) < 0 || wire_message_event(&message, &scratch, &r, &e) < 0);
	ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("datastore.wire_watch");
	TCase *t = tcase_create("wire_watch");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, a_watch_is_asked_for_by_prefix_revision_and_an_id_of_ours);
	tcase_add_test(t, a_watch_is_asked_for_by_these_bytes);
	tcase_add_test(t, a_message_of_etcds_is_read_past_what_is_not_known);
	tcase_add_test(t, an_id_below_nothing_is_no_watchs);
	tcase_add_loop_test(t, a_message_of_other_types_or_lengths_is_refused, 0,
			    ARRAY_LEN(strange_bytes));
	tcase_add_test(t, events_come_in_their_order_and_a_deletion_has_no_value);
	tcase_add_test(t, a_cancellation_says_why);
	tcase_add_loop_test(t, what_is_no_message_of_etcds_is_refused, 0, ARRAY_LEN(strange));
	tcase_add_loop_test(t, an_event_that_cannot_be_read_is_refused, 0,
			    ARRAY_LEN(strange_events));
	suite_add_tcase(s, t);
	return s;
}
