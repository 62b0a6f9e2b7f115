/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/datastore/fixture_server.h"
#include "base/attr.h"
#include "base/buf.h"
#include "tests/datastore/fixture_grpc.h"

#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS_MAX 64
#define SEEN_MAX 4096
#define TEXT_MAX (16 << 20)

struct server {
	pthread_t thread;
	pthread_mutex_t lock;
	const struct server_line *script;
	size_t n_lines;
	char url[48], upstream[48];
	int listener, stop[2];
	struct pollfd polled[CLIENTS_MAX];
	struct talk *talk[CLIENTS_MAX];	/* with those of them that speak it */
	size_t n_polled;
	int refused;		/* this version of HTTP */
	const char *refusal;
	char *seen[SEEN_MAX];
	size_t n_seen, n_accepted;
};

static struct sockaddr_in loopback(int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static int listen_somewhere(int *ret_port)
{
	struct sockaddr_in a = loopback(0);
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, len), 0);
	ck_assert_int_eq(listen(fd, 16), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*ret_port = ntohs(a.sin_port);
	return fd;
}

/*
 * Reads one HTTP message with Content-Length or chunks, or a request without a body; false at
 * the end of the connection.
 */
static bool read_message(int fd, struct buf *text)
{
	char chunk[65536], *body;
	ssize_t n;

	for (;;) {
		body = strstr(text->data, "\r\n\r\n");
		if (body) {
			const char *length = strcasestr(text->data, "content-length:");
			size_t have = text->len - (size_t)(body + 4 - text->data);

			if (length && length < body && have >= strtoul(length + 15, NULL, 10))
				return true;
			if (strncmp(text->data, "GET ", 4) == 0 ||
			    (!length && strncmp(text->data, "DELETE ", 7) == 0))
				return true;
			if (strcasestr(text->data, "transfer-encoding: chunked") &&
			    strstr(body, "\r\n0\r\n") &&
			    strcmp(text->data + text->len - 4, "\r\n\r\n") == 0)
				return true;
		}
		n = recv(fd, chunk, sizeof(chunk), 0);
		if (n <= 0)
			return false;
		buf_add(text, chunk, (size_t)n);
	}
}

static bool send_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

static bool send_slowly(int fd, const char *text, size_t len, unsigned pause_us)
{
	if (!pause_us)
		return send_all(fd, text, len);
	for (size_t i = 0; i < len; i++) {
		if (!send_all(fd, text + i, 1))
			return false;
		usleep(pause_us);
	}
	return true;
}

static size_t length_of(const char *text, size_t len)
{
	return len || !text ? len : strlen(text);
}

static void serve_raw(int fd, const struct server_line *line)
{
	size_t head_len = length_of(line->head, line->head_len);
	size_t body_len = length_of(line->body, line->body_len);
	size_t times = line->again ? line->again : 1;

	if (!send_slowly(fd, line->head, head_len, line->pause_us))
		return;
	for (size_t i = 0; line->body && i < times; i++)
		if (!send_slowly(fd, line->body, body_len, line->pause_us))
			return;
	send_all(fd, line->tail, line->tail_len);
}

static void serve(int fd, const struct server_line *line)
{
	struct buf text __cleanup(buf_done) = BUF(TEXT_MAX);
	const char *body = line->body ? line->body : "";
	size_t len = strlen(body);

	buf_printf(&text, "HTTP/1.1 %d Scripted\r\nContent-Type: "
		   "application/json\r\nContent-Length: %zu\r\n\r\n",
		   line->status ? line->status : 200, len);
	buf_add(&text, body, line->act == SERVE_HALF ? len / 2 : len);
	send_all(fd, text.data, text.len);
}

static void serve_echo(int fd, char *request)
{
	char *end = strstr(request, "\r\n");
	struct server_line line = { .body = request };

	if (end)
		*end = '\0';
	serve(fd, &line);
}

static void serve_drip(int fd, const struct server_line *line)
{
	size_t len = strlen(line->body), n;
	char head[128];

	snprintf(head, sizeof(head), "HTTP/1.1 200 Scripted\r\nContent-Length: %zu\r\n\r\n", len);
	send_all(fd, head, strlen(head));
	for (size_t at = 0; at < len; at += n) {
		n = len - at < 5 ? len - at : 5;
		send_all(fd, line->body + at, n);
		usleep(50000);
	}
}

static void serve_stream(int fd, const struct server_line *line)
{
	struct buf text __cleanup(buf_done) = BUF(TEXT_MAX);
	size_t len = strlen(line->body), at = 0, n;

	buf_printf(&text, "HTTP/1.1 200 Scripted\r\nContent-Type: application/json\r\n"
		   "Transfer-Encoding: chunked\r\n\r\n");
	for (; at < len; at += n) {
		n = line->chunk && line->chunk < len - at ? line->chunk : len - at;
		buf_printf(&text, "%zx\r\n", n);
		buf_add(&text, line->body + at, n);
		buf_puts(&text, "\r\n");
	}
	if (line->act == SERVE_STREAM_END)
		buf_puts(&text, "0\r\n\r\n");
	send_all(fd, text.data, text.len);
}

static void forward(struct server *s, int fd, const struct buf *request, bool lose)
{
	struct sockaddr_in a = loopback(atoi(strrchr(s->upstream, ':') + 1));
	int up __cleanup(close_fd) = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct buf answer __cleanup(buf_done) = BUF(TEXT_MAX);

	if (connect(up, (struct sockaddr *)&a, sizeof(a)) < 0)
		return;
	send_all(up, request->data, request->len);
	if (read_message(up, &answer) && !lose)
		send_all(fd, answer.data, answer.len);
}

static const struct server_line *note_request(struct server *s, const char *text)
{
	size_t i;

	pthread_mutex_lock(&s->lock);
	i = s->n_seen;
	s->seen[s->n_seen++] = strdup(text);
	pthread_mutex_unlock(&s->lock);
	return &s->script[i < s->n_lines ? i : s->n_lines - 1];
}

/* As a server does that finds something else than what it speaks. */
static void reset(int fd)
{
	struct linger none = { .l_onoff = 1 };
	char chunk[4096];

	if (recv(fd, chunk, sizeof(chunk), 0) > 0)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
}

/* An empty SETTINGS frame, which every HTTP/2 server sends first. */
static const char http2_settings[9] = { 0, 0, 0, 4, 0, 0, 0, 0, 0 };

static void stop_listening(struct server *s)
{
	close(s->listener);
	s->polled[1].fd = -1;
}

/* False when the connection is to be closed. */
static bool handle_http1(struct server *s, int fd)
{
	struct buf text __cleanup(buf_done) = BUF(TEXT_MAX);
	const struct server_line *line;

	if (!read_message(fd, &text))
		return false;
	line = note_request(s, text.data);
	switch (line->act) {
	case SERVE:
		serve(fd, line);
		return true;
	case SERVE_ECHO:
		serve_echo(fd, text.data);
		return true;
	case SERVE_HALF:
		serve(fd, line);
		return false;
	case SERVE_RAW:
	case SERVE_RAW_KEEP:
		serve_raw(fd, line);
		return line->act == SERVE_RAW_KEEP;
	case SERVE_DRIP:
		serve_drip(fd, line);
		return true;
	case DIE:
		stop_listening(s);
		return false;
	case SERVE_STREAM:
	case SERVE_STREAM_END:
	case SERVE_STREAM_CUT:
		serve_stream(fd, line);
		return line->act != SERVE_STREAM_CUT;
	case SERVE_HTTP2:
		send_all(fd, http2_settings, sizeof(http2_settings));
		return false;
	case FORWARD:
	case FORWARD_LOSE:
		forward(s, fd, &text, line->act == FORWARD_LOSE);
		return line->act == FORWARD;
	case SERVE_UNSAID:
	case HANG:
	case HANG_UP:
	case RESET:
		break;
	}
	return line->act == HANG;
}

/* What is closed with something unread takes back what was sent. */
static void finish(int fd)
{
	struct timeval most = { .tv_usec = 200000 };
	char chunk[4096];

	shutdown(fd, SHUT_WR);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most));
	while (recv(fd, chunk, sizeof(chunk), 0) > 0)
		continue;
}

static bool deal_with(struct server *s, struct talk *t, int fd, const struct server_line *line)
{
	switch (line->act) {
	case SERVE:
	case SERVE_UNSAID:
	case SERVE_ECHO:
	case SERVE_HALF:
	case SERVE_DRIP:
		talk_serve(t, line);
		return line->act != SERVE_HALF;
	case SERVE_STREAM:
	case SERVE_STREAM_END:
	case SERVE_STREAM_CUT:
		talk_stream(t, line);
		return line->act != SERVE_STREAM_CUT;
	case SERVE_RAW:
	case SERVE_RAW_KEEP:
		serve_raw(fd, line);
		return line->act == SERVE_RAW_KEEP;
	case FORWARD:
	case FORWARD_LOSE:
		talk_forward(t, s->upstream, line->act == FORWARD_LOSE);
		return line->act == FORWARD;
	case DIE:
		stop_listening(s);
		return false;
	case HANG:
	case HANG_UP:
	case SERVE_HTTP2:
	case RESET:
		break;
	}
	return line->act == HANG;
}

static bool handle_grpc(struct server *s, struct talk *t, int fd)
{
	const char *text;
	bool more;

	if (!talk_take(t))
		return false;
	text = talk_request(t);
	more = !text || deal_with(s, t, fd, note_request(s, text));
	if (!more)
		finish(fd);
	return more;
}

static bool refuses(struct server *s, int fd, int version)
{
	const char *refusal;

	pthread_mutex_lock(&s->lock);
	refusal = s->refused == version ? s->refusal : NULL;
	pthread_mutex_unlock(&s->lock);
	if (refusal) {
		send_all(fd, refusal, strlen(refusal));
		finish(fd);
	}
	return refusal != NULL;
}

/* What a connection is to begin with. */
static bool begins_talk(int fd)
{
	char begin[16];
	ssize_t n = recv(fd, begin, sizeof(begin), MSG_PEEK);

	return n > 0 && talk_begins(begin, (size_t)n);
}

static bool handle(struct server *s, size_t i)
{
	enum server_act first = s->script[0].act;
	int fd = s->polled[i].fd;
	bool talks;

	if (first == RESET) {
		reset(fd);
		return false;
	}
	talks = s->talk[i] || begins_talk(fd);
	if (refuses(s, fd, talks ? 2 : 1))
		return false;
	if (talks && !s->talk[i])
		s->talk[i] = talk_new(fd, first == SERVE_RAW || first == SERVE_RAW_KEEP);
	return talks ? handle_grpc(s, s->talk[i], fd) : handle_http1(s, fd);
}

static void end_client(struct server *s, size_t i)
{
	close(s->polled[i].fd);
	talk_free(s->talk[i]);
	s->talk[i] = NULL;
}

static void accept_client(struct server *s)
{
	int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);

	pthread_mutex_lock(&s->lock);
	s->n_accepted += fd >= 0;
	pthread_mutex_unlock(&s->lock);
	if (fd >= 0 && s->n_polled < CLIENTS_MAX)
		s->polled[s->n_polled++] = (struct pollfd){ .fd = fd, .events = POLLIN };
}

static void *run(void *arg)
{
	struct server *s = arg;

	for (;;) {
		poll(s->polled, s->n_polled, -1);
		if (s->polled[0].revents)
			return NULL;
		if (s->polled[1].revents)
			accept_client(s);
		for (size_t i = 2; i < s->n_polled; i++) {
			if (!s->polled[i].revents || handle(s, i))
				continue;
			end_client(s, i);
			s->n_polled--;
			s->talk[i] = s->talk[s->n_polled];
			s->talk[s->n_polled] = NULL;
			s->polled[i--] = s->polled[s->n_polled];
		}
	}
}

struct server *server_start(const struct server_line *script, size_t n, const char *upstream)
{
	struct server *s = calloc(1, sizeof(*s));
	int port;

	ck_assert_ptr_nonnull(s);
	s->script = script;
	s->n_lines = n;
	if (upstream)
		snprintf(s->upstream, sizeof(s->upstream), "%s", upstream);
	s->listener = listen_somewhere(&port);
	snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%d", port);
	ck_assert_int_eq(pipe2(s->stop, O_CLOEXEC), 0);
	s->polled[0] = (struct pollfd){ .fd = s->stop[0], .events = POLLIN };
	s->polled[1] = (struct pollfd){ .fd = s->listener, .events = POLLIN };
	s->n_polled = 2;
	pthread_mutex_init(&s->lock, NULL);
	ck_assert_int_eq(pthread_create(&s->thread, NULL, run, s), 0);
	return s;
}

void server_stop(struct server *s)
{
	close(s->stop[1]);
	pthread_join(s->thread, NULL);
	for (size_t i = 0; i < s->n_polled; i++)
		end_client(s, i);
	for (size_t i = 0; i < s->n_seen; i++)
		free(s->seen[i]);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

void server_refuse(struct server *s, int version, const char *answer)
{
	pthread_mutex_lock(&s->lock);
	s->refused = version;
	s->refusal = answer;
	pthread_mutex_unlock(&s->lock);
}

const char *server_url(const struct server *s)
{
	return s->url;
}

size_t server_requests(struct server *s)
{
	size_t n;

	pthread_mutex_lock(&s->lock);
	n = s->n_seen;
	pthread_mutex_unlock(&s->lock);
	return n;
}

const char *server_request(struct server *s, size_t i)
{
	const char *text;

	pthread_mutex_lock(&s->lock);
	text = i < s->n_seen ? s->seen[i] : "";
	pthread_mutex_unlock(&s->lock);
	return text;
}

size_t server_connections(struct server *s)
{
	size_t n;

	pthread_mutex_lock(&s->lock);
	n = s->n_accepted;
	pthread_mutex_unlock(&s->lock);
	return n;
}
