/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/etcd/grpc.h"
#include "datastore/etcd/wire_watch.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

#define BYTES(text) (text), sizeof(text) - 1

static struct buf out;
static struct err e;

static void begin(void)
{
	buf_init(&out, WIRE_MESSAGE_MAX);
	err_reset(&e);
}

static void end(void)
{
	buf_done(&out);
}

START_TEST(each_call_is_a_method_of_its_service)
{
	ck_assert_str_eq(grpc_path(WIRE_TXN), "/etcdserverpb.KV/Txn");
	ck_assert_str_eq(grpc_path(WIRE_AUTHENTICATE), "/etcdserverpb.Auth/Authenticate");
	ck_assert_str_eq(grpc_path(WIRE_STATUS), "/etcdserverpb.Maintenance/Status");
	ck_assert_str_eq(grpc_path(WIRE_WATCH), "/etcdserverpb.Watch/Watch");
}
END_TEST

START_TEST(a_message_travels_behind_its_length_with_the_highest_byte_first)
{
	static const char large[0x010203];

	grpc_print(WIRE_TXN, "abc", 3, &out);
	ck_assert_uint_eq(out.len, 8);
	ck_assert_mem_eq(out.data, "\0\0\0\0\3abc", 8);
	buf_reset(&out);
	grpc_print(WIRE_TXN, large, sizeof(large), &out);
	ck_assert_uint_eq(out.len, GRPC_HEAD_LEN + sizeof(large));
	ck_assert_mem_eq(out.data, "\0\0\1\2\3", 5);
}
END_TEST

START_TEST(a_request_without_a_field_is_a_message_too)
{
	grpc_print(WIRE_STATUS, "", 0, &out);
	ck_assert_uint_eq(out.len, 5);
	ck_assert_mem_eq(out.data, "\0\0\0\0\0", 5);
}
END_TEST

START_TEST(the_watches_of_a_row_travel_one_by_one)
{
	struct buf row __cleanup(buf_done) = BUF(1000);
	size_t first;

	wire_watch(&row, "/a/", 7, 1);
	first = row.len;
	wire_watch(&row, "/bcd/", 8, 2);
	grpc_print(WIRE_WATCH, row.data, row.len, &out);
	ck_assert_uint_eq(out.len, row.len + 2 * GRPC_HEAD_LEN);
	ck_assert_int_eq(grpc_len(out.data), first);
	ck_assert_mem_eq(out.data + GRPC_HEAD_LEN, row.data, first);
	ck_assert_int_eq(grpc_len(out.data + GRPC_HEAD_LEN + first), row.len - first);
	ck_assert_mem_eq(out.data + 2 * GRPC_HEAD_LEN + first, row.data + first, row.len - first);
}
END_TEST

START_TEST(a_head_says_how_long_its_message_is)
{
	ck_assert_int_eq(grpc_len("\0\0\0\0\0"), 0);
	ck_assert_int_eq(grpc_len("\0\1\2\3\4"), 0x01020304);
	ck_assert_int_eq(grpc_len("\0\x80\0\0\0"), INT64_C(1) << 31);
	ck_assert_int_eq(grpc_len("\0\xff\xff\xff\xff"), UINT32_MAX);
	ck_assert_int_eq(grpc_len("\1\0\0\0\0"), -1);
	ck_assert_int_eq(grpc_len("\xff\0\0\0\0"), -1);
}
END_TEST

START_TEST(an_answer_is_one_message)
{
	static const char body[] = "\0\0\0\0\3abc", empty[] = "\0\0\0\0\0";
	const char *message;
	size_t len;

	ck_assert_int_eq(grpc_read(BYTES(body), &message, &len, &e), 0);
	ck_assert_ptr_eq(message, body + GRPC_HEAD_LEN);
	ck_assert_uint_eq(len, 3);
	ck_assert_int_eq(grpc_read(BYTES(empty), &message, &len, &e), 0);
	ck_assert_uint_eq(len, 0);
}
END_TEST

static const struct {
	const char *body;
	size_t len;
} strange[] = {
	{ BYTES("") },				/* none */
	{ BYTES("\0\0\0\0") },			/* half a head */
	{ BYTES("\0\0\0\0\1") },
	{ BYTES("\0\0\0\0\4abc") },		/* half a message */
	{ BYTES("\0\0\0\0\2abc") },		/* more than one */
	{ BYTES("\0\0\0\0\1a\0\0\0\0\1b") },	/* two */
	{ BYTES("\0\0\0\0\0\0\0\0\0\0") },
	{ BYTES("\1\0\0\0\3abc") },		/* compressed */
	{ BYTES("\0\xff\xff\xff\xff" "abc") },
	{ BYTES("{\"header\":{}}") },
};

START_TEST(what_is_not_one_message_is_refused)
{
	const char *message;
	size_t len;

	ck_assert_int_eq(grpc_read(strange[_i].body, strange[_i].len, &message, &len, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(e.text, "does not look like etcd v3: "));
}
END_TEST

/* A call's end with this status and message. */
static enum wire_refusal refusal(int status, const char *message, char words[WIRE_TEXT_LEN])
{
	struct http_grpc over = { .status = status };

	ck_assert_uint_lt(strlen(message), sizeof(over.message));
	strcpy(over.message, message);
	return grpc_refusal(&over, words);
}

static const struct {
	const char *message, *words;
} escaped[] = {
	{ "etcdserver: no leader", "etcdserver: no leader" },
	{ "", "" },
	{ "%41%4a%4A", "AJJ" },
	{ "100%25", "100%" },
	{ "a%", "a%" },
	{ "a%4", "a%4" },
	{ "a%4g", "a%4g" },
	{ "a%g1", "a%g1" },
	{ "%%41", "%A" },
	{ "%2541", "%41" },
	{ "one%0Atwo", "one" },		/* the first line */
	{ "one%00two", "one" },
	{ "red%1b[31m", "red" },
	{ "caf%C3%A9", "caf" },
};

START_TEST(words_are_decoded_as_grpc_writes_them)
{
	char words[WIRE_TEXT_LEN];

	refusal(14, escaped[_i].message, words);
	ck_assert_str_eq(words, escaped[_i].words);
}
END_TEST

START_TEST(words_as_long_as_they_can_be_are_cut)
{
	char message[HTTP_GRPC_TEXT_LEN] = "", words[WIRE_TEXT_LEN];

	memset(message, '%', sizeof(message) - 1);
	refusal(14, message, words);
	ck_assert_uint_eq(strlen(words), WIRE_TEXT_LEN - 1);
	memset(message, 'x', sizeof(message) - 1);
	refusal(14, message, words);
	ck_assert_uint_eq(strlen(words), WIRE_TEXT_LEN - 1);
}
END_TEST

/* By grpc/codes and api/v3rpc/rpctypes/error.go. */
static const struct {
	int status;
	const char *message;
	enum wire_refusal refusal;
} refusals[] = {
	{ 1, "", REFUSED_FOR_NOW },
	{ 2, "", REFUSED_FOR_NOW },
	{ 3, "etcdserver: x", REFUSED },
	{ 4, "", REFUSED_FOR_NOW },
	{ 5, "", REFUSED },
	{ 7, "", REFUSED_CREDENTIALS },
	{ 8, "", REFUSED },
	{ 9, "", REFUSED },
	{ 13, "", REFUSED_FOR_NOW },
	{ 14, "", REFUSED_FOR_NOW },
	{ 16, "", REFUSED_CREDENTIALS },
	{ 999, "", REFUSED },
	{ 12, "unknown service etcdserverpb.KV", REFUSED_NOT_ETCD },
	{ 12, "etcdserver: too many requests", REFUSED_NOT_ETCD },
	{ 14, "etcdserver: no leader", REFUSED_FOR_NOW },
	{ 14, "etcdserver: request timed out", REFUSED_FOR_NOW },
	{ 14, "etcdserver: leader changed", REFUSED_FOR_NOW },
	{ 14, "etcdserver: server stopped", REFUSED_FOR_NOW },
	{ 8, "etcdserver: too many requests", REFUSED_BUSY },
	{ 14, "etcdserver: rpc not supported for learner", REFUSED_BUSY },
	{ 9, "etcdserver: rpc not supported for learner", REFUSED_BUSY },
	{ 8, "etcdserver: mvcc: database space exceeded", REFUSED_SPACE },
	{ 16, "etcdserver: invalid auth token", REFUSED_TOKEN },
	{ 3, "etcdserver: revision of auth store is old", REFUSED_TOKEN },
	{ 7, "etcdserver: permission denied", REFUSED_RIGHT },
	{ 3, "etcdserver: authentication failed, invalid user ID or password",
	  REFUSED_CREDENTIALS },
	{ 3, "etcdserver: user name is empty", REFUSED_CREDENTIALS },
	{ 9, "etcdserver: authentication is not enabled", REFUSED_AUTH_OFF },
	{ 3, "etcdserver: request is too large", REFUSED_SIZE },
	{ 8, "grpc: received message larger than max (800016 vs. 526288)", REFUSED_SIZE },
	{ 3, "etcdserver: too many operations in txn request", REFUSED_SIZE },
	{ 11, "etcdserver: mvcc: required revision has been compacted", REFUSED_COMPACTED },
	{ 16, "etcdserver%3A invalid%20auth%20token", REFUSED_TOKEN },
};

START_TEST(a_refusal_is_known_by_its_words_and_code)
{
	char words[WIRE_TEXT_LEN];

	ck_assert_int_eq(refusal(refusals[_i].status, refusals[_i].message, words),
			 refusals[_i].refusal);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("datastore.grpc");
	TCase *t = tcase_create("grpc");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, each_call_is_a_method_of_its_service);
	tcase_add_test(t, a_message_travels_behind_its_length_with_the_highest_byte_first);
	tcase_add_test(t, a_request_without_a_field_is_a_message_too);
	tcase_add_test(t, the_watches_of_a_row_travel_one_by_one);
	tcase_add_test(t, a_head_says_how_long_its_message_is);
	tcase_add_test(t, an_answer_is_one_message);
	tcase_add_loop_test(t, what_is_not_one_message_is_refused, 0, ARRAY_LEN(strange));
	tcase_add_loop_test(t, words_are_decoded_as_grpc_writes_them, 0, ARRAY_LEN(escaped));
	tcase_add_test(t, words_as_long_as_they_can_be_are_cut);
	tcase_add_loop_test(t, a_refusal_is_known_by_its_words_and_code, 0, ARRAY_LEN(refusals));
	suite_add_tcase(s, t);
	return s;
}
