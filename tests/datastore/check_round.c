/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rounds of requests over plain HTTP/1.1, from a scripted server, which deals with one
 * request after the other.
 */
#include "base/clock.h"
#include "datastore/http/round.h"
#include "tests/datastore/fixture_hole.h"
#include "tests/datastore/fixture_member.h"
#include "tests/datastore/fixture_server.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define PATIENCE_MS 15000

static struct http *http;
static struct server *server;
static struct http_request common;
static struct http_call calls[HTTP_CALLS_MAX];
static struct buf answers[HTTP_CALLS_MAX];
static char paths[HTTP_CALLS_MAX][16];
static struct err e;

static void begin(void)
{
	static const struct http_tls none;

	server = NULL;
	common = (struct http_request){ .connect_ms = PATIENCE_MS, .total_ms = PATIENCE_MS,
					.silence_ms = PATIENCE_MS };
	ck_assert_int_eq(http_open(&http, &none, false, &e), 0);
	for (size_t i = 0; i < HTTP_CALLS_MAX; i++) {
		snprintf(paths[i], sizeof(paths[i]), "/%zu", i);
		buf_init(&answers[i], 4096);
		calls[i] = (struct http_call){ .method = "GET", .path = paths[i],
					       .answer = &answers[i], .result = HTTP_GOING };
	}
}

static void end(void)
{
	http_close(http);
	if (server)
		server_stop(server);
	for (size_t i = 0; i < HTTP_CALLS_MAX; i++)
		buf_done(&answers[i]);
}

static void serve(const struct server_line *script, size_t n)
{
	server = server_start(script, n, NULL);
	common.url = server_url(server);
}

static void round_of(size_t n)
{
	http_round(http, &common, calls, n);
	for (size_t i = 0; i < n; i++) {
		ck_assert_int_ne(calls[i].result, HTTP_GOING);
		ck_assert_int_eq(!*calls[i].reason, calls[i].result == HTTP_ANSWERED);
	}
}

static void assert_result(size_t i, enum http_result result)
{
	ck_assert_msg(calls[i].result == result, "call %zu: result %d, status %ld: %s", i,
		      calls[i].result, calls[i].status, calls[i].reason);
}

static size_t count(size_t n, enum http_result result)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += calls[i].result == result;
	return found;
}

static void write_with(struct http_call *c, const char *method, const char *body)
{
	c->method = method;
	c->body = body;
	c->body_len = body ? strlen(body) : 0;
}

static const size_t sizes[] = { 1, 2, 7, HTTP_CALLS_MAX };

START_TEST(each_call_has_its_own_answer_over_a_few_connections)
{
	static const struct server_line line = { .act = SERVE_ECHO };
	size_t n = sizes[_i], few = n < HTTP_ROUND_CONNECTIONS ? n : HTTP_ROUND_CONNECTIONS;
	char first[64];

	serve(&line, 1);
	for (int again = 0; again < 2; again++) {
		round_of(n);
		for (size_t i = 0; i < n; i++) {
			snprintf(first, sizeof(first), "GET /%zu HTTP/1.1", i);
			assert_result(i, HTTP_ANSWERED);
			ck_assert_int_eq(calls[i].status, 200);
			ck_assert_str_eq(answers[i].data, first);
		}
	}
	ck_assert_uint_eq(server_requests(server), 2 * n);
	ck_assert_uint_le(server_connections(server), few);
}
END_TEST

static const char *request_that_begins(const char *words)
{
	for (size_t i = 0; i < server_requests(server); i++)
		if (strncmp(server_request(server, i), words, strlen(words)) == 0)
			return server_request(server, i);
	ck_abort_msg("no request begins with %s", words);
}

static void assert_sent(const char *first_line, const char *body)
{
	const char *text = request_that_begins(first_line);

	ck_assert_str_eq(strstr(text, "\r\n\r\n") + 4, body);
	ck_assert_ptr_nonnull(strstr(text, "\r\nAuthorization: Bearer of news\r\n"));
	ck_assert_ptr_nonnull(strstr(text, "\r\nAccept: application/json\r\n"));
	ck_assert_ptr_null(strstr(text, "Expect:"));
	ck_assert_int_eq(!strstr(text, "\r\nContent-Type: application/json\r\n"), !*body);
}

static void assert_all_sent(void)
{
	assert_sent("GET /0 HTTP/1.1\r\n", "");
	assert_sent("PUT /1 HTTP/1.1\r\n", "{\"put\":1}");
	assert_sent("POST /2 HTTP/1.1\r\n", "{\"post\":1}");
	assert_sent("DELETE /3 HTTP/1.1\r\n", "{\"delete\":1}");
	assert_sent("DELETE /4 HTTP/1.1\r\n", "");
}

/* In the second round each handle is used for another method than in the first. */
START_TEST(methods_bodies_and_headers_are_sent_as_they_are)
{
	static const struct server_line line = { .act = SERVE };

	serve(&line, 1);
	common.authorization = "Bearer of news";
	write_with(&calls[1], "PUT", "{\"put\":1}");
	write_with(&calls[2], "POST", "{\"post\":1}");
	write_with(&calls[3], "DELETE", "{\"delete\":1}");
	write_with(&calls[4], "DELETE", NULL);
	round_of(5);
	assert_all_sent();
	server_stop(server);
	serve(&line, 1);
	for (size_t i = 0; i < 2; i++) {
		struct http_call other = calls[i];

		calls[i] = calls[4 - i];
		calls[4 - i] = other;
	}
	round_of(5);
	ck_assert_uint_eq(count(5, HTTP_ANSWERED), 5);
	assert_all_sent();
}
END_TEST

START_TEST(a_call_that_is_lost_leaves_the_others)
{
	static const struct server_line script[] = {
		{ .act = SERVE }, { .act = HANG_UP }, { .act = SERVE },
		{ SERVE_HALF, .body = "half of it" }, { .act = SERVE },
	};

	serve(script, ARRAY_LEN(script));
	for (size_t i = 0; i < 7; i++)
		write_with(&calls[i], "PUT", "{}");
	round_of(7);
	ck_assert_uint_eq(count(7, HTTP_ANSWERED), 5);
	ck_assert_uint_eq(count(7, HTTP_LOST), 2);
	ck_assert_uint_eq(server_requests(server), 7);
}
END_TEST

static const struct {
	const char *method;
	bool once;
	enum http_result result;
	size_t requests;
} on_dead_connection[] = {
	{ "GET", false, HTTP_ANSWERED, 3 },
	{ "GET", true, HTTP_LOST, 2 },
	{ "PUT", false, HTTP_LOST, 2 },
	{ "POST", false, HTTP_LOST, 2 },
	{ "DELETE", false, HTTP_LOST, 2 },
};

START_TEST(only_a_get_is_sent_again_when_a_kept_connection_dies)
{
	static const struct server_line script[] = {
		{ .act = SERVE }, { .act = HANG_UP }, { .act = SERVE_ECHO },
	};

	serve(script, ARRAY_LEN(script));
	round_of(1);
	calls[0].method = on_dead_connection[_i].method;
	common.once = on_dead_connection[_i].once;
	round_of(1);
	assert_result(0, on_dead_connection[_i].result);
	ck_assert_uint_eq(server_requests(server), on_dead_connection[_i].requests);
}
END_TEST

START_TEST(a_get_is_sent_a_third_time_to_nobody)
{
	static const struct server_line script[] = { { .act = SERVE }, { .act = HANG_UP } };

	serve(script, ARRAY_LEN(script));
	round_of(1);
	round_of(1);
	assert_result(0, HTTP_LOST);
	ck_assert_uint_eq(server_requests(server), 3);
}
END_TEST

START_TEST(a_server_that_is_not_there_is_refused_for_all)
{
	char url[48];

	snprintf(url, sizeof(url), "http://127.0.0.1:%d", free_port());
	common.url = url;
	round_of(HTTP_CALLS_MAX);
	ck_assert_uint_eq(count(HTTP_CALLS_MAX, HTTP_REFUSED), HTTP_CALLS_MAX);
}
END_TEST

/* Not a connect_ms for each four of them. */
START_TEST(a_server_that_is_not_reached_is_given_up_for_all_at_once)
{
	struct deadline soon = deadline_in_ms(4000);
	struct hole hole;

	hole_dig(&hole);
	common.url = hole.url;
	common.connect_ms = 300;
	round_of(HTTP_CALLS_MAX);
	ck_assert_uint_eq(count(HTTP_CALLS_MAX, HTTP_UNREACHED), HTTP_CALLS_MAX);
	ck_assert(!deadline_passed(soon));
	hole_fill(&hole);
}
END_TEST

/* They wait for the first four, and not for a connection. */
START_TEST(calls_that_wait_for_others_are_not_given_up)
{
	static const struct server_line line = { SERVE_RAW_KEEP, .pause_us = 2000,
		.head = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" };

	serve(&line, 1);
	common.connect_ms = 800;
	round_of(24);
	ck_assert_uint_eq(count(24, HTTP_ANSWERED), 24);
}
END_TEST

START_TEST(a_call_that_is_not_answered_ends_after_silence)
{
	static const struct server_line script[] = { { .act = HANG }, { .act = SERVE } };
	struct deadline soon = deadline_in_ms(8000);

	serve(script, ARRAY_LEN(script));
	common.silence_ms = 1000;
	round_of(7);
	ck_assert_uint_eq(count(7, HTTP_ANSWERED), 6);
	ck_assert_uint_eq(count(7, HTTP_TIMEOUT), 1);
	ck_assert(!deadline_passed(soon));
}
END_TEST

START_TEST(an_answer_that_never_ends_ends_with_the_round)
{
	static const struct server_line line = { SERVE_RAW, .body = "x", .again = SIZE_MAX,
		.head = "HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n", .pause_us = 1000 };
	struct deadline soon = deadline_in_ms(8000);

	serve(&line, 1);
	common.total_ms = 1000;
	round_of(1);
	assert_result(0, HTTP_TIMEOUT);
	ck_assert_int_eq(calls[0].status, 200);
	ck_assert(!deadline_passed(soon));
}
END_TEST

START_TEST(an_answer_beyond_its_limit_is_too_large_and_the_others_are_not)
{
	static const struct server_line script[] = {
		{ .act = SERVE }, { SERVE_RAW, .body = "0123456789", .again = SIZE_MAX,
				    .head = "HTTP/1.1 200 OK\r\n\r\n" },
		{ .act = SERVE },
	};

	serve(script, ARRAY_LEN(script));
	round_of(7);
	ck_assert_uint_eq(count(7, HTTP_ANSWERED), 6);
	ck_assert_uint_eq(count(7, HTTP_TOO_LARGE), 1);
	for (size_t i = 0; i < 7; i++)
		if (calls[i].result == HTTP_TOO_LARGE)
			ck_assert_ptr_nonnull(strstr(calls[i].reason, "4096 bytes"));
}
END_TEST

#define UNAVAILABLE "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n"
#define DATE "Date: Fri, 27 Nov 2026 10:00:00 GMT\r\n"

static const struct {
	const char *head;
	int64_t seconds;
} waits[] = {
	{ UNAVAILABLE "\r\n", -1 },
	{ UNAVAILABLE "Retry-After: 0\r\n\r\n", 0 },
	{ UNAVAILABLE "retry-after: 7\r\n\r\n", 7 },
	{ UNAVAILABLE "Retry-After: 99999999999999999999\r\n\r\n", HTTP_RETRY_AFTER_MAX_S },
	{ UNAVAILABLE "Retry-After: 7 days\r\n\r\n", -1 },
	{ UNAVAILABLE "Retry-After: soon\r\n\r\n", -1 },
	{ UNAVAILABLE "Retry-After: -3\r\n\r\n", -1 },
	{ UNAVAILABLE "Retry-After: Fri, 27 Nov 2026 10:00:09 GMT\r\n" DATE "\r\n", 9 },
	{ UNAVAILABLE DATE "Retry-After: Fri, 27 Nov 2026 09:00:00 GMT\r\n\r\n", 0 },
	{ UNAVAILABLE "Retry-After: Fri, 27 Nov 2099 09:00:00 GMT\r\n\r\n",
	  HTTP_RETRY_AFTER_MAX_S },
	{ UNAVAILABLE "Retry-After: Fri, 01 Jan 1999 00:00:00 GMT\r\n\r\n", 0 },
};

START_TEST(what_a_server_asks_to_wait_is_told_in_seconds)
{
	struct server_line script[] = { { SERVE_RAW_KEEP, .head = waits[_i].head },
					{ .act = SERVE } };

	serve(script, ARRAY_LEN(script));
	calls[0].retry_after_s = 77;
	round_of(1);
	assert_result(0, HTTP_ANSWERED);
	ck_assert_int_eq(calls[0].status, 503);
	ck_assert_int_eq(calls[0].retry_after_s, waits[_i].seconds);
	round_of(1);
	ck_assert_int_eq(calls[0].retry_after_s, -1);
}
END_TEST

START_TEST(a_path_or_a_token_that_is_too_long_is_not_cut)
{
	static const struct server_line line = { .act = SERVE };
	static char text[20000];

	serve(&line, 1);
	memset(text, 'x', sizeof(text) - 1);
	text[0] = '/';
	calls[1].path = text;
	round_of(3);
	assert_result(0, HTTP_ANSWERED);
	assert_result(1, HTTP_UNREACHED);
	assert_result(2, HTTP_ANSWERED);
	calls[1].path = "/";
	common.authorization = text;
	round_of(3);
	ck_assert_uint_eq(count(3, HTTP_UNREACHED), 3);
	ck_assert_uint_eq(server_requests(server), 2);
}
END_TEST

START_TEST(single_requests_and_rounds_go_beside_each_other)
{
	static const struct server_line line = { .act = SERVE_ECHO };
	struct http_request request = { .path = "/single", .body = "x", .body_len = 1,
					.connect_ms = PATIENCE_MS, .total_ms = PATIENCE_MS,
					.silence_ms = PATIENCE_MS };
	struct http_try try = {0};
	struct buf answer __cleanup(buf_done) = BUF(100);
	long status = 0;

	serve(&line, 1);
	round_of(2);
	try.url = server_url(server);
	ck_assert_uint_eq(http_post(http, &request, &try, 1, &status, &answer), 0);
	ck_assert_str_eq(answer.data, "POST /single HTTP/1.1");
	round_of(2);
	ck_assert_str_eq(answers[1].data, "GET /1 HTTP/1.1");
}
END_TEST

static void add_tests(TCase *t)
{
	tcase_add_loop_test(t, each_call_has_its_own_answer_over_a_few_connections, 0,
			    ARRAY_LEN(sizes));
	tcase_add_test(t, methods_bodies_and_headers_are_sent_as_they_are);
	tcase_add_test(t, a_call_that_is_lost_leaves_the_others);
	tcase_add_loop_test(t, only_a_get_is_sent_again_when_a_kept_connection_dies, 0,
			    ARRAY_LEN(on_dead_connection));
	tcase_add_test(t, a_get_is_sent_a_third_time_to_nobody);
	tcase_add_test(t, a_server_that_is_not_there_is_refused_for_all);
	tcase_add_test(t, a_server_that_is_not_reached_is_given_up_for_all_at_once);
	tcase_add_test(t, calls_that_wait_for_others_are_not_given_up);
	tcase_add_test(t, a_call_that_is_not_answered_ends_after_silence);
	tcase_add_test(t, an_answer_that_never_ends_ends_with_the_round);
	tcase_add_test(t, an_answer_beyond_its_limit_is_too_large_and_the_others_are_not);
	tcase_add_loop_test(t, what_a_server_asks_to_wait_is_told_in_seconds, 0,
			    ARRAY_LEN(waits));
	tcase_add_test(t, a_path_or_a_token_that_is_too_long_is_not_cut);
	tcase_add_test(t, single_requests_and_rounds_go_beside_each_other);
}

Suite *suite(void)
{
	Suite *s = suite_create("datastore.round");
	TCase *t = tcase_create("round");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, begin, end);
	add_tests(t);
	suite_add_tcase(s, t);
	return s;
}
