/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS sessions that one process keeps for the next: when they are used, and when not.  Each
 * struct http here stands for a process.
 */
#include "base/attr.h"
#include "base/clock.h"
#include "base/io.h"
#include "datastore/http/round.h"
#include "datastore/http/session_file.h"
#include "tests/datastore/fixture_http2.h"
#include "tests/datastore/fixture_member.h"
#include "tests/suite.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATIENCE_MS 15000
#define LEASE_AT 56	/* bytes: where it stands in the file */

static struct member member;	/* its folder, for files */
static struct http_tls tls;
static struct http2_manners manners;
static struct http2_server *server;
static char run[128], ca[160], certificate[160], key[160], url[64], path[512];
static char servers_certificate[160], servers_key[160];
static struct http_try try;
static struct err e;

static void copy(const char *from, const char *to)
{
	struct buf bytes __cleanup(buf_done) = BUF(1 << 16);

	ck_assert_msg(io_read_file(member_file(&member, from), &bytes, &e) == 0, "%s", e.text);
	ck_assert_msg(io_replace_file(to, bytes.data, bytes.len, 0600, &e) == 0, "%s", e.text);
}

static void begin_files(void)
{
	member_init(&member);
	make_ca(&member, "ca");
	make_ca(&member, "other_ca");
	make_certificate(&member, "ca", "server", false);
	make_certificate_of(&member, "ca", "named", "DNS:elsewhere.test");
	make_certificate(&member, "other_ca", "stranger", false);
	make_certificate(&member, "ca", "client", false);
	make_certificate(&member, "ca", "client2", false);
}

static void end_files(void)
{
	member_stop(&member);
}

static void be_server(const char *name)
{
	char from[64];

	snprintf(servers_certificate, sizeof(servers_certificate), "%s/server.crt", run);
	snprintf(servers_key, sizeof(servers_key), "%s/server.key", run);
	snprintf(from, sizeof(from), "%s.crt", name);
	copy(from, servers_certificate);
	snprintf(from, sizeof(from), "%s.key", name);
	copy(from, servers_key);
}

static void begin(void)
{
	snprintf(run, sizeof(run), "%s/run.XXXXXX", member.folder);
	ck_assert_ptr_nonnull(mkdtemp(run));
	be_server("server");
	snprintf(ca, sizeof(ca), "%s/ca", run);
	snprintf(certificate, sizeof(certificate), "%s/certificate", run);
	snprintf(key, sizeof(key), "%s/key", run);
	copy("ca.crt", ca);
	copy("client.crt", certificate);
	copy("client.key", key);
	tls = (struct http_tls){ .ca_file = ca, .cert_file = certificate, .key_file = key,
				 .ca_name = "the authority", .cert_name = "the certificate",
				 .key_name = "the key", .session_folder = run };
	manners = (struct http2_manners){ .certificate = servers_certificate,
					  .key = servers_key, .authority = ca, .http1 = true };
	server = http2_start(&manners);
	snprintf(url, sizeof(url), "https://127.0.0.1:%d", http2_port(server));
}

static void end(void)
{
	http2_stop(server);
}

static struct http *open_http(void)
{
	struct http *http = NULL;

	ck_assert_msg(http_open(&http, &tls, true, &e) == 0, "%s", e.text);
	return http;
}

static enum http_result post(struct http *http)
{
	const struct http_request request = { .path = "/", .body = "{}", .body_len = 2,
					      .connect_ms = PATIENCE_MS, .total_ms = PATIENCE_MS,
					      .silence_ms = PATIENCE_MS, .next_ms = PATIENCE_MS };
	struct buf answer __cleanup(buf_done) = BUF(HTTP_ANSWER_MAX);
	long status = 0;

	try = (struct http_try){ .url = url };
	http_post(http, &request, &try, 1, &status, &answer);
	return try.result;
}

/* Whether its handshake took up a session. */
static bool resumes(void)
{
	struct http *http = open_http();
	size_t before = http2_resumed(server);

	ck_assert_msg(post(http) == HTTP_ANSWERED, "%s", try.reason);
	http_close(http);
	return http2_resumed(server) > before;
}

static bool find_file(void)
{
	DIR *folder = opendir(run);

	path[0] = '\0';
	ck_assert_ptr_nonnull(folder);
	for (struct dirent *it; (it = readdir(folder));)
		if (strncmp(it->d_name, "session-", 8) == 0)
			snprintf(path, sizeof(path), "%s/%s", run, it->d_name);
	closedir(folder);
	return *path != '\0';
}

/* What the file says. */
static struct session_lease lease(void)
{
	struct buf file __cleanup(buf_done) = BUF(SESSION_FILE_MAX);
	struct session_lease ret;

	ck_assert(find_file());
	ck_assert_msg(io_read_file(path, &file, &e) == 0, "%s", e.text);
	ck_assert_uint_gt(file.len, LEASE_AT + sizeof(ret));
	memcpy(&ret, file.data + LEASE_AT, sizeof(ret));
	return ret;
}

static int64_t now_s(void)
{
	return clock_now_ns() / 1000000000;
}

START_TEST(the_next_process_resumes_what_the_last_one_kept)
{
	struct stat st;

	ck_assert(!resumes());
	for (int i = 0; i < 3; i++)
		ck_assert(resumes());
	ck_assert(find_file());
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
}
END_TEST

START_TEST(without_a_client_certificate_too)
{
	tls.cert_file = tls.key_file = NULL;
	http2_stop(server);
	manners.authority = NULL;
	server = http2_start(&manners);
	snprintf(url, sizeof(url), "https://127.0.0.1:%d", http2_port(server));
	ck_assert(!resumes());
	ck_assert(resumes());
}
END_TEST

static void ask_in_a_round(void)
{
	const struct http_request common = { .url = url, .connect_ms = PATIENCE_MS,
					     .total_ms = PATIENCE_MS, .silence_ms = PATIENCE_MS };
	struct buf a __cleanup(buf_done) = BUF(1000), b __cleanup(buf_done) = BUF(1000);
	struct http_call calls[] = { { .method = "GET", .path = "/a", .answer = &a },
				     { .method = "PUT", .path = "/b", .body = "{}", .body_len = 2,
				       .answer = &b } };
	struct http *http = open_http();

	http_round(http, &common, calls, ARRAY_LEN(calls));
	http_close(http);
	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		ck_assert_msg(calls[i].result == HTTP_ANSWERED, "%s", calls[i].reason);
}

static struct buf pem_ca, pem_certificate, pem_key;

static struct http_pem in_memory(struct buf *b, const char *name)
{
	buf_init(b, 1 << 16);
	ck_assert_msg(io_read_file(name, b, &e) == 0, "%s", e.text);
	return (struct http_pem){ b->data, b->len };
}

/* As the API server's, whose client has its certificates in memory. */
START_TEST(a_round_resumes_too)
{
	manners.http1 = false;
	tls.ca = in_memory(&pem_ca, ca);
	tls.cert = in_memory(&pem_certificate, certificate);
	tls.key = in_memory(&pem_key, key);
	for (size_t i = 0; i < 3; i++) {
		ask_in_a_round();
		ck_assert_uint_eq(http2_resumed(server), i);
		ck_assert_uint_eq(http2_connections(server), i + 1);
	}
	http2_forget_sessions(server);
	ask_in_a_round();
	ck_assert_uint_eq(http2_resumed(server), 2);
	ck_assert_uint_eq(http2_connections(server), 4);
	buf_done(&pem_ca);
	buf_done(&pem_certificate);
	buf_done(&pem_key);
}
END_TEST

START_TEST(a_session_is_used_once)
{
	struct http *first;

	ck_assert(!resumes());
	first = open_http();
	ck_assert_int_eq(post(first), HTTP_ANSWERED);
	ck_assert_uint_eq(http2_resumed(server), 1);
	ck_assert(!resumes());
	http_close(first);
	ck_assert(resumes());
}
END_TEST

START_TEST(one_that_nobody_was_asked_with_is_laid_back)
{
	struct http *http;

	ck_assert(!resumes());
	http = open_http();
	http_close(http);
	ck_assert(resumes());
}
END_TEST

START_TEST(a_second_request_goes_over_the_same_connection)
{
	struct http *http;

	ck_assert(!resumes());
	http = open_http();
	ck_assert_int_eq(post(http), HTTP_ANSWERED);
	ck_assert_int_eq(post(http), HTTP_ANSWERED);
	http_close(http);
	ck_assert_uint_eq(http2_connections(server), 2);
}
END_TEST

START_TEST(none_is_kept_unless_it_is_wanted_and_the_server_verified)
{
	tls.session_folder = NULL;
	ck_assert(!resumes());
	ck_assert(!resumes());
	tls.session_folder = run;
	tls.insecure = true;
	ck_assert(!resumes());
	ck_assert(!resumes());
	tls.insecure = false;
	tls.ciphers = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";
	http2_stop(server);
	manners.tls12 = true;
	server = http2_start(&manners);
	snprintf(url, sizeof(url), "https://127.0.0.1:%d", http2_port(server));
	ck_assert(!resumes());
	ck_assert(!resumes());
	ck_assert(!find_file());
}
END_TEST

static void add_an_authority(void)
{
	struct buf both __cleanup(buf_done) = BUF(1 << 16);

	ck_assert_int_eq(io_read_file(ca, &both, &e), 0);
	ck_assert_int_eq(io_read_file(member_file(&member, "other_ca.crt"), &both, &e), 0);
	ck_assert_int_eq(io_replace_file(ca, both.data, both.len, 0600, &e), 0);
}

static void renew_certificate(void)
{
	copy("client2.crt", certificate);
	copy("client2.key", key);
}

static void touch_key(void)
{
	struct buf text __cleanup(buf_done) = BUF(1 << 16);

	ck_assert_int_eq(io_read_file(key, &text, &e), 0);
	buf_putc(&text, '\n');
	ck_assert_int_eq(io_replace_file(key, text.data, text.len, 0600, &e), 0);
}

static void want_a_version(void)
{
	tls.min_version = "1.3";
}

static void want_a_suite(void)
{
	tls.ciphers = "TLS_AES_256_GCM_SHA384,TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";
}

static void want_a_name(void)
{
	tls.server_name = "127.0.0.1";
}

static void ask_by_another_url(void)
{
	strcat(url, "/");
}

static void (*const changes[])(void) = { add_an_authority, renew_certificate, touch_key,
					 want_a_version, want_a_suite, want_a_name,
					 ask_by_another_url };

START_TEST(what_it_was_verified_with_is_verified_anew_when_it_changes)
{
	ck_assert(!resumes());
	ck_assert(resumes());
	changes[_i]();
	ck_assert(!resumes());
	ck_assert(resumes());
}
END_TEST

START_TEST(a_server_that_knows_it_no_more_is_verified_on_the_same_connection)
{
	ck_assert(!resumes());
	http2_forget_sessions(server);
	ck_assert(!resumes());
	ck_assert_uint_eq(http2_connections(server), 2);
	ck_assert(resumes());
}
END_TEST

START_TEST(a_server_that_breaks_off_over_it_is_asked_again_without)
{
	http2_stop(server);
	manners.breaks_resumed = true;
	server = http2_start(&manners);
	snprintf(url, sizeof(url), "https://127.0.0.1:%d", http2_port(server));
	for (size_t i = 1; i < 4; i++) {
		ck_assert(!resumes());
		ck_assert_uint_eq(http2_connections(server), i);
	}
}
END_TEST

static const struct {
	const char *name, *words;
} impostors[] = {
	{ "stranger", "certificate" }, { "named", "127.0.0.1" },
};

START_TEST(another_server_in_its_place_is_not_believed)
{
	struct http *http;

	ck_assert(!resumes());
	manners.port = http2_port(server);
	http2_stop(server);
	be_server(impostors[_i].name);
	server = http2_start(&manners);
	http = open_http();
	ck_assert_int_eq(post(http), HTTP_DENIED);
	ck_assert_msg(strstr(try.reason, impostors[_i].words), "%s", try.reason);
	http_close(http);
	ck_assert_uint_eq(http2_requests(server), 0);
	ck_assert(!find_file());
}
END_TEST

START_TEST(our_own_certificate_that_cannot_be_used_is_told_as_ever)
{
	struct http *http;

	copy("client2.key", key);
	http = open_http();
	ck_assert_int_eq(post(http), HTTP_FILE);
	ck_assert_msg(strstr(try.reason, "cannot be used together"), "%s", try.reason);
	http_close(http);
}
END_TEST

/* Of the client, of the server: whichever ends first. */
START_TEST(it_ends_with_the_certificates)
{
	int64_t before = now_s();

	ck_assert(!resumes());
	ck_assert_int_le(before + SESSION_AGE_MAX_S, lease().until_s);
	ck_assert_int_le(lease().until_s, now_s() + SESSION_AGE_MAX_S);
	http2_shorten(_i ? certificate : servers_certificate, member_file(&member, "ca.key"), 100);
	http2_stop(server);
	server = http2_start(&manners);
	snprintf(url, sizeof(url), "https://127.0.0.1:%d", http2_port(server));
	unlink(path);
	ck_assert(!resumes());
	ck_assert_int_gt(lease().until_s, before);
	ck_assert_int_le(lease().until_s, now_s() + 100);
}
END_TEST

START_TEST(resuming_prolongs_nothing)
{
	struct session_lease first;

	ck_assert(!resumes());
	first = lease();
	for (int i = 0; i < 3; i++)
		ck_assert(resumes());
	ck_assert_int_eq(lease().from_s, first.from_s);
	ck_assert_int_eq(lease().until_s, first.until_s);
}
END_TEST

static void cut(void)
{
	ck_assert_int_eq(truncate(path, 700), 0);
}

static void empty(void)
{
	ck_assert_int_eq(truncate(path, 0), 0);
}

static void flip(void)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	char c = 0;

	ck_assert_int_eq(pread(fd, &c, 1, 200), 1);
	c ^= 1;
	ck_assert_int_eq(pwrite(fd, &c, 1, 200), 1);
	close(fd);
}

static void prolong(void)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	int64_t until = INT64_MAX;

	ck_assert_int_eq(pwrite(fd, &until, sizeof(until), LEASE_AT + sizeof(until)),
			 sizeof(until));
	close(fd);
}

static void show_others(void)
{
	ck_assert_int_eq(chmod(path, 0640), 0);
}

static void move_aside(char aside[600])
{
	snprintf(aside, 600, "%s.aside", path);
	ck_assert_int_eq(rename(path, aside), 0);
}

static void make_link(void)
{
	char aside[600];

	move_aside(aside);
	ck_assert_int_eq(symlink(aside, path), 0);
}

static void make_second_name(void)
{
	char aside[600];

	snprintf(aside, sizeof(aside), "%s.aside", path);
	ck_assert_int_eq(link(path, aside), 0);
}

static void make_folder(void)
{
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkdir(path, 0700), 0);
}

static void make_fifo(void)
{
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
}

static void give_away(void)
{
	if (geteuid() == 0)
		ck_assert_int_eq(chown(path, 12345, 12345), 0);
	else
		ck_assert_int_eq(unlink(path), 0);
}

static void (*const spoils[])(void) = { cut, empty, flip, prolong, show_others, make_link,
					make_second_name, make_folder, make_fifo, give_away };

START_TEST(a_file_that_does_not_fit_is_as_if_it_were_not_there)
{
	ck_assert(!resumes());
	ck_assert(find_file());
	spoils[_i]();
	ck_assert(!resumes());
}
END_TEST

static const struct {
	int64_t from, until;	/* from now on, seconds */
	bool holds;
} leases[] = {
	{ 0, SESSION_AGE_MAX_S, true },
	{ 60 - SESSION_AGE_MAX_S, 60, true },
	{ -10, 0, false },			/* over */
	{ 60, SESSION_AGE_MAX_S, false },	/* the clock was put back */
	{ -SESSION_AGE_MAX_S, 60, false },	/* verified too long ago */
	{ INT64_MIN / 2, INT64_MAX / 2, false },
};

START_TEST(a_file_is_read_while_its_lease_holds)
{
	const unsigned char binding[SESSION_BINDING_LEN] = "what it is bound to";
	struct session_lease given = { now_s() + leases[_i].from, now_s() + leases[_i].until };
	struct buf bytes __cleanup(buf_done) = BUF(100), got __cleanup(buf_done) = BUF(100);
	struct session_lease found = {0};
	char file[300];
	int rc;

	buf_puts(&bytes, "a session");
	snprintf(file, sizeof(file), "%s/new/folder/session-1", run);
	session_file_keep(file, binding, &given, &bytes);
	rc = session_file_take(file, binding, &found, &got);
	ck_assert_int_eq(rc == 0, leases[_i].holds);
	ck_assert_str_eq(got.data, leases[_i].holds ? "a session" : "");
	ck_assert_int_eq(session_file_take(file, binding, &found, &got), -1);
}
END_TEST

static void add_tests(TCase *t)
{
	tcase_add_test(t, the_next_process_resumes_what_the_last_one_kept);
	tcase_add_test(t, without_a_client_certificate_too);
	tcase_add_test(t, a_round_resumes_too);
	tcase_add_test(t, a_session_is_used_once);
	tcase_add_test(t, one_that_nobody_was_asked_with_is_laid_back);
	tcase_add_test(t, a_second_request_goes_over_the_same_connection);
	tcase_add_test(t, none_is_kept_unless_it_is_wanted_and_the_server_verified);
	tcase_add_loop_test(t, what_it_was_verified_with_is_verified_anew_when_it_changes, 0,
			    ARRAY_LEN(changes));
	tcase_add_test(t, a_server_that_knows_it_no_more_is_verified_on_the_same_connection);
	tcase_add_test(t, a_server_that_breaks_off_over_it_is_asked_again_without);
	tcase_add_loop_test(t, another_server_in_its_place_is_not_believed, 0,
			    ARRAY_LEN(impostors));
	tcase_add_test(t, our_own_certificate_that_cannot_be_used_is_told_as_ever);
	tcase_add_loop_test(t, it_ends_with_the_certificates, 0, 2);
	tcase_add_test(t, resuming_prolongs_nothing);
	tcase_add_loop_test(t, a_file_that_does_not_fit_is_as_if_it_were_not_there, 0,
			    ARRAY_LEN(spoils));
	tcase_add_loop_test(t, a_file_is_read_while_its_lease_holds, 0, ARRAY_LEN(leases));
}

Suite *suite(void)
{
	Suite *s = suite_create("datastore.session");
	TCase *t = tcase_create("session");

	tcase_set_timeout(t, 60);
	tcase_add_unchecked_fixture(t, begin_files, end_files);
	tcase_add_checked_fixture(t, begin, end);
	add_tests(t);
	suite_add_tcase(s, t);
	return s;
}
