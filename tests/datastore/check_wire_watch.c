/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/etcd/wire_watch.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

#define HEADER "\"header\":{\"revision\":\"9\"}"

static struct wire_message message;
static struct err e;

static void begin(void)
{
	message = (struct wire_message){0};
	err_reset(&e);
}

static void end(void)
{
	wire_message_done(&message);
}

static int parse(const char *line)
{
	return wire_message_parse(line, strlen(line), &message, &e);
}

START_TEST(a_watch_is_asked_for_by_prefix_revision_and_an_id_of_ours)
{
	struct buf out __cleanup(buf_done) = BUF(1000);

	wire_watch(&out, "/a/", 7, 1);
	wire_watch(&out, "/b", UINT64_MAX, 2);
	ck_assert_str_eq(out.data,
		"{\"create_request\":{\"key\":\"L2Ev\",\"range_end\":\"L2Ew\","
		"\"start_revision\":\"7\",\"watch_id\":\"1\","
		"\"progress_notify\":true,\"fragment\":true}}"
		"{\"create_request\":{\"key\":\"L2I=\",\"range_end\":\"L2M=\","
		"\"start_revision\":\"18446744073709551615\",\"watch_id\":\"2\","
		"\"progress_notify\":true,\"fragment\":true}}");
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
	wire_message_done(&message);
	ck_assert_int_eq(parse("{\"result\":{" HEADER ",\"watch_id\":\"-1\",\"canceled\":true,"
			       "\"cancel_reason\":\"rpc error: etcdserver: "
			       "invalid auth token\"}}"), 0);
	ck_assert_int_eq(message.refusal, REFUSED_TOKEN);
	ck_assert_uint_eq(message.id, 0);
	ck_assert_str_eq(message.words, "rpc error: etcdserver: invalid auth token");
}
END_TEST

START_TEST(an_error_ends_the_stream)
{
	ck_assert_int_eq(parse("{\"error\":{\"grpc_code\":14,\"http_code\":503,"
			       "\"message\":\"transport is closing\"}}"), 0);
	ck_assert(message.is_error);
	ck_assert_int_eq(message.refusal, REFUSED_FOR_NOW);
	ck_assert_str_eq(message.words, "transport is closing");
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
	ck_assert_int_eq(parse(line.data), 0);
	ck_assert_int_eq(wire_message_event(&message, &scratch, &r, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("datastore.wire_watch");
	TCase *t = tcase_create("wire_watch");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, a_watch_is_asked_for_by_prefix_revision_and_an_id_of_ours);
	tcase_add_test(t, events_come_in_their_order_and_a_deletion_has_no_value);
	tcase_add_test(t, a_cancellation_says_why);
	tcase_add_test(t, an_error_ends_the_stream);
	tcase_add_loop_test(t, what_is_no_message_of_etcds_is_refused, 0, ARRAY_LEN(strange));
	tcase_add_loop_test(t, an_event_that_cannot_be_read_is_refused, 0,
			    ARRAY_LEN(strange_events));
	suite_add_tcase(s, t);
	return s;
}
