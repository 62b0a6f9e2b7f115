/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client of etcd does with an end of a call that etcd itself never has: its server here
 * speaks as much of HTTP/2 as that takes.
 */
#include "datastore/etcd/client.h"
#include "tests/fake/settings_of.h"
#include "tests/suite.h"

#include <arpa/inet.h>
#include <check.h>
#include <malloc.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BYTES(text) (text), sizeof(text) - 1
#define PREFACE_LEN 24
#define HEAD_LEN 9
enum { DATA = 0, HEADERS = 1, SETTINGS = 4 };	/* kinds of frames */
enum { ACK = 1, END_STREAM = 1, END_HEADERS = 4 };

/*
 * Answers requests by gRPC with this frame of headers and then a body, those by JSON with this
 * text, or by hanging up, and counts them all.
 */
static struct {
	const char *head;
	size_t head_len;
	const char *body;
	size_t body_len;
	const char *text;	/* NULL: it hangs up */
	bool log_in;		/* these are for the first; the next's answer is empty */
	int without_password;	/* requests for a token */
	int fd;
	pthread_t thread;
	int requests;
	char url[48];
} server;

/* What no memory that is given back may hold; and pieces that did. */
#define PASSWORD "a password that is long enough to be told from others by its end alone"
#define TOKEN "a-token-that-nobody-else-has.7"
static const char *const secrets[] = { "end alone", TOKEN };
static size_t left_behind;
static int lacking;	/* that many pieces of memory from now on, one is not given; 0: none */

void __real_free(void *p);
void *__real_realloc(void *p, size_t len);
void __wrap_free(void *p);
void *__wrap_realloc(void *p, size_t len);

static void look_at(const void *p)
{
	size_t len = p ? malloc_usable_size(unconst(p)) : 0;

	for (size_t i = 0; i < ARRAY_LEN(secrets) && len; i++)
		left_behind += memmem(p, len, secrets[i], strlen(secrets[i])) != NULL;
}

void __wrap_free(void *p)
{
	look_at(p);
	__real_free(p);
}

/* It may have to move. */
void *__wrap_realloc(void *p, size_t len)
{
	if (lacking && !--lacking)
		return NULL;
	look_at(p);
	return __real_realloc(p, len);
}

static struct settings settings;
static struct client client;
static struct wire_answer answer;
static struct err e;

static bool take(int fd, char *to, size_t len)
{
	for (size_t n = 0; n < len;) {
		ssize_t got = recv(fd, to + n, len - n, 0);

		if (got <= 0)
			return false;
		n += (size_t)got;
	}
	return true;
}

static void send_frame(int fd, int kind, int flags, unsigned char stream, const char *data,
		       size_t len)
{
	const unsigned char head[HEAD_LEN] = {
		0, (unsigned char)(len >> 8), (unsigned char)len, (unsigned char)kind,
		(unsigned char)flags, 0, 0, 0, stream
	};

	send(fd, head, sizeof(head), MSG_NOSIGNAL);
	send(fd, data, len, MSG_NOSIGNAL);
}

static void answers(const char *head, size_t head_len, const char *body, size_t body_len)
{
	server.head = head;
	server.head_len = head_len;
	server.body = body;
	server.body_len = body_len;
}

static void count(void)
{
	__atomic_add_fetch(&server.requests, 1, __ATOMIC_SEQ_CST);
}

static void answer_it(int fd, unsigned char stream)
{
	count();
	send_frame(fd, HEADERS, END_HEADERS, stream, server.head, server.head_len);
	send_frame(fd, DATA, END_STREAM, stream, server.body, server.body_len);
	if (server.log_in)
		answers(server.head, server.head_len, BYTES("\0\0\0\0\4\x0a\x02\x18\x09"));
}

/* The request has come in one piece. */
static void serve_text(int fd)
{
	char rest[4096];
	ssize_t n;

	count();
	if (!server.text || (n = recv(fd, rest, sizeof(rest), 0)) <= 0)
		return;
	if (memmem(rest, (size_t)n, "\"password\"", 10))
		server.without_password += !memmem(rest, (size_t)n, PASSWORD, strlen(PASSWORD));
	dprintf(fd, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
		strlen(server.text), server.text);
	if (server.log_in)
		server.text = "{\"header\":{\"revision\":\"9\"}}";
}

static void serve_one(int fd)
{
	static char data[1 << 16];
	unsigned char head[HEAD_LEN];

	if (!take(fd, data, PREFACE_LEN))
		return;
	if (memcmp(data, "PRI * HTTP/2.0", 14) != 0) {
		serve_text(fd);
		return;
	}
	send_frame(fd, SETTINGS, 0, 0, "", 0);
	while (take(fd, (char *)head, sizeof(head))) {
		size_t len = (size_t)head[1] << 8 | head[2];

		if (head[0] || !take(fd, data, len))
			return;
		if (head[3] == SETTINGS && !(head[4] & ACK))
			send_frame(fd, SETTINGS, ACK, 0, "", 0);
		if (head[3] == DATA && head[4] & END_STREAM)
			answer_it(fd, head[8]);
	}
}

static void *serve(void *arg __unused_arg)
{
	int fd;

	while ((fd = accept(server.fd, NULL, NULL)) >= 0) {
		serve_one(fd);
		close(fd);
	}
	return NULL;
}

static void begin(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);

	err_reset(&e);
	server.requests = 0;
	server.text = NULL;
	server.log_in = false;
	server.without_password = 0;
	left_behind = 0;
	server.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(server.fd, (struct sockaddr *)&a, len), 0);
	ck_assert_int_eq(listen(server.fd, 10), 0);
	ck_assert_int_eq(getsockname(server.fd, (struct sockaddr *)&a, &len), 0);
	snprintf(server.url, sizeof(server.url), "http://127.0.0.1:%d", ntohs(a.sin_port));
	ck_assert_int_eq(pthread_create(&server.thread, NULL, serve, NULL), 0);
	settings = SETTINGS("etcd_endpoints", server.url);
	ck_assert_int_eq(client_init(&client, &settings, deadline_in_ms(5000), &e), 0);
}

static void end(void)
{
	client_done(&client);
	settings_done(&settings);
	wire_answer_done(&answer);
	shutdown(server.fd, SHUT_RDWR);
	pthread_join(server.thread, NULL);
	close(server.fd);
}

#define STATUS_200 "\x88"	/* RFC 7541, appendix A */
#define GRPC_STATUS(n) "\x00\x0bgrpc-status\x01" n

static int commit(void)
{
	struct buf txn __cleanup(buf_done) = BUF(1000);

	wire_write_nothing(&txn, "a");
	return client_commit(&client, &txn, &answer, &e);
}

START_TEST(a_call_that_ends_as_etcds_do_is_answered)
{
	answers(BYTES(STATUS_200 GRPC_STATUS("0")), BYTES("\0\0\0\0\4\x0a\x02\x18\x09"));
	ck_assert_msg(commit() == 0, "%s", e.text);
	ck_assert_uint_eq(answer.revision, 9);
	ck_assert_int_eq(server.requests, 1);
}
END_TEST

START_TEST(a_commit_of_which_nobody_says_how_it_ended_may_have_been_done)
{
	answers(BYTES(STATUS_200), BYTES("\0\0\0\0\4\x0a\x02\x18\x09"));
	ck_assert_int_eq(commit(), -1);
	ck_assert_msg(e.kind == ERR_UNKNOWN_OUTCOME, "%s", e.text);
	ck_assert_int_eq(server.requests, 1);
	client.language.source = LANGUAGE_UNDERSTOOD;
	ck_assert_int_eq(commit(), -1);
	ck_assert_msg(e.kind == ERR_UNKNOWN_OUTCOME, "%s", e.text);
	ck_assert_int_eq(server.requests, 2);
}
END_TEST

START_TEST(a_status_too_large_for_a_number_is_no_success)
{
	answers(BYTES(STATUS_200 "\x00\x0bgrpc-status\x0a" "4294967296"),
		BYTES("\0\0\0\0\4\x0a\x02\x18\x09"));
	ck_assert_int_eq(commit(), -1);
	ck_assert_int_eq(server.requests, 1);
}
END_TEST

/* Asks for a token, and then for something else. */
static void log_in_and_out(void)
{
	server.log_in = true;
	client.user = strdup("joe");
	client.password = strdup(PASSWORD);
	ck_assert_msg(commit() == 0, "%s", e.text);
	ck_assert_str_eq(client.token, TOKEN);
	wire_answer_done(&answer);
	client_done(&client);
	ck_assert_uint_eq(left_behind, 0);
}

#define TOKEN_OF_GRPC "\0\0\0\0\x24\x0a\x02\x18\x09\x12\x1e" TOKEN

START_TEST(by_grpc_neither_password_nor_token_is_left_in_memory)
{
	answers(BYTES(STATUS_200 GRPC_STATUS("0")), BYTES(TOKEN_OF_GRPC));
	log_in_and_out();
}
END_TEST

START_TEST(by_the_gateway_neither_password_nor_token_is_left_in_memory)
{
	server.text = "{\"header\":{\"revision\":\"9\"},\"token\":\"" TOKEN "\"}";
	language_init(&client.language, "json", false);
	log_in_and_out();
}
END_TEST

START_TEST(what_was_said_in_the_other_language_first_is_wiped_too)
{
	answers(BYTES(STATUS_200 GRPC_STATUS("0")), BYTES(TOKEN_OF_GRPC));
	language_init(&client.language, "", true);
	log_in_and_out();
	ck_assert_int_eq(server.requests, 4);
}
END_TEST

START_TEST(a_password_for_which_memory_is_lacking_is_not_another)
{
	bool lacked = true;

	client.password = strdup(PASSWORD);
	language_init(&client.language, "json", false);
	for (int i = 1; lacked; i++) {
		client.user = client.user ? client.user : strdup("joe");
		client_forget_token(&client);
		server.text = "{\"header\":{\"revision\":\"9\"},\"token\":\"t\","
			      "\"succeeded\":true}";
		buf_done(&client.body);
		buf_done(&client.answer);
		lacking = i;
		commit();
		lacked = !lacking;
		lacking = 0;
		wire_answer_done(&answer);
	}
	ck_assert_int_eq(server.without_password, 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("datastore.client");
	TCase *t = tcase_create("client");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, a_call_that_ends_as_etcds_do_is_answered);
	tcase_add_test(t, a_commit_of_which_nobody_says_how_it_ended_may_have_been_done);
	tcase_add_test(t, a_status_too_large_for_a_number_is_no_success);
	tcase_add_test(t, by_grpc_neither_password_nor_token_is_left_in_memory);
	tcase_add_test(t, by_the_gateway_neither_password_nor_token_is_left_in_memory);
	tcase_add_test(t, what_was_said_in_the_other_language_first_is_wiped_too);
	tcase_add_test(t, a_password_for_which_memory_is_lacking_is_not_another);
	suite_add_tcase(s, t);
	return s;
}
