/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Kubernetes store against a scripted API server: what goes out for what comes back, and
 * what becomes of faults.  Against a real one runs the contract suite (tests/contract).
 */
#include "datastore/backend.h"
#include "datastore/kubernetes/kind.h"
#include "tests/datastore/fixture_server.h"
#include "tests/fake/settings_of.h"
#include "tests/suite.h"

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINES_MAX 64
#define TOKEN "a-token-that-nobody-may-see"
#define HANDLES "/calico/ipam/v2/handle/"
#define AFFINITIES "/calico/ipam/v2/host/"
#define BLOCK "/calico/ipam/v2/assignment/ipv4/block/10.0.0.0-30"
#define WORKLOADS "/calico/resources/v3/projectcalico.org/workloadendpoints/"
#define POOL "/calico/resources/v3/projectcalico.org/ippools/p"
#define CALICO "/apis/crd.projectcalico.org/v1/"
#define VALUE "{\"block\":{\"10.0.0.0/26\":1},\"deleted\":false}"
#define NEW_VALUE "{\"block\":{\"10.0.0.0/26\":2},\"deleted\":false}"
#define GONE "{\"kind\":\"Status\",\"code\":404,\"message\":\"ipamhandles \\\"a\\\" not found\"}"
#define CONFLICT "{\"kind\":\"Status\",\"code\":409,\"message\":\"the object has been modified\"}"
#define OKAY "{\"kind\":\"Status\",\"status\":\"Success\"}"
#define HELD "{\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"5\",\"uid\":\"u\"," \
	"\"deletionTimestamp\":\"2026-08-22T10:00:00Z\",\"finalizers\":[\"f/3\"]}," \
	"\"spec\":{\"block\":{\"10.0.0.0/26\":1},\"deleted\":true,\"handleID\":\"a\"}}"
#define SELECTOR "&labelSelector="
#define HASH_LABEL "projectcalico.org%2Fhostname-hash"
#define EXACT "&resourceVersion=90&resourceVersionMatch=Exact HTTP"
#define NO_KIND "404 page not found\n"

static struct server_line script[LINES_MAX];
static size_t n_lines;
static struct server *server;
static struct datastore *ds;
static struct view view;
static struct changes changes;
static struct err e;
static enum commit_outcome outcome;
static struct timespec began;
static char *bodies[256];
static size_t n_bodies;
static char run_path[64];

/* The script */

/* Lives until the test's end. */
static const char *text(const char *fmt, ...) __printf_like(1, 2);
static const char *text(const char *fmt, ...)
{
	va_list args;
	char *made = NULL;

	va_start(args, fmt);
	ck_assert_int_ge(vasprintf(&made, fmt, args), 0);
	va_end(args);
	ck_assert_uint_lt(n_bodies, ARRAY_LEN(bodies));
	return bodies[n_bodies++] = made;
}

static void act(enum server_act act)
{
	ck_assert_uint_lt(n_lines, LINES_MAX);
	script[n_lines++] = (struct server_line){ .act = act, .body = "{}" };
}

static void answer(int status, const char *body)
{
	act(SERVE);
	script[n_lines - 1].status = status;
	script[n_lines - 1].body = body;
}

static void answer_busy(const char *seconds)
{
	act(SERVE_RAW_KEEP);
	script[n_lines - 1].head = text("HTTP/1.1 429 Too Many\r\n%sContent-Length: 4\r\n\r\nbusy",
					*seconds ? text("Retry-After: %s\r\n", seconds) : "");
	script[n_lines - 1].body = NULL;
}

static const char *object(const char *name, int revision, const char *spec)
{
	return text("{\"metadata\":{\"name\":\"%s\",\"resourceVersion\":\"%d\",\"uid\":\"u-%s\"},"
		    "\"spec\":%s}", name, revision, name, spec);
}

static const char *handle_as(const char *name, int revision, int n, const char *deleted)
{
	return object(name, revision,
		      text("{\"block\":{\"10.0.0.0/26\":%d},\"deleted\":%s,\"handleID\":\"%s\"}", n,
			   deleted, name));
}

static const char *handle(const char *name, int revision, int n)
{
	return handle_as(name, revision, n, "false");
}

static const char *marked(const char *name, int revision)
{
	return handle_as(name, revision, 1, "true");
}

static const char *list(const char *token, const char *items)
{
	return text("{\"metadata\":{\"resourceVersion\":\"90\",\"continue\":\"%s\"},"
		    "\"items\":[%s]}", token, items);
}

/* The store */

static void open_for(enum datastore_purpose purpose, int64_t ms)
{
	struct settings settings __cleanup(settings_done) =
		SETTINGS("datastore_type", "kubernetes", "calico_api_group",
			 "crd.projectcalico.org/v1", "k8sapitoken", TOKEN);

	server = server_start(script, n_lines, NULL);
	settings_also(&settings, "k8s_api_endpoint", server_url(server));
	ck_assert_msg(datastore_open(&ds, &settings, purpose, deadline_in_ms(ms), &e) == 0, "%s",
		      e.text);
	clock_gettime(CLOCK_MONOTONIC, &began);
}

static void open_store(int64_t ms)
{
	open_for(OPEN_TO_CREATE, ms);
}

static void open_at_once(void)
{
	open_store(20000);
}

static int64_t ms_since(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - began.tv_sec) * 1000 + (now.tv_nsec - began.tv_nsec) / 1000000;
}

static int try_to_read(const char *key, enum range_kind kind)
{
	struct wants wants __cleanup(wants_done) = {0};

	wants_add(&wants, key, kind);
	return datastore_read(ds, &view, &wants, &e);
}

static void read_range(const char *key, enum range_kind kind)
{
	ck_assert_msg(try_to_read(key, kind) == 0, "%s", e.text);
}

static void read_handles(void)
{
	read_range(HANDLES, RANGE_PREFIX);
}

static void read_handle(const char *name)
{
	read_range(text(HANDLES "%s", name), RANGE_KEY);
}

static void put(const char *name, const char *value)
{
	changes_put(&changes, text(HANDLES "%s", name), value, strlen(value));
}

static int try_to_commit(void)
{
	return datastore_commit(ds, &view, &changes, &outcome, &e);
}

static void assert_commit(enum commit_outcome expected)
{
	ck_assert_msg(try_to_commit() == 0, "%s", e.text);
	ck_assert_int_eq(outcome, expected);
}

static void assert_handle(const char *name, int n)
{
	const struct record *r = view_peek(&view, text(HANDLES "%s", name));

	ck_assert_ptr_nonnull(r);
	ck_assert_str_eq(r->value, text("{\"block\":{\"10.0.0.0/26\":%d},\"deleted\":false}", n));
}

static void assert_absent(const char *name)
{
	const char *key = text(HANDLES "%s", name);

	ck_assert(view_knows(&view, key));
	ck_assert_ptr_null(view_peek(&view, key));
}

/* What begins with these was asked for, in this order, and no more. */
static void assert_asked(const char *const *lines)
{
	size_t i;

	for (i = 0; lines[i]; i++)
		ck_assert_msg(strncmp(server_request(server, i), lines[i], strlen(lines[i])) == 0,
			      "%zu: \"%s\" is not \"%s\"", i, server_request(server, i), lines[i]);
	ck_assert_msg(server_requests(server) == i, "%zu more: %s", server_requests(server) - i,
		      server_request(server, i));
}
#define assert_asked(...) assert_asked((const char *const[]){ __VA_ARGS__, NULL })

static void assert_sent(size_t i, const char *part)
{
	ck_assert_msg(strstr(server_request(server, i), part) != NULL, "no %s in %s", part,
		      server_request(server, i));
}

static void assert_not_sent(size_t i, const char *part)
{
	ck_assert_msg(strstr(server_request(server, i), part) == NULL, "%s in %s", part,
		      server_request(server, i));
}

static void assert_error(enum err_kind kind, const char *part)
{
	ck_assert_msg(e.kind == kind && strstr(e.text, part), "%d, \"%s\": %s", e.kind, part,
		      e.text);
	ck_assert_msg(!strstr(e.text, TOKEN), "%s", e.text);
}

static void begin(void)
{
	err_reset(&e);
	memset(script, 0, sizeof(script));
	n_lines = 0;
	ds = NULL;
	server = NULL;
	outcome = COMMIT_DONE;
	view_init(&view);
	changes_init(&changes);
}

static void end(void)
{
	datastore_close(ds);
	if (server)
		server_stop(server);
	view_done(&view);
	changes_done(&changes);
	while (n_bodies)
		free(bodies[--n_bodies]);
}

/* Reading */

START_TEST(an_object_that_is_not_there_is_absent)
{
	answer(404, GONE);
	open_at_once();
	read_handle("a");
	assert_absent("a");
	assert_asked("GET " CALICO "ipamhandles/a HTTP");
}
END_TEST

START_TEST(a_kind_that_is_not_there_is_an_error_that_names_it)
{
	answer(404, NO_KIND);
	open_at_once();
	ck_assert_int_eq(try_to_read(HANDLES "a", RANGE_KEY), -1);
	assert_error(ERR_REFUSED,
		     "crd.projectcalico.org/v1 IPAMHandle: are Calico's CRDs installed?");
	err_reset(&e);
	ck_assert_int_eq(try_to_read(HANDLES, RANGE_PREFIX), -1);
	assert_error(ERR_REFUSED, server_url(server));
}
END_TEST

START_TEST(what_is_marked_as_deleted_is_absent)
{
	answer(200, marked("a", 5));
	answer(200, OKAY);
	answer(200, list("", text("%s,%s", marked("a", 5), handle("b", 6, 1))));
	open_at_once();
	read_handle("a");
	assert_absent("a");
	read_handles();
	assert_absent("a");
	assert_handle("b", 1);
}
END_TEST

START_TEST(an_object_of_another_shape_is_passed_over_in_a_list_and_an_error_alone)
{
	const char *strange = object("b", 7, "{\"what\":\"is this\"}");

	answer(200, list("", text("%s,%s,7,%s", handle("a", 5, 1), strange, handle("c", 6, 1))));
	answer(200, strange);
	open_at_once();
	read_handles();
	assert_handle("a", 1);
	assert_handle("c", 1);
	ck_assert_uint_eq(view.n_records, 2);
	ck_assert_int_eq(try_to_read(HANDLES "b", RANGE_KEY), -1);
	assert_error(ERR_DECODE, "IPAMHandle b");
}
END_TEST

START_TEST(of_configurations_the_one_named_default_counts)
{
	const char *one = object("default", 5, "{\"autoAllocateBlocks\":true}"),
		   *other = object("other", 7, "{\"strictAffinity\":true}");

	answer(200, list("", text("%s,%s", one, other)));
	open_at_once();
	read_range("/calico/ipam/v2/conf", RANGE_PREFIX);
	ck_assert_uint_eq(view.n_records, 1);
	ck_assert_str_eq(view.records[0].value, "{\"auto_allocate_blocks\":true}");
}
END_TEST

START_TEST(an_answer_that_is_not_kubernetes_is_said_to_be_none)
{
	answer(200, "<html>welcome</html>");
	answer(200, "{\"metadata\":{}}");
	open_at_once();
	ck_assert_int_eq(try_to_read(HANDLES "a", RANGE_KEY), -1);
	assert_error(ERR_UNAVAILABLE, "does not look like Kubernetes'");
	err_reset(&e);
	ck_assert_int_eq(try_to_read(HANDLES, RANGE_PREFIX), -1);
	assert_error(ERR_UNAVAILABLE, "no \"items\"");
}
END_TEST

START_TEST(a_list_is_read_page_by_page)
{
	answer(200, list("to/ken=1", handle("a", 5, 1)));
	answer(200, list("t2", handle("b", 6, 2)));
	answer(200, list("", handle("c", 7, 3)));
	open_at_once();
	read_handles();
	assert_handle("a", 1);
	assert_handle("b", 2);
	assert_handle("c", 3);
	assert_asked("GET " CALICO "ipamhandles?limit=500 HTTP",
		     "GET " CALICO "ipamhandles?limit=500&continue=to%2Fken%3D1 HTTP",
		     "GET " CALICO "ipamhandles?limit=500&continue=t2 HTTP");
}
END_TEST

/* More than an answer may have. */
static void answer_too_much(void)
{
	static char part[1 << 16];

	memset(part, ' ', sizeof(part) - 1);
	act(SERVE_RAW);
	script[n_lines - 1].head = "HTTP/1.1 200 OK\r\nContent-Length: 40000000\r\n\r\n";
	script[n_lines - 1].body = part;
	script[n_lines - 1].again = 40000000 / (sizeof(part) - 1) + 1;
}

START_TEST(of_a_page_that_is_too_large_half_is_asked_for)
{
	answer(200, list("t2", handle("a", 5, 1)));
	answer_too_much();
	answer_too_much();
	answer(200, list("t3", handle("b", 6, 2)));
	answer(200, list("", handle("c", 7, 3)));
	open_at_once();
	read_handles();
	assert_handle("a", 1);
	assert_handle("b", 2);
	assert_handle("c", 3);
	assert_asked("GET " CALICO "ipamhandles?limit=500 HTTP",
		     "GET " CALICO "ipamhandles?limit=500&continue=t2 HTTP",
		     "GET " CALICO "ipamhandles?limit=250&continue=t2 HTTP",
		     "GET " CALICO "ipamhandles?limit=125&continue=t2 HTTP",
		     "GET " CALICO "ipamhandles?limit=125&continue=t3 HTTP");
}
END_TEST

START_TEST(one_object_that_is_too_large_is_an_error)
{
	answer_too_much();
	open_at_once();
	ck_assert_int_eq(try_to_read(HANDLES, RANGE_PREFIX), -1);
	assert_error(ERR_LIMIT, "larger than the limit");
	ck_assert_uint_eq(server_requests(server), 9);
	assert_sent(8, "ipamhandles?limit=1 HTTP");
	err_reset(&e);
	ck_assert_int_eq(try_to_read(HANDLES "a", RANGE_KEY), -1);
	assert_error(ERR_LIMIT, "larger than the limit");
	ck_assert_uint_eq(server_requests(server), 10);
}
END_TEST

#define MANY 32	/* objects of a kind, for which a page is worth it */

static int try_to_read_many(unsigned n)
{
	struct wants wants __cleanup(wants_done) = {0};

	for (unsigned i = 0; i < n; i++)
		wants_add(&wants, text(HANDLES "h%02u", i), RANGE_KEY);
	return datastore_read(ds, &view, &wants, &e);
}

static void read_many_handles(unsigned n)
{
	ck_assert_msg(try_to_read_many(n) == 0, "%s", e.text);
}

static const char *page_before(unsigned long to_come, const char *items)
{
	return text("{\"metadata\":{\"resourceVersion\":\"90\",\"continue\":\"t2\","
		    "\"remainingItemCount\":%lu},\"items\":[%s]}", to_come, items);
}

START_TEST(many_objects_of_a_kind_are_read_by_pages)
{
	answer(200, page_before(40, text("%s,%s", handle("another", 5, 9), handle("h07", 6, 2))));
	answer(200, list("", text("%s,%s,%s", handle("h31", 7, 3), marked("h08", 8),
				  marked("another", 9))));
	answer(200, OKAY);
	open_at_once();
	read_many_handles(MANY);
	assert_handle("h07", 2);
	assert_handle("h31", 3);
	assert_absent("h08");
	assert_absent("h09");
	ck_assert_uint_eq(view.n_records, 2);
	assert_asked("GET " CALICO "ipamhandles?limit=500 HTTP",
		     "GET " CALICO "ipamhandles?limit=500&continue=t2 HTTP",
		     "DELETE " CALICO "ipamhandles/h08 HTTP");
}
END_TEST

START_TEST(fewer_are_asked_for_one_by_one)
{
	answer(404, GONE);
	open_at_once();
	read_many_handles(MANY - 1);
	ck_assert_uint_eq(server_requests(server), MANY - 1);
	assert_sent(0, "GET " CALICO "ipamhandles/h00 HTTP");
}
END_TEST

START_TEST(where_there_are_too_many_pages_the_rest_is_asked_for_one_by_one)
{
	answer(200, page_before(500, handle("h07", 6, 2)));
	answer(404, GONE);
	open_at_once();
	read_many_handles(MANY);
	assert_handle("h07", 2);
	assert_absent("h00");
	ck_assert_uint_eq(view.n_records, 1);
	ck_assert_uint_eq(server_requests(server), MANY);
	assert_sent(0, "GET " CALICO "ipamhandles?limit=500 HTTP");
	for (size_t i = 1; i < MANY; i++)
		assert_not_sent(i, "h07");
}
END_TEST

START_TEST(one_of_many_that_has_another_shape_is_an_error)
{
	answer(200, list("", text("%s,%s", object("other", 7, "{\"what\":\"is this\"}"),
				  handle("h00", 6, 1))));
	answer(200, list("", object("h08", 7, "{\"what\":\"is this\"}")));
	open_at_once();
	read_many_handles(MANY);
	assert_handle("h00", 1);
	view_reset(&view);
	ck_assert_int_eq(try_to_read_many(MANY), -1);
	assert_error(ERR_DECODE, "IPAMHandle h08");
}
END_TEST

START_TEST(a_list_of_all_shows_many_of_them_too)
{
	struct wants wants __cleanup(wants_done) = {0};

	answer(200, list("", text("%s,%s", handle("another", 5, 9), handle("h07", 6, 2))));
	open_at_once();
	for (unsigned i = 0; i < MANY; i++)
		wants_add(&wants, text(HANDLES "h%02u", i), RANGE_KEY);
	wants_add(&wants, HANDLES, RANGE_PREFIX);
	ck_assert_msg(datastore_read(ds, &view, &wants, &e) == 0, "%s", e.text);
	ck_assert_uint_eq(view.n_records, 2);
	assert_asked("GET " CALICO "ipamhandles?limit=500 HTTP");
}
END_TEST

START_TEST(a_list_whose_moment_is_forgotten_goes_on_with_the_token_of_the_refusal)
{
	answer(200, list("old", handle("a", 5, 1)));
	answer(410, "{\"kind\":\"Status\",\"metadata\":{\"continue\":\"fresh\"},\"code\":410}");
	answer(200, list("", handle("c", 7, 3)));
	open_at_once();
	read_handles();
	assert_handle("a", 1);
	assert_handle("c", 3);
	assert_asked("GET " CALICO "ipamhandles?limit=500 HTTP",
		     "GET " CALICO "ipamhandles?limit=500&continue=old HTTP",
		     "GET " CALICO "ipamhandles?limit=500&continue=fresh HTTP");
}
END_TEST

static int see_nothing(const struct record *r __unused_arg, void *arg, struct err *why __unused_arg)
{
	++*(int *)arg;
	return 0;
}

START_TEST(a_scan_of_a_moment_that_is_forgotten_is_lost)
{
	enum scan_outcome scanned = SCAN_DONE;
	int seen = 0;

	answer(200, list("old", handle("a", 5, 1)));
	answer(410, "{\"kind\":\"Status\",\"metadata\":{\"continue\":\"fresh\"},\"code\":410}");
	open_at_once();
	ck_assert_int_eq(datastore_scan_moment(ds, HANDLES, see_nothing, &seen, &scanned, &e), 0);
	ck_assert_int_eq(scanned, SCAN_LOST);
	ck_assert_uint_eq(server_requests(server), 2);
}
END_TEST

START_TEST(a_scan_of_a_moment_reads_all_kinds_as_of_the_first)
{
	enum scan_outcome scanned = SCAN_LOST;
	int seen = 0;

	answer(200, list("", ""));
	answer(200, list("", handle("a", 5, 1)));
	answer(200, list("", ""));
	open_at_once();
	ck_assert_int_eq(datastore_scan_moment(ds, "/calico/ipam/", see_nothing, &seen, &scanned,
					       &e), 0);
	ck_assert_int_eq(scanned, SCAN_DONE);
	assert_asked("GET " CALICO "ipamblocks?limit=500 HTTP",
		     "GET " CALICO "ipamconfigs?limit=500" EXACT,
		     "GET " CALICO "ipamhandles?limit=500" EXACT,
		     "GET " CALICO "blockaffinities?limit=500" EXACT);
}
END_TEST

#define POD(name, spec) "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"n\"," \
	"\"resourceVersion\":\"5\"},\"spec\":{" spec "}}"

START_TEST(pods_are_listed_page_by_page_where_they_are_meant)
{
	int seen = 0;

	answer(200, list("p2", POD("a", "\"nodeName\":\"x\"")));
	answer(200, list("", POD("b", "\"nodeName\":\"x\",\"hostNetwork\":true")));
	open_at_once();
	ck_assert_int_eq(datastore_scan(ds, WORKLOADS, see_nothing, &seen, &e), 0);
	ck_assert_int_eq(seen, 1);
	assert_asked("GET /api/v1/pods?limit=500 HTTP",
		     "GET /api/v1/pods?limit=500&continue=p2 HTTP");
}
END_TEST

START_TEST(pods_of_a_node_are_asked_for_by_its_name)
{
	int seen = 0;

	answer(200, list("p2", POD("a", "\"nodeName\":\"x\"")));
	answer(200, list("", POD("b", "\"nodeName\":\"x\"")));
	answer(200, list("", POD("c", "\"nodeName\":\"y\"")));
	open_at_once();
	ck_assert_int_eq(datastore_scan_of_node(ds, WORKLOADS, "x", see_nothing, &seen, &e), 0);
	ck_assert_int_eq(seen, 2);
	ck_assert_int_eq(datastore_scan_of_node(ds, WORKLOADS, "x,metadata.name=c", see_nothing,
						&seen, &e), 0);
	assert_asked("GET /api/v1/pods?limit=500&fieldSelector=spec.nodeName%3Dx HTTP",
		     "GET /api/v1/pods?limit=500&fieldSelector=spec.nodeName%3Dx&continue=p2 HTTP",
		     "GET /api/v1/pods?limit=500 HTTP");
}
END_TEST

START_TEST(a_copy_of_the_store_has_no_pods)
{
	int seen = 0;

	for (int i = 0; i < 4; i++)
		answer(200, list("", ""));
	open_at_once();
	ck_assert_int_eq(datastore_scan(ds, "/calico/resources/", see_nothing, &seen, &e), 0);
	ck_assert_uint_eq(server_requests(server), 4);
	for (size_t i = 0; i < server_requests(server); i++)
		ck_assert_ptr_null(strstr(server_request(server, i), "/pods"));
}
END_TEST

static size_t count_requests(const char *part)
{
	size_t n = 0;

	for (size_t i = 0; i < server_requests(server); i++)
		n += strstr(server_request(server, i), part) != NULL;
	return n;
}

START_TEST(affinities_of_a_node_are_asked_for_by_label_and_those_without_labels_are_found)
{
	answer(200, list("", object("node-a-10-0-0-0-30", 5, "{\"cidr\":\"10.0.0.0/30\",\"node\":"
				    "\"node-a\",\"state\":\"confirmed\",\"deleted\":\"false\"}")));
	open_at_once();
	read_range(AFFINITIES "node-a/", RANGE_PREFIX);
	ck_assert_ptr_nonnull(view_peek(&view, AFFINITIES "node-a/ipv4/block/10.0.0.0-30"));
	ck_assert_uint_eq(server_requests(server), 2);
	ck_assert_uint_eq(count_requests(SELECTOR HASH_LABEL "%3DPY3TQE2E3XMTETLM2MJO3UITKPFB27"
					 "YUJ4T4E5XGPEJON3SM4QAA HTTP"), 1);
	ck_assert_uint_eq(count_requests(SELECTOR "%21" HASH_LABEL " HTTP"), 1);
}
END_TEST

/* The group */

static void open_in(const char *folder)
{
	struct settings settings __cleanup(settings_done) =
		SETTINGS("datastore_type", "kubernetes", "run_path", folder);

	datastore_close(ds);
	if (!server)
		server = server_start(script, n_lines, NULL);
	settings_also(&settings, "k8s_api_endpoint", server_url(server));
	ck_assert_msg(datastore_open(&ds, &settings, OPEN_TO_CREATE, deadline_in_ms(20000),
				     &e) == 0, "%s", e.text);
}

static void begin_folder(void)
{
	strcpy(run_path, "/tmp/calico-ipam-group.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(run_path));
}

static void end_folder(void)
{
	ck_assert_int_eq(system(text("rm -rf '%s'", run_path)), 0);
}

START_TEST(a_group_that_an_earlier_process_remembered_and_is_gone_is_asked_for_anew)
{
	answer(200, "{\"groups\":[{\"name\":\"projectcalico.org\"},"
	       "{\"name\":\"crd.projectcalico.org\"}]}");
	answer(404, GONE);
	answer(404, GONE);
	answer(404, NO_KIND);
	answer(200, "{\"groups\":[{\"name\":\"apps\"},{\"name\":\"projectcalico.org\"}]}");
	answer(404, GONE);
	begin_folder();
	open_in(run_path);
	read_handle("a");
	open_in(run_path);
	read_handle("a");
	open_in(run_path);
	read_handle("a");
	assert_asked("GET /apis HTTP", "GET " CALICO "ipamhandles/a", "GET " CALICO "ipamhandles/a",
		     "GET " CALICO "ipamhandles/a", "GET /apis HTTP",
		     "GET /apis/projectcalico.org/v3/ipamhandles/a");
	end_folder();
}
END_TEST

/* The one file of the run folder was written so long ago. */
static void age_group(long seconds)
{
	ck_assert_int_eq(system(text("touch -d '%ld seconds ago' '%s'/api-group-*", seconds,
				     run_path)), 0);
}

static void assert_asked_anew_when_aged(long seconds)
{
	answer(200, "{\"groups\":[{\"name\":\"projectcalico.org\"}]}");
	answer(404, GONE);
	answer(404, GONE);
	answer(200, "{\"groups\":[{\"name\":\"crd.projectcalico.org\"}]}");
	answer(404, GONE);
	begin_folder();
	open_in(run_path);
	read_handle("a");
	age_group(540);
	open_in(run_path);
	read_handle("a");
	age_group(seconds);
	open_in(run_path);
	read_handle("a");
	open_in(run_path);
	read_handle("a");
	assert_asked("GET /apis HTTP", "GET /apis/projectcalico.org/v3/ipamhandles/a",
		     "GET /apis/projectcalico.org/v3/ipamhandles/a", "GET /apis HTTP",
		     "GET " CALICO "ipamhandles/a", "GET " CALICO "ipamhandles/a");
	end_folder();
}

START_TEST(a_group_that_was_remembered_long_ago_is_asked_for_once_more)
{
	assert_asked_anew_when_aged(601);
}
END_TEST

START_TEST(a_group_that_was_remembered_in_a_time_to_come_is_asked_for_once_more)
{
	assert_asked_anew_when_aged(-3600);
}
END_TEST

START_TEST(a_scan_asks_anew_for_a_group_that_is_gone)
{
	int seen = 0;

	answer(200, "{\"groups\":[{\"name\":\"projectcalico.org\"}]}");
	answer(404, GONE);
	answer(404, NO_KIND);
	answer(200, "{\"groups\":[{\"name\":\"crd.projectcalico.org\"}]}");
	answer(200, list("", handle("a", 5, 1)));
	begin_folder();
	open_in(run_path);
	read_handle("a");
	open_in(run_path);
	ck_assert_msg(datastore_scan(ds, HANDLES, see_nothing, &seen, &e) == 0, "%s", e.text);
	ck_assert_int_eq(seen, 1);
	assert_asked("GET /apis HTTP", "GET /apis/projectcalico.org/v3/ipamhandles/a",
		     "GET /apis/projectcalico.org/v3/ipamhandles?", "GET /apis HTTP",
		     "GET " CALICO "ipamhandles?");
	end_folder();
}
END_TEST

START_TEST(who_may_not_ask_for_the_groups_takes_the_first)
{
	answer(403, "{\"kind\":\"Status\",\"message\":\"forbidden\"}");
	answer(404, GONE);
	begin_folder();
	open_in(run_path);
	read_handle("a");
	assert_asked("GET /apis HTTP", "GET " CALICO "ipamhandles/a");
	end_folder();
}
END_TEST

START_TEST(who_is_not_known_to_the_server_is_told_so_of_the_groups)
{
	answer(401, "{\"kind\":\"Status\",\"message\":\"Unauthorized\"}");
	begin_folder();
	open_in(run_path);
	ck_assert_int_eq(try_to_read(HANDLES "a", RANGE_KEY), -1);
	assert_error(ERR_DENIED, "does not accept who asks");
	assert_asked("GET /apis HTTP");
	end_folder();
}
END_TEST

/* Writing */

/* A view of handle a, at revision 5, that was read in one go. */
static void read_a(void)
{
	read_handle("a");
	assert_handle("a", 1);
}

START_TEST(what_is_there_is_put_with_its_revision)
{
	answer(200, handle("a", 5, 1));
	answer(200, handle("a", 6, 2));
	open_at_once();
	read_a();
	put("a", NEW_VALUE);
	assert_commit(COMMIT_DONE);
	assert_handle("a", 2);
	assert_asked("GET " CALICO "ipamhandles/a", "PUT " CALICO "ipamhandles/a HTTP");
	assert_sent(1, "\"resourceVersion\":\"5\"");
	assert_sent(1, "\"10.0.0.0/26\":2");
}
END_TEST

START_TEST(what_is_not_there_is_posted)
{
	answer(404, GONE);
	answer(201, handle("a", 6, 1));
	open_at_once();
	read_handle("a");
	put("a", VALUE);
	assert_commit(COMMIT_DONE);
	assert_asked("GET " CALICO "ipamhandles/a", "POST " CALICO "ipamhandles HTTP");
	assert_not_sent(1, "resourceVersion");
}
END_TEST

START_TEST(what_nobody_here_knows_survives_a_rewrite)
{
	answer(200, "{\"apiVersion\":\"crd.projectcalico.org/v1\",\"kind\":\"IPAMHandle\","
	       "\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"5\",\"uid\":\"u-a\","
	       "\"labels\":{\"l\":\"1\"},"
	       "\"annotations\":{\"an\":\"2\"},\"finalizers\":[\"f/3\"],"
	       "\"ownerReferences\":[{\"x\":4}]},"
	       "\"status\":{\"s\":5},\"more\":6,\"spec\":{\"block\":{\"10.0.0.0/26\":1},"
	       "\"deleted\":false,\"handleID\":\"a\",\"later\":{\"y\":7}}}");
	answer(200, handle("a", 6, 2));
	open_at_once();
	read_handle("a");
	put("a", "{\"block\":{\"10.0.0.0/26\":2},\"deleted\":false,\"later\":{\"y\":7}}");
	assert_commit(COMMIT_DONE);
	assert_sent(1, "\"labels\":{\"l\":\"1\"}");
	assert_sent(1, "\"annotations\":{\"an\":\"2\"}");
	assert_sent(1, "\"finalizers\":[\"f/3\"]");
	assert_sent(1, "\"ownerReferences\":[{\"x\":4}]");
	assert_sent(1, "\"status\":{\"s\":5}");
	assert_sent(1, "\"more\":6");
	assert_sent(1, "\"later\":{\"y\":7}");
	assert_sent(1, "\"10.0.0.0/26\":2");
}
END_TEST

START_TEST(a_put_that_is_refused_as_too_late_is_stale_and_all_is_read_again)
{
	answer(200, handle("a", 5, 1));
	answer(409, CONFLICT);
	answer(200, handle("a", 6, 7));
	open_at_once();
	read_a();
	put("a", NEW_VALUE);
	assert_commit(COMMIT_STALE);
	assert_handle("a", 7);
	assert_asked("GET " CALICO "ipamhandles/a", "PUT ", "GET " CALICO "ipamhandles/a");
}
END_TEST

START_TEST(a_put_of_what_is_gone_by_now_is_stale)
{
	answer(200, handle("a", 5, 1));
	answer(404, GONE);
	answer(404, GONE);
	open_at_once();
	read_a();
	put("a", NEW_VALUE);
	assert_commit(COMMIT_STALE);
	assert_absent("a");
}
END_TEST

START_TEST(a_second_write_that_is_too_late_is_partly_and_the_third_is_not_sent)
{
	const char *c = handle("c", 7, 1);

	answer(200, list("", text("%s,%s,%s", handle("a", 5, 1), handle("b", 6, 1), c)));
	answer(200, handle("a", 8, 2));
	answer(409, CONFLICT);
	answer(200, list("", text("%s,%s,%s", handle("a", 8, 2), handle("b", 9, 5), c)));
	open_at_once();
	read_handles();
	put("a", NEW_VALUE);
	put("b", NEW_VALUE);
	put("c", NEW_VALUE);
	assert_commit(COMMIT_PARTLY);
	ck_assert(changes.list[0].stands);
	ck_assert(!changes.list[1].stands && !changes.list[2].stands);
	ck_assert_uint_eq(changes.list[0].revision, 8);
	assert_handle("a", 2);
	assert_handle("b", 5);
	assert_asked("GET ", "PUT " CALICO "ipamhandles/a", "PUT " CALICO "ipamhandles/b", "GET ");
}
END_TEST

START_TEST(a_second_write_that_fails_says_that_the_first_stands)
{
	answer(200, list("", text("%s,%s", handle("a", 5, 1), handle("b", 6, 1))));
	answer(200, handle("a", 8, 2));
	answer(403, "{\"kind\":\"Status\",\"message\":\"User \\\"u\\\" cannot update\"}");
	open_at_once();
	read_handles();
	put("a", NEW_VALUE);
	put("b", NEW_VALUE);
	ck_assert_int_eq(try_to_commit(), -1);
	ck_assert(e.kind == ERR_DENIED && e.may_stand);
}
END_TEST

START_TEST(what_a_server_says_is_cut_between_characters)
{
	static const int room[][2] = { { 403, 160 }, { 422, 259 } }; /* bytes of it that are told */

	for (unsigned i = 0; i < 2; i++)
		answer(room[i][0], text("{\"kind\":\"Status\",\"message\":\"%0*d\u00fc\"}",
					room[i][1] - 1, 0));
	open_at_once();
	for (unsigned i = 0; i < 2; i++) {
		err_reset(&e);
		ck_assert_int_eq(try_to_read(HANDLES "a", RANGE_KEY), -1);
		ck_assert_msg(strstr(e.text, "0000") && !strchr(e.text, 0xc3), "%s", e.text);
	}
}
END_TEST

START_TEST(a_delete_is_a_mark_and_then_a_deletion_of_that_very_object)
{
	answer(200, handle("a", 5, 1));
	answer(200, marked("a", 6));
	answer(200, OKAY);
	open_at_once();
	read_a();
	changes_delete(&changes, HANDLES "a");
	assert_commit(COMMIT_DONE);
	assert_absent("a");
	assert_asked("GET ", "PUT " CALICO "ipamhandles/a HTTP",
		     "DELETE " CALICO "ipamhandles/a HTTP");
	assert_sent(1, "\"resourceVersion\":\"5\"");
	assert_sent(1, "\"deleted\":true");
	assert_sent(1, "\"10.0.0.0/26\":1");
	assert_sent(2, "\"preconditions\":{\"uid\":\"u-a\"}");
}
END_TEST

START_TEST(a_mark_that_is_too_late_is_stale_and_nothing_is_deleted)
{
	answer(200, handle("a", 5, 1));
	answer(409, CONFLICT);
	answer(200, handle("a", 6, 2));
	open_at_once();
	read_a();
	changes_delete(&changes, HANDLES "a");
	assert_commit(COMMIT_STALE);
	assert_handle("a", 2);
	assert_asked("GET ", "PUT ", "GET ");
}
END_TEST

static void assert_deleted_although(int status)
{
	answer(200, handle("a", 5, 1));
	answer(200, marked("a", 6));
	answer(status, CONFLICT);
	open_at_once();
	read_a();
	changes_delete(&changes, HANDLES "a");
	assert_commit(COMMIT_DONE);
	ck_assert_uint_eq(server_requests(server), 3);
}

START_TEST(what_another_deleted_behind_our_mark_is_deleted)
{
	assert_deleted_although(404);
}
END_TEST

START_TEST(what_another_created_anew_behind_our_mark_stays_theirs)
{
	assert_deleted_although(409);
}
END_TEST

START_TEST(the_end_of_a_deletion_is_sent_until_something_comes_of_it)
{
	answer(200, handle("a", 5, 1));
	answer(200, marked("a", 6));
	answer(500, "{\"kind\":\"Status\",\"message\":\"etcdserver: leader changed\"}");
	act(HANG_UP);
	answer(404, GONE);
	open_at_once();
	read_a();
	changes_delete(&changes, HANDLES "a");
	assert_commit(COMMIT_DONE);
	assert_absent("a");
	assert_asked("GET ", "PUT ", "DELETE ", "DELETE ", "DELETE ");
}
END_TEST

START_TEST(a_deletion_without_an_end_is_no_success)
{
	answer(200, handle("a", 5, 1));
	answer(200, marked("a", 6));
	answer(500, "{\"kind\":\"Status\",\"message\":\"etcdserver: leader changed\"}");
	open_store(700);
	read_a();
	changes_delete(&changes, HANDLES "a");
	ck_assert_int_eq(try_to_commit(), -1);
	assert_error(ERR_DEADLINE, "leader changed");
	ck_assert(e.may_stand);
}
END_TEST

START_TEST(what_somebody_left_marked_is_deleted_by_who_reads_it_by_its_key)
{
	answer(200, marked("a", 5));
	answer(200, OKAY);
	answer(404, GONE);
	open_at_once();
	read_handle("a");
	assert_absent("a");
	read_handle("a");
	assert_asked("GET ", "DELETE " CALICO "ipamhandles/a HTTP", "GET ");
	assert_sent(1, "\"preconditions\":{\"uid\":\"u-a\"}");
	assert_not_sent(1, "resourceVersion");
}
END_TEST

START_TEST(a_refresh_deletes_it_too)
{
	answer(200, list("", handle("g", 6, 1)));
	answer(200, handle("a", 5, 1));
	answer(409, CONFLICT);
	answer(200, list("", handle("g", 6, 1)));
	answer(200, marked("a", 6));
	answer(200, OKAY);
	open_at_once();
	read_range("/calico/ipam/v2/conf", RANGE_PREFIX);
	read_a();
	put("a", NEW_VALUE);
	assert_commit(COMMIT_STALE);
	assert_absent("a");
	ck_assert_uint_eq(count_requests("DELETE "), 1);
}
END_TEST

/* Of the store that was opened. */
static void assert_is_read_as_absent(unsigned requests)
{
	read_handle("a");
	assert_absent("a");
	ck_assert_uint_eq(server_requests(server), requests);
}

START_TEST(what_the_server_deletes_already_is_left_to_it)
{
	answer(200, HELD);
	open_at_once();
	assert_is_read_as_absent(1);
}
END_TEST

START_TEST(who_only_looks_deletes_nothing)
{
	answer(200, marked("a", 5));
	open_for(OPEN_TO_LOOK, 20000);
	assert_is_read_as_absent(1);
}
END_TEST

START_TEST(who_only_probes_deletes_nothing)
{
	answer(200, marked("a", 5));
	open_for(OPEN_TO_PROBE, 20000);
	assert_is_read_as_absent(1);
}
END_TEST

START_TEST(who_has_little_time_leaves_it_marked)
{
	answer(200, marked("a", 5));
	open_store(1900);
	assert_is_read_as_absent(1);
}
END_TEST

START_TEST(that_it_cannot_be_deleted_is_nobodys_error)
{
	answer(200, marked("a", 5));
	answer(403, "{\"kind\":\"Status\",\"message\":\"forbidden\"}");
	open_at_once();
	assert_is_read_as_absent(2);
}
END_TEST

START_TEST(a_pool_is_deleted_at_once_by_its_uid_and_revision)
{
	answer(200, object("p", 5, "{\"cidr\":\"10.0.0.0/24\"}"));
	answer(200, OKAY);
	open_at_once();
	read_range(POOL, RANGE_KEY);
	changes_delete(&changes, POOL);
	assert_commit(COMMIT_DONE);
	assert_asked("GET ", "DELETE " CALICO "ippools/p HTTP");
	assert_sent(1, "\"preconditions\":{\"uid\":\"u-p\",\"resourceVersion\":\"5\"}");
}
END_TEST

START_TEST(a_record_of_which_only_the_key_was_read_is_marked_with_its_value)
{
	answer(200, list("", handle("a", 5, 3)));
	answer(200, handle("a", 5, 3));
	answer(200, marked("a", 6));
	answer(200, OKAY);
	open_at_once();
	read_range(HANDLES, RANGE_PREFIX_KEYS);
	changes_delete(&changes, HANDLES "a");
	assert_commit(COMMIT_DONE);
	assert_asked("GET ", "GET " CALICO "ipamhandles/a", "PUT " CALICO "ipamhandles/a",
		     "DELETE " CALICO "ipamhandles/a");
	assert_sent(2, "\"10.0.0.0/26\":3");
}
END_TEST

START_TEST(who_creates_what_was_read_as_marked_finishes_its_deletion_first)
{
	answer(200, marked("a", 5));
	answer(200, OKAY);
	answer(201, handle("a", 7, 1));
	open_at_once();
	read_handle("a");
	put("a", VALUE);
	assert_commit(COMMIT_DONE);
	assert_handle("a", 1);
	assert_asked("GET ", "DELETE " CALICO "ipamhandles/a HTTP",
		     "POST " CALICO "ipamhandles HTTP");
	assert_sent(1, "\"preconditions\":{\"uid\":\"u-a\"}");
}
END_TEST

START_TEST(a_creation_that_meets_a_marked_object_finishes_its_deletion_and_creates_it)
{
	answer(404, GONE);
	answer(409, CONFLICT);
	answer(200, marked("a", 5));
	answer(200, OKAY);
	answer(201, handle("a", 7, 1));
	open_at_once();
	read_handle("a");
	put("a", VALUE);
	assert_commit(COMMIT_DONE);
	assert_asked("GET ", "POST ", "GET " CALICO "ipamhandles/a",
		     "DELETE " CALICO "ipamhandles/a", "POST ");
}
END_TEST

#define BEING_DELETED "{\"kind\":\"Status\",\"code\":409,\"message\":\"object is being deleted\"}"

/* A marked object that a finalizer holds, and a creation in its place so many times. */
static void hold_creations(unsigned n)
{
	answer(404, GONE);
	for (unsigned i = 0; i < n; i++) {
		if (i)
			answer(200, HELD);
		answer(409, BEING_DELETED);
		answer(200, HELD);
		answer(200, HELD);
		answer(409, BEING_DELETED);
		answer(200, HELD);
	}
}

START_TEST(what_is_held_behind_its_mark_is_tried_again_after_a_pause_that_grows)
{
	hold_creations(4);
	open_at_once();
	read_handle("a");
	put("a", VALUE);
	for (int i = 0; i < 4; i++)
		assert_commit(COMMIT_STALE);
	ck_assert_int_ge(ms_since(), 25 + 50 + 100);
}
END_TEST

START_TEST(who_has_no_time_left_is_told_what_is_held)
{
	int rc = 0;

	hold_creations(10);
	open_store(4400);
	read_handle("a");
	put("a", VALUE);
	for (int i = 0; i < 10 && rc == 0; i++)
		rc = try_to_commit();
	ck_assert_int_eq(rc, -1);
	assert_error(ERR_DEADLINE, HANDLES "a");
	assert_error(ERR_DEADLINE, "finalizer");
	assert_error(ERR_DEADLINE, "object is being deleted");
}
END_TEST

START_TEST(a_creation_that_meets_anothers_object_is_stale)
{
	answer(404, GONE);
	answer(409, CONFLICT);
	answer(200, handle("a", 5, 4));
	open_at_once();
	read_handle("a");
	put("a", VALUE);
	assert_commit(COMMIT_STALE);
	assert_handle("a", 4);
	assert_asked("GET ", "POST ", "GET ", "GET ");
}
END_TEST

START_TEST(what_was_too_late_beside_a_creation_that_went_well_at_last_is_not_forgotten)
{
	answer(200, list("", handle("a", 5, 1)));
	answer(409, CONFLICT);	/* either of the two */
	answer(409, CONFLICT);
	answer(200, marked("b", 6));
	answer(200, OKAY);
	answer(201, handle("b", 8, 2));
	answer(200, list("", text("%s,%s", handle("a", 9, 4), handle("b", 8, 2))));
	open_at_once();
	read_handles();
	put("a", NEW_VALUE);
	put("b", NEW_VALUE);
	changes_beside(&changes);
	assert_commit(COMMIT_PARTLY);
	ck_assert(!changes.list[0].stands);
	ck_assert(changes.list[1].stands);
	assert_handle("a", 4);
	assert_handle("b", 2);
}
END_TEST

START_TEST(what_stands_beside_each_other_goes_out_although_one_is_too_late)
{
	answer(200, list("", text("%s,%s", handle("a", 5, 1), handle("b", 6, 1))));
	answer(409, CONFLICT);
	answer(409, CONFLICT);
	answer(200, list("", ""));
	open_at_once();
	read_handles();
	put("a", NEW_VALUE);
	put("b", NEW_VALUE);
	changes_beside(&changes);
	assert_commit(COMMIT_STALE);
	ck_assert_uint_eq(count_requests("PUT "), 2);
}
END_TEST

START_TEST(a_key_that_is_written_twice_is_put_with_the_revision_of_the_first)
{
	answer(404, GONE);
	answer(201, handle("a", 6, 1));
	answer(200, handle("a", 7, 2));
	open_at_once();
	read_handle("a");
	put("a", VALUE);
	put("a", NEW_VALUE);
	assert_commit(COMMIT_DONE);
	assert_asked("GET ", "POST ", "PUT ");
	assert_sent(2, "\"resourceVersion\":\"6\"");
}
END_TEST

START_TEST(a_key_that_is_written_and_deleted_is_marked_with_what_was_written)
{
	answer(404, GONE);
	answer(201, handle("a", 6, 2));
	answer(200, marked("a", 7));
	answer(200, OKAY);
	open_at_once();
	read_handle("a");
	put("a", NEW_VALUE);
	changes_delete(&changes, HANDLES "a");
	assert_commit(COMMIT_DONE);
	assert_asked("GET ", "POST ", "PUT ", "DELETE ");
	assert_sent(2, "\"10.0.0.0/26\":2");
}
END_TEST

/* More than the store keeps in mind. */
START_TEST(the_last_of_many_records_can_be_written)
{
	struct buf items __cleanup(buf_done) = BUF(1 << 20);

	for (int i = 0; i < 600; i++)
		buf_printf(&items, "%s{\"metadata\":{\"name\":\"h%d\",\"resourceVersion\":\"%d\","
			   "\"uid\":\"u\"},\"spec\":{\"block\":{\"10.0.0.0/26\":1},"
			   "\"deleted\":false,\"handleID\":\"h%d\"}}", i ? "," : "", i, i + 1, i);
	answer(200, list("", items.data));
	answer(200, handle("h599", 600, 1));
	answer(200, handle("h599", 700, 2));
	open_at_once();
	read_handles();
	put("h599", NEW_VALUE);
	assert_commit(COMMIT_DONE);
	assert_asked("GET ", "GET " CALICO "ipamhandles/h599", "PUT " CALICO "ipamhandles/h599");
}
END_TEST

#define UNLABELLED "{\"cidr\":\"10.0.0.0/30\",\"node\":\"node-a\",\"state\":\"confirmed\"," \
	"\"deleted\":\"false\"}"
#define UNLABELLED_KEY AFFINITIES "node-a/ipv4/block/10.0.0.0-30"

/* An affinity from before Calico labelled them, and a handle that is written beside it. */
static void commit_beside_an_unlabelled_one(int status, const char *labelled)
{
	answer(200, list("", object("node-a-10-0-0-0-30", 5, UNLABELLED)));
	answer(200, list("", ""));
	answer(200, handle("a", 5, 1));
	answer(200, handle("a", 6, 2));
	answer(status, labelled);
	open_at_once();
	read_range(AFFINITIES "node-a/", RANGE_PREFIX);
	read_handle("a");
	put("a", NEW_VALUE);
	assert_commit(COMMIT_DONE);
	ck_assert_uint_eq(server_requests(server), 5);
	assert_sent(4, "PUT " CALICO "blockaffinities/node-a-10-0-0-0-30 HTTP");
	assert_sent(4, "\"resourceVersion\":\"5\"");
	assert_sent(4, "\"projectcalico.org/affinity-type\":\"host\","
		    "\"projectcalico.org/hostname-hash\":"
		    "\"PY3TQE2E3XMTETLM2MJO3UITKPFB27YUJ4T4E5XGPEJON3SM4QAA\","
		    "\"projectcalico.org/ip-version\":\"4\"");
	assert_sent(4, "\"state\":\"confirmed\"");
}

START_TEST(a_nodes_affinity_without_labels_has_them_once_something_is_written)
{
	const char *labelled = text("{\"metadata\":{\"name\":\"node-a-10-0-0-0-30\","
		"\"resourceVersion\":\"7\",\"uid\":\"u\",\"labels\":"
		"{\"projectcalico.org/affinity-type\":\"host\",\"projectcalico.org/hostname-hash\":"
		"\"x\",\"projectcalico.org/ip-version\":\"4\"}},\"spec\":" UNLABELLED "}");

	commit_beside_an_unlabelled_one(200, labelled);
	ck_assert_uint_eq(view_peek(&view, UNLABELLED_KEY)->revision, 7);
}
END_TEST

static const struct {
	int status;
	const char *body;
} not_labelled[] = {
	{ 403, "{\"kind\":\"Status\",\"message\":\"forbidden\"}" },
	{ 409, CONFLICT },
	{ 404, GONE },
	{ 200, "{}" },
	{ 500, "trouble" },
};

START_TEST(what_cannot_be_labelled_is_nobodys_error)
{
	for (size_t i = 0; i < ARRAY_LEN(not_labelled); i++) {
		commit_beside_an_unlabelled_one(not_labelled[i].status, not_labelled[i].body);
		ck_assert_uint_eq(view_peek(&view, UNLABELLED_KEY)->revision, 5);
		end();
		begin();
	}
}
END_TEST

/* The first's value in the view is none that an object could have. */
START_TEST(an_affinity_that_cannot_be_written_keeps_no_other_from_its_labels)
{
	const char *other = "{\"cidr\":\"10.0.0.4/30\",\"node\":\"node-a\","
		"\"state\":\"confirmed\",\"deleted\":\"false\"}";

	answer(200, list("", text("%s,%s", object("node-a-10-0-0-0-30", 5, UNLABELLED),
				  object("node-a-10-0-0-4-30", 6, other))));
	answer(200, list("", ""));
	answer(200, handle("a", 5, 1));
	answer(200, handle("a", 6, 2));
	answer(409, CONFLICT);
	open_at_once();
	read_range(AFFINITIES "node-a/", RANGE_PREFIX);
	read_handle("a");
	view_put(&view, UNLABELLED_KEY, "[]", 2, 5);
	put("a", NEW_VALUE);
	assert_commit(COMMIT_DONE);
	ck_assert_uint_eq(server_requests(server), 5);
	assert_sent(4, "PUT " CALICO "blockaffinities/node-a-10-0-0-4-30 HTTP");
}
END_TEST

START_TEST(who_has_little_time_labels_nothing)
{
	answer(200, list("", object("node-a-10-0-0-0-30", 5, UNLABELLED)));
	answer(200, list("", ""));
	answer(200, handle("a", 5, 1));
	answer(200, handle("a", 6, 2));
	open_store(1900);
	read_range(AFFINITIES "node-a/", RANGE_PREFIX);
	read_handle("a");
	put("a", NEW_VALUE);
	assert_commit(COMMIT_DONE);
	ck_assert_uint_eq(server_requests(server), 4);
}
END_TEST

/* Guards */

/* Handle a, and the guard g, read in two goes. */
static void read_with_guard(void)
{
	answer(200, handle("a", 5, 1));
	answer(200, handle("g", 6, 1));
}

START_TEST(what_is_not_written_is_looked_at_before_the_first_write)
{
	read_with_guard();
	answer(200, handle("g", 6, 1));
	answer(200, handle("a", 7, 2));
	open_at_once();
	read_handle("a");
	read_handle("g");
	put("a", NEW_VALUE);
	changes_guard_key(&changes, HANDLES "g");
	assert_commit(COMMIT_DONE);
	assert_asked("GET " CALICO "ipamhandles/a", "GET " CALICO "ipamhandles/g",
		     "GET " CALICO "ipamhandles/g", "PUT " CALICO "ipamhandles/a");
}
END_TEST

START_TEST(a_guard_that_does_not_hold_is_stale_and_nothing_is_written)
{
	read_with_guard();
	answer(200, handle("g", 9, 1));
	answer(404, GONE);
	open_at_once();
	read_handle("a");
	read_handle("g");
	put("a", NEW_VALUE);
	changes_guard_key(&changes, HANDLES "g");
	assert_commit(COMMIT_STALE);
	ck_assert_uint_eq(count_requests("PUT "), 0);
	ck_assert_uint_eq(server_requests(server), 5);
}
END_TEST

START_TEST(what_was_read_in_one_go_is_not_looked_at_again)
{
	answer(200, list("", text("%s,%s", handle("a", 5, 1), handle("g", 6, 1))));
	answer(200, handle("a", 7, 2));
	open_at_once();
	read_handles();
	put("a", NEW_VALUE);
	changes_guard_key(&changes, HANDLES "g");
	changes_guard_prefix(&changes, HANDLES);
	assert_commit(COMMIT_DONE);
	assert_asked("GET ", "PUT ");
}
END_TEST

START_TEST(behind_a_write_what_was_read_before_it_is_looked_at_again)
{
	answer(200, list("", text("%s,%s", handle("a", 5, 1), handle("g", 6, 1))));
	answer(200, handle("a", 7, 2));
	answer(200, handle("g", 8, 3));
	answer(200, list("", text("%s,%s", handle("a", 7, 2), handle("g", 8, 3))));
	open_at_once();
	read_handles();
	put("a", NEW_VALUE);
	changes_guard_key(&changes, HANDLES "g");
	assert_commit(COMMIT_DONE);
	changes_done(&changes);
	put("a", VALUE);
	changes_guard_key(&changes, HANDLES "g");
	assert_commit(COMMIT_STALE);
	assert_handle("g", 3);
	ck_assert_uint_eq(count_requests("PUT "), 1);
}
END_TEST

/* As a mirror leaves it. */
static void recall(const char *a, const char *g)
{
	const struct range all = { .key = HANDLES, .kind = RANGE_PREFIX };

	view_reset(&view);
	view_put(&view, HANDLES "a", a, strlen(a), 77);
	view_put(&view, HANDLES "g", g, strlen(g), 78);
	view_cover(&view, &all, 1);
	view.from_mirror = true;
}

START_TEST(of_a_mirror_values_are_guarded_and_what_is_written_has_the_revision_of_now)
{
	answer(200, list("", text("%s,%s", handle("a", 5, 1), handle("g", 6, 1))));
	answer(200, handle("a", 9, 2));
	open_at_once();
	recall(VALUE, VALUE);
	put("a", NEW_VALUE);
	assert_commit(COMMIT_DONE);
	assert_asked("GET " CALICO "ipamhandles?limit", "PUT " CALICO "ipamhandles/a");
	assert_sent(1, "\"resourceVersion\":\"5\"");
}
END_TEST

START_TEST(a_mirror_whose_values_are_others_by_now_is_stale)
{
	answer(200, list("", text("%s,%s", handle("a", 5, 1), handle("g", 6, 3))));
	open_at_once();
	recall(VALUE, VALUE);
	put("a", NEW_VALUE);
	assert_commit(COMMIT_STALE);
	ck_assert(!view.from_mirror);
	assert_handle("g", 3);
	ck_assert_uint_eq(count_requests("PUT "), 0);
}
END_TEST

/* The first may go ahead. */
static void put_new_and_old(void)
{
	recall(VALUE, VALUE);
	put("n", VALUE);
	changes_ahead(&changes);
	put("a", NEW_VALUE);
}

START_TEST(of_a_mirror_what_may_go_ahead_is_created_while_the_rest_is_looked_at)
{
	answer(200, list("", text("%s,%s", handle("a", 5, 1), handle("g", 6, 1))));
	answer(201, handle("n", 8, 1));
	answer(200, handle("a", 9, 2));
	open_at_once();
	put_new_and_old();
	assert_commit(COMMIT_DONE);
	assert_asked("GET " CALICO "ipamhandles?limit", "POST " CALICO "ipamhandles ",
		     "PUT " CALICO "ipamhandles/a");
	ck_assert_uint_eq(changes.list[0].revision, 8);
	assert_handle("n", 1);
}
END_TEST

START_TEST(what_went_ahead_of_a_mirror_that_is_stale_goes_again)
{
	const char *all = list("", text("%s,%s", handle("a", 5, 1), handle("g", 6, 3)));

	answer(200, all);
	answer(201, handle("n", 8, 1));
	answer(200, "{\"kind\":\"Status\",\"status\":\"Success\"}");
	answer(200, all);
	open_at_once();
	put_new_and_old();
	assert_commit(COMMIT_STALE);
	ck_assert(!changes.list[0].stands && !view.from_mirror);
	assert_absent("n");
	assert_asked("GET ", "POST ", "DELETE " CALICO "ipamhandles/n", "GET ");
	assert_sent(2, "\"resourceVersion\":\"8\"");
}
END_TEST

START_TEST(what_went_ahead_and_another_changed_since_stands_and_is_partly)
{
	answer(200, list("", text("%s,%s", handle("a", 5, 1), handle("g", 6, 3))));
	answer(201, handle("n", 8, 1));
	answer(409, CONFLICT);
	answer(200, list("", text("%s,%s,%s", handle("a", 5, 1), handle("g", 6, 3),
				  handle("n", 8, 1))));
	open_at_once();
	put_new_and_old();
	assert_commit(COMMIT_PARTLY);
	ck_assert(changes.list[0].stands && !changes.list[1].stands);
	ck_assert(!view.from_mirror);
	assert_handle("n", 1);
	ck_assert_uint_eq(count_requests("PUT "), 0);
}
END_TEST

START_TEST(what_went_ahead_and_was_there_already_is_stale)
{
	const char *all = list("", text("%s,%s,%s", handle("a", 5, 1), handle("g", 6, 1),
					handle("n", 7, 4)));

	answer(200, list("", text("%s,%s", handle("a", 5, 1), handle("g", 6, 1))));
	answer(409, CONFLICT);
	answer(409, CONFLICT);
	answer(200, handle("n", 7, 4));
	answer(200, all);
	open_at_once();
	put_new_and_old();
	assert_commit(COMMIT_STALE);
	assert_handle("n", 4);
	ck_assert_uint_eq(count_requests("PUT "), 0);
}
END_TEST

START_TEST(what_went_ahead_and_stands_is_told_where_the_rest_cannot_be_looked_at)
{
	answer(403, "{\"kind\":\"Status\",\"message\":\"User \\\"u\\\" cannot list\"}");
	answer(201, handle("n", 8, 1));
	open_at_once();
	put_new_and_old();
	ck_assert_int_eq(try_to_commit(), -1);
	ck_assert(e.kind == ERR_DENIED && e.may_stand);
}
END_TEST

START_TEST(what_went_ahead_without_an_answer_leaves_it_unknown)
{
	answer(403, "{\"kind\":\"Status\",\"message\":\"User \\\"u\\\" cannot list\"}");
	answer(500, "{}");
	open_at_once();
	put_new_and_old();
	ck_assert_int_eq(try_to_commit(), -1);
	ck_assert_int_eq(e.kind, ERR_UNKNOWN_OUTCOME);
}
END_TEST

START_TEST(a_mirror_in_the_place_of_a_view_that_was_read_is_looked_at)
{
	answer(200, list("", text("%s,%s", handle("a", 5, 1), handle("g", 6, 3))));
	open_at_once();
	read_handles();
	assert_handle("g", 3);
	recall(VALUE, VALUE);
	put("a", NEW_VALUE);
	assert_commit(COMMIT_STALE);
	assert_handle("g", 3);
	ck_assert_uint_eq(count_requests("PUT "), 0);
}
END_TEST

/* Faults */

START_TEST(a_server_that_is_busy_is_given_the_time_that_it_asks_for)
{
	answer_busy("1");
	answer(200, handle("a", 5, 1));
	answer_busy("1");
	answer(200, handle("a", 6, 2));
	open_at_once();
	read_a();
	ck_assert_int_ge(ms_since(), 1000);
	put("a", NEW_VALUE);
	assert_commit(COMMIT_DONE);
	ck_assert_int_ge(ms_since(), 2000);
	assert_asked("GET ", "GET ", "PUT ", "PUT ");
}
END_TEST

START_TEST(a_server_that_is_busy_for_longer_than_there_is_time_is_not_waited_for)
{
	answer(200, handle("a", 5, 1));
	answer_busy("60");
	open_store(3000);
	read_a();
	put("a", NEW_VALUE);
	ck_assert_int_eq(try_to_commit(), -1);
	assert_error(ERR_DEADLINE, "busy");
	ck_assert_uint_eq(server_requests(server), 2);
	ck_assert_int_lt(ms_since(), 2500);
}
END_TEST

START_TEST(a_server_that_stays_busy_is_asked_until_the_deadline)
{
	answer_busy("");
	open_store(700);
	ck_assert_int_eq(try_to_read(HANDLES "a", RANGE_KEY), -1);
	assert_error(ERR_DEADLINE, server_url(server));
	ck_assert_uint_gt(server_requests(server), 2);
	ck_assert_int_lt(ms_since(), 5000);
}
END_TEST

START_TEST(trouble_of_the_servers_own_is_asked_again_of_a_read)
{
	answer(500, "{\"kind\":\"Status\",\"message\":\"etcdserver: leader changed\"}");
	answer(503, "");
	answer(200, handle("a", 5, 1));
	open_at_once();
	read_a();
	ck_assert_uint_eq(server_requests(server), 3);
}
END_TEST

START_TEST(trouble_of_the_servers_own_leaves_a_write_unknown)
{
	answer(200, handle("a", 5, 1));
	answer(500, "{\"kind\":\"Status\",\"message\":\"etcdserver: request timed out\"}");
	open_at_once();
	read_a();
	put("a", NEW_VALUE);
	ck_assert_int_eq(try_to_commit(), -1);
	assert_error(ERR_UNKNOWN_OUTCOME, "etcdserver: request timed out");
	assert_error(ERR_UNKNOWN_OUTCOME, "PUT " CALICO "ipamhandles/a");
	assert_asked("GET ", "PUT ");
}
END_TEST

START_TEST(an_answer_that_is_lost_is_asked_for_again_of_a_read)
{
	act(HANG_UP);
	act(SERVE_HALF);
	answer(200, handle("a", 5, 1));
	open_at_once();
	read_a();
	ck_assert_uint_eq(server_requests(server), 3);
}
END_TEST

static void assert_lost_is_unknown(enum server_act how)
{
	answer(200, handle("a", 5, 1));
	act(how);
	open_at_once();
	read_a();
	put("a", NEW_VALUE);
	ck_assert_int_eq(try_to_commit(), -1);
	assert_error(ERR_UNKNOWN_OUTCOME, server_url(server));
	assert_asked("GET ", "PUT ");
}

START_TEST(an_answer_that_is_lost_leaves_a_write_unknown)
{
	assert_lost_is_unknown(HANG_UP);
}
END_TEST

START_TEST(half_an_answer_leaves_a_write_unknown)
{
	assert_lost_is_unknown(SERVE_HALF);
}
END_TEST

START_TEST(an_answer_that_cannot_be_read_leaves_a_write_unknown)
{
	assert_lost_is_unknown(SERVE_ECHO);
}
END_TEST

START_TEST(what_is_no_http_leaves_a_write_unknown)
{
	answer(200, handle("a", 5, 1));
	act(SERVE_RAW);
	script[n_lines - 1].body = "SSH-2.0-OpenSSH_9.2\r\n";
	open_at_once();
	read_a();
	put("a", NEW_VALUE);
	ck_assert_int_eq(try_to_commit(), -1);
	assert_error(ERR_UNKNOWN_OUTCOME, server_url(server));
	assert_asked("GET ", "PUT ");
}
END_TEST

START_TEST(a_server_that_goes_away_in_a_write_leaves_it_unknown)
{
	assert_lost_is_unknown(DIE);
}
END_TEST

START_TEST(a_server_that_goes_away_is_named_and_not_asked_for_ever)
{
	act(DIE);
	open_at_once();
	ck_assert_int_eq(try_to_read(HANDLES "a", RANGE_KEY), -1);
	assert_error(ERR_UNAVAILABLE, server_url(server));
	assert_error(ERR_UNAVAILABLE, "ipamhandles/a");
	ck_assert_int_lt(ms_since(), 5000);
}
END_TEST

START_TEST(a_server_that_does_not_answer_is_left_at_the_deadline)
{
	act(HANG);
	open_store(400);
	ck_assert_int_eq(try_to_read(HANDLES "a", RANGE_KEY), -1);
	assert_error(ERR_DEADLINE, server_url(server));
	ck_assert_int_lt(ms_since(), 3000);
}
END_TEST

START_TEST(who_is_not_known_is_told_where_the_credentials_come_from)
{
	answer(401, "{\"kind\":\"Status\",\"message\":\"Unauthorized\"}");
	open_at_once();
	ck_assert_int_eq(try_to_read(HANDLES "a", RANGE_KEY), -1);
	assert_error(ERR_DENIED, server_url(server));
	ck_assert(!e.forbidden);
	assert_error(ERR_DENIED, "(K8S_API_ENDPOINT");
	assert_error(ERR_DENIED, "renew its token or certificate there: GET " CALICO
		     "ipamhandles/a: Unauthorized");
	ck_assert_uint_eq(server_requests(server), 1);
}
END_TEST

START_TEST(who_may_not_do_it_is_told_of_which_object)
{
	answer(200, handle("a", 5, 1));
	answer(403, "{\"kind\":\"Status\",\"message\":\"User \\\"u\\\" cannot update\"}");
	open_at_once();
	read_a();
	put("a", NEW_VALUE);
	ck_assert_int_eq(try_to_commit(), -1);
	assert_error(ERR_DENIED, "PUT " CALICO "ipamhandles/a is not allowed");
	assert_error(ERR_DENIED, "cannot update");
	ck_assert(e.forbidden);
	ck_assert_uint_eq(server_requests(server), 2);
}
END_TEST

#define NOTED "/kubernetes/nodes/n"
#define NODE(revision, more) "{\"metadata\":{\"name\":\"n\",\"uid\":\"u-n\"," \
	"\"resourceVersion\":\"" revision "\"" more "},\"spec\":{\"unschedulable\":true}}"
#define TUNNEL "\"projectcalico.org/IPv4IPIPTunnelAddr\":\"10.0.0.1\""

static void note_tunnel(void)
{
	static const char tunnel[] = "{\"spec\":{\"bgp\":{\"ipv4IPIPTunnelAddr\":\"10.0.0.1\"}}}";

	open_at_once();
	read_range(NOTED, RANGE_KEY);
	changes_put(&changes, NOTED, tunnel, strlen(tunnel));
}

START_TEST(what_calico_notes_on_a_node_is_put_by_the_nodes_status)
{
	answer(200, NODE("5", ""));
	answer(200, NODE("6", ",\"annotations\":{" TUNNEL "}"));
	note_tunnel();
	assert_commit(COMMIT_DONE);
	assert_asked("GET /api/v1/nodes/n", "PUT /api/v1/nodes/n/status HTTP");
	assert_sent(1, TUNNEL);
	assert_sent(1, "\"resourceVersion\":\"5\"");
	assert_sent(1, "\"unschedulable\":true");
}
END_TEST

START_TEST(who_may_not_note_it_is_told_who_may)
{
	answer(200, NODE("5", ""));
	answer(403, "{\"kind\":\"Status\",\"message\":\"cannot update\"}");
	note_tunnel();
	ck_assert_int_eq(try_to_commit(), -1);
	assert_error(ERR_DENIED, "PUT /api/v1/nodes/n/status is not allowed");
	assert_error(ERR_DENIED, "ask as Calico's calico-node");
}
END_TEST

START_TEST(no_node_is_made_or_deleted)
{
	answer(200, NODE("5", ""));
	open_at_once();
	read_range(NOTED, RANGE_KEY);
	changes_delete(&changes, NOTED);
	ck_assert_int_eq(try_to_commit(), -1);
	assert_error(ERR_UNSUPPORTED, "is Kubernetes' own");
	ck_assert_uint_eq(server_requests(server), 1);
}
END_TEST

START_TEST(what_the_server_finds_invalid_is_refused_in_its_words)
{
	answer(404, GONE);
	answer(422, "{\"kind\":\"Status\",\"message\":\"spec.block: Invalid value\"}");
	open_at_once();
	read_handle("a");
	put("a", VALUE);
	ck_assert_int_eq(try_to_commit(), -1);
	assert_error(ERR_REFUSED, "spec.block: Invalid value");
}
END_TEST

START_TEST(what_kubernetes_has_no_object_for_is_not_written_and_absent)
{
	open_at_once();
	read_range("/calico/dhcp/v2/x", RANGE_KEY);
	changes_put(&changes, "/calico/dhcp/v2/x", "{}", 2);
	ck_assert_int_eq(try_to_commit(), -1);
	assert_error(ERR_UNSUPPORTED, "/calico/dhcp/v2/x");
	ck_assert_uint_eq(server_requests(server), 0);
}
END_TEST

static void add_case(Suite *s, const char *name, const TTest *const *(*of)(size_t *ret_n))
{
	TCase *tcase = tcase_create(name);
	size_t n;
	const TTest *const *tests = of(&n);

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_set_timeout(tcase, 30);
	for (size_t i = 0; i < n; i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(s, tcase);
}

static const TTest *const *tests_of_reading(size_t *ret_n)
{
	static const TTest *tests[21];
	size_t n = 0;

	tests[n++] = an_object_that_is_not_there_is_absent;
	tests[n++] = a_kind_that_is_not_there_is_an_error_that_names_it;
	tests[n++] = what_is_marked_as_deleted_is_absent;
	tests[n++] = an_object_of_another_shape_is_passed_over_in_a_list_and_an_error_alone;
	tests[n++] = of_configurations_the_one_named_default_counts;
	tests[n++] = an_answer_that_is_not_kubernetes_is_said_to_be_none;
	tests[n++] = a_list_is_read_page_by_page;
	tests[n++] = of_a_page_that_is_too_large_half_is_asked_for;
	tests[n++] = one_object_that_is_too_large_is_an_error;
	tests[n++] = many_objects_of_a_kind_are_read_by_pages;
	tests[n++] = fewer_are_asked_for_one_by_one;
	tests[n++] = where_there_are_too_many_pages_the_rest_is_asked_for_one_by_one;
	tests[n++] = one_of_many_that_has_another_shape_is_an_error;
	tests[n++] = a_list_of_all_shows_many_of_them_too;
	tests[n++] = a_list_whose_moment_is_forgotten_goes_on_with_the_token_of_the_refusal;
	tests[n++] = a_scan_of_a_moment_that_is_forgotten_is_lost;
	tests[n++] = a_scan_of_a_moment_reads_all_kinds_as_of_the_first;
	tests[n++] = pods_are_listed_page_by_page_where_they_are_meant;
	tests[n++] = pods_of_a_node_are_asked_for_by_its_name;
	tests[n++] = a_copy_of_the_store_has_no_pods;
	tests[n++] = affinities_of_a_node_are_asked_for_by_label_and_those_without_labels_are_found;
	*ret_n = n;
	return tests;
}

static const TTest *const *tests_of_group(size_t *ret_n)
{
	static const TTest *tests[6];
	size_t n = 0;

	tests[n++] = a_group_that_an_earlier_process_remembered_and_is_gone_is_asked_for_anew;
	tests[n++] = a_group_that_was_remembered_long_ago_is_asked_for_once_more;
	tests[n++] = a_group_that_was_remembered_in_a_time_to_come_is_asked_for_once_more;
	tests[n++] = a_scan_asks_anew_for_a_group_that_is_gone;
	tests[n++] = who_may_not_ask_for_the_groups_takes_the_first;
	tests[n++] = who_is_not_known_to_the_server_is_told_so_of_the_groups;
	*ret_n = n;
	return tests;
}

static const TTest *const *tests_of_writing(size_t *ret_n)
{
	static const TTest *tests[37];
	size_t n = 0;

	tests[n++] = what_is_there_is_put_with_its_revision;
	tests[n++] = what_is_not_there_is_posted;
	tests[n++] = what_nobody_here_knows_survives_a_rewrite;
	tests[n++] = a_put_that_is_refused_as_too_late_is_stale_and_all_is_read_again;
	tests[n++] = a_put_of_what_is_gone_by_now_is_stale;
	tests[n++] = a_second_write_that_is_too_late_is_partly_and_the_third_is_not_sent;
	tests[n++] = what_a_server_says_is_cut_between_characters;
	tests[n++] = a_second_write_that_fails_says_that_the_first_stands;
	tests[n++] = a_delete_is_a_mark_and_then_a_deletion_of_that_very_object;
	tests[n++] = a_mark_that_is_too_late_is_stale_and_nothing_is_deleted;
	tests[n++] = what_another_deleted_behind_our_mark_is_deleted;
	tests[n++] = what_another_created_anew_behind_our_mark_stays_theirs;
	tests[n++] = the_end_of_a_deletion_is_sent_until_something_comes_of_it;
	tests[n++] = a_deletion_without_an_end_is_no_success;
	tests[n++] = what_somebody_left_marked_is_deleted_by_who_reads_it_by_its_key;
	tests[n++] = a_refresh_deletes_it_too;
	tests[n++] = what_the_server_deletes_already_is_left_to_it;
	tests[n++] = who_only_looks_deletes_nothing;
	tests[n++] = who_only_probes_deletes_nothing;
	tests[n++] = who_has_little_time_leaves_it_marked;
	tests[n++] = that_it_cannot_be_deleted_is_nobodys_error;
	tests[n++] = a_pool_is_deleted_at_once_by_its_uid_and_revision;
	tests[n++] = a_record_of_which_only_the_key_was_read_is_marked_with_its_value;
	tests[n++] = who_creates_what_was_read_as_marked_finishes_its_deletion_first;
	tests[n++] = a_creation_that_meets_a_marked_object_finishes_its_deletion_and_creates_it;
	tests[n++] = what_is_held_behind_its_mark_is_tried_again_after_a_pause_that_grows;
	tests[n++] = who_has_no_time_left_is_told_what_is_held;
	tests[n++] = a_creation_that_meets_anothers_object_is_stale;
	tests[n++] = what_was_too_late_beside_a_creation_that_went_well_at_last_is_not_forgotten;
	tests[n++] = what_stands_beside_each_other_goes_out_although_one_is_too_late;
	tests[n++] = a_key_that_is_written_twice_is_put_with_the_revision_of_the_first;
	tests[n++] = a_key_that_is_written_and_deleted_is_marked_with_what_was_written;
	tests[n++] = the_last_of_many_records_can_be_written;
	tests[n++] = a_nodes_affinity_without_labels_has_them_once_something_is_written;
	tests[n++] = what_cannot_be_labelled_is_nobodys_error;
	tests[n++] = an_affinity_that_cannot_be_written_keeps_no_other_from_its_labels;
	tests[n++] = who_has_little_time_labels_nothing;
	*ret_n = n;
	return tests;
}

static const TTest *const *tests_of_guards(size_t *ret_n)
{
	static const TTest *tests[13];
	size_t n = 0;

	tests[n++] = what_is_not_written_is_looked_at_before_the_first_write;
	tests[n++] = a_guard_that_does_not_hold_is_stale_and_nothing_is_written;
	tests[n++] = what_was_read_in_one_go_is_not_looked_at_again;
	tests[n++] = behind_a_write_what_was_read_before_it_is_looked_at_again;
	tests[n++] = of_a_mirror_values_are_guarded_and_what_is_written_has_the_revision_of_now;
	tests[n++] = a_mirror_whose_values_are_others_by_now_is_stale;
	tests[n++] = a_mirror_in_the_place_of_a_view_that_was_read_is_looked_at;
	tests[n++] = of_a_mirror_what_may_go_ahead_is_created_while_the_rest_is_looked_at;
	tests[n++] = what_went_ahead_of_a_mirror_that_is_stale_goes_again;
	tests[n++] = what_went_ahead_and_another_changed_since_stands_and_is_partly;
	tests[n++] = what_went_ahead_and_was_there_already_is_stale;
	tests[n++] = what_went_ahead_and_stands_is_told_where_the_rest_cannot_be_looked_at;
	tests[n++] = what_went_ahead_without_an_answer_leaves_it_unknown;
	*ret_n = n;
	return tests;
}

static const TTest *const *tests_of_faults(size_t *ret_n)
{
	static const TTest *tests[20];
	size_t n = 0;

	tests[n++] = a_server_that_is_busy_is_given_the_time_that_it_asks_for;
	tests[n++] = a_server_that_is_busy_for_longer_than_there_is_time_is_not_waited_for;
	tests[n++] = a_server_that_stays_busy_is_asked_until_the_deadline;
	tests[n++] = trouble_of_the_servers_own_is_asked_again_of_a_read;
	tests[n++] = trouble_of_the_servers_own_leaves_a_write_unknown;
	tests[n++] = an_answer_that_is_lost_is_asked_for_again_of_a_read;
	tests[n++] = an_answer_that_is_lost_leaves_a_write_unknown;
	tests[n++] = half_an_answer_leaves_a_write_unknown;
	tests[n++] = an_answer_that_cannot_be_read_leaves_a_write_unknown;
	tests[n++] = what_is_no_http_leaves_a_write_unknown;
	tests[n++] = a_server_that_goes_away_in_a_write_leaves_it_unknown;
	tests[n++] = a_server_that_goes_away_is_named_and_not_asked_for_ever;
	tests[n++] = a_server_that_does_not_answer_is_left_at_the_deadline;
	tests[n++] = who_is_not_known_is_told_where_the_credentials_come_from;
	tests[n++] = who_may_not_do_it_is_told_of_which_object;
	tests[n++] = what_calico_notes_on_a_node_is_put_by_the_nodes_status;
	tests[n++] = who_may_not_note_it_is_told_who_may;
	tests[n++] = no_node_is_made_or_deleted;
	tests[n++] = what_the_server_finds_invalid_is_refused_in_its_words;
	tests[n++] = what_kubernetes_has_no_object_for_is_not_written_and_absent;
	*ret_n = n;
	return tests;
}

Suite *suite(void)
{
	Suite *s = suite_create("kubernetes");

	add_case(s, "reading", tests_of_reading);
	add_case(s, "group", tests_of_group);
	add_case(s, "writing", tests_of_writing);
	add_case(s, "guards", tests_of_guards);
	add_case(s, "faults", tests_of_faults);
	return s;
}
