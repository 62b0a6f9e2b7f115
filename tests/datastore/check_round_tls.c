/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rounds of requests with TLS: over HTTP/2, over HTTP/1.1 where a server knows no other, and
 * whom we trust with what we were given in memory.
 */
#include "base/attr.h"
#include "base/clock.h"
#include "base/io.h"
#include "datastore/http/round.h"
#include "tests/datastore/fixture_http2.h"
#include "tests/datastore/fixture_member.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_MS 15000

static struct member member;	/* its folder, for files */
static struct buf ca, other_ca, certificate, key, stranger, strangers_key;
static struct http_tls tls;
static struct http2_manners manners;
static struct http *http;
static struct http2_server *server;
static struct http_request common;
static struct http_call calls[HTTP_CALLS_MAX];
static struct buf answers[HTTP_CALLS_MAX];
static char paths[HTTP_CALLS_MAX][16], url[64];
static struct err e;

static void read_pem(struct buf *b, const char *name)
{
	buf_init(b, 1 << 16);
	ck_assert_msg(io_read_file(member_file(&member, name), b, &e) == 0, "%s", e.text);
}

static void begin_files(void)
{
	member_init(&member);
	make_ca(&member, "ca");
	make_ca(&member, "other_ca");
	make_certificate(&member, "ca", "server", false);
	make_certificate_of(&member, "ca", "named", "DNS:kubernetes.test");
	make_certificate(&member, "other_ca", "stranger", false);
	make_certificate(&member, "ca", "client", false);
	read_pem(&ca, "ca.crt");
	read_pem(&other_ca, "other_ca.crt");
	read_pem(&certificate, "client.crt");
	read_pem(&key, "client.key");
	read_pem(&stranger, "stranger.crt");
	read_pem(&strangers_key, "stranger.key");
}

static void end_files(void)
{
	struct buf *all[] = { &ca, &other_ca, &certificate, &key, &stranger, &strangers_key };

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		buf_done(all[i]);
	member_stop(&member);
}

static struct http_pem pem(const struct buf *b)
{
	return (struct http_pem){ b->data, b->len };
}

static void begin(void)
{
	e = (struct err){0};
	server = NULL;
	http = NULL;
	tls = (struct http_tls){ .ca = pem(&ca), .ca_name = "the cluster's authority",
				 .cert_name = "the user's certificate",
				 .key_name = "the user's key" };
	manners = (struct http2_manners){ .certificate = member_file(&member, "server.crt"),
					  .key = member_file(&member, "server.key") };
	common = (struct http_request){ .connect_ms = PATIENCE_MS, .total_ms = PATIENCE_MS,
					.silence_ms = PATIENCE_MS };
	for (size_t i = 0; i < HTTP_CALLS_MAX; i++) {
		snprintf(paths[i], sizeof(paths[i]), "/%zu", i);
		buf_init(&answers[i], 100000);
		calls[i] = (struct http_call){ .method = "GET", .path = paths[i],
					       .answer = &answers[i], .result = HTTP_GOING };
	}
}

static void end(void)
{
	http_close(http);
	http2_stop(server);
	for (size_t i = 0; i < HTTP_CALLS_MAX; i++)
		buf_done(&answers[i]);
}

static void serve(void)
{
	server = http2_start(&manners);
	snprintf(url, sizeof(url), "https://127.0.0.1:%d", http2_port(server));
	common.url = url;
	ck_assert_msg(http_open(&http, &tls, true, &e) == 0, "%s", e.text);
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

static void assert_all(size_t n, enum http_result result)
{
	for (size_t i = 0; i < n; i++)
		assert_result(i, result);
}

static void assert_says(size_t i, const char *words)
{
	ck_assert_msg(strstr(calls[i].reason, words), "\"%s\" is not in: %s", words,
		      calls[i].reason);
}

static void ask(size_t i, const char *method, const char *path)
{
	calls[i].method = method;
	calls[i].path = path;
	calls[i].body = strcmp(method, "GET") == 0 ? NULL : "{}";
	calls[i].body_len = calls[i].body ? 2 : 0;
}

static void assert_own_answer(size_t i, const char *after)
{
	char text[64];

	snprintf(text, sizeof(text), "%s %s%s", calls[i].method, calls[i].path, after);
	assert_result(i, HTTP_ANSWERED);
	ck_assert_int_eq(calls[i].status, 200);
	ck_assert_str_eq(answers[i].data, text);
}

static const size_t sizes[] = { 1, 2, 7, HTTP_CALLS_MAX };

START_TEST(calls_share_one_connection)
{
	size_t n = sizes[_i];

	serve();
	for (int again = 0; again < 2; again++) {
		round_of(n);
		for (size_t i = 0; i < n; i++)
			assert_own_answer(i, "");
	}
	ck_assert_uint_eq(http2_requests(server), 2 * n);
	ck_assert_uint_eq(http2_connections(server), 1);
}
END_TEST

/* None is answered before the last has come. */
START_TEST(calls_go_at_once_and_are_answered_in_any_order)
{
	manners.hold = sizes[_i];
	serve();
	round_of(sizes[_i]);
	for (size_t i = 0; i < sizes[_i]; i++)
		assert_own_answer(i, "");
	ck_assert_uint_eq(http2_streams(server), sizes[_i]);
	ck_assert_uint_eq(http2_connections(server), 1);
}
END_TEST

START_TEST(methods_and_bodies_are_sent_as_they_are)
{
	serve();
	ask(1, "PUT", "/1");
	ask(2, "POST", "/2");
	ask(3, "DELETE", "/3");
	ask(4, "DELETE", "/4");
	calls[4].body = NULL;
	round_of(5);
	assert_own_answer(0, "");
	assert_own_answer(1, " {}");
	assert_own_answer(2, " {}");
	assert_own_answer(3, " {}");
	assert_own_answer(4, "");
}
END_TEST

START_TEST(more_calls_than_streams_are_all_answered)
{
	static const uint32_t streams[] = { 1, 5, 63 };

	manners.streams = streams[_i];
	serve();
	for (int again = 0; again < 2; again++) {
		round_of(HTTP_CALLS_MAX);
		for (size_t i = 0; i < HTTP_CALLS_MAX; i++)
			assert_own_answer(i, "");
	}
	ck_assert_uint_le(http2_streams(server), streams[_i]);
	ck_assert_uint_eq(http2_requests(server), 2 * HTTP_CALLS_MAX);
}
END_TEST

START_TEST(a_server_without_http2_is_asked_over_a_few_connections)
{
	char text[64];

	manners.http1 = true;
	serve();
	round_of(HTTP_CALLS_MAX);
	for (size_t i = 0; i < HTTP_CALLS_MAX; i++) {
		snprintf(text, sizeof(text), "GET /%zu HTTP/1.1", i);
		assert_result(i, HTTP_ANSWERED);
		ck_assert_str_eq(answers[i].data, text);
	}
	/* Fewer, where the first had answered all before the others were made. */
	ck_assert_uint_le(http2_connections(server), HTTP_ROUND_CONNECTIONS);
}
END_TEST

static const struct {
	const char *path;
	enum http_result result;
} odd[] = {
	{ "/lost", HTTP_LOST },
	{ "/silent", HTTP_TIMEOUT },
	{ "/endless", HTTP_TOO_LARGE },
};

START_TEST(a_call_that_comes_to_nothing_leaves_the_others)
{
	struct deadline soon = deadline_in_ms(10000);

	common.silence_ms = 1500;
	serve();
	ask(3, "PUT", odd[_i].path);
	round_of(7);
	for (size_t i = 0; i < 7; i++)
		assert_result(i, i == 3 ? odd[_i].result : HTTP_ANSWERED);
	ck_assert(!deadline_passed(soon));
	ask(3, "GET", "/3");
	round_of(7);
	for (size_t i = 0; i < 7; i++)
		assert_own_answer(i, "");
}
END_TEST

START_TEST(an_answer_that_does_not_come_ends_with_the_round)
{
	struct deadline soon = deadline_in_ms(10000);

	serve();
	round_of(1);
	common.total_ms = 1500;
	ask(1, "GET", "/silent");
	round_of(2);
	assert_own_answer(0, "");
	assert_result(1, HTTP_TIMEOUT);
	ck_assert(!deadline_passed(soon));
}
END_TEST

START_TEST(a_busy_server_says_how_long_to_wait)
{
	serve();
	ask(1, "PUT", "/busy");
	round_of(3);
	assert_own_answer(0, "");
	assert_result(1, HTTP_ANSWERED);
	ck_assert_int_eq(calls[1].status, 429);
	ck_assert_int_eq(calls[1].retry_after_s, 3);
	ck_assert_int_eq(calls[2].retry_after_s, -1);
}
END_TEST

/* Of what the server did not look at a GET is asked again, elsewhere; a PUT is not. */
START_TEST(after_a_goaway_only_gets_are_sent_again)
{
	serve();
	round_of(1);
	manners.hold = 7;
	ask(0, "PUT", "/0");
	ask(2, "PUT", "/goaway");
	ask(4, "PUT", "/4");
	round_of(7);
	for (size_t i = 0; i < 7; i++)
		assert_result(i, i == 4 ? HTTP_LOST : HTTP_ANSWERED);
	ck_assert_uint_gt(http2_connections(server), 1);
	ck_assert_uint_eq(http2_requests(server), 1 + 7 + 3);
}
END_TEST

START_TEST(a_server_that_leaves_in_peace_answers_what_it_has)
{
	manners.hold = 7;
	serve();
	ask(2, "PUT", "/leaving");
	round_of(7);
	assert_all(7, HTTP_ANSWERED);
	ck_assert_uint_eq(http2_connections(server), 1);
	ask(2, "PUT", "/2");
	round_of(7);
	assert_all(7, HTTP_ANSWERED);
	ck_assert_uint_eq(http2_connections(server), 2);
}
END_TEST

START_TEST(what_is_written_when_the_connection_is_cut_is_lost_and_not_sent_again)
{
	manners.hold = 10;
	serve();
	for (size_t i = 0; i < 7; i++)
		ask(i, "PUT", i == 6 ? "/cut" : paths[i]);
	round_of(7);
	assert_all(7, HTTP_LOST);
	ck_assert_uint_eq(http2_requests(server), 7);
}
END_TEST

/* libcurl connects anew by itself where a kept connection ends without an answer. */
START_TEST(what_was_sent_before_a_handshake_that_fails_may_have_been_done)
{
	static const char *const methods[] = { "GET", "PUT", "DELETE" };

	manners.http1 = true;
	serve();
	round_of(1);
	assert_all(1, HTTP_ANSWERED);
	http2_change_certificate(server, member_file(&member, "stranger.crt"),
				 member_file(&member, "stranger.key"));
	http2_forget_sessions(server);
	ask(0, methods[_i], "/reset");
	round_of(1);
	assert_result(0, _i ? HTTP_LOST : HTTP_DENIED);
	ck_assert_uint_eq(http2_requests(server), 2);
}
END_TEST

/* Some libcurls are silent then, as the server is. */
START_TEST(what_is_no_frame_ends_the_round_and_nothing_is_sent_again)
{
	struct deadline soon = deadline_in_ms(PATIENCE_MS - 1000);

	manners.hold = 10;
	common.silence_ms = 1500;
	serve();
	for (size_t i = 0; i < 7; i++)
		ask(i, "PUT", i == 6 ? "/garbage" : paths[i]);
	round_of(7);
	for (size_t i = 0; i < 7; i++)
		assert_result(i, calls[i].result == HTTP_TIMEOUT ? HTTP_TIMEOUT : HTTP_LOST);
	ck_assert_uint_eq(http2_requests(server), 7);
	ck_assert(!deadline_passed(soon));
}
END_TEST

START_TEST(a_client_certificate_in_memory_is_shown)
{
	manners.authority = member_file(&member, "ca.crt");
	tls.cert = pem(&certificate);
	tls.key = pem(&key);
	serve();
	round_of(3);
	assert_all(3, HTTP_ANSWERED);
}
END_TEST

START_TEST(a_certificate_in_a_file_may_have_its_key_in_memory)
{
	manners.authority = member_file(&member, "ca.crt");
	tls.cert_file = member_file(&member, "client.crt");
	tls.key = pem(&key);
	tls.key_file = "/nowhere/and/not/looked/at";
	serve();
	round_of(3);
	assert_all(3, HTTP_ANSWERED);
}
END_TEST

START_TEST(what_is_in_memory_is_copied)
{
	char *mine = strdup(ca.data);

	tls.ca.text = mine;
	serve();
	memset(mine, 'x', ca.len);
	free(mine);
	round_of(1);
	assert_all(1, HTTP_ANSWERED);
}
END_TEST

/* In TLS 1.3 the refusal comes after the handshake, and may be lost with the connection. */
START_TEST(a_refused_client_certificate_is_told_to_all_calls)
{
	manners.authority = member_file(&member, "ca.crt");
	tls.cert = pem(&stranger);
	tls.key = pem(&strangers_key);
	common.old_handshake = _i == 0;
	serve();
	for (size_t i = 0; i < 7; i++)
		ask(i, "PUT", paths[i]);
	round_of(7);
	if (_i == 0 || calls[0].result == HTTP_DENIED)
		assert_says(0, "the user's certificate");
	assert_all(7, _i == 0 ? HTTP_DENIED : calls[0].result);
	ck_assert_uint_eq(http2_requests(server), 0);
}
END_TEST

START_TEST(pem_that_is_none_is_named)
{
	static const char none[] = "-----BEGIN CERTIFICATE-----\nnothing\n";
	struct http_pem *parts[] = { &tls.ca, &tls.cert, &tls.key, &tls.key };
	static const char *const words[] = { "the cluster's authority", "the user's certificate",
					     "the user's key", "the user's key" };

	tls.cert = pem(&certificate);
	tls.key = pem(&key);
	*parts[_i] = _i < 3 ? (struct http_pem){ none, sizeof(none) - 1 } : pem(&strangers_key);
	serve();
	round_of(5);
	assert_all(5, HTTP_FILE);
	assert_says(4, words[_i]);
	ck_assert_ptr_null(strstr(calls[4].reason, "is not given"));
	ck_assert_uint_eq(http2_requests(server), 0);
}
END_TEST

START_TEST(pem_of_certificate_and_key_go_only_together)
{
	tls.cert = pem(&certificate);
	ck_assert_int_eq(http_open(&http, &tls, true, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(e.text, "the user's certificate is given without the user's "
				     "key"));
}
END_TEST

START_TEST(a_server_of_another_authority_is_not_trusted)
{
	tls.ca = pem(&other_ca);
	tls.ca_file = member_file(&member, "ca.crt");
	serve();
	round_of(7);
	assert_all(7, HTTP_DENIED);
	assert_says(6, "the cluster's authority");
	ck_assert_uint_eq(http2_requests(server), 0);
}
END_TEST

static const struct {
	const char *certificate, *name;
	enum http_result result;
} names[] = {
	{ "named", NULL, HTTP_DENIED },
	{ "named", "kubernetes.test", HTTP_ANSWERED },
	{ "named", "other.test", HTTP_DENIED },
	{ "server", "kubernetes.test", HTTP_DENIED },
	{ "server", "127.0.0.1", HTTP_ANSWERED },
};

START_TEST(the_certificate_must_be_of_the_servers_name)
{
	char crt[16], key_name[16];

	snprintf(crt, sizeof(crt), "%s.crt", names[_i].certificate);
	snprintf(key_name, sizeof(key_name), "%s.key", names[_i].certificate);
	manners.certificate = member_file(&member, crt);
	manners.key = member_file(&member, key_name);
	tls.server_name = names[_i].name;
	serve();
	round_of(7);
	assert_all(7, names[_i].result);
	if (names[_i].result == HTTP_DENIED)
		assert_says(0, names[_i].name ? names[_i].name : "127.0.0.1");
	else
		ck_assert_str_eq(http2_name_asked(server),
				 strchr(names[_i].name, 'k') ? names[_i].name : "");
	ck_assert_uint_le(http2_connections(server), 1);
}
END_TEST

START_TEST(an_insecure_client_takes_any_certificate)
{
	manners.certificate = member_file(&member, "stranger.crt");
	manners.key = member_file(&member, "stranger.key");
	tls.insecure = true;
	serve();
	snprintf(url, sizeof(url), "https://localhost:%d", http2_port(server));
	round_of(7);
	assert_all(7, HTTP_ANSWERED);
}
END_TEST

static void add_tests_of_http2(TCase *t)
{
	tcase_add_loop_test(t, calls_share_one_connection, 0, ARRAY_LEN(sizes));
	tcase_add_loop_test(t, calls_go_at_once_and_are_answered_in_any_order, 0,
			    ARRAY_LEN(sizes));
	tcase_add_test(t, methods_and_bodies_are_sent_as_they_are);
	tcase_add_loop_test(t, more_calls_than_streams_are_all_answered, 0, 3);
	tcase_add_test(t, a_server_without_http2_is_asked_over_a_few_connections);
	tcase_add_loop_test(t, a_call_that_comes_to_nothing_leaves_the_others, 0, ARRAY_LEN(odd));
	tcase_add_test(t, an_answer_that_does_not_come_ends_with_the_round);
	tcase_add_test(t, a_busy_server_says_how_long_to_wait);
	tcase_add_test(t, after_a_goaway_only_gets_are_sent_again);
	tcase_add_test(t, a_server_that_leaves_in_peace_answers_what_it_has);
	tcase_add_test(t, what_is_written_when_the_connection_is_cut_is_lost_and_not_sent_again);
	tcase_add_loop_test(t, what_was_sent_before_a_handshake_that_fails_may_have_been_done, 0,
			    3);
	tcase_add_test(t, what_is_no_frame_ends_the_round_and_nothing_is_sent_again);
}

static void add_tests_of_trust(TCase *t)
{
	tcase_add_test(t, a_client_certificate_in_memory_is_shown);
	tcase_add_test(t, a_certificate_in_a_file_may_have_its_key_in_memory);
	tcase_add_test(t, what_is_in_memory_is_copied);
	tcase_add_loop_test(t, a_refused_client_certificate_is_told_to_all_calls, 0, 4);
	tcase_add_loop_test(t, pem_that_is_none_is_named, 0, 4);
	tcase_add_test(t, pem_of_certificate_and_key_go_only_together);
	tcase_add_test(t, a_server_of_another_authority_is_not_trusted);
	tcase_add_loop_test(t, the_certificate_must_be_of_the_servers_name, 0, ARRAY_LEN(names));
	tcase_add_test(t, an_insecure_client_takes_any_certificate);
}

Suite *suite(void)
{
	Suite *s = suite_create("datastore.round_tls");
	TCase *t = tcase_create("round_tls");

	tcase_set_timeout(t, 60);
	tcase_add_unchecked_fixture(t, begin_files, end_files);
	tcase_add_checked_fixture(t, begin, end);
	add_tests_of_http2(t);
	add_tests_of_trust(t);
	suite_add_tcase(s, t);
	return s;
}
