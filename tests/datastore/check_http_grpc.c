/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of gRPC over TLS, where both sides agree on HTTP/2 or do not. */
#include "base/attr.h"
#include "datastore/http/http.h"
#include "tests/datastore/fixture_http2.h"
#include "tests/datastore/fixture_member.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define PATIENCE_MS 15000

static struct member member;	/* its folder, for files */
static struct http2_manners manners;
static struct http2_server *server;
static struct http *http;
static struct http_try try;
static struct buf answer;
static char url[64];
static long status;
static struct err e;

static void begin_files(void)
{
	member_init(&member);
	make_ca(&member, "ca");
	make_certificate(&member, "ca", "server", false);
}

static void end_files(void)
{
	member_stop(&member);
}

static void begin(void)
{
	struct http_tls tls = { .insecure = true };

	manners = (struct http2_manners){ .certificate = member_file(&member, "server.crt"),
					  .key = member_file(&member, "server.key") };
	server = http2_start(&manners);
	snprintf(url, sizeof(url), "https://127.0.0.1:%d", http2_port(server));
	ck_assert_msg(http_open(&http, &tls, true, &e) == 0, "%s", e.text);
	buf_init(&answer, 1 << 20);
}

static void end(void)
{
	http_close(http);
	http2_stop(server);
	buf_done(&answer);
}

static enum http_result ask(struct http_request request)
{
	try = (struct http_try){ .url = url };
	status = 0;
	request.body = "x";
	request.body_len = 1;
	request.connect_ms = request.total_ms = request.silence_ms = request.next_ms = PATIENCE_MS;
	http_post(http, &request, &try, 1, &status, &answer);
	return try.result;
}

START_TEST(a_call_goes_by_http2_and_says_how_it_ended)
{
	ck_assert_int_eq(ask((struct http_request){ .path = "/a", .grpc = true }), HTTP_ANSWERED);
	ck_assert_msg(strstr(answer.data, "/a x"), "%s", answer.data);
	ck_assert_int_eq(http_grpc(http)->status, -1);
}
END_TEST

START_TEST(nothing_is_sent_where_http2_is_not_agreed_on)
{
	manners.http1 = true;
	ck_assert_int_eq(ask((struct http_request){ .path = "/a", .grpc = true }), HTTP_STRANGE);
	ck_assert_msg(strstr(try.reason, "HTTP/2"), "%s", try.reason);
	ck_assert_uint_eq(http2_requests(server), 0);
}
END_TEST

/* libcurl makes a connection anew for it, on which HTTP/2 is not agreed on. */
START_TEST(what_was_sent_and_lost_is_lost_whatever_the_next_connection_speaks)
{
	ck_assert_int_eq(ask((struct http_request){ .path = "/a", .grpc = true }), HTTP_ANSWERED);
	manners.http1 = true;
	ck_assert_int_eq(ask((struct http_request){ .path = "/reset", .grpc = true, .once = true }),
			 HTTP_LOST);
	ck_assert_uint_eq(http2_requests(server), 2);
}
END_TEST

START_TEST(connections_that_were_let_go_are_not_taken_for_grpc)
{
	manners.http1 = true;
	ck_assert_int_eq(ask((struct http_request){ .path = "/a" }), HTTP_ANSWERED);
	manners.http1 = false;
	ck_assert_int_eq(http_let_go(http, &e), 0);
	ck_assert_int_eq(ask((struct http_request){ .path = "/b", .grpc = true }),
			 HTTP_ANSWERED);
	ck_assert_msg(strstr(answer.data, "/b x"), "%s", answer.data);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("datastore.http_grpc");
	TCase *t = tcase_create("grpc over TLS");

	tcase_set_timeout(t, 60);
	tcase_add_unchecked_fixture(t, begin_files, end_files);
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, a_call_goes_by_http2_and_says_how_it_ended);
	tcase_add_test(t, nothing_is_sent_where_http2_is_not_agreed_on);
	tcase_add_test(t, what_was_sent_and_lost_is_lost_whatever_the_next_connection_speaks);
	tcase_add_test(t, connections_that_were_let_go_are_not_taken_for_grpc);
	suite_add_tcase(s, t);
	return s;
}
