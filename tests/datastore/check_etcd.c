/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The etcd store against a real member, through a scripted server where a fault is
 * wanted, in each of the two languages, and against nobody at all.
 */
#include "datastore/backend.h"
#include "datastore/etcd/client.h"
#include "ipam/ipam.h"
#include "tests/datastore/fixture_hole.h"
#include "tests/datastore/fixture_member.h"
#include "tests/datastore/fixture_server.h"
#include "tests/fake/settings_of.h"
#include "tests/suite.h"

#include <arpa/inet.h>
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define EMPTY_ANSWER \
	"{\"header\":{\"revision\":\"5\"},\"succeeded\":true," \
	"\"responses\":[{\"response_range\":{}}]}"

static struct member member;
static struct datastore *ds, *other;
static struct server *server;
static struct view view;
static struct wants wants;
static struct changes changes;
static struct err e;
static enum commit_outcome outcome;
static char run_path[96], list[512];
static const char *protocol;	/* of the scripted server */

static void begin_member(void)
{
	member_init(&member);
	member_start(&member, false);
}

static void end_member(void)
{
	member_stop(&member);
}

static void begin(void)
{
	e = (struct err){0};
	ds = other = NULL;
	server = NULL;
	view_init(&view);
	wants_init(&wants);
	changes_init(&changes);
	strcpy(run_path, "/dev/null/run");
	client_silence_ms = CLIENT_SILENCE_MS;
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
	datastore_close(ds);
	datastore_close(other);
	if (server)
		server_stop(server);
	view_done(&view);
	wants_done(&wants);
	changes_done(&changes);
}

static struct datastore *open_at(const char *endpoints, int64_t ms)
{
	struct settings settings __cleanup(settings_done) =
		SETTINGS("etcd_endpoints", endpoints, "run_path", run_path, "etcd_protocol",
			 server ? protocol : "");
	struct datastore *opened;

	ck_assert_msg(datastore_open(&opened, &settings, OPEN_TO_CREATE, deadline_in_ms(ms),
				     &e) == 0, "%s", e.text);
	return opened;
}

static void read_wants(void)
{
	ck_assert_msg(datastore_read(ds, &view, &wants, &e) == 0, "%s", e.text);
	wants_done(&wants);
}

static void read_key(const char *key)
{
	wants_add(&wants, key, RANGE_KEY);
	read_wants();
}

static void commit_changes(void)
{
	ck_assert_msg(datastore_commit(ds, &view, &changes, &outcome, &e) == 0, "%s", e.text);
	changes_done(&changes);
}

/* Writes behind the back of `ds`; NULL deletes. */
static void write_by_other(const char *key, const char *value)
{
	struct view v __cleanup(view_done) = {0};
	struct wants w __cleanup(wants_done) = {0};
	struct changes c __cleanup(changes_done) = {0};

	if (!other)
		other = open_at(member.url, 20000);
	wants_add(&w, key, RANGE_KEY);
	if (value)
		changes_put(&c, key, value, strlen(value));
	else
		changes_delete(&c, key);
	ck_assert_int_eq(datastore_read(other, &v, &w, &e), 0);
	ck_assert_int_eq(datastore_commit(other, &v, &c, &outcome, &e), 0);
	ck_assert_int_eq(outcome, COMMIT_DONE);
}

static void assert_value(const char *key, const char *value)
{
	const struct record *r = view_peek(&view, key);

	ck_assert_ptr_nonnull(r);
	ck_assert_str_eq(r->value, value);
}

START_TEST(traits_name_the_place)
{
	ds = open_at("http://a.example:2379,http://b.example:2379", 1000);
	ck_assert(!datastore_traits(ds)->one_node);
	ck_assert(datastore_traits(ds)->transactions);
	ck_assert_str_eq(datastore_traits(ds)->place,
			 "etcd http://a.example:2379,http://b.example:2379");
}
END_TEST

START_TEST(reading_128_ranges_is_one_request_and_129_are_two)
{
	char key[32];

	ds = open_at(member.url, 20000);
	for (int i = 0; i < 128; i++) {
		snprintf(key, sizeof(key), "/many/%d", i);
		wants_add(&wants, key, RANGE_KEY);
	}
	write_by_other("/many/127", "last");
	read_wants();
	ck_assert_uint_eq(datastore_requests(ds), 1);
	for (int i = 0; i < 129; i++) {
		snprintf(key, sizeof(key), "/many/%d", i);
		wants_add(&wants, key, RANGE_KEY);
	}
	write_by_other("/many/128", "after");
	read_wants();
	ck_assert_uint_eq(datastore_requests(ds), 3);
	assert_value("/many/127", "last");
	assert_value("/many/128", "after");
	ck_assert(view_knows(&view, "/many/0"));
}
END_TEST

START_TEST(a_stale_commit_refreshes_the_view_in_the_same_request)
{
	ds = open_at(member.url, 20000);
	write_by_other("/stale/k", "one");
	wants_add(&wants, "/stale/k", RANGE_KEY);
	wants_add(&wants, "/stale/list/", RANGE_PREFIX);
	read_wants();
	write_by_other("/stale/k", "two");
	write_by_other("/stale/list/new", "x");
	changes_put(&changes, "/stale/k", "mine", 4);
	commit_changes();
	ck_assert_int_eq(outcome, COMMIT_STALE);
	ck_assert_uint_eq(datastore_requests(ds), 2);
	assert_value("/stale/k", "two");
	assert_value("/stale/list/new", "x");
	changes_put(&changes, "/stale/k", "mine", 4);
	commit_changes();
	ck_assert_int_eq(outcome, COMMIT_DONE);
	ck_assert_uint_eq(datastore_requests(ds), 3);
	read_key("/stale/k");
	assert_value("/stale/k", "mine");
}
END_TEST

START_TEST(a_stale_commit_of_a_view_with_more_than_128_ranges_reads_it_again)
{
	char key[32];

	ds = open_at(member.url, 20000);
	for (int i = 0; i < 130; i++) {
		snprintf(key, sizeof(key), "/wide/%d", i);
		wants_add(&wants, key, RANGE_KEY);
	}
	read_wants();
	write_by_other("/wide/5", "theirs");
	write_by_other("/wide/129", "theirs");
	changes_put(&changes, "/wide/5", "mine", 4);
	commit_changes();
	ck_assert_int_eq(outcome, COMMIT_STALE);
	ck_assert_uint_eq(datastore_requests(ds), 2 + 1 + 2);
	assert_value("/wide/5", "theirs");
	assert_value("/wide/129", "theirs");
}
END_TEST

START_TEST(a_guarded_prefix_notices_a_new_key)
{
	ds = open_at(member.url, 20000);
	wants_add(&wants, "/guard/w", RANGE_KEY);
	wants_add(&wants, "/guard/p/", RANGE_PREFIX_KEYS);
	read_wants();
	changes_put(&changes, "/guard/w", "1", 1);
	changes_guard_prefix(&changes, "/guard/p/");
	commit_changes();
	ck_assert_int_eq(outcome, COMMIT_DONE);
	read_key("/guard/w");
	write_by_other("/guard/p/new", "x");
	changes_put(&changes, "/guard/w", "2", 1);
	changes_guard_prefix(&changes, "/guard/p/");
	commit_changes();
	ck_assert_int_eq(outcome, COMMIT_STALE);
	ck_assert_ptr_nonnull(view_peek(&view, "/guard/p/new"));
	assert_value("/guard/w", "1");
}
END_TEST

START_TEST(a_guarded_absence_notices_the_key)
{
	ds = open_at(member.url, 20000);
	wants_add(&wants, "/absent/w", RANGE_KEY);
	wants_add(&wants, "/absent/g", RANGE_KEY);
	read_wants();
	write_by_other("/absent/g", "x");
	changes_put(&changes, "/absent/w", "1", 1);
	changes_guard_key(&changes, "/absent/g");
	commit_changes();
	ck_assert_int_eq(outcome, COMMIT_STALE);
	ck_assert_ptr_null(view_peek(&view, "/absent/w"));
	assert_value("/absent/g", "x");
}
END_TEST

START_TEST(deleting_what_is_absent_still_guards_the_absence)
{
	ds = open_at(member.url, 20000);
	read_key("/gone/k");
	changes_delete(&changes, "/gone/k");
	commit_changes();
	ck_assert_int_eq(outcome, COMMIT_DONE);
	write_by_other("/gone/k", "x");
	changes_delete(&changes, "/gone/k");
	commit_changes();
	ck_assert_int_eq(outcome, COMMIT_STALE);
	assert_value("/gone/k", "x");
	changes_delete(&changes, "/gone/k");
	commit_changes();
	ck_assert_int_eq(outcome, COMMIT_DONE);
	read_key("/gone/k");
	ck_assert_ptr_null(view_peek(&view, "/gone/k"));
}
END_TEST

START_TEST(values_with_any_byte_and_large_ones_survive)
{
	size_t len = 900000;
	char *value = malloc(len);

	for (size_t i = 0; i < len; i++)
		value[i] = (char)(i + i / 256);
	ds = open_at(member.url, 20000);
	read_key("/bytes/k");
	changes_put(&changes, "/bytes/k", value, len);
	commit_changes();
	view_reset(&view);
	read_key("/bytes/k");
	ck_assert_uint_eq(view_peek(&view, "/bytes/k")->value_len, len);
	ck_assert_mem_eq(view_peek(&view, "/bytes/k")->value, value, len);
	free(value);
}
END_TEST

START_TEST(too_large_and_too_many_are_refused_before_they_are_sent)
{
	char *value = calloc(1, 1500000), key[32];

	ds = open_at(member.url, 20000);
	wants_add(&wants, "/limit/", RANGE_PREFIX);
	read_wants();
	changes_put(&changes, "/limit/k", value, 1500000);
	free(value);
	ck_assert_int_eq(datastore_commit(ds, &view, &changes, &outcome, &e), -1);
	ck_assert_int_eq(e.kind, ERR_LIMIT);
	changes_done(&changes);
	for (int i = 0; i < 129; i++) {
		snprintf(key, sizeof(key), "/limit/%d", i);
		changes_put(&changes, key, "", 0);
	}
	err_reset(&e);
	ck_assert_int_eq(datastore_commit(ds, &view, &changes, &outcome, &e), -1);
	ck_assert_int_eq(e.kind, ERR_LIMIT);
	ck_assert_uint_eq(datastore_requests(ds), 1);
}
END_TEST

static void put_scan(int n, size_t value_len)
{
	char key[32], *value = calloc(1, value_len + 1);

	memset(value, 'v', value_len);
	wants_add(&wants, "/scan/", RANGE_PREFIX_KEYS);
	read_wants();
	for (int i = 0; i < n; i++) {
		snprintf(key, sizeof(key), "/scan/%04d", i);
		value[0] = i % 100 == 7 ? 'K' : 'v';
		changes_put(&changes, key, value, value_len);
		if (i % 100 != 99 && i != n - 1)
			continue;
		commit_changes();
		ck_assert_int_eq(outcome, COMMIT_DONE);
	}
	free(value);
	view_reset(&view);
}

static bool keep_marked(const struct record *r, void *arg)
{
	++*(unsigned *)arg;
	return r->value_len && r->value[0] == 'K';
}

START_TEST(a_filtered_scan_goes_in_pages_and_keeps_what_the_filter_wants)
{
	unsigned long before;
	unsigned asked = 0;

	ds = open_at(member.url, 60000);
	put_scan(1000, 100);
	wants_add_filtered(&wants, "/scan/", keep_marked, &asked);
	wants_add(&wants, "/scan/0001", RANGE_KEY);
	before = datastore_requests(ds);
	read_wants();
	/* 400 and, as these were small, all that is left. */
	ck_assert_uint_eq(datastore_requests(ds) - before, 2 + 1);
	ck_assert_uint_eq(asked, 1000);
	ck_assert_uint_eq(view.n_records, 1000);
	for (size_t i = 0; i < 1000; i++) {
		bool marked = i % 100 == 7;

		ck_assert_msg(!view.records[i].value == !(marked || i == 1), "record %zu", i);
	}
	write_by_other("/scan/0007", "K2");
	changes_put(&changes, "/scan/0007", "mine", 4);
	commit_changes();
	ck_assert_int_eq(outcome, COMMIT_STALE);
	assert_value("/scan/0007", "K2");
	ck_assert(view_knows(&view, "/scan/0001"));
}
END_TEST

START_TEST(a_commit_from_the_mirror_holds_by_value_and_a_stale_one_ends_the_mirror)
{
	ds = open_at(member.url, 20000);
	write_by_other("/mirror/k", "same");
	read_key("/mirror/k");
	write_by_other("/mirror/k", "other");
	write_by_other("/mirror/k", "same");
	view.from_mirror = true;
	changes_put(&changes, "/mirror/k", "new", 3);
	commit_changes();
	ck_assert_int_eq(outcome, COMMIT_DONE);
	write_by_other("/mirror/k", "theirs");
	changes_put(&changes, "/mirror/k", "newer", 5);
	commit_changes();
	ck_assert_int_eq(outcome, COMMIT_STALE);
	ck_assert(!view.from_mirror);
	assert_value("/mirror/k", "theirs");
}
END_TEST

static const char *const added[] = { "/proof/p/0", "/proof/p/b", "/proof/p/d", "/proof/p/" };

/* A mirror that holds /proof/k, and under /proof/p/ the records a and c. */
static void recall_proof(void)
{
	ds = open_at(member.url, 20000);
	for (size_t i = 0; i < ARRAY_LEN(added); i++)
		write_by_other(added[i], NULL);
	write_by_other("/proof/p/a", "A");
	write_by_other("/proof/p/c", "C");
	write_by_other("/proof/k", "old");
	wants_add(&wants, "/proof/k", RANGE_KEY);
	wants_add(&wants, "/proof/p/", RANGE_PREFIX);
	read_wants();
	view.from_mirror = true;
}

static enum commit_outcome commit_proof(void)
{
	changes_put(&changes, "/proof/k", "next", 4);
	commit_changes();
	return outcome;
}

START_TEST(a_commit_from_an_honest_mirror_is_done)
{
	recall_proof();
	ck_assert_int_eq(commit_proof(), COMMIT_DONE);
}
END_TEST

START_TEST(a_commit_from_the_mirror_notices_each_record_that_came_anywhere)
{
	recall_proof();
	write_by_other(added[_i], "new");
	/* A later write of the key proves nothing of what came before it. */
	write_by_other("/proof/k", "old");
	ck_assert_int_eq(commit_proof(), COMMIT_STALE);
	ck_assert_ptr_nonnull(view_peek(&view, added[_i]));
	ck_assert(!view.from_mirror);
	ck_assert_int_eq(commit_proof(), COMMIT_DONE);
}
END_TEST

START_TEST(a_commit_from_the_mirror_notices_each_record_that_went_or_changed)
{
	recall_proof();
	write_by_other("/proof/p/c", _i ? "other" : NULL);
	ck_assert_int_eq(commit_proof(), COMMIT_STALE);
	ck_assert_int_eq(commit_proof(), COMMIT_DONE);
}
END_TEST

/* Faults. */

static const struct server_line lost_answer[] = { { .act = FORWARD }, { .act = FORWARD_LOSE },
	{ .act = FORWARD } };

START_TEST(a_commit_whose_answer_is_lost_is_sent_once_and_its_outcome_is_unknown)
{
	server = server_start(lost_answer, ARRAY_LEN(lost_answer), member.url);
	ds = open_at(server_url(server), 20000);
	read_key("/lost/k");
	changes_put(&changes, "/lost/k", "mine", 4);
	ck_assert_int_eq(datastore_commit(ds, &view, &changes, &outcome, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNKNOWN_OUTCOME);
	ck_assert_ptr_nonnull(strstr(e.text, server_url(server)));
	ck_assert_uint_eq(server_requests(server), 2);
	view_reset(&view);
	read_key("/lost/k");
	assert_value("/lost/k", "mine");
}
END_TEST

static const struct {
	struct server_line line;
	enum err_kind kind;
	const char *named;
} commit_faults[] = {
	{ { .act = HANG_UP }, ERR_UNKNOWN_OUTCOME, "unknown" },
	{ { .act = SERVE_HALF, .body = EMPTY_ANSWER }, ERR_UNKNOWN_OUTCOME, "unknown" },
	{ { .act = SERVE, .body = "{\"header\":" }, ERR_UNKNOWN_OUTCOME, "unknown" },
	{ { .act = SERVE_UNSAID, .body = EMPTY_ANSWER }, ERR_UNKNOWN_OUTCOME, "unknown" },
	{ { .act = SERVE_UNSAID, .body = "<html>" }, ERR_UNKNOWN_OUTCOME, "unknown" },
	{ { .act = SERVE, .status = 502, .body = "<html>" }, ERR_UNKNOWN_OUTCOME, "502" },
	{ { .act = SERVE, .status = 503, .body = "{\"message\":\"etcdserver: request timed out\","
	  "\"code\":14}" },
	  ERR_UNKNOWN_OUTCOME, "request timed out" },
	{ { .act = SERVE, .status = 503, .body = "{\"message\":\"etcdserver: leader changed\","
	  "\"code\":14}" },
	  ERR_UNKNOWN_OUTCOME, "leader changed" },
	{ { .act = SERVE, .status = 429, .body = "{\"message\":\"etcdserver: mvcc: database space "
	  "exceeded\",\"code\":8}" },
	  ERR_NO_SPACE, "alarm disarm" },
	{ { .act = SERVE, .status = 404, .body = "<html>nothing here" }, ERR_UNAVAILABLE,
	  "does not look like etcd v3" },
	{ { .act = SERVE, .status = 302, .body = "" }, ERR_UNAVAILABLE,
	  "does not look like etcd v3" },
	{ { .act = SERVE, .status = 403, .body = "{\"message\":\"etcdserver: permission denied\","
	  "\"code\":7}" },
	  ERR_DENIED, "permission denied" },
	{ { .act = SERVE, .status = 400, .body = "{\"message\":\"etcdserver: something new\","
	  "\"code\":3}" },
	  ERR_REFUSED, "something new" },
	/* Of the gateway alone: */
	{ { .act = SERVE, .status = 404, .body = "404 page not found\n" }, ERR_UNAVAILABLE,
	  "enable-grpc-gateway" },
	{ { .act = SERVE_HTTP2 }, ERR_UNAVAILABLE, "asked without etcd_protocol \"json\"" },
};

#define GATEWAY_FAULTS 2

#define STATUS_HEAD "{\"header\":{\"revision\":\"5\"},\"version\":\"3.4.23\",\"errors\":"

static const struct {
	struct server_line line;
	enum err_kind kind;
} statuses[] = {
	{ { .act = SERVE, .body = STATUS_HEAD "[\"memberID:1 alarm:NOSPACE \"]}" }, ERR_NO_SPACE },
	{ { .act = SERVE, .body = STATUS_HEAD "[\"etcdserver: no leader\"]}" }, ERR_NONE },
	{ { .act = SERVE, .body = STATUS_HEAD "null}" }, ERR_NONE },
	{ { .act = SERVE, .body = "{\"header\":{\"revision\":\"5\"}}" }, ERR_NONE },
	{ { .act = SERVE, .status = 403, .body = "{\"message\":\"etcdserver: permission denied\","
	  "\"code\":7}" }, ERR_NONE },
	{ { .act = SERVE, .status = 404, .body = "404 page not found\n" }, ERR_NONE },
	{ { .act = SERVE, .status = 501, .body = "{\"message\":\"Not Implemented\",\"code\":12}" },
	  ERR_NONE },
};

START_TEST(an_etcd_that_says_that_it_is_full_takes_no_writes)
{
	enum err_kind kind = statuses[_i].kind;

	server = server_start(&statuses[_i].line, 1, NULL);
	ds = open_at(server_url(server), 20000);
	ck_assert_int_eq(datastore_check_writable(ds, &e), kind ? -1 : 0);
	ck_assert_msg(e.kind == kind, "%d: %s", e.kind, e.text);
	ck_assert_uint_eq(server_requests(server), 1);
	ck_assert_ptr_nonnull(strstr(server_request(server, 0), "/v3/maintenance/status"));
	ck_assert(!kind || (strstr(e.text, server_url(server)) && strstr(e.text, "alarm disarm")));
}
END_TEST

START_TEST(a_commit_that_fails_says_whether_it_may_have_happened)
{
	struct range r = { .key = "/k", .kind = RANGE_KEY };

	server = server_start(&commit_faults[_i].line, 1, NULL);
	ds = open_at(server_url(server), 20000);
	view_cover(&view, &r, 5);
	changes_put(&changes, "/k", "v", 1);
	ck_assert_int_eq(datastore_commit(ds, &view, &changes, &outcome, &e), -1);
	ck_assert_msg(e.kind == commit_faults[_i].kind, "%d: %s", e.kind, e.text);
	ck_assert_msg(strstr(e.text, commit_faults[_i].named), "%s", e.text);
	ck_assert_ptr_nonnull(strstr(e.text, server_url(server)));
	ck_assert_uint_eq(server_requests(server), 1);
}
END_TEST

START_TEST(a_commit_is_sent_again_only_when_etcd_had_not_begun_it)
{
	static const struct server_line busy[] = {
		{ .act = SERVE, .status = 429, .body = "{\"message\":\"etcdserver: too many "
		  "requests\",\"code\":8}" },
		{ .act = SERVE, .body = "{\"header\":{\"revision\":\"6\"},\"succeeded\":true}" },
	};
	struct range r = { .key = "/k", .kind = RANGE_KEY };

	server = server_start(busy, ARRAY_LEN(busy), NULL);
	ds = open_at(server_url(server), 20000);
	view_cover(&view, &r, 5);
	changes_put(&changes, "/k", "v", 1);
	commit_changes();
	ck_assert_int_eq(outcome, COMMIT_DONE);
	ck_assert_uint_eq(server_requests(server), 2);
}
END_TEST

/* etcd 3.5 and older say 14, "unavailable"; 3.6 and newer 9. */
static const struct server_line learners[] = {
	{ .act = SERVE, .status = 503, .body = "{\"error\":\"etcdserver: rpc not supported for "
	  "learner\",\"code\":14,\"message\":\"etcdserver: rpc not supported for learner\"}" },
	{ .act = SERVE, .status = 400, .body = "{\"code\":9, \"message\":\"etcdserver: rpc not "
	  "supported for learner\"}" },
};

START_TEST(a_read_goes_on_to_the_next_server_from_a_learner)
{
	server = server_start(&learners[_i], 1, NULL);
	snprintf(list, sizeof(list), "%s,%s", server_url(server), member.url);
	ds = open_at(list, 20000);
	read_key("/learner/k");
	ck_assert_uint_eq(server_requests(server), 1);
	ck_assert_uint_eq(datastore_requests(ds), 2);
}
END_TEST

START_TEST(a_commit_goes_on_to_the_next_server_from_a_learner)
{
	ds = open_at(member.url, 20000);
	read_key("/learner/k");
	datastore_close(ds);
	server = server_start(&learners[_i], 1, NULL);
	snprintf(list, sizeof(list), "%s,%s", server_url(server), member.url);
	ds = open_at(list, 20000);
	changes_put(&changes, "/learner/k", "x", 1);
	commit_changes();
	ck_assert_int_eq(outcome, COMMIT_DONE);
	ck_assert_uint_eq(server_requests(server), 1);
	ck_assert_uint_eq(datastore_requests(ds), 2);
}
END_TEST

static const struct server_line read_faults[] = {
	{ .act = SERVE, .status = 503, .body = "{\"message\":\"etcdserver: no leader\","
	  "\"code\":14}" },
	{ .act = SERVE, .status = 503, .body = "{\"message\":\"etcdserver: leader changed\","
	  "\"code\":14}" },
	{ .act = SERVE, .status = 429, .body = "{\"message\":\"etcdserver: too many requests\","
	  "\"code\":8}" },
	{ .act = HANG_UP },
	{ .act = SERVE_HALF, .body = EMPTY_ANSWER },
	{ .act = SERVE, .status = 502, .body = "Bad Gateway" },
	{ .act = SERVE, .body = "{}" },
	{ .act = SERVE, .body = EMPTY_ANSWER },
};

START_TEST(a_read_is_tried_again_through_what_may_pass)
{
	server = server_start(read_faults, ARRAY_LEN(read_faults), NULL);
	ds = open_at(server_url(server), 20000);
	for (int i = 0; i < 2; i++) {
		err_reset(&e);
		wants_add(&wants, "/k", RANGE_KEY);
		if (datastore_read(ds, &view, &wants, &e) == 0)
			break;
		wants_done(&wants);
	}
	ck_assert_int_eq(e.kind, ERR_NONE);
	ck_assert(view_knows(&view, "/k"));
	ck_assert_uint_eq(view.ranges[0].revision, 5);
	ck_assert_uint_ge(server_requests(server), ARRAY_LEN(read_faults));
}
END_TEST

START_TEST(no_leader_is_waited_for_until_the_deadline_and_not_longer)
{
	struct deadline late = deadline_in_ms(3000), early = deadline_in_ms(1000);

	server = server_start(read_faults, 1, NULL);
	ds = open_at(server_url(server), 1200);
	wants_add(&wants, "/k", RANGE_KEY);
	ck_assert_int_eq(datastore_read(ds, &view, &wants, &e), -1);
	/* The deadline may also fall into the last request itself. */
	if (e.kind != ERR_DEADLINE) {
		ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
		ck_assert_ptr_nonnull(strstr(e.text, "no leader"));
	}
	ck_assert(deadline_passed(early));
	ck_assert(!deadline_passed(late));
	ck_assert_uint_ge(server_requests(server), 4);
}
END_TEST

START_TEST(connections_that_always_break_end_before_the_deadline)
{
	static const struct server_line line = { .act = HANG_UP };
	struct deadline soon = deadline_in_ms(8000);

	server = server_start(&line, 1, NULL);
	ds = open_at(server_url(server), 60000);
	wants_add(&wants, "/k", RANGE_KEY);
	ck_assert_int_eq(datastore_read(ds, &view, &wants, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(e.text, server_url(server)));
	ck_assert(!deadline_passed(soon));
}
END_TEST

static const struct server_line hang = { .act = HANG };

START_TEST(a_silent_server_ends_a_read_at_the_deadline)
{
	struct deadline late = deadline_in_ms(2500), early = deadline_in_ms(500);

	server = server_start(&hang, 1, NULL);
	ds = open_at(server_url(server), 600);
	wants_add(&wants, "/k", RANGE_KEY);
	ck_assert_int_eq(datastore_read(ds, &view, &wants, &e), -1);
	ck_assert_int_eq(e.kind, ERR_DEADLINE);
	ck_assert_ptr_nonnull(strstr(e.text, server_url(server)));
	ck_assert(deadline_passed(early));
	ck_assert(!deadline_passed(late));
}
END_TEST

START_TEST(a_silent_server_ends_a_commit_with_unknown_outcome)
{
	struct range r = { .key = "/k", .kind = RANGE_KEY };
	struct deadline late = deadline_in_ms(2500);

	server = server_start(&hang, 1, NULL);
	ds = open_at(server_url(server), 600);
	view_cover(&view, &r, 5);
	changes_put(&changes, "/k", "v", 1);
	ck_assert_int_eq(datastore_commit(ds, &view, &changes, &outcome, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNKNOWN_OUTCOME);
	ck_assert_ptr_nonnull(strstr(e.text, server_url(server)));
	ck_assert(!deadline_passed(late));
	ck_assert_uint_eq(server_requests(server), 1);
}
END_TEST

START_TEST(with_no_time_left_nothing_is_sent)
{
	server = server_start(&hang, 1, NULL);
	ds = open_at(server_url(server), 60000);
	datastore_set_deadline(ds, deadline_in_ms(0));
	wants_add(&wants, "/k", RANGE_KEY);
	ck_assert_int_eq(datastore_read(ds, &view, &wants, &e), -1);
	ck_assert_int_eq(e.kind, ERR_DEADLINE);
	ck_assert_uint_eq(server_requests(server), 0);
	ck_assert_uint_eq(datastore_requests(ds), 0);
}
END_TEST

START_TEST(one_silent_server_among_two_costs_half_of_the_time)
{
	struct deadline soon = deadline_in_ms(3000);

	server = server_start(&hang, 1, NULL);
	snprintf(list, sizeof(list), "%s,%s", server_url(server), member.url);
	ds = open_at(list, 4000);
	read_key("/silent/k");
	ck_assert(!deadline_passed(soon));
	read_key("/silent/k");
	ck_assert_uint_eq(server_requests(server), 1);
}
END_TEST

/* Hours are left, and it takes no more than the silence that is allowed. */
START_TEST(a_server_that_takes_a_request_and_stays_silent_is_given_up_and_named)
{
	struct deadline soon = deadline_in_ms(3000), early = deadline_in_ms(400);
	struct range r = { .key = "/silent/k", .kind = RANGE_KEY };

	client_silence_ms = 500;
	server = server_start(&hang, 1, NULL);
	ds = open_at(server_url(server), 3600000);
	wants_add(&wants, "/silent/k", RANGE_KEY);
	view_cover(&view, &r, 5);
	changes_put(&changes, "/silent/k", "x", 1);
	ck_assert_int_eq(_i ? datastore_commit(ds, &view, &changes, &outcome, &e)
			 : datastore_read(ds, &view, &wants, &e), -1);
	ck_assert_int_eq(e.kind, _i ? ERR_UNKNOWN_OUTCOME : ERR_UNAVAILABLE);
	ck_assert_msg(strstr(e.text, server_url(server)), "%s", e.text);
	ck_assert_msg(strstr(e.text, "silent"), "%s", e.text);
	ck_assert(deadline_passed(early));
	ck_assert(!deadline_passed(soon));
	ck_assert_uint_eq(server_requests(server), 1);
}
END_TEST

START_TEST(an_answer_that_keeps_coming_is_waited_for)
{
	static const struct server_line drip = { .act = SERVE_DRIP, .body = EMPTY_ANSWER };

	client_silence_ms = 500;
	server = server_start(&drip, 1, NULL);
	ds = open_at(server_url(server), 20000);
	read_key("/k");
	ck_assert(view_knows(&view, "/k"));
}
END_TEST

static struct hole holes[10];

/* A list that begins with n of those that cannot be reached. */
static void list_holes(size_t n)
{
	list[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		hole_dig(&holes[i]);
		strcat(list, holes[i].url);
		strcat(list, ",");
	}
}

static void fill_holes(size_t n)
{
	for (size_t i = 0; i < n; i++)
		hole_fill(&holes[i]);
}

START_TEST(ten_servers_that_cannot_be_reached_cost_no_more_than_one)
{
	struct deadline soon = deadline_in_ms(CLIENT_NEXT_ALL_MS + 1500);

	list_holes(ARRAY_LEN(holes));
	strcat(list, member.url);
	ds = open_at(list, 90000);
	read_key("/holes/k");
	ck_assert(!deadline_passed(soon));
	ck_assert_uint_eq(datastore_requests(ds), ARRAY_LEN(holes) + 1);
	changes_put(&changes, "/holes/k", "x", 1);
	commit_changes();
	ck_assert_uint_eq(datastore_requests(ds), ARRAY_LEN(holes) + 2);
	ck_assert(!deadline_passed(soon));
	fill_holes(ARRAY_LEN(holes));
}
END_TEST

START_TEST(servers_that_cannot_be_reached_are_each_named)
{
	struct deadline soon = deadline_in_ms(6000);

	list_holes(3);
	list[strlen(list) - 1] = '\0';
	ds = open_at(list, 90000);
	wants_add(&wants, "/holes/k", RANGE_KEY);
	ck_assert_int_eq(datastore_read(ds, &view, &wants, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
	for (int i = 0; i < 3; i++)
		ck_assert_msg(strstr(e.text, holes[i].url), "%s", e.text);
	ck_assert(!deadline_passed(soon));
	fill_holes(3);
}
END_TEST

START_TEST(a_commit_goes_to_one_server_alone_where_the_first_cannot_be_reached)
{
	static const struct server_line done = {
		.act = SERVE, .body = "{\"header\":{\"revision\":\"6\"},\"succeeded\":true}"
	};
	struct range r = { .key = "/k", .kind = RANGE_KEY };
	struct server *second = server_start(&done, 1, NULL);

	server = server_start(&done, 1, NULL);
	list_holes(2);
	strcat(strcat(strcat(list, server_url(server)), ","), server_url(second));
	ds = open_at(list, 90000);
	view_cover(&view, &r, 5);
	changes_put(&changes, "/k", "v", 1);
	commit_changes();
	ck_assert_int_eq(outcome, COMMIT_DONE);
	ck_assert_uint_eq(server_requests(server) + server_requests(second), 1);
	server_stop(second);
	fill_holes(2);
}
END_TEST

/* What died with the kept connection may have arrived. */
START_TEST(a_commit_whose_server_dies_with_it_goes_to_no_other)
{
	static const struct server_line script[] = { { .act = SERVE, .body = EMPTY_ANSWER },
						     { .act = DIE } };

	server = server_start(script, ARRAY_LEN(script), NULL);
	snprintf(list, sizeof(list), "%s,%s", server_url(server), member.url);
	ds = open_at(list, 20000);
	read_key("/dies/k");
	changes_put(&changes, "/dies/k", "v", 1);
	ck_assert_int_eq(datastore_commit(ds, &view, &changes, &outcome, &e), -1);
	ck_assert_msg(e.kind == ERR_UNKNOWN_OUTCOME, "%d: %s", e.kind, e.text);
	ck_assert_uint_eq(server_requests(server), 2);
	ck_assert_uint_eq(datastore_requests(ds), 2);
}
END_TEST

START_TEST(a_dead_server_is_passed_over_and_the_good_one_remembered)
{
	const char *argv[] = { "rm", "-rf", run_path, NULL };

	snprintf(run_path, sizeof(run_path), "%s/run", member.folder);
	snprintf(list, sizeof(list), "http://127.0.0.1:%d,%s", free_port(), member.url);
	ds = open_at(list, 20000);
	read_key("/dead/k");
	ck_assert_uint_eq(datastore_requests(ds), 2);
	read_key("/dead/k");
	ck_assert_uint_eq(datastore_requests(ds), 3);
	other = open_at(list, 20000);
	write_by_other("/dead/k", "x");
	ck_assert_uint_eq(datastore_requests(other), 2);
	ck_assert_int_eq(run_program(argv), 0);
}
END_TEST

START_TEST(a_commit_too_goes_on_to_the_next_server_when_nobody_listens)
{
	ds = open_at(member.url, 20000);
	read_key("/next/k");
	datastore_close(ds);
	snprintf(list, sizeof(list), "http://127.0.0.1:%d,%s", free_port(), member.url);
	ds = open_at(list, 20000);
	changes_put(&changes, "/next/k", "x", 1);
	commit_changes();
	ck_assert_int_eq(outcome, COMMIT_DONE);
	ck_assert_uint_eq(datastore_requests(ds), 2);
}
END_TEST

START_TEST(when_nobody_listens_the_answer_comes_at_once_and_names_each_server)
{
	struct deadline soon = deadline_in_ms(2000);
	char one[48], two[48];

	snprintf(one, sizeof(one), "http://127.0.0.1:%d", free_port());
	snprintf(two, sizeof(two), "http://127.0.0.1:%d", free_port());
	snprintf(list, sizeof(list), "%s,%s", one, two);
	ds = open_at(list, 90000);
	wants_add(&wants, "/k", RANGE_KEY);
	ck_assert_int_eq(datastore_read(ds, &view, &wants, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(e.text, one));
	ck_assert_ptr_nonnull(strstr(e.text, two));
	ck_assert_ptr_nonnull(strstr(e.text, "Connection refused"));
	ck_assert(!deadline_passed(soon));
	ck_assert_uint_eq(datastore_requests(ds), 4);
}
END_TEST

START_TEST(the_environment_names_no_proxy)
{
	setenv("http_proxy", "http://127.0.0.1:9", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:9", 1);
	ds = open_at(member.url, 20000);
	read_key("/proxy/k");
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
}
END_TEST

START_TEST(a_filtered_read_whose_revision_is_compacted_away_starts_again)
{
	static const struct server_line compacted[] = {
		{ .act = SERVE, .body = "{\"header\":{\"revision\":\"5\"},\"succeeded\":true,"
		  "\"responses\":[{\"response_range\":"
		  "{\"kvs\":[{\"key\":\"YWE=\",\"mod_revision\":\"3\"},{\"key\":\"YWI=\","
		  "\"mod_revision\":\"3\"}],"
		  "\"more\":true,\"count\":\"3\"}}]}" },
		{ .act = SERVE, .status = 400,
		  .body = "{\"message\":\"etcdserver: mvcc: required revision has been compacted\","
		  "\"code\":11}" },
		{ .act = SERVE, .body = "{\"header\":{\"revision\":\"9\"},\"succeeded\":true,"
		  "\"responses\":[{\"response_range\":"
		  "{\"kvs\":[{\"key\":\"YWI=\",\"mod_revision\":\"8\"}],\"count\":\"1\"}}]}" },
	};
	unsigned asked = 0;

	server = server_start(compacted, ARRAY_LEN(compacted), NULL);
	ds = open_at(server_url(server), 20000);
	wants_add_filtered(&wants, "a", keep_marked, &asked);
	read_wants();
	ck_assert_uint_eq(view.n_records, 1);
	ck_assert_str_eq(view.records[0].key, "ab");
	ck_assert_uint_eq(view.records[0].revision, 8);
	ck_assert_uint_eq(view.ranges[0].revision, 9);
}
END_TEST

/* A page, and another is said to follow, for ever. */
START_TEST(a_server_whose_pages_go_round_in_circles_is_no_etcd)
{
	static const struct server_line circle[] = {
		{ .act = SERVE, .body = "{\"header\":{\"revision\":\"5\"},\"succeeded\":true,"
		  "\"responses\":[{\"response_range\":"
		  "{\"kvs\":[{\"key\":\"YWE=\",\"mod_revision\":\"3\"}],\"more\":true}}]}" },
	};
	unsigned asked = 0;

	server = server_start(circle, ARRAY_LEN(circle), NULL);
	ds = open_at(server_url(server), 20000);
	wants_add_filtered(&wants, "a", keep_marked, &asked);
	ck_assert_int_eq(datastore_read(ds, &view, &wants, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
	ck_assert_uint_eq(asked, 1);
}
END_TEST

#define BLOCKS "/calico/ipam/v2/assignment/ipv4/block/"

/* More blocks than a page takes; in the first is what a container of node-a has left. */
static void put_blocks(void)
{
	static const char stale[] =
		"{\"cidr\":\"10.0.0.0/29\",\"affinity\":null,"
		"\"allocations\":[0,null,null,null,null,null,null,null],"
		"\"unallocated\":[1,2,3,4,5,6,7],"
		"\"attributes\":[{\"handle_id\":\"net.c1\",\"secondary\":{\"network\":\"net\","
		"\"node\":\"node-a\",\"timestamp\":\"2026-08-22 09:00:00 +0000 UTC\"}}],"
		"\"sequenceNumber\":1,\"sequenceNumberForAllocation\":{\"0\":0},"
		"\"deleted\":false}";
	char key[64];

	wants_add(&wants, BLOCKS, RANGE_PREFIX_KEYS);
	read_wants();
	for (int i = 0; i < 450; i++) {
		snprintf(key, sizeof(key), BLOCKS "10.%d.%d.0-29", i / 100, i % 100);
		changes_put(&changes, key, i ? "{}" : stale, i ? 2 : sizeof(stale) - 1);
		if (i % 100 == 99 || i == 449)
			commit_changes();
	}
	view_reset(&view);
}

static const struct server_line compacts_once[] = { { .act = FORWARD },
	{ .act = SERVE, .status = 400,
	  .body = "{\"message\":\"etcdserver: mvcc: required revision has been compacted\","
	  "\"code\":11}" },
	{ .act = FORWARD } };

static void want_129_keys(void)
{
	char key[32];

	for (int i = 0; i < 129; i++) {
		snprintf(key, sizeof(key), "/wide/%d", i);
		wants_add(&wants, key, RANGE_KEY);
	}
}

START_TEST(a_reading_of_more_than_128_ranges_is_of_one_moment)
{
	static const struct server_line through = { .act = FORWARD };
	char revision[48];

	write_by_other("/wide/128", "one");
	server = server_start(&through, 1, member.url);
	ds = open_at(server_url(server), 20000);
	want_129_keys();
	read_wants();
	assert_value("/wide/128", "one");
	snprintf(revision, sizeof(revision), "\"revision\":\"%" PRIu64 "\"",
		 view.ranges[0].revision);
	ck_assert_uint_eq(view.ranges[128].revision, view.ranges[0].revision);
	ck_assert_ptr_null(strstr(server_request(server, 0), "\"revision\""));
	ck_assert_ptr_nonnull(strstr(server_request(server, 1), revision));
}
END_TEST

START_TEST(a_reading_whose_moment_is_compacted_away_begins_anew)
{
	server = server_start(compacts_once, ARRAY_LEN(compacts_once), member.url);
	ds = open_at(server_url(server), 20000);
	want_129_keys();
	read_wants();
	ck_assert_uint_eq(server_requests(server), 4);
	ck_assert_ptr_null(strstr(server_request(server, 2), "\"revision\""));
}
END_TEST

START_TEST(a_gc_over_an_etcd_that_compacts_meanwhile_lists_no_address_twice)
{
	struct ipam_gc_request request = { "net", "node-a", NULL, 0, 1787392800LL * 1000000000 };
	struct ipam_gc_answer answer;

	ds = open_at(member.url, 20000);
	put_blocks();
	datastore_close(ds);
	server = server_start(compacts_once, ARRAY_LEN(compacts_once), member.url);
	ds = open_at(server_url(server), 20000);
	ck_assert_msg(ipam_gc(ds, &request, &answer, &e) == 0, "%s", e.text);
	ck_assert_uint_eq(answer.released, 1);
}
END_TEST

struct seen {
	char text[200];	/* the values, newest first, each followed by a blank */
	unsigned left;	/* how many more are wanted */
	uint64_t last;	/* revision */
};

static int see(const struct record *record, void *arg, struct err *why __unused_arg)
{
	struct seen *s = arg;
	size_t len = strlen(s->text);

	ck_assert(!s->last || record->revision < s->last);
	s->last = record->revision;
	snprintf(s->text + len, sizeof(s->text) - len, "%.*s ", (int)record->value_len,
		 record->value);
	return --s->left > 0 ? 0 : VISIT_ENOUGH;
}

static enum history_end history_of(const char *key, unsigned n, const char *values)
{
	struct seen s = { .left = n };
	enum history_end end;

	ck_assert_msg(datastore_history(ds, key, see, &s, &end, &e) == 0, "%s", e.text);
	ck_assert_str_eq(s.text, values);
	return end;
}

START_TEST(a_keys_history_goes_back_to_when_it_was_last_absent)
{
	ds = open_at(member.url, 20000);
	write_by_other("h/a", "lost");
	write_by_other("h/a", NULL);
	ck_assert_int_eq(history_of("h/a", 9, ""), HISTORY_ABSENT);
	write_by_other("h/a", "1");
	write_by_other("h/other", "x");
	write_by_other("h/a", "2");
	write_by_other("h/a", "3");
	ck_assert_int_eq(history_of("h/a", 9, "3 2 1 "), HISTORY_BEGUN);
	ck_assert_int_eq(history_of("h/a", 2, "3 2 "), HISTORY_STOPPED);
}
END_TEST

/* Compacts to the revision of the key's last write, behind the back of `ds`. */
static void compact_at(const char *key)
{
	const char *words[] = { "etcdctl", "--endpoints", member.url, "compact", NULL, NULL };
	struct view v __cleanup(view_done) = {0};
	struct wants w __cleanup(wants_done) = {0};
	char revision[24];

	wants_add(&w, key, RANGE_KEY);
	ck_assert_int_eq(datastore_read(other, &v, &w, &e), 0);
	snprintf(revision, sizeof(revision), "%llu",
		 (unsigned long long)view_peek(&v, key)->revision);
	words[4] = revision;
	ck_assert_int_eq(setenv("ETCDCTL_API", "3", 1), 0);
	ck_assert_int_eq(run_program(words), 0);
}

/* What a scan has shown, and what happens on its way. */
struct scanned {
	char last[32];
	unsigned n, later;	/* records, and those of them that were written on the way */
	bool compacts;	/* when 100 have been shown */
};

static void write_and_compact(void)
{
	write_by_other("/scan/0000", "later");
	write_by_other("/scan/0150", NULL);
	write_by_other("/scan/0150x", "later");
	write_by_other("/scan/0999", "later");
	compact_at("/scan/0999");
}

static int note_scanned(const struct record *r, void *arg, struct err *why __unused_arg)
{
	struct scanned *s = arg;

	ck_assert_str_lt(s->last, r->key);
	snprintf(s->last, sizeof(s->last), "%s", r->key);
	s->later += strcmp(r->value, "later") == 0;
	if (++s->n == 100 && s->compacts)
		write_and_compact();
	return 0;
}

START_TEST(a_scan_goes_on_behind_the_last_key_when_its_revision_is_compacted_away)
{
	struct scanned s = { .compacts = true };
	unsigned long before;

	ds = open_at(member.url, 60000);
	write_by_other("/scan/0150x", NULL);
	put_scan(1000, 100);
	before = datastore_requests(ds);
	ck_assert_msg(datastore_scan(ds, "/scan/", note_scanned, &s, &e) == 0, "%s", e.text);
	/* The first page stands as it was; the second, refused once, is of later. */
	ck_assert_uint_eq(s.n, 1000);
	ck_assert_uint_eq(s.later, 1);
	ck_assert_uint_eq(datastore_requests(ds) - before, 3);
}
END_TEST

START_TEST(a_scan_of_a_moment_says_when_it_is_compacted_away)
{
	struct scanned s = { .compacts = true };
	enum scan_outcome how = SCAN_DONE;

	ds = open_at(member.url, 60000);
	write_by_other("/scan/0150x", NULL);
	put_scan(1000, 100);
	ck_assert_int_eq(datastore_scan_moment(ds, "/scan/", note_scanned, &s, &how, &e), 0);
	ck_assert_int_eq(how, SCAN_LOST);
	ck_assert_uint_eq(s.n, 400);
	s = (struct scanned){ 0 };
	ck_assert_int_eq(datastore_scan_moment(ds, "/scan/", note_scanned, &s, &how, &e), 0);
	ck_assert_int_eq(how, SCAN_DONE);
	ck_assert_uint_eq(s.n, 1000);
}
END_TEST

START_TEST(a_keys_history_ends_where_etcd_has_compacted)
{
	ds = open_at(member.url, 20000);
	write_by_other("h/c", "1");
	write_by_other("h/c", "2");
	compact_at("h/c");
	write_by_other("h/c", "3");
	ck_assert_int_eq(history_of("h/c", 9, "3 2 "), HISTORY_COMPACTED);
}
END_TEST

static void add_real(TCase *t)
{
	tcase_add_test(t, traits_name_the_place);
	tcase_add_test(t, reading_128_ranges_is_one_request_and_129_are_two);
	tcase_add_test(t, a_stale_commit_refreshes_the_view_in_the_same_request);
	tcase_add_test(t, a_stale_commit_of_a_view_with_more_than_128_ranges_reads_it_again);
	tcase_add_test(t, a_guarded_prefix_notices_a_new_key);
	tcase_add_test(t, a_guarded_absence_notices_the_key);
	tcase_add_test(t, deleting_what_is_absent_still_guards_the_absence);
	tcase_add_test(t, values_with_any_byte_and_large_ones_survive);
	tcase_add_test(t, too_large_and_too_many_are_refused_before_they_are_sent);
	tcase_add_test(t, a_filtered_scan_goes_in_pages_and_keeps_what_the_filter_wants);
	tcase_add_test(t, a_commit_from_the_mirror_holds_by_value_and_a_stale_one_ends_the_mirror);
	tcase_add_test(t, a_commit_from_an_honest_mirror_is_done);
	tcase_add_loop_test(t, a_commit_from_the_mirror_notices_each_record_that_came_anywhere, 0,
			    4);
	tcase_add_loop_test(t, a_commit_from_the_mirror_notices_each_record_that_went_or_changed, 0,
			    2);
	tcase_add_test(t, a_keys_history_goes_back_to_when_it_was_last_absent);
	tcase_add_test(t, a_keys_history_ends_where_etcd_has_compacted);
	tcase_add_test(t,
		       a_scan_goes_on_behind_the_last_key_when_its_revision_is_compacted_away);
	tcase_add_test(t, a_scan_of_a_moment_says_when_it_is_compacted_away);
}

static void add_unreached(TCase *t)
{
	tcase_add_test(t, ten_servers_that_cannot_be_reached_cost_no_more_than_one);
	tcase_add_test(t, servers_that_cannot_be_reached_are_each_named);
	tcase_add_test(t, a_dead_server_is_passed_over_and_the_good_one_remembered);
	tcase_add_test(t, a_commit_too_goes_on_to_the_next_server_when_nobody_listens);
	tcase_add_test(t, when_nobody_listens_the_answer_comes_at_once_and_names_each_server);
	tcase_add_test(t, the_environment_names_no_proxy);
}

static void add_scripted(TCase *t, int faults)
{
	tcase_add_test(t, a_commit_whose_answer_is_lost_is_sent_once_and_its_outcome_is_unknown);
	tcase_add_loop_test(t, an_etcd_that_says_that_it_is_full_takes_no_writes, 0,
			    ARRAY_LEN(statuses));
	tcase_add_loop_test(t, a_commit_that_fails_says_whether_it_may_have_happened, 0,
			    faults);
	tcase_add_test(t, a_commit_is_sent_again_only_when_etcd_had_not_begun_it);
	tcase_add_loop_test(t, a_read_goes_on_to_the_next_server_from_a_learner, 0,
			    ARRAY_LEN(learners));
	tcase_add_loop_test(t, a_commit_goes_on_to_the_next_server_from_a_learner, 0,
			    ARRAY_LEN(learners));
	tcase_add_test(t, a_read_is_tried_again_through_what_may_pass);
	tcase_add_test(t, no_leader_is_waited_for_until_the_deadline_and_not_longer);
	tcase_add_test(t, connections_that_always_break_end_before_the_deadline);
	tcase_add_test(t, a_silent_server_ends_a_read_at_the_deadline);
	tcase_add_test(t, a_silent_server_ends_a_commit_with_unknown_outcome);
	tcase_add_test(t, with_no_time_left_nothing_is_sent);
	tcase_add_test(t, one_silent_server_among_two_costs_half_of_the_time);
	tcase_add_loop_test(t,
			    a_server_that_takes_a_request_and_stays_silent_is_given_up_and_named,
			    0, 2);
	tcase_add_test(t, an_answer_that_keeps_coming_is_waited_for);
	tcase_add_test(t, a_commit_goes_to_one_server_alone_where_the_first_cannot_be_reached);
	tcase_add_test(t, a_commit_whose_server_dies_with_it_goes_to_no_other);
	tcase_add_test(t, a_filtered_read_whose_revision_is_compacted_away_starts_again);
	tcase_add_test(t, a_reading_of_more_than_128_ranges_is_of_one_moment);
	tcase_add_test(t, a_reading_whose_moment_is_compacted_away_begins_anew);
	tcase_add_test(t, a_gc_over_an_etcd_that_compacts_meanwhile_lists_no_address_twice);
	tcase_add_test(t, a_server_whose_pages_go_round_in_circles_is_no_etcd);
}

static TCase *create_case(const char *name, void (*begin_it)(void))
{
	TCase *t = tcase_create(name);

	tcase_set_timeout(t, 60);
	tcase_add_unchecked_fixture(t, begin_member, end_member);
	tcase_add_checked_fixture(t, begin_it, end);
	return t;
}

Suite *suite(void)
{
	Suite *s = suite_create("datastore.etcd");
	TCase *etcd = create_case("etcd", begin);
	TCase *json = create_case("json", begin_json), *grpc = create_case("grpc", begin_grpc);

	add_real(etcd);
	add_unreached(etcd);
	suite_add_tcase(s, etcd);
	add_scripted(json, ARRAY_LEN(commit_faults));
	suite_add_tcase(s, json);
	add_scripted(grpc, ARRAY_LEN(commit_faults) - GATEWAY_FAULTS);
	suite_add_tcase(s, grpc);
	return s;
}
