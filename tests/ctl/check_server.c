/* SPDX-License-Identifier: Apache-2.0 */
/* Pages are served to whoever asks, whatever others do with their connections. */
#include "ctl/serve/server.h"
#include "tests/suite.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 400
#define LONG_PAGE (8 << 20)	/* bytes, more than what the kernel keeps of a connection */

static pid_t child;
static uint16_t port;
static int clients[SERVER_CLIENTS_MAX];

static int print_short(const struct server_request *r __unused_arg, struct buf *out,
		       void *arg __unused_arg, struct err *e __unused_arg)
{
	buf_puts(out, "short");
	return 0;
}

static int print_long(const struct server_request *r __unused_arg, struct buf *out,
		      void *arg __unused_arg, struct err *e __unused_arg)
{
	static char line[1024];

	memset(line, 'x', sizeof(line));
	for (size_t i = 0; i < LONG_PAGE / sizeof(line); i++)
		buf_add(out, line, sizeof(line));
	return 0;
}

static void serve(int words)
{
	static const struct server_page pages[] = {
		{ "/short", "text/plain", print_short }, { "/long", "text/plain", print_long },
	};
	struct server s = { .what = "pages", .pages = pages, .n_pages = ARRAY_LEN(pages),
			    .page_max = LONG_PAGE + 1, .patience_ms = PATIENCE_MS };
	struct err e = { 0 };

	dup2(words, STDERR_FILENO);
	_exit(listen_address_parse("0", &s.at, &e) == 0 && server_run(&s, &e) == 0 ? 0 : 1);
}

static void set_up(void)
{
	char text[256] = "";
	const char *at;
	int words[2];

	ck_assert_int_eq(pipe(words), 0);
	child = fork();
	if (child == 0)
		serve(words[1]);
	close(words[1]);
	ck_assert_int_gt(read(words[0], text, sizeof(text) - 1), 0);
	close(words[0]);
	at = strstr(text, "127.0.0.1:");
	ck_assert_msg(at != NULL, "%s", text);
	port = (uint16_t)strtoul(at + strlen("127.0.0.1:"), NULL, 10);
	memset(clients, -1, sizeof(clients));
}

static void tear_down(void)
{
	int status = -1;

	for (size_t i = 0; i < ARRAY_LEN(clients); i++)
		if (clients[i] >= 0)
			close(clients[i]);
	kill(child, SIGTERM);
	waitpid(child, &status, 0);
	ck_assert_int_eq(status, 0);
}

static int join(const char *request)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), few = 4096;

	ck_assert_int_ge(fd, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &few, sizeof(few));
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(send(fd, request, strlen(request), MSG_NOSIGNAL),
			 (ssize_t)strlen(request));
	return fd;
}

static void all_join(const char *request)
{
	for (size_t i = 0; i < ARRAY_LEN(clients); i++)
		clients[i] = join(request);
}

static bool is_answered(int fd, int at_most_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char text[16] = "";

	return poll(&p, 1, at_most_ms) == 1 && recv(fd, text, sizeof(text) - 1, 0) > 0 &&
	       strncmp(text, "HTTP/1.1 200", 12) == 0;
}

START_TEST(whoever_drips_a_request_holds_no_place_for_ever)
{
	bool answered = false;
	int fd;

	all_join("GET /short HTTP/1.1\r\nX: ");
	fd = join("GET /short HTTP/1.0\r\n\r\n");
	for (int i = 0; i < 50 && !answered; i++) {
		answered = is_answered(fd, PATIENCE_MS / 4);
		for (size_t k = 0; k < ARRAY_LEN(clients); k++)
			send(clients[k], "a", 1, MSG_NOSIGNAL);
	}
	close(fd);
	ck_assert(answered);
}
END_TEST

START_TEST(whoever_sips_its_answer_holds_no_place_for_ever)
{
	bool answered = false;
	char sip[512];
	int fd;

	all_join("GET /long HTTP/1.0\r\n\r\n");
	fd = join("GET /short HTTP/1.0\r\n\r\n");
	for (int i = 0; i < 50 && !answered; i++) {
		answered = is_answered(fd, PATIENCE_MS / 4);
		for (size_t k = 0; k < ARRAY_LEN(clients); k++)
			recv(clients[k], sip, sizeof(sip), MSG_DONTWAIT);
	}
	close(fd);
	ck_assert(answered);
}
END_TEST

START_TEST(who_takes_it_as_it_comes_has_the_whole_page)
{
	size_t got = 0;
	char some[65536];
	ssize_t n;
	int fd = join("GET /long HTTP/1.0\r\n\r\n");

	while ((n = recv(fd, some, sizeof(some), 0)) > 0)
		got += (size_t)n;
	close(fd);
	ck_assert_uint_gt(got, LONG_PAGE);
}
END_TEST

Suite *suite(void)
{
	TCase *t = tcase_create("server");
	Suite *s = suite_create("server");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, whoever_drips_a_request_holds_no_place_for_ever);
	tcase_add_test(t, whoever_sips_its_answer_holds_no_place_for_ever);
	tcase_add_test(t, who_takes_it_as_it_comes_has_the_whole_page);
	suite_add_tcase(s, t);
	return s;
}
