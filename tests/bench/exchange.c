/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/exchange.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static char answer[ANSWER_MAX + 1];

static void die(const char *what, const char *why)
{
	fprintf(stderr, "exchange: %s: %s\n", what, why);
	exit(1);
}

int exchange_connect(const char *port)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
	struct sockaddr_in addr = {
		.sin_family = AF_INET, .sin_port = htons((in_port_t)atoi(port)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		die(port, strerror(errno));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	return fd;
}

/* A long answer comes in chunks, of which the last is empty. */
static bool is_whole(size_t len)
{
	char *end = strstr(answer, "\r\n\r\n"), *length = strcasestr(answer, "\r\ncontent-length:");

	if (!end)
		return false;
	if (length && length < end)
		return len >= (size_t)(end - answer) + 4 + strtoul(length + 17, NULL, 10);
	return strcmp(answer + len - 7, "\r\n0\r\n\r\n") == 0;
}

static void read_answer(int fd)
{
	size_t len = 0;

	do {
		ssize_t n = recv(fd, answer + len, ANSWER_MAX - len, 0);

		if (n <= 0)
			die("no answer", n ? strerror(errno) : "the connection was closed");
		len += (size_t)n;
		answer[len] = '\0';
	} while (!is_whole(len));
}

const char *exchange(int fd, const char *request, size_t len)
{
	while (len) {
		ssize_t n = send(fd, request, len, MSG_NOSIGNAL);

		if (n < 0)
			die("send", strerror(errno));
		request += n;
		len -= (size_t)n;
	}
	read_answer(fd);
	if (!strstr(answer, "\"succeeded\":true"))
		die("the transaction did not succeed", answer);
	return answer;
}
