/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A watch over etcd: what tests/contract cannot ask of every store.  A real member that
 * is killed, stopped and compacted, and a scripted server for what etcd says seldom, in
 * each of the two languages.
 *
 * What the watch shows is noted as "key=value " or "key- ", without the common "/w/".
 */
#include "base/b64.h"
#include "base/buf.h"
#include "datastore/etcd/watch.h"
#include "datastore/watch.h"
#include "tests/datastore/fixture_member.h"
#include "tests/datastore/fixture_server.h"
#include "tests/fake/settings_of.h"
#include "tests/suite.h"

#include <check.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_MS 8000
#define QUIET_MS 200
#define PREFIX "/w/"

static struct member member;
static struct datastore *ds, *other;
static struct server *server, *second;
static struct watch *watch;
static struct view view;
static struct buf shown;
static struct err e, failure;
static unsigned failures;
static const char *protocol;	/* of the scripted server */

static void begin_member(void)
{
	member_init(&member);
	member_start(&member, false);
	ck_assert_int_eq(setenv("ETCDCTL_API", "3", 1), 0);
}

static void end_member(void)
{
	member_stop(&member);
}

static void begin(void)
{
	e = failure = (struct err){0};
	failures = 0;
	ds = other = NULL;
	server = second = NULL;
	watch = NULL;
	view_init(&view);
	buf_init(&shown, 64 << 20);
	etcd_watch_alive_ms = WATCH_ALIVE_MS;
	etcd_watch_answer_ms = WATCH_ANSWER_MS;
	protocol = "";
}

static void begin_json(void)
{
	begin();
	protocol = "json";
}

static void begin_grpc(void)
{
	begin();
	protocol = "grpc";
}

static void end(void)
{
	watch_close(watch);
	datastore_close(ds);
	datastore_close(other);
	if (server)
		server_stop(server);
	if (second)
		server_stop(second);
	view_done(&view);
	buf_done(&shown);
}

static struct datastore *open_at(const char *endpoints, const char *user)
{
	struct settings settings __cleanup(settings_done) =
		SETTINGS("etcd_endpoints", endpoints, "run_path", "/dev/null/run",
			 "etcd_username", user, "etcd_password", user, "etcd_protocol",
			 server ? protocol : "");
	struct datastore *opened = NULL;

	ck_assert_msg(datastore_open(&opened, &settings, OPEN_TO_CREATE, deadline_in_ms(30000),
				     &e) == 0, "%s", e.text);
	return opened;
}

static void write_value(const char *key, const char *value, size_t len)
{
	struct view v __cleanup(view_done) = {0};
	struct wants w __cleanup(wants_done) = {0};
	struct changes c __cleanup(changes_done) = {0};
	enum commit_outcome outcome = COMMIT_STALE;

	if (!other)
		other = open_at(member.url, "");
	wants_add(&w, key, RANGE_KEY);
	if (value)
		changes_put(&c, key, value, len);
	else
		changes_delete(&c, key);
	ck_assert_msg(datastore_read(other, &v, &w, &e) == 0, "%s", e.text);
	ck_assert_msg(datastore_commit(other, &v, &c, &outcome, &e) == 0, "%s", e.text);
	ck_assert_int_eq(outcome, COMMIT_DONE);
}

static void write_key(const char *key, const char *value)
{
	write_value(key, value, value ? strlen(value) : 0);
}

/* What the other one saw last is the store's revision. */
static void compact(void)
{
	struct view v __cleanup(view_done) = {0};
	struct wants w __cleanup(wants_done) = {0};
	char revision[32];
	const char *argv[] = { "etcdctl", "--endpoints", member.url, "compact", revision, NULL };

	wants_add(&w, PREFIX, RANGE_KEY);
	ck_assert_int_eq(datastore_read(other, &v, &w, &e), 0);
	snprintf(revision, sizeof(revision), "%" PRIu64, v.ranges[0].revision);
	ck_assert_int_eq(run_program(argv), 0);
}

static void begin_watch(const struct view *from)
{
	const char *prefixes[] = { PREFIX };

	ck_assert_msg(datastore_watch(ds, from, prefixes, 1, &watch, &e) == 0, "%s", e.text);
}

static int note(const struct record *record, void *arg __unused_arg,
		struct err *error __unused_arg)
{
	const char *name = record->key + strlen(PREFIX);

	if (!record->value)
		buf_printf(&shown, "%s- ", name);
	else if (record->value_len > 100)
		buf_printf(&shown, "%s=%c*%zu ", name, record->value[0], record->value_len);
	else
		buf_printf(&shown, "%s=%s ", name, record->value);
	return 0;
}

/* A failure is noted, and the watch goes on as it says it does. */
static bool take_within(int ms)
{
	struct pollfd p = { .fd = watch_fd(watch), .events = POLLIN };

	if (poll(&p, 1, ms) < 1)
		return false;
	if (watch_take(watch, note, NULL, &e) < 0) {
		failures++;
		failure = e;
		err_reset(&e);
	}
	return true;
}

static void assert_shows(const char *what)
{
	struct deadline late = deadline_in_ms(PATIENCE_MS);

	buf_reset(&shown);
	while (shown.len < strlen(what) && !deadline_passed(late))
		take_within(QUIET_MS);
	late = deadline_in_ms(QUIET_MS);
	while (!deadline_passed(late))
		take_within(QUIET_MS / 2);
	ck_assert_msg(strcmp(shown.data, what) == 0, "shown: %s; wanted: %s; failed %u times: %s",
		      shown.data, what, failures, failure.text);
}

/* A real member */

START_TEST(what_happens_comes_over_the_stream_and_asks_for_nothing)
{
	unsigned long before;

	ds = open_at(member.url, "");
	begin_watch(NULL);
	write_key("/w/first", "1");
	assert_shows("first=1 ");
	before = datastore_requests(ds);
	write_key("/w/a", "1");
	write_key("/w/a", "2");
	write_key("/w/a", NULL);
	assert_shows("a=1 a=2 a- ");
	ck_assert_uint_eq(datastore_requests(ds), before);
	write_key("/w/first", NULL);
	assert_shows("first- ");
}
END_TEST

START_TEST(a_member_killed_and_started_again_goes_on_where_it_was)
{
	ds = open_at(member.url, "");
	begin_watch(NULL);
	write_key("/w/k", "1");
	assert_shows("k=1 ");
	member_kill(&member);
	while (!failures)
		ck_assert(take_within(PATIENCE_MS));
	ck_assert_int_eq(failure.kind, ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(failure.text, member.url));
	member_start_again(&member);
	write_key("/w/l", "2");
	write_key("/w/k", NULL);
	assert_shows("l=2 k- ");
	write_key("/w/l", NULL);
	assert_shows("l- ");
}
END_TEST

START_TEST(what_was_compacted_away_in_between_is_shown_as_what_differs)
{
	ds = open_at(member.url, "");
	write_key("/w/gone", "1");
	write_key("/w/kept", "1");
	write_key("/w/changed", "1");
	begin_watch(NULL);
	assert_shows("changed=1 gone=1 kept=1 ");
	member_kill(&member);
	member_start_again(&member);
	write_key("/w/gone", NULL);
	write_key("/w/changed", "2");
	write_key("/w/changed", "3");
	write_key("/w/new", "1");
	compact();
	assert_shows("changed=3 new=1 gone- ");
	write_key("/w/kept", NULL);
	write_key("/w/changed", NULL);
	write_key("/w/new", NULL);
	assert_shows("kept- changed- new- ");
}
END_TEST

START_TEST(a_view_from_before_a_compaction_is_a_beginning_too)
{
	struct wants w __cleanup(wants_done) = {0};

	ds = open_at(member.url, "");
	write_key("/w/gone", "1");
	write_key("/w/kept", "1");
	wants_add(&w, PREFIX, RANGE_PREFIX_KEYS);
	ck_assert_int_eq(datastore_read(ds, &view, &w, &e), 0);
	write_key("/w/gone", NULL);
	write_key("/w/new", "1");
	compact();
	begin_watch(&view);
	assert_shows("new=1 gone- ");
	write_key("/w/kept", NULL);
	write_key("/w/new", NULL);
	assert_shows("kept- new- ");
}
END_TEST

START_TEST(a_member_that_was_stopped_is_noticed_and_what_it_did_meanwhile_is_shown)
{
	etcd_watch_alive_ms = 300;
	etcd_watch_answer_ms = 1000;
	ds = open_at(member.url, "");
	begin_watch(NULL);
	write_key("/w/k", "1");
	assert_shows("k=1 ");
	ck_assert_int_eq(kill(member.pid, SIGSTOP), 0);
	while (!failures)
		ck_assert(take_within(PATIENCE_MS));
	ck_assert_int_eq(kill(member.pid, SIGCONT), 0);
	write_key("/w/k", NULL);
	assert_shows("k- ");
}
END_TEST

START_TEST(values_larger_than_any_piece_arrive_whole)
{
	size_t len = 1300000;
	char *value = malloc(len), want[100];
	struct wants w __cleanup(wants_done) = {0};

	ck_assert_ptr_nonnull(value);
	ds = open_at(member.url, "");
	wants_add(&w, PREFIX, RANGE_PREFIX_KEYS);
	ck_assert_int_eq(datastore_read(ds, &view, &w, &e), 0);
	for (char c = 'a'; c < 'e'; c++) {
		memset(value, c, len);
		write_value("/w/large", value, len);
	}
	/* Four at once, which etcd cuts into several messages; then one alone. */
	begin_watch(&view);
	snprintf(want, sizeof(want), "large=a*%zu large=b*%zu large=c*%zu large=d*%zu ", len, len,
		 len, len);
	assert_shows(want);
	memset(value, 'z', len);
	write_value("/w/large", value, len);
	snprintf(want, sizeof(want), "large=z*%zu ", len);
	assert_shows(want);
	write_key("/w/large", NULL);
	assert_shows("large- ");
	free(value);
}
END_TEST

/* A scripted server */

#define HEADER(r) "\"header\":{\"revision\":\"" r "\"}"
#define CREATED "{\"result\":{" HEADER("9") ",\"watch_id\":\"1\",\"created\":true}}\n"
#define EVENTS(list) \
	"{\"result\":{" HEADER("9") ",\"watch_id\":\"1\",\"events\":[" list "]}}\n"
/* "/w/k" and "/w/l"; "v" */
#define KEY_K "L3cvaw=="
#define KEY_L "L3cvbA=="
#define PUT(key, r) "{\"kv\":" KV(key, r) "}"
#define DELETE(key, r) \
	"{\"type\":\"DELETE\",\"kv\":{\"key\":\"" key "\",\"mod_revision\":\"" r "\"}}"
#define CANCELED(more) \
	"{\"result\":{" HEADER("9") ",\"watch_id\":\"1\",\"canceled\":true" more "}}\n"
#define READ_AT(r, kvs) "{" HEADER(r) ",\"succeeded\":true," \
	"\"responses\":[{\"response_range\":{\"kvs\":[" kvs "]}}]}"
#define KV(key, r) "{\"key\":\"" key "\",\"mod_revision\":\"" r "\",\"value\":\"dg==\"}"
#define TOKEN(t) "{" HEADER("9") ",\"token\":\"" t "\"}"

/* From a view that knows the prefix, with /w/k in it, as of revision 9. */
static void begin_scripted(const struct server_line *script, size_t n, const char *user)
{
	struct range range = { .key = (char *)PREFIX, .kind = RANGE_PREFIX };

	server = server_start(script, n, NULL);
	ds = open_at(server_url(server), user);
	view_put(&view, "/w/k", "v", 1, 5);
	view_cover(&view, &range, 9);
	begin_watch(&view);
}

/* The request's body says so. */
static void assert_asks(struct server *of, size_t i, const char *what)
{
	const char *text = server_request(of, i);

	ck_assert_msg(strstr(text, what), "request %zu lacks %s: %s", i, what, text);
}

static const size_t chunks[] = { 1, 2, 3, 7, 64, 0 };

START_TEST(messages_end_with_their_line_however_the_network_cuts_them)
{
	struct server_line line = {
		.act = SERVE_STREAM, .chunk = chunks[_i],
		.body = CREATED EVENTS(PUT(KEY_K, "10")) EVENTS(PUT(KEY_L, "11") ","
			DELETE(KEY_K, "12")) EVENTS(DELETE(KEY_L, "13")),
	};

	begin_scripted(&line, 1, "");
	assert_shows("k=v l=v k- l- ");
	ck_assert_uint_eq(server_requests(server), 1);
	assert_asks(server, 0, "POST /v3/watch");
	assert_asks(server, 0, "\"start_revision\":\"10\"");
}
END_TEST

START_TEST(what_comes_twice_is_shown_once)
{
	static const struct server_line line = {
		.act = SERVE_STREAM,
		.body = CREATED EVENTS(PUT(KEY_K, "10") "," PUT(KEY_K, "10"))
			EVENTS(PUT(KEY_K, "10")) EVENTS(DELETE(KEY_L, "11"))
			EVENTS(DELETE(KEY_K, "12") "," DELETE(KEY_K, "12")),
	};

	begin_scripted(&line, 1, "");
	assert_shows("k=v k- ");
}
END_TEST

START_TEST(keys_of_other_prefixes_are_not_shown)
{
	static const struct server_line line = {
		.act = SERVE_STREAM,
		.body = CREATED EVENTS(PUT("L3gvaw==", "10")) EVENTS(PUT(KEY_L, "11")),
	};

	begin_scripted(&line, 1, "");
	assert_shows("l=v ");
}
END_TEST

START_TEST(a_stream_that_breaks_goes_on_behind_the_last_whole_message)
{
	static const struct server_line script[] = {
		{ .act = SERVE_STREAM_CUT, .body = CREATED EVENTS(PUT(KEY_K, "10"))
			"{\"result\":{" HEADER("9") },
		{ .act = SERVE_STREAM_END, .body = CREATED EVENTS(PUT(KEY_L, "14")) },
		{ .act = SERVE_STREAM, .body = CREATED EVENTS(DELETE(KEY_K, "15")) },
	};

	begin_scripted(script, ARRAY_LEN(script), "");
	assert_shows("k=v l=v k- ");
	assert_asks(server, 1, "\"start_revision\":\"11\"");
	assert_asks(server, 2, "\"start_revision\":\"15\"");
	ck_assert_uint_eq(failures, 0);
}
END_TEST

START_TEST(a_watch_that_etcd_cancels_is_made_again)
{
	static const struct server_line script[] = {
		{ .act = SERVE_STREAM,
		  .body = CREATED CANCELED(",\"cancel_reason\":\"etcdserver: no leader\"") },
		{ .act = SERVE_STREAM, .body = "{\"error\":{\"grpc_code\":14,\"http_code\":503,"
			"\"message\":\"etcdserver: server stopped\"}}\n" },
		{ .act = SERVE_STREAM, .body = CREATED EVENTS(PUT(KEY_L, "11")) },
	};

	begin_scripted(script, ARRAY_LEN(script), "");
	assert_shows("l=v ");
}
END_TEST

START_TEST(a_compacted_revision_is_read_anew)
{
	static const struct server_line script[] = {
		{ .act = SERVE_STREAM, .body = CREATED CANCELED(",\"compact_revision\":\"20\"") },
		{ .act = SERVE, .body = READ_AT("30", "") },
		{ .act = SERVE, .body = READ_AT("31", KV(KEY_L, "25")) },
		{ .act = SERVE_STREAM, .body = CREATED EVENTS(DELETE(KEY_L, "33")) },
	};

	begin_scripted(script, ARRAY_LEN(script), "");
	assert_shows("l=v k- l- ");
	assert_asks(server, 3, "\"start_revision\":\"31\"");
}
END_TEST

START_TEST(a_server_that_refuses_forever_is_told_with_its_words)
{
	static const struct server_line line = { .act = SERVE, .status = 503,
		.body = "{\"error\":\"etcdserver: no leader\","
			"\"message\":\"etcdserver: no leader\",\"code\":14}" };

	begin_scripted(&line, 1, "");
	while (!failures)
		ck_assert(take_within(PATIENCE_MS));
	ck_assert_int_eq(failure.kind, ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(failure.text, "no leader"));
	ck_assert_ptr_nonnull(strstr(failure.text, server_url(server)));
}
END_TEST

START_TEST(failures_are_paused_for_and_each_pause_is_longer)
{
	static const struct server_line line = { .act = HANG_UP };
	struct deadline until = deadline_in_ms(3000);

	begin_scripted(&line, 1, "");
	while (!deadline_passed(until))
		take_within(100);
	ck_assert_msg(failures >= 2 && server_requests(server) < 20, "%u failures, %zu requests",
		      failures, server_requests(server));
}
END_TEST

START_TEST(a_silent_stream_is_left_when_the_server_does_not_answer_any_more)
{
	static const struct server_line script[] = {
		{ .act = SERVE_STREAM, .body = CREATED },
		{ .act = HANG },
		{ .act = SERVE_STREAM, .body = CREATED EVENTS(PUT(KEY_L, "11")) },
		{ .act = SERVE, .body = READ_AT("11", "") },
	};

	etcd_watch_alive_ms = 300;
	etcd_watch_answer_ms = 1500;
	begin_scripted(script, ARRAY_LEN(script), "");
	assert_shows("l=v ");
	ck_assert_uint_eq(failures, 1);
	assert_asks(server, 1, "POST /v3/kv/txn");
	assert_asks(server, 2, "POST /v3/watch");
}
END_TEST

START_TEST(a_server_that_answers_keeps_its_stream)
{
	static const struct server_line script[] = {
		{ .act = SERVE_STREAM, .body = CREATED },
		{ .act = SERVE, .body = READ_AT("9", "") },
	};
	struct deadline until = deadline_in_ms(1000);

	etcd_watch_alive_ms = 200;
	begin_scripted(script, ARRAY_LEN(script), "");
	while (!deadline_passed(until))
		take_within(100);
	ck_assert_uint_ge(server_requests(server), 3);
	for (size_t i = 1; i < server_requests(server); i++)
		assert_asks(server, i, "POST /v3/kv/txn");
	ck_assert_uint_eq(failures, 0);
}
END_TEST

START_TEST(a_stream_without_its_first_words_is_left)
{
	static const struct server_line script[] = {
		{ .act = SERVE_STREAM, .body = "" },
		{ .act = SERVE_STREAM, .body = CREATED EVENTS(PUT(KEY_L, "11")) },
	};

	etcd_watch_answer_ms = 1000;
	begin_scripted(script, ARRAY_LEN(script), "");
	assert_shows("l=v ");
}
END_TEST

START_TEST(a_watch_stands_once_the_server_says_so)
{
	static const struct server_line script[] = {
		{ .act = SERVE_STREAM, .body = "" },
		{ .act = SERVE_STREAM, .body = CREATED },
	};
	struct deadline until = deadline_in_ms(PATIENCE_MS);

	etcd_watch_answer_ms = 1000;
	begin_scripted(script, ARRAY_LEN(script), "");
	while (server_requests(server) < 2 && !deadline_passed(until)) {
		take_within(100);
		ck_assert(!watch_stands(watch) || server_requests(server) == 2);
	}
	while (!watch_stands(watch) && !deadline_passed(until))
		take_within(100);
	ck_assert(watch_stands(watch));
}
END_TEST

START_TEST(a_cluster_restored_from_a_backup_is_read_anew)
{
	static const struct server_line script[] = {
		{ .act = SERVE_STREAM, .body = CREATED EVENTS(PUT(KEY_L, "11")) },
		{ .act = SERVE, .body = READ_AT("7", "") },
		{ .act = SERVE, .body = READ_AT("7", "") },
		{ .act = SERVE, .body = READ_AT("7", KV(KEY_K, "4")) },
		{ .act = SERVE_STREAM, .body = CREATED EVENTS(DELETE(KEY_K, "8")) },
		{ .act = SERVE, .body = READ_AT("8", "") },
	};

	etcd_watch_alive_ms = 300;
	begin_scripted(script, ARRAY_LEN(script), "");
	assert_shows("l=v k=v l- k- ");
	assert_asks(server, 4, "\"start_revision\":\"8\"");
}
END_TEST

START_TEST(a_token_that_etcd_forgot_is_renewed_once)
{
	static const struct server_line script[] = {
		{ .act = SERVE, .body = TOKEN("one") },
		{ .act = SERVE_STREAM, .body = "{\"result\":{" HEADER("9") ",\"watch_id\":\"-1\","
			"\"created\":true,\"canceled\":true,"
			"\"cancel_reason\":\"etcdserver: permission denied\"}}\n" },
		{ .act = SERVE, .body = TOKEN("two") },
		{ .act = SERVE_STREAM, .body = CREATED EVENTS(PUT(KEY_L, "11")) },
	};

	begin_scripted(script, ARRAY_LEN(script), "joe");
	assert_shows("l=v ");
	assert_asks(server, 1, "Authorization: one\r\n");
	assert_asks(server, 3, "Authorization: two\r\n");
	ck_assert_uint_eq(failures, 0);
}
END_TEST

START_TEST(a_user_who_may_not_is_told_so)
{
	static const struct server_line script[] = {
		{ .act = SERVE, .body = TOKEN("one") },
		{ .act = SERVE_STREAM, .body = CANCELED(",\"cancel_reason\":"
			"\"etcdserver: permission denied\"") },
		{ .act = SERVE, .body = TOKEN("two") },
		{ .act = SERVE_STREAM, .body = CANCELED(",\"cancel_reason\":"
			"\"etcdserver: permission denied\"") },
	};

	begin_scripted(script, ARRAY_LEN(script), "joe");
	while (!failures)
		ck_assert(take_within(PATIENCE_MS));
	ck_assert_msg(failure.kind == ERR_DENIED, "%s", failure.text);
	ck_assert_ptr_nonnull(strstr(failure.text, "permission denied"));
}
END_TEST

START_TEST(the_next_server_goes_on_where_one_breaks_off)
{
	static const struct server_line first = {
		.act = SERVE_STREAM_CUT, .body = CREATED EVENTS(PUT(KEY_L, "11")) };
	static const struct server_line next = {
		.act = SERVE_STREAM, .body = CREATED EVENTS(DELETE(KEY_L, "12")) };
	struct range range = { .key = (char *)PREFIX, .kind = RANGE_PREFIX };
	char urls[120];

	server = server_start(&first, 1, NULL);
	second = server_start(&next, 1, NULL);
	snprintf(urls, sizeof(urls), "%s,%s", server_url(server), server_url(second));
	ds = open_at(urls, "");
	view_cover(&view, &range, 9);
	begin_watch(&view);
	assert_shows("l=v l- ");
	assert_asks(second, 0, "\"start_revision\":\"12\"");
	ck_assert_uint_eq(failures, 0);
}
END_TEST

/* It is the first that is asked, since the view is there. */
START_TEST(a_watch_goes_through_the_gateway_where_grpc_is_not_spoken)
{
	static const struct server_line script[] = {
		{ .act = SERVE_STREAM, .body = CREATED EVENTS(PUT(KEY_L, "11")) } };
	struct range range = { .key = (char *)PREFIX, .kind = RANGE_PREFIX };

	server = server_start(script, ARRAY_LEN(script), NULL);
	server_refuse(server, 2, "");
	ds = open_at(server_url(server), "");
	view_cover(&view, &range, 9);
	begin_watch(&view);
	assert_shows("l=v ");
	ck_assert_uint_le(failures, 1);
}
END_TEST

static void add_real(TCase *t)
{
	tcase_add_test(t, what_happens_comes_over_the_stream_and_asks_for_nothing);
	tcase_add_test(t, a_member_killed_and_started_again_goes_on_where_it_was);
	tcase_add_test(t, what_was_compacted_away_in_between_is_shown_as_what_differs);
	tcase_add_test(t, a_view_from_before_a_compaction_is_a_beginning_too);
	tcase_add_test(t, a_member_that_was_stopped_is_noticed_and_what_it_did_meanwhile_is_shown);
	tcase_add_test(t, values_larger_than_any_piece_arrive_whole);
}

static TCase *scripted_case(const char *name, void (*begin_it)(void))
{
	TCase *t = tcase_create(name);

	tcase_set_timeout(t, 30);
	tcase_add_checked_fixture(t, begin_it, end);
	tcase_add_loop_test(t, messages_end_with_their_line_however_the_network_cuts_them, 0,
			    ARRAY_LEN(chunks));
	tcase_add_test(t, what_comes_twice_is_shown_once);
	tcase_add_test(t, keys_of_other_prefixes_are_not_shown);
	tcase_add_test(t, a_stream_that_breaks_goes_on_behind_the_last_whole_message);
	tcase_add_test(t, a_watch_that_etcd_cancels_is_made_again);
	tcase_add_test(t, a_compacted_revision_is_read_anew);
	tcase_add_test(t, a_server_that_refuses_forever_is_told_with_its_words);
	tcase_add_test(t, failures_are_paused_for_and_each_pause_is_longer);
	tcase_add_test(t, a_silent_stream_is_left_when_the_server_does_not_answer_any_more);
	tcase_add_test(t, a_server_that_answers_keeps_its_stream);
	tcase_add_test(t, a_stream_without_its_first_words_is_left);
	tcase_add_test(t, a_watch_stands_once_the_server_says_so);
	tcase_add_test(t, a_cluster_restored_from_a_backup_is_read_anew);
	tcase_add_test(t, a_token_that_etcd_forgot_is_renewed_once);
	tcase_add_test(t, a_user_who_may_not_is_told_so);
	tcase_add_test(t, the_next_server_goes_on_where_one_breaks_off);
	return t;
}

Suite *suite(void)
{
	Suite *s = suite_create("datastore.etcd_watch");
	TCase *real = tcase_create("member"), *found = tcase_create("found");

	tcase_set_timeout(real, 30);
	tcase_add_unchecked_fixture(real, begin_member, end_member);
	tcase_add_checked_fixture(real, begin, end);
	add_real(real);
	suite_add_tcase(s, real);
	tcase_set_timeout(found, 30);
	tcase_add_checked_fixture(found, begin, end);
	tcase_add_test(found, a_watch_goes_through_the_gateway_where_grpc_is_not_spoken);
	suite_add_tcase(s, found);
	suite_add_tcase(s, scripted_case("json", begin_json));
	suite_add_tcase(s, scripted_case("grpc", begin_grpc));
	return s;
}
