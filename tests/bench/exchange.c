/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/exchange.h"
#include "datastore/etcd/grpc.h"
#include "datastore/etcd/protobuf.h"
#include "datastore/etcd/rpc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define FRAME_HEAD 9	/* bytes of HTTP/2: length, type, flags, stream */
#define DATA 0
#define HEADERS 1
#define END_STREAM 1

static char answer[ANSWER_MAX + 1];
static size_t answer_len;

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

static void receive_more(int fd)
{
	ssize_t n = recv(fd, answer + answer_len, ANSWER_MAX - answer_len, 0);

	if (n <= 0)
		die("no answer", n ? strerror(errno) : "the connection was closed");
	answer_len += (size_t)n;
	answer[answer_len] = '\0';
}

static bool gateway_succeeds(int fd)
{
	do
		receive_more(fd);
	while (!is_whole(answer_len));
	return strstr(answer, "\"succeeded\":true");
}

/* The frame at this place of the answer. */
static const unsigned char *read_frame(int fd, size_t at, size_t *ret_len)
{
	const unsigned char *head = (const unsigned char *)answer + at;

	while (answer_len < at + FRAME_HEAD)
		receive_more(fd);
	*ret_len = FRAME_HEAD + ((size_t)head[0] << 16 | head[1] << 8 | head[2]);
	while (answer_len < at + *ret_len)
		receive_more(fd);
	return head;
}

/* Reads up to the trailers; what the frames carry is put together. */
static void read_message(int fd, struct buf *message)
{
	const unsigned char *head;
	size_t at = 0, frame_len;

	do {
		head = read_frame(fd, at, &frame_len);
		if (head[3] == DATA)
			buf_add(message, head + FRAME_HEAD, frame_len - FRAME_HEAD);
		at += frame_len;
	} while (head[3] != HEADERS || !(head[4] & END_STREAM));
}

static bool grpc_succeeds(int fd)
{
	struct buf message __cleanup(buf_done) = BUF(ANSWER_MAX);
	struct protobuf p;

	read_message(fd, &message);
	if (message.len < GRPC_HEAD_LEN)
		return false;
	p = protobuf_of(message.data + GRPC_HEAD_LEN, message.len - GRPC_HEAD_LEN);
	while (protobuf_next(&p))
		if (p.field == TXN_SUCCEEDED)
			return p.number;
	return false;
}

static void send_all(int fd, const char *request, size_t len)
{
	while (len) {
		ssize_t n = send(fd, request, len, MSG_NOSIGNAL);

		if (n < 0)
			die("send", strerror(errno));
		request += n;
		len -= (size_t)n;
	}
}

bool exchange_is_grpc(const char *request, size_t len)
{
	return len >= 3 && memcmp(request, "PRI", 3) == 0;
}

void exchange(int fd, const char *request, size_t len)
{
	answer_len = 0;
	send_all(fd, request, len);
	if (!(exchange_is_grpc(request, len) ? grpc_succeeds(fd) : gateway_succeeds(fd)))
		die("the transaction did not succeed", answer);
}
