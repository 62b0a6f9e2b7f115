/* SPDX-License-Identifier: Apache-2.0 */
/*
 * etcd behind TLS, with client certificates: what is accepted and what is refused,
 * and that each refusal says which file and which server.
 */
#include "base/attr.h"
#include "base/clock.h"
#include "base/io.h"
#include "datastore/backend.h"
#include "datastore/etcd/client.h"
#include "tests/datastore/fixture_member.h"
#include "tests/datastore/fixture_server.h"
#include "tests/fake/settings_of.h"
#include "tests/suite.h"

#include <arpa/inet.h>
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static struct member member;
static struct datastore *ds;
static struct settings settings;
static struct view view;
static struct wants wants;
static struct err e;

static void begin_member(void)
{
	member_init(&member);
	make_ca(&member, "ca");
	make_ca(&member, "other_ca");
	make_certificate(&member, "ca", "server", false);
	make_certificate(&member, "ca", "client", false);
	make_certificate(&member, "ca", "old", true);
	make_certificate(&member, "other_ca", "stranger", false);
	member_start(&member, true);
}

static void end_member(void)
{
	member_stop(&member);
}

static void begin(void)
{
	e = (struct err){0};
	ds = NULL;
	view_init(&view);
	wants_init(&wants);
	wants_add(&wants, "/tls/k", RANGE_KEY);
	settings = SETTINGS("etcd_endpoints", member.url, "run_path", "/dev/null/run",
			    "etcd_ca_cert_file", member_file(&member, "ca.crt"),
			    "etcd_cert_file", member_file(&member, "client.crt"),
			    "etcd_key_file", member_file(&member, "client.key"));
}

static void end(void)
{
	datastore_close(ds);
	view_done(&view);
	wants_done(&wants);
	settings_done(&settings);
}

static int try_open(void)
{
	return datastore_open(&ds, &settings, OPEN_TO_CREATE, deadline_in_ms(20000), &e);
}

static void open_store(void)
{
	ck_assert_msg(try_open() == 0, "%s", e.text);
}

static void assert_reads(void)
{
	open_store();
	ck_assert_msg(datastore_read(ds, &view, &wants, &e) == 0, "%s", e.text);
	ck_assert_uint_eq(datastore_requests(ds), 1);
}

static void assert_says(const char *words)
{
	ck_assert_msg(strstr(e.text, words), "\"%s\" is not in: %s", words, e.text);
}

/* Nothing is to be gained by waiting, so the answer comes at once. */
static void assert_read_fails(enum err_kind kind)
{
	struct deadline soon = deadline_in_ms(5000);

	open_store();
	ck_assert_int_eq(datastore_read(ds, &view, &wants, &e), -1);
	ck_assert_msg(e.kind == kind, "kind %d: %s", e.kind, e.text);
	assert_says(settings_get(&settings, SET_ETCD_ENDPOINTS));
	ck_assert(!deadline_passed(soon));
}

static void assert_open_fails(enum err_kind kind, const char *words)
{
	ck_assert_int_eq(try_open(), -1);
	ds = NULL;
	ck_assert_msg(e.kind == kind, "kind %d: %s", e.kind, e.text);
	assert_says(words);
}

/* A server that writes down what it is sent, once the handshake is done. */
static pid_t start_listener(const char *name, int port, const char *heard)
{
	char accept_at[24], crt[40], key[40];
	const char *argv[] = { "openssl", "s_server", "-quiet", "-accept", accept_at, "-cert",
			       crt, "-key", key, NULL };
	int ends[2];
	pid_t pid;

	snprintf(accept_at, sizeof(accept_at), "127.0.0.1:%d", port);
	snprintf(crt, sizeof(crt), "%s.crt", name);
	snprintf(key, sizeof(key), "%s.key", name);
	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		int out = open(heard, O_WRONLY | O_CREAT | O_TRUNC, 0600);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* It ends with its stdin, which stays open as long as this lives. */
		dup2(ends[0], 0);
		dup2(out, 1);
		dup2(out, 2);
		if (chdir(member.folder) == 0)
			execvp(argv[0], unconst(argv));
		_exit(127);
	}
	close(ends[0]);
	return pid;
}

static void wait_for_listener(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct deadline until = deadline_in_ms(10000);
	int rc;

	do {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		rc = connect(fd, (struct sockaddr *)&a, sizeof(a));
		close(fd);
		deadline_sleep_ms(until, rc < 0 ? 20 : 0);
	} while (rc < 0 && !deadline_passed(until));
	ck_assert_int_eq(rc, 0);
}

static const struct {
	const char *certificate, *host;
	bool sent;
} listeners[] = {
	{ "server", "127.0.0.1", true },	/* the test can see what is sent */
	{ "server", "localhost", false },	/* the certificate is of another host */
	{ "old", "127.0.0.1", false },		/* expired */
	{ "stranger", "127.0.0.1", false },	/* of another authority */
	{ "other_ca", "127.0.0.1", false },	/* signed by itself */
};

START_TEST(a_server_that_is_not_trusted_is_sent_no_password)
{
	struct buf heard __cleanup(buf_done) = BUF(1 << 20);
	int port = free_port();
	char path[128], url[64];
	struct err ignored = {0};
	pid_t pid;

	snprintf(path, sizeof(path), "%s/heard", member.folder);
	snprintf(url, sizeof(url), "https://%s:%d", listeners[_i].host, port);
	pid = start_listener(listeners[_i].certificate, port, path);
	wait_for_listener(port);
	settings_also(&settings, "etcd_endpoints", url);
	settings_also(&settings, "etcd_username", "joe");
	settings_also(&settings, "etcd_password", "joes-password");
	ck_assert_msg(datastore_open(&ds, &settings, OPEN_TO_CREATE, deadline_in_ms(3000), &e)
		      == 0, "%s", e.text);
	ck_assert_int_eq(datastore_read(ds, &view, &wants, &e), -1);
	stop_program(pid);
	ck_assert_int_eq(io_read_file(path, &heard, &ignored), 0);
	ck_assert_msg(!strstr(heard.data, "joes-password") == !listeners[_i].sent, "%s: %s",
		      e.text, heard.data);
	ck_assert_msg(listeners[_i].sent || e.kind == ERR_DENIED, "%d: %s", e.kind, e.text);
}
END_TEST

START_TEST(the_keys_of_tls_are_written_to_no_file_of_the_environments)
{
	const char *path = member_file(&member, "keys.log");

	setenv("SSLKEYLOGFILE", path, 1);
	ck_assert_msg(datastore_open(&ds, &settings, OPEN_TO_CREATE, deadline_in_ms(20000), &e)
		      == 0, "%s", e.text);
	ck_assert_msg(datastore_read(ds, &view, &wants, &e) == 0, "%s", e.text);
	ck_assert_int_eq(access(path, F_OK), -1);
	ck_assert_ptr_null(getenv("SSLKEYLOGFILE"));
}
END_TEST

START_TEST(a_client_certificate_of_the_right_authority_is_accepted)
{
	struct changes changes __cleanup(changes_done) = {0};
	enum commit_outcome outcome;

	changes_put(&changes, "/tls/k", "v", 1);
	assert_reads();
	ck_assert_int_eq(datastore_commit(ds, &view, &changes, &outcome, &e), 0);
	ck_assert_int_eq(outcome, COMMIT_DONE);
	ck_assert_int_eq(datastore_read(ds, &view, &wants, &e), 0);
	ck_assert_str_eq(view_peek(&view, "/tls/k")->value, "v");
}
END_TEST

/* In the folder of sessions: the one that there is. */
static void read_session(struct buf *to)
{
	DIR *folder = opendir(member_file(&member, "run"));
	char path[400] = "";

	ck_assert_ptr_nonnull(folder);
	for (struct dirent *it; (it = readdir(folder));)
		if (strncmp(it->d_name, "session-", 8) == 0)
			snprintf(path, sizeof(path), "%s/%s", member_file(&member, "run"),
				 it->d_name);
	closedir(folder);
	ck_assert_msg(io_read_file(path, to, &e) == 0, "%s", e.text);
}

START_TEST(etcd_gives_each_process_a_session_for_the_next)
{
	struct buf first __cleanup(buf_done) = BUF(1 << 16);
	struct buf next __cleanup(buf_done) = BUF(1 << 16);

	settings_also(&settings, "run_path", member_file(&member, "run"));
	assert_reads();
	datastore_close(ds);
	read_session(&first);
	view_reset(&view);
	assert_reads();
	datastore_close(ds);
	ds = NULL;
	read_session(&next);
	ck_assert(first.len != next.len || memcmp(first.data, next.data, first.len) != 0);
}
END_TEST

START_TEST(an_endpoint_without_scheme_is_tls)
{
	settings_also(&settings, "etcd_endpoints", member.url + strlen("https://"));
	assert_reads();
}
END_TEST

static const char *const versions[] = { "", "1.2", "1.3", "VersionTLS12", "VersionTLS13" };

START_TEST(every_spelling_of_a_tls_version_works)
{
	settings_also(&settings, "tls_min_version", versions[_i]);
	assert_reads();
}
END_TEST

START_TEST(cipher_suites_both_sides_know_are_used)
{
	settings_also(&settings, "tls_cipher_suites",
		      "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_AES_256_GCM_SHA384");
	assert_reads();
}
END_TEST

START_TEST(suites_of_tls_1_3_alone_are_enough)
{
	settings_also(&settings, "tls_cipher_suites", "TLS_CHACHA20_POLY1305_SHA256");
	assert_reads();
}
END_TEST

START_TEST(an_unknown_version_or_suite_is_named)
{
	settings_also(&settings, "tls_min_version", "1.1");
	assert_open_fails(ERR_CONFIG, "TLS_MIN_VERSION \"1.1\"");
	settings_also(&settings, "tls_min_version", "");
	settings_also(&settings, "tls_cipher_suites", "TLS_FOO");
	assert_open_fails(ERR_CONFIG, "TLS_CIPHER_SUITES: \"TLS_FOO\"");
}
END_TEST

START_TEST(certificate_and_key_go_only_together)
{
	settings_also(&settings, "etcd_key_file", "");
	assert_open_fails(ERR_CONFIG, "etcd_cert_file is given without etcd_key_file");
	settings_also(&settings, "etcd_key_file", member_file(&member, "client.crt"));
	settings_also(&settings, "etcd_cert_file", "");
	assert_open_fails(ERR_CONFIG, "etcd_key_file is given without etcd_cert_file");
}
END_TEST

START_TEST(a_missing_file_is_named)
{
	settings_also(&settings, "etcd_ca_cert_file", member_file(&member, "no.crt"));
	assert_open_fails(ERR_IO, "/no.crt: No such file");
	assert_says("etcd_ca_cert_file");
	settings_also(&settings, "etcd_ca_cert_file", "");
	settings_also(&settings, "etcd_key_file", member_file(&member, "no.key"));
	assert_open_fails(ERR_IO, "/no.key: No such file");
	settings_also(&settings, "etcd_cert_file", member.folder);
	assert_open_fails(ERR_IO, "etcd_cert_file");
}
END_TEST

START_TEST(a_file_that_is_no_certificate_is_named)
{
	settings_also(&settings, "etcd_ca_cert_file", member_file(&member, "extensions"));
	assert_read_fails(ERR_IO);
	assert_says("etcd_ca_cert_file");
	assert_says("/extensions");
	datastore_close(ds);
	settings_also(&settings, "etcd_ca_cert_file", member_file(&member, "ca.crt"));
	settings_also(&settings, "etcd_cert_file", member_file(&member, "extensions"));
	assert_read_fails(ERR_IO);
	assert_says("/extensions");
}
END_TEST

START_TEST(a_key_of_another_certificate_is_named)
{
	settings_also(&settings, "etcd_key_file", member_file(&member, "server.key"));
	assert_read_fails(ERR_IO);
	assert_says("/server.key");
}
END_TEST

START_TEST(a_server_of_another_authority_is_not_trusted)
{
	settings_also(&settings, "etcd_ca_cert_file", member_file(&member, "other_ca.crt"));
	assert_read_fails(ERR_DENIED);
	assert_says("/other_ca.crt");
	assert_says("certificate");
}
END_TEST

START_TEST(without_an_authority_file_the_systems_is_used)
{
	settings_also(&settings, "etcd_ca_cert_file", "");
	assert_read_fails(ERR_DENIED);
	assert_says("certificate");
}
END_TEST

START_TEST(a_server_under_another_name_is_not_trusted)
{
	char url[48];

	snprintf(url, sizeof(url), "https://localhost:%s", strrchr(member.url, ':') + 1);
	settings_also(&settings, "etcd_endpoints", url);
	assert_read_fails(ERR_DENIED);
	assert_says("localhost");
}
END_TEST

/* That one is not trusted says nothing of those that did not answer. */
START_TEST(a_server_that_is_not_trusted_does_not_hide_that_another_is_silent)
{
	int silent = free_port(), stranger = free_port();
	pid_t silent_pid = start_listener("server", silent, "/dev/null");
	pid_t stranger_pid = start_listener("stranger", stranger, "/dev/null");
	char list[128];

	wait_for_listener(silent);
	wait_for_listener(stranger);
	client_silence_ms = 500;
	snprintf(list, sizeof(list), "https://127.0.0.1:%d,https://127.0.0.1:%d", silent, stranger);
	settings_also(&settings, "etcd_endpoints", list);
	open_store();
	ck_assert_int_eq(datastore_read(ds, &view, &wants, &e), -1);
	ck_assert_msg(e.kind == ERR_UNAVAILABLE, "kind %d: %s", e.kind, e.text);
	assert_says("silent");
	assert_says("certificate");
	stop_program(silent_pid);
	stop_program(stranger_pid);
	client_silence_ms = CLIENT_SILENCE_MS;
}
END_TEST

/* The refusal comes after the handshake in TLS 1.3; it must be told the same way each time. */
static void assert_refused_commit(void)
{
	struct range r = { .key = "/tls/refused", .kind = RANGE_KEY };
	struct changes changes __cleanup(changes_done) = {0};
	enum commit_outcome outcome;

	changes_put(&changes, "/tls/refused", "v", 1);
	view_cover(&view, &r, 5);
	ck_assert_int_eq(datastore_commit(ds, &view, &changes, &outcome, &e), -1);
	ck_assert_msg(e.kind == ERR_DENIED || e.kind == ERR_UNKNOWN_OUTCOME, "kind %d: %s", e.kind,
		      e.text);
}

START_TEST(without_a_client_certificate_the_server_refuses)
{
	settings_also(&settings, "etcd_cert_file", "");
	settings_also(&settings, "etcd_key_file", "");
	assert_read_fails(ERR_DENIED);
	assert_says("etcd_cert_file");
	err_reset(&e);
	assert_refused_commit();
}
END_TEST

START_TEST(a_client_certificate_of_another_authority_is_refused)
{
	settings_also(&settings, "etcd_cert_file", member_file(&member, "stranger.crt"));
	settings_also(&settings, "etcd_key_file", member_file(&member, "stranger.key"));
	assert_read_fails(ERR_DENIED);
	assert_says("/stranger.crt");
}
END_TEST

START_TEST(an_expired_client_certificate_is_refused)
{
	settings_also(&settings, "etcd_cert_file", member_file(&member, "old.crt"));
	settings_also(&settings, "etcd_key_file", member_file(&member, "old.key"));
	assert_read_fails(ERR_DENIED);
	assert_says("/old.crt");
	assert_says("expired");
}
END_TEST

/* Each "openssl s_server" argument after the certificate: NULL or a restriction. */
static void assert_other_server_fails(const char *name, const char *option, const char *words)
{
	char port_text[8], url[48], crt[16], key[16];
	int port = free_port();
	const char *argv[] = {
		"openssl", "s_server", "-accept", port_text, "-cert", NULL, "-key", NULL, "-quiet",
		option, NULL,
	};
	pid_t pid;

	snprintf(port_text, sizeof(port_text), "%d", port);
	snprintf(url, sizeof(url), "https://127.0.0.1:%d", port);
	snprintf(crt, sizeof(crt), "%s.crt", name);
	snprintf(key, sizeof(key), "%s.key", name);
	argv[5] = member_file(&member, crt);
	argv[7] = member_file(&member, key);
	pid = start_program(argv);
	wait_for_listener(port);
	settings_also(&settings, "etcd_endpoints", url);
	assert_read_fails(ERR_DENIED);
	assert_says(words);
	stop_program(pid);
}

START_TEST(an_expired_server_certificate_is_named_so)
{
	assert_other_server_fails("old", NULL, "certificate has expired");
}
END_TEST

START_TEST(a_server_that_speaks_only_older_tls_is_refused)
{
	settings_also(&settings, "tls_min_version", "1.3");
	assert_other_server_fails("server", "-tls1_2", "TLS handshake");
}
END_TEST

START_TEST(tls_towards_a_plain_server_is_explained)
{
	static const struct server_line line = { .act = SERVE, .status = 400, .body = "" };
	struct server *server = server_start(&line, 1, NULL);

	settings_also(&settings, "etcd_endpoints", server_url(server) + strlen("http://"));
	open_store();
	datastore_set_deadline(ds, deadline_in_ms(2000));
	ck_assert_int_eq(datastore_read(ds, &view, &wants, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
	assert_says(settings_get(&settings, SET_ETCD_ENDPOINTS));
	server_stop(server);
}
END_TEST

START_TEST(plain_http_towards_a_tls_server_is_explained)
{
	char url[48];

	snprintf(url, sizeof(url), "http://%s", member.url + strlen("https://"));
	settings_also(&settings, "etcd_endpoints", url);
	assert_read_fails(ERR_UNAVAILABLE);
	assert_says("is it a https:// endpoint?");
}
END_TEST

START_TEST(a_connection_broken_off_asks_for_the_other_scheme)
{
	static const struct server_line line = { .act = RESET };
	struct server *server = server_start(&line, 1, NULL);
	char url[48];

	settings_also(&settings, "etcd_endpoints", server_url(server));
	settings_also(&settings, "etcd_protocol", "json");
	assert_read_fails(ERR_UNAVAILABLE);
	assert_says("is it a https:// endpoint?");
	datastore_close(ds);
	err_reset(&e);
	snprintf(url, sizeof(url), "https://%s", server_url(server) + strlen("http://"));
	settings_also(&settings, "etcd_endpoints", url);
	assert_read_fails(ERR_UNAVAILABLE);
	assert_says("is it a http:// endpoint?");
	server_stop(server);
}
END_TEST

static void add_tests(TCase *t)
{
	tcase_add_loop_test(t, a_server_that_is_not_trusted_is_sent_no_password, 0,
			    ARRAY_LEN(listeners));
	tcase_add_test(t, the_keys_of_tls_are_written_to_no_file_of_the_environments);
	tcase_add_test(t, a_client_certificate_of_the_right_authority_is_accepted);
	tcase_add_test(t, etcd_gives_each_process_a_session_for_the_next);
	tcase_add_test(t, an_endpoint_without_scheme_is_tls);
	tcase_add_loop_test(t, every_spelling_of_a_tls_version_works, 0, ARRAY_LEN(versions));
	tcase_add_test(t, cipher_suites_both_sides_know_are_used);
	tcase_add_test(t, suites_of_tls_1_3_alone_are_enough);
	tcase_add_test(t, an_unknown_version_or_suite_is_named);
	tcase_add_test(t, certificate_and_key_go_only_together);
	tcase_add_test(t, a_missing_file_is_named);
	tcase_add_test(t, a_file_that_is_no_certificate_is_named);
	tcase_add_test(t, a_key_of_another_certificate_is_named);
	tcase_add_test(t, a_server_of_another_authority_is_not_trusted);
	tcase_add_test(t, without_an_authority_file_the_systems_is_used);
	tcase_add_test(t, a_server_under_another_name_is_not_trusted);
	tcase_add_test(t, a_server_that_is_not_trusted_does_not_hide_that_another_is_silent);
	tcase_add_loop_test(t, without_a_client_certificate_the_server_refuses, 0, 5);
	tcase_add_loop_test(t, a_client_certificate_of_another_authority_is_refused, 0, 5);
	tcase_add_test(t, an_expired_client_certificate_is_refused);
	tcase_add_test(t, an_expired_server_certificate_is_named_so);
	tcase_add_test(t, a_server_that_speaks_only_older_tls_is_refused);
	tcase_add_test(t, tls_towards_a_plain_server_is_explained);
	tcase_add_test(t, plain_http_towards_a_tls_server_is_explained);
	tcase_add_test(t, a_connection_broken_off_asks_for_the_other_scheme);
}

Suite *suite(void)
{
	Suite *s = suite_create("datastore.etcd_tls");
	TCase *t = tcase_create("tls");

	tcase_set_timeout(t, 60);
	tcase_add_unchecked_fixture(t, begin_member, end_member);
	tcase_add_checked_fixture(t, begin, end);
	add_tests(t);
	suite_add_tcase(s, t);
	return s;
}
