/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streams over HTTP, from a scripted server, and connections that are begun ahead.  Single
 * answers are asked for in check_etcd.c, and TLS in check_etcd_tls.c.
 */
#include "base/clock.h"
#include "datastore/http/http.h"
#include "tests/datastore/fixture_hole.h"
#include "tests/datastore/fixture_member.h"
#include "tests/datastore/fixture_server.h"
#include "tests/suite.h"

#include <arpa/inet.h>
#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_MS 5000

static struct http *http;
static struct http_stream *stream;
static struct server *server;
static struct buf got;
static size_t pieces, room;
static char reason[HTTP_REASON_LEN];
static struct err e;

static void begin(void)
{
	static const struct http_tls none;

	server = NULL;
	stream = NULL;
	buf_init(&got, 1 << 20);
	pieces = 0;
	room = SIZE_MAX;
	ck_assert_int_eq(http_open(&http, &none, false, &e), 0);
}

static void end(void)
{
	http_stream_close(stream);
	http_close(http);
	if (server)
		server_stop(server);
	buf_done(&got);
}

static struct http_stream *post(const char *url, const char *body)
{
	struct http_request request = { .url = url, .path = "", .body = body,
					.body_len = strlen(body), .connect_ms = PATIENCE_MS };
	struct http_stream *s = NULL;

	ck_assert_msg(http_stream_post(http, &request, &s, &e) == 0, "%s", e.text);
	return s;
}

static void serve(const struct server_line *line)
{
	server = server_start(line, 1, NULL);
	stream = post(server_url(server), "{}");
}

static bool keep(const char *data, size_t len, void *arg)
{
	ck_assert_ptr_eq(arg, &got);
	pieces++;
	buf_add(&got, data, len);
	return got.len <= room;
}

/* Until it ends, or nothing has come for `quiet_ms`. */
static enum http_result take(int quiet_ms)
{
	struct pollfd p = { .fd = http_stream_fd(stream), .events = POLLIN };
	enum http_result result = HTTP_GOING;

	while (result == HTTP_GOING && poll(&p, 1, quiet_ms) > 0)
		result = http_stream_take(stream, keep, &got, reason);
	return result;
}

START_TEST(pieces_are_shown_as_they_come_and_the_stream_goes_on)
{
	static const struct server_line line = { SERVE_STREAM, .body = "{\"a\":1}\n{\"b\"",
						 .chunk = 1 };

	serve(&line);
	ck_assert_int_eq(http_stream_status(stream), 0);
	ck_assert_int_eq(take(300), HTTP_GOING);
	ck_assert_str_eq(got.data, line.body);
	ck_assert_int_eq(http_stream_status(stream), 200);
}
END_TEST

START_TEST(the_end_of_a_stream_is_told)
{
	static const struct server_line line = { SERVE_STREAM_END, .body = "abcdef", .chunk = 4 };

	serve(&line);
	ck_assert_int_eq(take(PATIENCE_MS), HTTP_ANSWERED);
	ck_assert_str_eq(got.data, "abcdef");
}
END_TEST

START_TEST(a_stream_that_is_cut_off_is_lost_and_what_came_is_shown)
{
	static const struct server_line line = { SERVE_STREAM_CUT, .body = "abcdef" };

	serve(&line);
	ck_assert_int_eq(take(PATIENCE_MS), HTTP_LOST);
	ck_assert_str_eq(got.data, "abcdef");
	ck_assert_str_ne(reason, "");
}
END_TEST

START_TEST(an_answer_that_is_no_stream_comes_whole_with_its_status)
{
	static const struct server_line line = { SERVE, .status = 503, .body = "not now" };

	serve(&line);
	ck_assert_int_eq(take(PATIENCE_MS), HTTP_ANSWERED);
	ck_assert_int_eq(http_stream_status(stream), 503);
	ck_assert_str_eq(got.data, "not now");
}
END_TEST

START_TEST(a_visitor_that_has_no_room_ends_the_stream)
{
	static const struct server_line line = { SERVE_STREAM, .body = "abcdef", .chunk = 2 };

	room = 3;
	serve(&line);
	ck_assert_int_eq(take(PATIENCE_MS), HTTP_TOO_LARGE);
}
END_TEST

START_TEST(a_silent_server_wakes_nobody)
{
	static const struct server_line line = { .act = HANG };

	serve(&line);
	ck_assert_int_eq(take(300), HTTP_GOING);
	ck_assert_uint_eq(pieces, 0);
	ck_assert_uint_eq(server_requests(server), 1);
}
END_TEST

START_TEST(a_port_that_nobody_listens_on_is_refused)
{
	char url[48];

	snprintf(url, sizeof(url), "http://127.0.0.1:%d", free_port());
	stream = post(url, "{}");
	ck_assert_int_eq(take(PATIENCE_MS), HTTP_REFUSED);
}
END_TEST

/* The handshake belongs to the connection. */
START_TEST(a_server_that_does_not_answer_the_handshake_is_given_up_in_time)
{
	static const struct server_line line = { .act = HANG };
	static const struct http_tls none;
	struct http_request request = { .path = "", .body = "", .connect_ms = 200 };
	struct deadline soon = deadline_in_ms(3000);
	char url[64];

	server = server_start(&line, 1, NULL);
	snprintf(url, sizeof(url), "https://%s", server_url(server) + strlen("http://"));
	request.url = url;
	http_close(http);
	ck_assert_msg(http_open(&http, &none, true, &e) == 0, "%s", e.text);
	ck_assert_int_eq(http_stream_post(http, &request, &stream, &e), 0);
	ck_assert_int_eq(take(PATIENCE_MS), HTTP_UNREACHED);
	ck_assert(!deadline_passed(soon));
}
END_TEST

START_TEST(a_single_request_goes_beside_a_stream)
{
	static const struct server_line script[] = { { SERVE_STREAM, .body = "s" },
						     { SERVE, .body = "whole" } };
	struct http_request request = { .path = "", .body = "x", .body_len = 1,
					.connect_ms = PATIENCE_MS, .total_ms = PATIENCE_MS,
					.silence_ms = PATIENCE_MS };
	struct http_try try = {0};
	struct buf answer __cleanup(buf_done) = BUF(100);
	long status = 0;

	server = server_start(script, ARRAY_LEN(script), NULL);
	stream = post(server_url(server), "{}");
	ck_assert_int_eq(take(300), HTTP_GOING);
	try.url = server_url(server);
	ck_assert_uint_eq(http_post(http, &request, &try, 1, &status, &answer), 0);
	ck_assert_int_eq(try.result, HTTP_ANSWERED);
	ck_assert_str_eq(answer.data, "whole");
	ck_assert_int_eq(take(100), HTTP_GOING);
	ck_assert_str_eq(got.data, "s");
}
END_TEST

/* Two connections stand at once, and the third fails while the answer is awaited. */
START_TEST(the_chosen_servers_answer_is_awaited_whatever_becomes_of_the_others)
{
	static const struct server_line slow = { SERVE_RAW, .pause_us = 20000,
		.head = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", .body = "ok" };
	struct http_request request = { .path = "", .body = "x", .body_len = 1, .once = true,
					.connect_ms = 200, .total_ms = PATIENCE_MS,
					.silence_ms = PATIENCE_MS };
	struct server *second = server_start(&slow, 1, NULL);
	struct hole hole;
	struct http_try tries[3] = {0};
	struct buf answer __cleanup(buf_done) = BUF(100);
	long status = 0;
	size_t chosen;

	server = server_start(&slow, 1, NULL);
	hole_dig(&hole);
	tries[0].url = server_url(server);
	tries[1].url = server_url(second);
	tries[2].url = hole.url;
	chosen = http_post(http, &request, tries, ARRAY_LEN(tries), &status, &answer);
	ck_assert_uint_lt(chosen, 2);
	ck_assert_int_eq(tries[chosen].result, HTTP_ANSWERED);
	ck_assert_str_eq(answer.data, "ok");
	ck_assert_int_eq(tries[1 - chosen].result, HTTP_GOING);
	ck_assert_int_eq(tries[2].result, HTTP_GOING);
	ck_assert_uint_eq(server_requests(server) + server_requests(second), 1);
	server_stop(second);
	hole_fill(&hole);
}
END_TEST

START_TEST(the_body_and_the_authorization_are_the_callers_only_during_the_call)
{
	static const struct server_line line = { SERVE_STREAM, .body = "s" };
	char body[] = "body of the request", token[] = "Bearer of news";
	struct http_request request = { .path = "", .body = body, .body_len = strlen(body),
					.authorization = token, .connect_ms = PATIENCE_MS };

	server = server_start(&line, 1, NULL);
	request.url = server_url(server);
	ck_assert_int_eq(http_stream_post(http, &request, &stream, &e), 0);
	memset(body, '-', strlen(body));
	memset(token, '-', strlen(token));
	ck_assert_int_eq(take(300), HTTP_GOING);
	ck_assert_ptr_nonnull(strstr(server_request(server, 0), "\r\n\r\nbody of the request"));
	ck_assert_ptr_nonnull(strstr(server_request(server, 0),
				     "Authorization: Bearer of news\r\n"));
}
END_TEST

static enum http_result ask(const char *url)
{
	struct http_request request = { .path = "", .body = "{}", .body_len = 2,
					.connect_ms = PATIENCE_MS, .total_ms = PATIENCE_MS,
					.silence_ms = PATIENCE_MS, .next_ms = PATIENCE_MS };
	struct http_try try = { .url = url };
	long status;

	http_post(http, &request, &try, 1, &status, &got);
	return try.result;
}

static void await_connections(struct server *s, size_t n)
{
	struct deadline until = deadline_in_ms(PATIENCE_MS);

	while (server_connections(s) < n && !deadline_passed(until))
		poll(NULL, 0, 1);
	ck_assert_uint_eq(server_connections(s), n);
}

START_TEST(a_server_that_is_expected_is_asked_over_the_connection_begun_to_it)
{
	static const struct server_line line = { SERVE, .body = "ok" };

	server = server_start(&line, 1, NULL);
	http_expect(http, server_url(server));
	await_connections(server, 1);
	ck_assert_uint_eq(server_requests(server), 0);
	ck_assert_int_eq(ask(server_url(server)), HTTP_ANSWERED);
	ck_assert_int_eq(ask(server_url(server)), HTTP_ANSWERED);
	ck_assert_uint_eq(server_connections(server), 1);
}
END_TEST

START_TEST(another_server_than_the_one_expected_may_be_asked)
{
	static const struct server_line line = { SERVE, .body = "ok" };
	struct server *second = server_start(&line, 1, NULL);

	server = server_start(&line, 1, NULL);
	http_expect(http, server_url(second));
	ck_assert_int_eq(ask(server_url(server)), HTTP_ANSWERED);
	ck_assert_int_eq(ask(server_url(second)), HTTP_ANSWERED);
	ck_assert_uint_eq(server_connections(second), 1);
	server_stop(second);
}
END_TEST

START_TEST(an_expected_server_to_which_none_can_be_begun_is_judged_as_any_other)
{
	static const char *const hosts[] = { "127.0.0.1", "localhost" };
	char url[64];

	snprintf(url, sizeof(url), "http://%s:%d", hosts[_i], free_port());
	http_expect(http, url);
	ck_assert_int_eq(ask(url), HTTP_REFUSED);
}
END_TEST

/* Returns who listens at the loopback address of IPv6 or IPv4, to whom a connection was begun. */
static int be_expected(bool v6, char url[64])
{
	static const char *const urls[] = { "http://127.0.0.1:%d", "http://[::1]:%d/" };
	struct sockaddr_in at4 = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct sockaddr_in6 at6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int port = free_port(), fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	at4.sin_port = at6.sin6_port = htons((in_port_t)port);
	ck_assert_int_eq(v6 ? bind(fd, (struct sockaddr *)&at6, sizeof(at6))
			    : bind(fd, (struct sockaddr *)&at4, sizeof(at4)), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	snprintf(url, 64, urls[v6], port);
	http_expect(http, url);
	ck_assert_int_eq(poll(&ready, 1, PATIENCE_MS), 1);
	return fd;
}

START_TEST(a_connection_is_begun_to_addresses_of_either_family)
{
	char url[64];

	close(be_expected(_i, url));
}
END_TEST

/* What is sent there would be lost. */
START_TEST(a_connection_that_the_server_has_closed_again_is_not_used)
{
	char url[64];
	int fd = be_expected(_i, url), accepted = accept(fd, NULL, NULL);

	ck_assert_int_ge(accepted, 0);
	close(accepted);
	close(fd);
	ck_assert_int_eq(ask(url), HTTP_REFUSED);
}
END_TEST

static void add_tests(TCase *t)
{
	tcase_add_test(t, a_server_that_is_expected_is_asked_over_the_connection_begun_to_it);
	tcase_add_test(t, another_server_than_the_one_expected_may_be_asked);
	tcase_add_loop_test(t, an_expected_server_to_which_none_can_be_begun_is_judged_as_any_other,
			    0, 2);
	tcase_add_loop_test(t, a_connection_is_begun_to_addresses_of_either_family, 0, 2);
	tcase_add_loop_test(t, a_connection_that_the_server_has_closed_again_is_not_used, 0, 2);

	tcase_add_test(t, pieces_are_shown_as_they_come_and_the_stream_goes_on);
	tcase_add_test(t, the_end_of_a_stream_is_told);
	tcase_add_test(t, a_stream_that_is_cut_off_is_lost_and_what_came_is_shown);
	tcase_add_test(t, an_answer_that_is_no_stream_comes_whole_with_its_status);
	tcase_add_test(t, a_visitor_that_has_no_room_ends_the_stream);
	tcase_add_test(t, a_silent_server_wakes_nobody);
	tcase_add_test(t, a_port_that_nobody_listens_on_is_refused);
	tcase_add_test(t, a_server_that_does_not_answer_the_handshake_is_given_up_in_time);
	tcase_add_test(t, a_single_request_goes_beside_a_stream);
	tcase_add_test(t, the_chosen_servers_answer_is_awaited_whatever_becomes_of_the_others);
	tcase_add_test(t, the_body_and_the_authorization_are_the_callers_only_during_the_call);
}

Suite *suite(void)
{
	Suite *s = suite_create("datastore.http");
	TCase *t = tcase_create("http");

	tcase_set_timeout(t, 20);
	tcase_add_checked_fixture(t, begin, end);
	add_tests(t);
	suite_add_tcase(s, t);
	return s;
}
