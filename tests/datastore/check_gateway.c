/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "datastore/etcd/gateway.h"
#include "datastore/etcd/protobuf.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

static struct buf message, printed;
static struct err e;

static void begin(void)
{
	buf_init(&message, 1 << 20);
	buf_init(&printed, GATEWAY_JSON_MAX);
	err_reset(&e);
}

static void end(void)
{
	buf_done(&message);
	buf_done(&printed);
}

static int read_text(enum wire_call call, const char *text)
{
	buf_reset(&message);
	return gateway_read(call, text, strlen(text), deadline_in_ms(60000), &message, &e);
}

#define BYTES(text) (text), sizeof(text) - 1
#define LEN(n) n "\x80\x80\x00"	/* of a message within; n: its low seven bits, the eighth set */
#define IS(text) (message.len == sizeof(text) - 1 && \
		  memcmp(message.data, (text), message.len) == 0)

START_TEST(each_call_has_its_path)
{
	ck_assert_str_eq(gateway_path(WIRE_TXN), "/v3/kv/txn");
	ck_assert_str_eq(gateway_path(WIRE_AUTHENTICATE), "/v3/auth/authenticate");
	ck_assert_str_eq(gateway_path(WIRE_STATUS), "/v3/maintenance/status");
	ck_assert_str_eq(gateway_path(WIRE_WATCH), "/v3/watch");
}
END_TEST

START_TEST(a_request_without_a_field_is_an_empty_object)
{
	gateway_print(WIRE_STATUS, "", 0, &printed);
	ck_assert_str_eq(printed.data, "{}");
	buf_reset(&printed);
	gateway_print(WIRE_TXN, "", 0, &printed);
	ck_assert_str_eq(printed.data, "{}");
}
END_TEST

START_TEST(credentials_are_quoted)
{
	wire_authenticate(&message, "jo\"e", "p\\w");
	gateway_print(WIRE_AUTHENTICATE, message.data, message.len, &printed);
	ck_assert_str_eq(printed.data, "{\"name\":\"jo\\\"e\",\"password\":\"p\\\\w\"}");
}
END_TEST

START_TEST(an_answer_of_etcds_becomes_its_message)
{
	static const char text[] =
		"{\"header\":{\"cluster_id\":\"150\",\"revision\":\"300\",\"raft_term\":\"2\"},"
		"\"succeeded\":true,\"responses\":[{\"response_range\":{\"kvs\":[{\"key\":\"YWE=\","
		"\"create_revision\":\"3\",\"mod_revision\":\"4\",\"version\":\"1\","
		"\"value\":\"AP8A\"}],\"more\":true,\"count\":\"9\"}},{\"response_range\":{}}]}";

	ck_assert_msg(read_text(WIRE_TXN, text) == 0, "%s", e.text);
	ck_assert(IS("\x0a" LEN("\x83") "\x18\xac\x02"
		     "\x10\x01"
		     "\x1a" LEN("\x97") "\x0a" LEN("\x92")
		     "\x12" LEN("\x8b") "\x0a\x02" "aa" "\x18\x04" "\x2a\x03" "\0\xff\0"
		     "\x18\x01"
		     "\x1a" LEN("\x85") "\x0a" LEN("\x80")));
}
END_TEST

START_TEST(a_token_and_alarms_are_texts)
{
	ck_assert_int_eq(read_text(WIRE_AUTHENTICATE, "{\"header\":{},\"token\":\"a\\u0062c.7\"}"),
			 0);
	ck_assert(IS("\x0a" LEN("\x80") "\x12\x05" "abc.7"));
	ck_assert_int_eq(read_text(WIRE_STATUS, "{\"header\":{},\"version\":\"3.5\",\"errors\":"
				   "[\"memberID:1 alarm:NOSPACE \",\"x\"]}"), 0);
	ck_assert(IS("\x0a" LEN("\x80") "\x42\x19" "memberID:1 alarm:NOSPACE " "\x42\x01" "x"));
}
END_TEST

/* Numbers, which a watch's id stands for, as rpc.proto's int64. */
static const struct {
	const char *text;
	uint64_t n;
} numbers[] = {
	{ "\"7\"", 7 }, { "7", 7 }, { "\"0\"", 0 }, { "0", 0 }, { "\"007\"", 7 },
	{ "\"9007199254740993\"", 9007199254740993ULL },
	{ "9007199254740993", 9007199254740993ULL },
	{ "\"9223372036854775807\"", INT64_MAX }, { "9223372036854775807", INT64_MAX },
	{ "\"18446744073709551615\"", UINT64_MAX }, { "18446744073709551615", UINT64_MAX },
	{ "\"-1\"", UINT64_MAX }, { "-1", UINT64_MAX },
	{ "\"-9223372036854775808\"", UINT64_C(1) << 63 },
	{ "-9223372036854775808", UINT64_C(1) << 63 },
};

START_TEST(a_number_is_a_text_or_a_number_and_may_be_signed)
{
	struct protobuf p;

	buf_printf(&printed, "{\"header\":{\"revision\":%s}}", numbers[_i].text);
	ck_assert_msg(read_text(WIRE_TXN, printed.data) == 0, "%s", e.text);
	p = protobuf_of(message.data, message.len);
	ck_assert(protobuf_next(&p));
	p = protobuf_within(&p);
	ck_assert_int_eq(protobuf_next(&p), numbers[_i].n != 0);
	ck_assert_uint_eq(p.number, numbers[_i].n);
}
END_TEST

static const char *const no_numbers[] = {
	"\"\"", "\"x\"", "\"-\"", "\"--1\"", "\"+1\"", "\" 1\"", "\"1 \"", "\"1.0\"", "\"1e3\"",
	"\"0x10\"", "1.5", "1e3", "true", "[]", "[7]", "{}", "\"18446744073709551616\"",
	"18446744073709551616", "\"-9223372036854775809\"", "-9223372036854775809",
};

START_TEST(what_is_no_number_of_64_bits_is_refused)
{
	buf_printf(&printed, "{\"header\":{\"revision\":%s}}", no_numbers[_i]);
	ck_assert_int_eq(read_text(WIRE_TXN, printed.data), -1);
	ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
	ck_assert_msg(strstr(e.text, "\"revision\" is not a number"), "%s", e.text);
}
END_TEST

/* Each is the same message. */
static const char *const odd[] = {
	"{\"header\":{\"revision\":\"9\"},\"succeeded\":true,\"responses\":[]}",
	" {\n\"header\" : {\t\"revision\" : 9 } , \"succeeded\" : true , \"responses\" : [ ] }\r\n",
	"{\"header\":{\"revision\":\"9\"},\"succeeded\":true,\"responses\":null}",
	"{\"header\":{\"revision\":\"9\"},\"succeeded\":true}",
	"{\"Header\":{\"REVISION\":\"9\"},\"sUcceeded\":true}",
	"{\"\\u0068eader\":{\"rev\\u0069sion\":\"9\"},\"succ\\u0065eded\":true}",
	"{\"header\":{\"revision\":\"\\u0039\"},\"succeeded\":true}",
	"{\"x\":[{\"header\":1}],\"header\":{\"revision\":9,\"y\":{\"z\":7}},\"succeeded\":true}",
	"{\"\":null,\"heade\":1,\"headers\":2,\"header\":{\"revision\":9},\"succeeded\":true}",
	"{\"token\":7,\"kvs\":8,\"header\":{\"revision\":\"9\",\"header\":0},\"succeeded\":true}",
};

START_TEST(what_is_odd_and_means_the_same_is_read_the_same)
{
	ck_assert_msg(read_text(WIRE_TXN, odd[_i]) == 0, "%s", e.text);
	ck_assert(IS("\x0a" LEN("\x82") "\x18\x09" "\x10\x01"));
}
END_TEST

START_TEST(what_is_null_is_not_there)
{
	ck_assert_int_eq(read_text(WIRE_TXN, "{\"header\":null,\"succeeded\":null}"), 0);
	ck_assert_uint_eq(message.len, 0);
	ck_assert_int_eq(read_text(WIRE_TXN, "{\"header\":{\"revision\":null}}"), 0);
	ck_assert(IS("\x0a" LEN("\x80")));
	ck_assert_int_eq(read_text(WIRE_TXN, "{}"), 0);
	ck_assert_uint_eq(message.len, 0);
}
END_TEST

static const struct {
	const char *text, *named;
} strange[] = {
	{ "", "JSON" }, { "{", "JSON" }, { "{\"header\":{}} {}", "JSON" }, { "<html>", "JSON" },
	{ "{\"header\":{\"revision\":01}}", "JSON" }, { "{\"\\u00\":1}", "JSON" },
	{ "[]", "no object" }, { "null", "no object" }, { "7", "no object" },
	{ "\"header\"", "no object" },
	{ "{\"header\":{},\"header\":{}}", "\"header\" is there twice" },
	{ "{\"header\":{},\"HEADER\":{}}", "\"header\" is there twice" },
	{ "{\"header\":{},\"head\\u0065r\":{}}", "\"header\" is there twice" },
	{ "{\"header\":null,\"header\":{}}", "\"header\" is there twice" },
	{ "{\"header\":{\"revision\":1,\"revision\":1}}", "\"revision\" is there twice" },
	{ "{\"responses\":[],\"responses\":[]}", "\"responses\" is there twice" },
	{ "{\"header\":[]}", "\"header\" is no object" }, { "{\"header\":7}", "no object" },
	{ "{\"succeeded\":\"true\"}", "neither true nor false" },
	{ "{\"succeeded\":1}", "neither true nor false" },
	{ "{\"responses\":{}}", "\"responses\" is no list" },
	{ "{\"responses\":[null]}", "\"responses\" is no object" },
	{ "{\"responses\":[[]]}", "\"responses\" is no object" },
	{ "{\"responses\":[{\"response_range\":[]}]}", "\"response_range\" is no object" },
	{ "{\"responses\":[{\"response_range\":{\"kvs\":[{\"key\":\"*\"}]}}]}", "base64" },
	{ "{\"responses\":[{\"response_range\":{\"kvs\":[{\"key\":\"YQ\"}]}}]}", "base64" },
	{ "{\"responses\":[{\"response_range\":{\"kvs\":[{\"value\":7}]}}]}", "base64" },
	{ "{\"responses\":[{\"response_range\":{\"kvs\":[{\"value\":{}}]}}]}", "base64" },
};

START_TEST(what_is_no_answer_of_etcds_is_refused)
{
	ck_assert_int_eq(read_text(WIRE_TXN, strange[_i].text), -1);
	ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
	ck_assert_msg(strstr(e.text, "the answer does not look like etcd v3: "), "%s", e.text);
	ck_assert_msg(strstr(e.text, strange[_i].named), "%s", e.text);
}
END_TEST

START_TEST(a_token_or_an_alarm_that_is_no_text_is_refused)
{
	ck_assert_int_eq(read_text(WIRE_AUTHENTICATE, "{\"header\":{},\"token\":7}"), -1);
	ck_assert_msg(strstr(e.text, "\"token\" is no text"), "%s", e.text);
	ck_assert_int_eq(read_text(WIRE_STATUS, "{\"header\":{},\"errors\":[{}]}"), -1);
	ck_assert_msg(strstr(e.text, "\"errors\" is no text"), "%s", e.text);
	ck_assert_int_eq(read_text(WIRE_STATUS, "{\"header\":{},\"errors\":\"x\"}"), -1);
	ck_assert_msg(strstr(e.text, "\"errors\" is no list"), "%s", e.text);
}
END_TEST

START_TEST(a_message_larger_than_its_buffer_is_lost)
{
	struct buf small __cleanup(buf_done) = BUF(8);
	static const char text[] = "{\"header\":{\"revision\":\"9\"},\"responses\":[{},{},{}]}";

	ck_assert_int_eq(gateway_read(WIRE_TXN, BYTES(text), deadline_in_ms(60000), &small, &e),
			 -1);
	ck_assert_int_eq(e.kind, ERR_INTERNAL);
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
	char said[WIRE_TEXT_LEN];

	ck_assert_int_eq(gateway_refusal(refusals[_i].status, refusals[_i].text,
					 strlen(refusals[_i].text), said),
			 refusals[_i].refusal);
	if (refusals[_i].words)
		ck_assert_str_eq(said, refusals[_i].words);
}
END_TEST

/* A line of a watch; what it is, if it is an error. */
static bool read_line(const char *line, int *ret_rc, enum wire_refusal *ret_refusal,
		      char words[WIRE_TEXT_LEN])
{
	buf_reset(&message);
	return gateway_read_watch(line, strlen(line), &message, ret_rc, ret_refusal, words, &e);
}

START_TEST(a_line_of_a_watch_becomes_its_message)
{
	char words[WIRE_TEXT_LEN];
	enum wire_refusal refusal;
	int rc = -1;

	ck_assert(read_line("{\"result\":{\"header\":{\"revision\":\"9\"},\"watch_id\":\"-1\","
			    "\"created\":true,\"canceled\":true,\"compact_revision\":\"5\","
			    "\"cancel_reason\":\"why\",\"fragment\":true,\"events\":[{\"type\":"
			    "\"DELETE\",\"kv\":{\"key\":\"YQ==\",\"mod_revision\":\"8\"}}]}}", &rc,
			    &refusal, words));
	ck_assert_msg(rc == 0, "%s", e.text);
	ck_assert(IS("\x0a" LEN("\x82") "\x18\x09"
		     "\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
		     "\x18\x01\x20\x01\x28\x05\x32\x03" "why" "\x38\x01"
		     "\x5a" LEN("\x8c") "\x08\x01\x12" LEN("\x85") "\x0a\x01" "a" "\x18\x08"));
}
END_TEST

START_TEST(an_event_that_says_it_is_put_is_as_one_that_says_nothing)
{
	char words[WIRE_TEXT_LEN];
	enum wire_refusal refusal;
	int rc = -1;

	ck_assert(read_line("{\"result\":{\"events\":[{\"type\":\"PUT\"},{}]}}", &rc, &refusal,
			    words));
	ck_assert_int_eq(rc, 0);
	ck_assert(IS("\x5a" LEN("\x80") "\x5a" LEN("\x80")));
	ck_assert(read_line("{\"result\":{\"events\":[{\"type\":\"SWAP\"}]}}", &rc, &refusal,
			    words));
	ck_assert_int_eq(rc, -1);
}
END_TEST

static const struct {
	const char *line;
	enum wire_refusal refusal;
	const char *words;
} errors[] = {
	{ "{\"error\":{\"grpc_code\":14,\"http_code\":503,\"message\":\"transport is closing\"}}",
	  REFUSED_FOR_NOW, "transport is closing" },
	{ "{\"error\":{\"code\":16,\"message\":\"etcdserver: invalid auth token\"}}", REFUSED_TOKEN,
	  "etcdserver: invalid auth token" },
	{ "{\"error\":{\"grpc_code\":16,\"message\":\"x\"}}", REFUSED_CREDENTIALS, "x" },
	{ "{\"error\":{\"grpc_code\":\"16\",\"message\":\"x\"}}", REFUSED, "x" },
	{ "{\"error\":\"etcdserver: permission denied\"}", REFUSED_RIGHT,
	  "etcdserver: permission denied" },
	{ "{\"error\":{\"message\":\"one\\ntwo\"}}", REFUSED, "one" },
	{ "{\"error\":{}}", REFUSED, "the watch ended" },
	{ "{\"error\":7}", REFUSED, "the watch ended" },
	{ "{\"result\":null,\"ERROR\":null}", REFUSED, "the watch ended" },
};

START_TEST(an_error_ends_the_watch_and_says_why)
{
	char words[WIRE_TEXT_LEN];
	enum wire_refusal refusal;
	int rc;

	ck_assert(!read_line(errors[_i].line, &rc, &refusal, words));
	ck_assert_int_eq(refusal, errors[_i].refusal);
	ck_assert_str_eq(words, errors[_i].words);
}
END_TEST

static const char *const strange_lines[] = {
	"", "x", "{}", "[]", "7", "{\"result\":7}", "{\"result\":null}", "{\"result\":{}} {}",
	"{\"x\":{\"result\":{}}}", "{\"result\":{\"watch_id\":{}}}",
	"{\"result\":{\"events\":[null]}}", "{\"result\":{\"cancel_reason\":5}}",
};

START_TEST(a_line_that_is_neither_is_refused)
{
	char words[WIRE_TEXT_LEN];
	enum wire_refusal refusal;
	int rc = 0;

	ck_assert(read_line(strange_lines[_i], &rc, &refusal, words));
	ck_assert_int_eq(rc, -1);
	ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("datastore.gateway");
	TCase *t = tcase_create("gateway");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, each_call_has_its_path);
	tcase_add_test(t, a_request_without_a_field_is_an_empty_object);
	tcase_add_test(t, credentials_are_quoted);
	tcase_add_test(t, an_answer_of_etcds_becomes_its_message);
	tcase_add_test(t, a_token_and_alarms_are_texts);
	tcase_add_loop_test(t, a_number_is_a_text_or_a_number_and_may_be_signed, 0,
			    ARRAY_LEN(numbers));
	tcase_add_loop_test(t, what_is_no_number_of_64_bits_is_refused, 0, ARRAY_LEN(no_numbers));
	tcase_add_loop_test(t, what_is_odd_and_means_the_same_is_read_the_same, 0, ARRAY_LEN(odd));
	tcase_add_test(t, what_is_null_is_not_there);
	tcase_add_loop_test(t, what_is_no_answer_of_etcds_is_refused, 0, ARRAY_LEN(strange));
	tcase_add_test(t, a_token_or_an_alarm_that_is_no_text_is_refused);
	tcase_add_test(t, a_message_larger_than_its_buffer_is_lost);
	tcase_add_loop_test(t, a_refusal_is_known_by_its_words_and_code, 0, ARRAY_LEN(refusals));
	tcase_add_test(t, a_line_of_a_watch_becomes_its_message);
	tcase_add_test(t, an_event_that_says_it_is_put_is_as_one_that_says_nothing);
	tcase_add_loop_test(t, an_error_ends_the_watch_and_says_why, 0, ARRAY_LEN(errors));
	tcase_add_loop_test(t, a_line_that_is_neither_is_refused, 0, ARRAY_LEN(strange_lines));
	suite_add_tcase(s, t);
	return s;
}
