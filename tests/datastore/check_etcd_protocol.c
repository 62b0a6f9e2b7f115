/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In which language etcd is asked where nobody has said it: what is found, and how long it is
 * remembered.
 */
#include "base/clock.h"
#include "base/io.h"
#include "datastore/backend.h"
#include "datastore/etcd/language.h"
#include "tests/datastore/fixture_server.h"
#include "tests/fake/settings_of.h"
#include "tests/suite.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EMPTY_ANSWER \
	"{\"header\":{\"revision\":\"5\"},\"succeeded\":true," \
	"\"responses\":[{\"response_range\":{}}]}"
#define DONE_ANSWER "{\"header\":{\"revision\":\"6\"},\"succeeded\":true}"
#define NOT_FOUND { .act = SERVE, .status = 404, .body = "404 page not found\n" }

static char run_path[64], hint[96];
static struct datastore *ds;
static struct server *server;
static struct view view;
static struct err e;

static const struct server_line empty[] = { { .act = SERVE, .body = EMPTY_ANSWER } };

static void begin(void)
{
	e = (struct err){0};
	ds = NULL;
	server = NULL;
	view_init(&view);
	strcpy(run_path, "/tmp/calico-ipam-protocol.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(run_path));
	snprintf(hint, sizeof(hint), "%s/endpoint", run_path);
}

static void end(void)
{
	char command[128];

	datastore_close(ds);
	if (server)
		server_stop(server);
	view_done(&view);
	snprintf(command, sizeof(command), "rm -rf %s", run_path);
	ck_assert_int_eq(system(command), 0);
}

/* What servers of HTTP/1.1 say to the first bytes of HTTP/2. */
static const char *const refusals[] = {
	("HTTP/1.1 505 HTTP Version Not Supported\r\nContent-Type: text/plain\r\n"
	 "Connection: close\r\n\r\n505 HTTP Version Not Supported: unsupported protocol version"),
	"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
	"",
};

static void start_http1(const struct server_line *script, size_t n, const char *refusal)
{
	server = server_start(script, n, NULL);
	server_refuse(server, 2, refusal);
}

static void open_at(const char *endpoints, const char *protocol)
{
	struct settings settings __cleanup(settings_done) =
		SETTINGS("etcd_endpoints", endpoints, "run_path", run_path, "etcd_protocol",
			 protocol);

	datastore_close(ds);
	ds = NULL;
	ck_assert_msg(datastore_open(&ds, &settings, OPEN_TO_CREATE, deadline_in_ms(20000), &e) ==
		      0, "%s", e.text);
}

/* As the next process does. */
static void open_anew(const char *protocol)
{
	open_at(server_url(server), protocol);
}

static int read_key(void)
{
	struct wants wants __cleanup(wants_done) = {0};

	wants_add(&wants, "/k", RANGE_KEY);
	return datastore_read(ds, &view, &wants, &e);
}

static void assert_reads_with(unsigned long requests)
{
	unsigned long before = datastore_requests(ds);

	ck_assert_msg(read_key() == 0, "%s", e.text);
	ck_assert_uint_eq(datastore_requests(ds) - before, requests);
}

static int commit_key(void)
{
	struct changes changes __cleanup(changes_done) = {0};
	struct range r = { .key = "/k", .kind = RANGE_KEY };
	enum commit_outcome outcome;

	view_cover(&view, &r, 5);
	changes_put(&changes, "/k", "v", 1);
	return datastore_commit(ds, &view, &changes, &outcome, &e);
}

static bool is_by_grpc(size_t i)
{
	return strstr(server_request(server, i), " HTTP/2\r\n") != NULL;
}

static void write_hint(int64_t until_s)
{
	char text[256];
	int n = snprintf(text, sizeof(text), "%s\n%s\njson until %" PRId64 "\n",
			 server_url(server), server_url(server), until_s);

	ck_assert_int_eq(io_replace_file(hint, text, (size_t)n, 0600, &e), 0);
}

/* By when the gateway is asked; 0: nothing is remembered. */
static int64_t hinted_until(void)
{
	struct buf text __cleanup(buf_done) = BUF(4096);
	struct err ignored = {0};
	const char *at;

	if (io_read_own_file(hint, &text, &ignored) < 0)
		return 0;
	at = strstr(text.data, "json until ");
	return at ? strtoll(at + strlen("json until "), NULL, 10) : 0;
}

START_TEST(grpc_is_spoken_where_it_is_understood_and_nothing_is_remembered)
{
	server = server_start(empty, 1, NULL);
	open_anew("");
	assert_reads_with(1);
	ck_assert(is_by_grpc(0));
	ck_assert_int_eq(hinted_until(), 0);
}
END_TEST

START_TEST(a_read_goes_through_the_gateway_after_two_tries_by_grpc)
{
	start_http1(empty, 1, refusals[_i]);
	open_anew("");
	assert_reads_with(3);
	assert_reads_with(1);
	ck_assert_uint_eq(server_requests(server), 2);
	ck_assert(!is_by_grpc(0));
}
END_TEST

START_TEST(a_commit_before_all_else_is_of_unknown_outcome_once)
{
	static const struct server_line script[] = { { .act = SERVE, .body = EMPTY_ANSWER },
						     { .act = SERVE, .body = DONE_ANSWER } };

	start_http1(script, ARRAY_LEN(script), refusals[_i]);
	open_anew("");
	ck_assert_int_eq(commit_key(), -1);
	ck_assert_msg(e.kind == ERR_UNKNOWN_OUTCOME, "%d: %s", e.kind, e.text);
	ck_assert_uint_eq(server_requests(server), 0);
	err_reset(&e);
	assert_reads_with(2);
	ck_assert_msg(commit_key() == 0, "%s", e.text);
	ck_assert_uint_eq(server_requests(server), 2);
}
END_TEST

START_TEST(the_next_process_asks_the_gateway_at_once)
{
	int64_t now_s = clock_now_ns() / 1000000000;

	start_http1(empty, 1, refusals[0]);
	open_anew("");
	assert_reads_with(3);
	ck_assert_int_ge(hinted_until(), now_s + LANGUAGE_JSON_S);
	ck_assert_int_le(hinted_until(), now_s + LANGUAGE_JSON_S + 20);
	open_anew("");
	assert_reads_with(1);
}
END_TEST

START_TEST(a_commit_of_the_next_process_goes_through_the_gateway)
{
	static const struct server_line script[] = { { .act = SERVE, .body = EMPTY_ANSWER },
						     { .act = SERVE, .body = DONE_ANSWER } };

	start_http1(script, ARRAY_LEN(script), refusals[0]);
	open_anew("");
	assert_reads_with(3);
	open_anew("");
	ck_assert_msg(commit_key() == 0, "%s", e.text);
	ck_assert_uint_eq(datastore_requests(ds), 1);
}
END_TEST

/* Where the clock was set back, too. */
static const int64_t outdated_s[] = { -1, -1000000, LANGUAGE_JSON_S + 100 };

START_TEST(grpc_is_tried_again_after_some_time)
{
	int64_t now_s = clock_now_ns() / 1000000000;

	start_http1(empty, 1, refusals[0]);
	write_hint(now_s + outdated_s[_i]);
	open_anew("");
	assert_reads_with(3);
	ck_assert_int_ge(hinted_until(), now_s + LANGUAGE_JSON_S);
	ck_assert_int_le(hinted_until(), now_s + LANGUAGE_JSON_S + 20);
}
END_TEST

START_TEST(what_is_said_goes_before_what_is_remembered)
{
	server = server_start(empty, 1, NULL);
	write_hint(clock_now_ns() / 1000000000 + 100);
	open_anew("grpc");
	assert_reads_with(1);
	ck_assert(is_by_grpc(0));
}
END_TEST

START_TEST(who_wants_grpc_is_not_answered_through_the_gateway)
{
	start_http1(empty, 1, refusals[_i]);
	open_anew("grpc");
	ck_assert_int_eq(read_key(), -1);
	ck_assert_msg(e.kind == ERR_UNAVAILABLE, "%d: %s", e.kind, e.text);
	ck_assert_msg(strstr(e.text, server_url(server)), "%s", e.text);
	ck_assert_uint_eq(server_requests(server), 0);
}
END_TEST

START_TEST(a_connection_that_is_lost_once_is_no_reason_to_ask_otherwise)
{
	static const struct server_line script[] = { { .act = HANG_UP },
						     { .act = SERVE, .body = EMPTY_ANSWER } };

	server = server_start(script, ARRAY_LEN(script), NULL);
	open_anew("");
	assert_reads_with(2);
	ck_assert(is_by_grpc(0));
	ck_assert(is_by_grpc(1));
	ck_assert_int_eq(hinted_until(), 0);
}
END_TEST

/* Who hangs up twice may speak nothing but gRPC. */
static const struct server_line gateways_that_are_none[][4] = {
	{ { .act = HANG_UP }, { .act = HANG_UP }, NOT_FOUND,
	  { .act = SERVE, .body = EMPTY_ANSWER } },
	{ { .act = HANG_UP }, { .act = HANG_UP }, { .act = SERVE_HTTP2 },
	  { .act = SERVE, .body = EMPTY_ANSWER } },
};

START_TEST(grpc_is_spoken_again_by_the_next_request_where_there_is_no_gateway)
{
	server = server_start(gateways_that_are_none[_i], 4, NULL);
	open_anew("");
	ck_assert_int_eq(read_key(), -1);
	err_reset(&e);
	ck_assert_msg(read_key() == 0, "%s", e.text);
	ck_assert_uint_eq(server_requests(server), 4);
	ck_assert(is_by_grpc(1));
	ck_assert(!is_by_grpc(2));
	ck_assert(is_by_grpc(3));
	ck_assert_int_eq(hinted_until(), 0);
}
END_TEST

/* Remembered of a time when it was otherwise. */
START_TEST(a_gateway_that_is_none_any_more_is_forgotten)
{
	static const struct server_line script[] = { NOT_FOUND,
						     { .act = SERVE, .body = EMPTY_ANSWER } };

	server = server_start(script, ARRAY_LEN(script), NULL);
	write_hint(clock_now_ns() / 1000000000 + 100);
	open_anew("");
	assert_reads_with(2);
	ck_assert(!is_by_grpc(0));
	ck_assert(is_by_grpc(1));
	ck_assert_int_eq(hinted_until(), 0);
}
END_TEST

START_TEST(what_is_said_is_not_remembered_for_those_who_say_nothing)
{
	server = server_start(empty, 1, NULL);
	open_anew("json");
	assert_reads_with(1);
	ck_assert_int_eq(hinted_until(), 0);
	open_anew("");
	assert_reads_with(1);
	ck_assert(is_by_grpc(1));
}
END_TEST

START_TEST(a_commit_that_is_answered_without_an_end_is_not_sent_in_the_other_language)
{
	static const struct server_line script[] = {
		{ .act = SERVE_UNSAID, .body = DONE_ANSWER }, { .act = SERVE, .body = DONE_ANSWER }
	};

	server = server_start(script, ARRAY_LEN(script), NULL);
	open_anew("");
	ck_assert_int_eq(commit_key(), -1);
	ck_assert_msg(e.kind == ERR_UNKNOWN_OUTCOME, "%d: %s", e.kind, e.text);
	ck_assert_uint_eq(server_requests(server), 1);
}
END_TEST

START_TEST(a_server_that_is_no_etcd_in_either_is_told_at_once)
{
	static const struct server_line script[] = { NOT_FOUND };
	struct deadline soon = deadline_in_ms(1000);

	server = server_start(script, 1, NULL);
	if (_i)
		server_refuse(server, 2, refusals[0]);
	open_anew("");
	ck_assert_int_eq(read_key(), -1);
	ck_assert_msg(e.kind == ERR_UNAVAILABLE, "%d: %s", e.kind, e.text);
	ck_assert_msg(strstr(e.text, "does not look like etcd v3"), "%s", e.text);
	ck_assert(!deadline_passed(soon));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("datastore.etcd_protocol");
	TCase *t = tcase_create("protocol");
	int n = ARRAY_LEN(refusals);

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, grpc_is_spoken_where_it_is_understood_and_nothing_is_remembered);
	tcase_add_loop_test(t, a_read_goes_through_the_gateway_after_two_tries_by_grpc, 0, n);
	tcase_add_loop_test(t, a_commit_before_all_else_is_of_unknown_outcome_once, 0, n);
	tcase_add_test(t, the_next_process_asks_the_gateway_at_once);
	tcase_add_test(t, a_commit_of_the_next_process_goes_through_the_gateway);
	tcase_add_loop_test(t, grpc_is_tried_again_after_some_time, 0, ARRAY_LEN(outdated_s));
	tcase_add_test(t, what_is_said_goes_before_what_is_remembered);
	tcase_add_loop_test(t, who_wants_grpc_is_not_answered_through_the_gateway, 0, n);
	tcase_add_loop_test(t,
			    grpc_is_spoken_again_by_the_next_request_where_there_is_no_gateway,
			    0, ARRAY_LEN(gateways_that_are_none));
	tcase_add_test(t, a_connection_that_is_lost_once_is_no_reason_to_ask_otherwise);
	tcase_add_test(t, a_gateway_that_is_none_any_more_is_forgotten);
	tcase_add_test(t, what_is_said_is_not_remembered_for_those_who_say_nothing);
	tcase_add_test(t,
		       a_commit_that_is_answered_without_an_end_is_not_sent_in_the_other_language);
	tcase_add_loop_test(t, a_server_that_is_no_etcd_in_either_is_told_at_once, 0, 2);
	suite_add_tcase(s, t);
	return s;
}
