/* SPDX-License-Identifier: Apache-2.0 */
/*
 * etcd with users and passwords.
 */
#include "datastore/backend.h"
#include "datastore/nonce.h"
#include "tests/datastore/fixture_member.h"
#include "tests/datastore/fixture_server.h"
#include "tests/fake/settings_of.h"
#include "tests/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define NODE "/calico/resources/v3/projectcalico.org/nodes/node-a"

#define NO_AUTH "{\"message\":\"etcdserver: authentication is not enabled\",\"code\":9}"
#define BAD_TOKEN "{\"message\":\"etcdserver: invalid auth token\",\"code\":16}"
#define TOKEN(t) "{\"header\":{\"revision\":\"5\"},\"token\":\"" t "\"}"
#define EMPTY_ANSWER \
	"{\"header\":{\"revision\":\"5\"},\"succeeded\":true," \
	"\"responses\":[{\"response_range\":{}}]}"

static struct member member;
static struct datastore *ds;
static struct server *server;
static struct settings settings;
static struct view view;
static struct wants wants;
static struct changes changes;
static struct err e;
static enum commit_outcome outcome;
static const char *protocol;	/* of the scripted server */

static void etcdctl(const char *const *words)
{
	const char *argv[16] = { "etcdctl", "--endpoints", member.url };
	size_t n = 3;

	while (*words)
		argv[n++] = *words++;
	ck_assert_int_eq(run_program(argv), 0);
}

/* Over TLS, with a client certificate. */
static void etcdctl_tls(const char *const *words)
{
	const char *argv[20] = { "etcdctl", "--endpoints", member.url,
				 "--cacert", member_file(&member, "ca.crt"),
				 "--cert", member_file(&member, "named.crt"),
				 "--key", member_file(&member, "named.key") };
	size_t n = 9;

	while (*words)
		argv[n++] = *words++;
	ck_assert_int_eq(run_program(argv), 0);
}

#define ETCDCTL_TLS(...) etcdctl_tls((const char *const[]){ __VA_ARGS__, NULL })
#define ETCDCTL(...) etcdctl((const char *const[]){ __VA_ARGS__, NULL })

/*
 * root may do everything; joe may read and write below /joe/ alone, and read a node, ann may read
 * mirrors' keys too, and eve may write them.
 */
static void begin_member(void)
{
	member_init(&member);
	member_start(&member, false);
	setenv("ETCDCTL_API", "3", 1);
	ETCDCTL("user", "add", "root:rootpw");
	ETCDCTL("user", "add", "joe:joe's \"pw\"");
	ETCDCTL("role", "add", "below-joe");
	ETCDCTL("role", "grant-permission", "--prefix", "below-joe", "readwrite", "/joe/");
	ETCDCTL("role", "grant-permission", "below-joe", "read", NODE);
	ETCDCTL("put", NODE, "{}");
	ETCDCTL("user", "grant-role", "root", "root");
	ETCDCTL("user", "grant-role", "joe", "below-joe");
	ETCDCTL("user", "add", "ann:annpw");
	ETCDCTL("role", "add", "sees-mirrors");
	ETCDCTL("role", "grant-permission", "--prefix", "sees-mirrors", "read", NONCES);
	ETCDCTL("user", "grant-role", "ann", "below-joe");
	ETCDCTL("user", "grant-role", "ann", "sees-mirrors");
	ETCDCTL("user", "add", "eve:evepw");
	ETCDCTL("role", "add", "has-mirrors");
	ETCDCTL("role", "grant-permission", "--prefix", "has-mirrors", "readwrite", NONCES);
	ETCDCTL("user", "grant-role", "eve", "below-joe");
	ETCDCTL("user", "grant-role", "eve", "has-mirrors");
	ETCDCTL("auth", "enable");
}

static void end_member(void)
{
	unsetenv("ETCDCTL_API");
	member_stop(&member);
}

/* The same, and it wants client certificates. */
static void begin_tls_member(void)
{
	member_init(&member);
	make_ca(&member, "ca");
	make_certificate(&member, "ca", "server", false);
	make_certificate(&member, "ca", "named", false);
	make_nameless_certificate(&member, "ca", "nameless");
	member_start(&member, true);
	setenv("ETCDCTL_API", "3", 1);
	ETCDCTL_TLS("user", "add", "root:rootpw");
	ETCDCTL_TLS("user", "add", "joe:joe's \"pw\"");
	ETCDCTL_TLS("role", "add", "below-joe");
	ETCDCTL_TLS("role", "grant-permission", "--prefix", "below-joe", "readwrite", "/joe/");
	ETCDCTL_TLS("user", "grant-role", "root", "root");
	ETCDCTL_TLS("user", "grant-role", "joe", "below-joe");
	ETCDCTL_TLS("user", "add", "named:namedpw");
	ETCDCTL_TLS("role", "add", "below-named");
	ETCDCTL_TLS("role", "grant-permission", "--prefix", "below-named", "readwrite", "/named/");
	ETCDCTL_TLS("user", "grant-role", "named", "below-named");
	ETCDCTL_TLS("auth", "enable");
}

static void begin(void)
{
	e = (struct err){0};
	ds = NULL;
	server = NULL;
	view_init(&view);
	wants_init(&wants);
	changes_init(&changes);
	settings = SETTINGS("etcd_endpoints", member.url, "run_path", "/dev/null/run",
			    "etcd_username", "joe", "etcd_password", "joe's \"pw\"");
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
	if (server)
		server_stop(server);
	view_done(&view);
	wants_done(&wants);
	changes_done(&changes);
	settings_done(&settings);
}

static int read_key(const char *key)
{
	if (!ds)
		ck_assert_msg(datastore_open(&ds, &settings, OPEN_TO_CREATE, deadline_in_ms(20000),
					     &e) == 0, "%s", e.text);
	wants_done(&wants);
	wants_add(&wants, key, RANGE_KEY);
	return datastore_read(ds, &view, &wants, &e);
}

static void assert_denied(const char *words)
{
	ck_assert_msg(e.kind == ERR_DENIED, "kind %d: %s", e.kind, e.text);
	ck_assert_msg(strstr(e.text, words), "\"%s\" is not in: %s", words, e.text);
	ck_assert_ptr_null(strstr(e.text, "pw"));
}

START_TEST(a_user_costs_one_request_more)
{
	ck_assert_msg(read_key("/joe/k") == 0, "%s", e.text);
	ck_assert_uint_eq(datastore_requests(ds), 2);
	changes_put(&changes, "/joe/k", "v", 1);
	ck_assert_msg(datastore_commit(ds, &view, &changes, &outcome, &e) == 0, "%s", e.text);
	ck_assert_int_eq(outcome, COMMIT_DONE);
	ck_assert_uint_eq(datastore_requests(ds), 3);
}
END_TEST

static void use_certificate(const char *crt, const char *key)
{
	settings_also(&settings, "etcd_ca_cert_file", member_file(&member, "ca.crt"));
	settings_also(&settings, "etcd_cert_file", member_file(&member, crt));
	settings_also(&settings, "etcd_key_file", member_file(&member, key));
}

/* And may do what that user may. */
START_TEST(a_certificates_common_name_is_the_user_unless_another_is_given)
{
	use_certificate("named.crt", "named.key");
	ck_assert_msg(read_key("/joe/k") == 0, "%s", e.text);
	datastore_close(ds);
	ds = NULL;
	settings_also(&settings, "etcd_username", "");
	settings_also(&settings, "etcd_password", "");
	ck_assert_msg(read_key("/named/k") == 0, "%s", e.text);
	datastore_close(ds);
	ds = NULL;
	ck_assert_int_eq(read_key("/joe/k"), -1);
	ck_assert_msg(e.kind == ERR_DENIED, "kind %d: %s", e.kind, e.text);
}
END_TEST

START_TEST(the_gateway_refuses_a_common_name_and_the_error_says_what_helps)
{
	use_certificate("named.crt", "named.key");
	settings_also(&settings, "etcd_protocol", "json");
	if (_i) {
		settings_also(&settings, "etcd_username", "");
		settings_also(&settings, "etcd_password", "");
	}
	ck_assert_int_eq(read_key("/joe/k"), -1);
	ck_assert_msg(e.kind == ERR_DENIED, "kind %d: %s", e.kind, e.text);
	ck_assert_msg(strstr(e.text, "certificate with a CommonName"), "%s", e.text);
	ck_assert_msg(strstr(e.text, "use gRPC (without etcd_protocol \"json\")"), "%s", e.text);
	ck_assert_msg(strstr(e.text, "certificate without one (etcd_cert_file)"), "%s", e.text);
	ck_assert_msg(strstr(e.text, member.url), "%s", e.text);
}
END_TEST

static const struct {
	const char *crt, *key, *protocol;
} certificates[] = {
	{ "nameless.crt", "nameless.key", "json" },
	{ "nameless.crt", "nameless.key", "" },
	{ "named.crt", "named.key", "" },
};

START_TEST(a_certificate_that_etcd_takes_goes_with_user_and_password)
{
	use_certificate(certificates[_i].crt, certificates[_i].key);
	settings_also(&settings, "etcd_protocol", certificates[_i].protocol);
	ck_assert_msg(read_key("/joe/k") == 0, "%s", e.text);
	changes_put(&changes, "/joe/k", "v", 1);
	ck_assert_msg(datastore_commit(ds, &view, &changes, &outcome, &e) == 0, "%s", e.text);
	ck_assert_int_eq(outcome, COMMIT_DONE);
}
END_TEST

START_TEST(a_wrong_password_is_denied_and_names_the_user)
{
	settings_also(&settings, "etcd_password", "other pw");
	ck_assert_int_eq(read_key("/joe/k"), -1);
	assert_denied("user \"joe\"");
	ck_assert_ptr_nonnull(strstr(e.text, member.url));
	ck_assert_uint_eq(datastore_requests(ds), 1);
}
END_TEST

START_TEST(what_the_user_may_not_is_denied)
{
	ck_assert_int_eq(read_key("/else/k"), -1);
	assert_denied("permission denied");
	ck_assert_ptr_nonnull(strstr(e.text, "user \"joe\""));
}
END_TEST

START_TEST(a_cluster_that_wants_a_user_says_so)
{
	settings_also(&settings, "etcd_username", "");
	ck_assert_int_eq(read_key("/joe/k"), -1);
	assert_denied("ETCD_USERNAME");
}
END_TEST

START_TEST(a_user_without_password_is_not_used)
{
	settings_also(&settings, "etcd_password", "");
	ck_assert_int_eq(read_key("/joe/k"), -1);
	assert_denied("ETCD_USERNAME");
	ck_assert_uint_eq(datastore_requests(ds), 1);
}
END_TEST

static void open_scripted(const struct server_line *script, size_t n)
{
	server = server_start(script, n, NULL);
	settings_also(&settings, "etcd_endpoints", server_url(server));
	settings_also(&settings, "etcd_protocol", protocol);
}

static bool request_has(size_t i, const char *text)
{
	return strstr(server_request(server, i), text) != NULL;
}

/* As a process does: from the mirror, if there is one, else by a read.  Its requests. */
static unsigned long write_once(void)
{
	const char *key = "/joe/mirrored";
	unsigned long requests;

	view_done(&view);
	changes_done(&changes);
	ck_assert_msg(datastore_open(&ds, &settings, OPEN_TO_CREATE, deadline_in_ms(20000), &e) ==
		      0, "%s", e.text);
	datastore_use_mirror(ds, &settings, "node-a");
	datastore_recall(ds, &view);
	wants_done(&wants);
	wants_add(&wants, key, RANGE_KEY);
	wants_add(&wants, NODE, RANGE_KEY);
	if (!view.from_mirror)
		ck_assert_msg(datastore_read(ds, &view, &wants, &e) == 0, "%s", e.text);
	view_look_at(&view, key);
	changes_put(&changes, key, "v", 1);
	ck_assert_msg(datastore_commit(ds, &view, &changes, &outcome, &e) == 0, "%s", e.text);
	ck_assert_int_eq(outcome, COMMIT_DONE);
	datastore_remember(ds, &view, &wants);
	requests = datastore_requests(ds);
	datastore_close(ds);
	ds = NULL;
	return requests;
}

/* With the one that each process asks for its token in. */
static const struct {
	const char *user, *password;
	unsigned long first;
	size_t keys;
} mirrored[] = {
	{ "joe", "joe's \"pw\"", 4, 0 },
	{ "ann", "annpw", 4, 0 },
	{ "eve", "evepw", 3, 1 },
};

START_TEST(a_mirrors_key_that_the_user_may_not_touch_is_asked_for_once)
{
	struct wants nonces __cleanup(wants_done) = {0};

	settings_also(&settings, "run_path", member_file(&member, mirrored[_i].user));
	settings_also(&settings, "etcd_username", mirrored[_i].user);
	settings_also(&settings, "etcd_password", mirrored[_i].password);
	ck_assert_uint_eq(write_once(), mirrored[_i].first);
	ck_assert_uint_eq(write_once(), 2);
	ck_assert_uint_eq(write_once(), 2);
	settings_also(&settings, "etcd_username", "root");
	settings_also(&settings, "etcd_password", "rootpw");
	view_done(&view);
	ck_assert_int_eq(datastore_open(&ds, &settings, OPEN_TO_CREATE, deadline_in_ms(20000), &e),
			 0);
	wants_add(&nonces, NONCES, RANGE_PREFIX);
	ck_assert_msg(datastore_read(ds, &view, &nonces, &e) == 0, "%s", e.text);
	ck_assert_uint_eq(view.n_records, mirrored[_i].keys);
	ck_assert_msg(datastore_forget_node(ds, "node-a", &e) == 0, "%s", e.text);
	ck_assert_msg(datastore_read(ds, &view, &nonces, &e) == 0, "%s", e.text);
	ck_assert_uint_eq(view.n_records, 0);
}
END_TEST

START_TEST(whoever_may_not_touch_mirrors_keys_forgets_a_node_all_the_same)
{
	ck_assert_msg(read_key("/joe/k") == 0, "%s", e.text);
	ck_assert_msg(datastore_forget_node(ds, "node-a", &e) == 0, "%s", e.text);
}
END_TEST

START_TEST(what_the_user_may_not_touch_is_no_mirrors_fault)
{
	settings_also(&settings, "run_path", member_file(&member, "else"));
	ck_assert_int_eq(datastore_open(&ds, &settings, OPEN_TO_CREATE, deadline_in_ms(20000), &e),
			 0);
	datastore_use_mirror(ds, &settings, "node-a");
	datastore_recall(ds, &view);
	ck_assert_int_eq(read_key("/else/k"), -1);
	assert_denied("permission denied");
	ck_assert_uint_eq(datastore_requests(ds), 3);
	ck_assert_msg(read_key("/joe/k") == 0, "%s", e.text);
	ck_assert_uint_eq(datastore_requests(ds), 5);
}
END_TEST

START_TEST(an_outdated_token_is_replaced_once)
{
	static const struct server_line script[] = {
		{ .act = SERVE, .body = TOKEN("first") },
		{ .act = SERVE, .status = 401, .body = BAD_TOKEN },
		{ .act = SERVE, .body = TOKEN("second") },
		{ .act = SERVE, .body = EMPTY_ANSWER },
	};

	open_scripted(script, ARRAY_LEN(script));
	ck_assert_msg(read_key("/joe/k") == 0, "%s", e.text);
	ck_assert_uint_eq(server_requests(server), 4);
	ck_assert(request_has(0, "POST /v3/auth/authenticate "));
	ck_assert(!request_has(0, "Authorization:"));
	ck_assert(request_has(1, "\r\nAuthorization: first\r\n"));
	ck_assert(!request_has(2, "Authorization:"));
	ck_assert(request_has(3, "\r\nAuthorization: second\r\n"));
}
END_TEST

START_TEST(a_token_refused_twice_is_denied)
{
	static const struct server_line script[] = {
		{ .act = SERVE, .body = TOKEN("first") },
		{ .act = SERVE, .status = 401, .body = BAD_TOKEN },
		{ .act = SERVE, .body = TOKEN("second") },
		{ .act = SERVE, .status = 401, .body = BAD_TOKEN },
	};

	open_scripted(script, ARRAY_LEN(script));
	ck_assert_int_eq(read_key("/joe/k"), -1);
	assert_denied("invalid auth token");
	ck_assert_uint_eq(server_requests(server), 4);
}
END_TEST

START_TEST(a_cluster_without_authentication_is_used_without)
{
	static const struct server_line script[] = {
		{ .act = SERVE, .status = 412, .body = NO_AUTH },
		{ .act = SERVE, .body = EMPTY_ANSWER },
	};

	open_scripted(script, ARRAY_LEN(script));
	ck_assert_msg(read_key("/joe/k") == 0, "%s", e.text);
	ck_assert_msg(read_key("/joe/k") == 0, "%s", e.text);
	ck_assert_uint_eq(server_requests(server), 3);
	ck_assert(!request_has(2, "Authorization:"));
}
END_TEST

START_TEST(a_token_that_would_add_a_header_is_refused)
{
	static const struct server_line script[] = { { .act = SERVE,
		.body = TOKEN("a\\r\\nX: y") } };

	open_scripted(script, ARRAY_LEN(script));
	ck_assert_int_eq(read_key("/joe/k"), -1);
	ck_assert_int_eq(e.kind, ERR_DENIED);
	ck_assert_uint_eq(server_requests(server), 1);
}
END_TEST

static TCase *create_case(const char *name, void (*begin_it)(void))
{
	TCase *t = tcase_create(name);

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, begin_it, end);
	return t;
}

static TCase *scripted_case(const char *name, void (*begin_it)(void))
{
	TCase *t = create_case(name, begin_it);

	tcase_add_test(t, an_outdated_token_is_replaced_once);
	tcase_add_test(t, a_token_refused_twice_is_denied);
	tcase_add_test(t, a_cluster_without_authentication_is_used_without);
	tcase_add_test(t, a_token_that_would_add_a_header_is_refused);
	return t;
}

Suite *suite(void)
{
	Suite *s = suite_create("datastore.etcd_auth");
	TCase *t = create_case("auth", begin);

	tcase_add_unchecked_fixture(t, begin_member, end_member);
	tcase_add_test(t, a_user_costs_one_request_more);
	tcase_add_test(t, a_wrong_password_is_denied_and_names_the_user);
	tcase_add_test(t, what_the_user_may_not_is_denied);
	tcase_add_test(t, a_cluster_that_wants_a_user_says_so);
	tcase_add_test(t, a_user_without_password_is_not_used);
	tcase_add_loop_test(t, a_mirrors_key_that_the_user_may_not_touch_is_asked_for_once, 0,
			    ARRAY_LEN(mirrored));
	tcase_add_test(t, whoever_may_not_touch_mirrors_keys_forgets_a_node_all_the_same);
	tcase_add_test(t, what_the_user_may_not_touch_is_no_mirrors_fault);
	suite_add_tcase(s, t);
	suite_add_tcase(s, scripted_case("json", begin_json));
	suite_add_tcase(s, scripted_case("grpc", begin_grpc));
	t = create_case("auth over TLS", begin);
	tcase_add_unchecked_fixture(t, begin_tls_member, end_member);
	tcase_add_test(t, a_certificates_common_name_is_the_user_unless_another_is_given);
	tcase_add_loop_test(t,
			    the_gateway_refuses_a_common_name_and_the_error_says_what_helps,
			    0, 2);
	tcase_add_loop_test(t, a_certificate_that_etcd_takes_goes_with_user_and_password, 0,
			    ARRAY_LEN(certificates));
	suite_add_tcase(s, t);
	return s;
}
