/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/datastore/fixture_grpc.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/json.h"
#include "datastore/etcd/gateway.h"
#include "datastore/etcd/grpc.h"
#include "datastore/http/http.h"

#include <ctype.h>
#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TEXT_MAX (32 << 20)
#define DRIP 5	/* bytes */
#define DRIP_US 50000
#define UPSTREAM_MS 20000

struct talk {
	int fd;
	bool mute;
	nghttp2_session *session;
	/* The request at hand */
	int32_t id;
	bool whole;
	struct buf path, headers, body, authorization, text;
	enum wire_call call;	/* WIRE_CALLS: none that there is */
	/* Its answer */
	struct buf answer, message;
	char status[12];	/* of HTTP */
	int code;		/* of gRPC; -1: none is said */
	size_t sent, piece;	/* bytes; of a DATA frame, 0: as they fit */
	unsigned pause_us;	/* after each frame */
	bool stays;		/* it has no end */
};

bool talk_begins(const char *data, size_t len)
{
	static const char preface[] = "PRI * HTTP/2.0\r\n";

	return len >= sizeof(preface) - 1 && memcmp(data, preface, sizeof(preface) - 1) == 0;
}

/* Requests */

static int on_begin(nghttp2_session *session __unused_arg, const nghttp2_frame *frame, void *arg)
{
	struct talk *t = arg;

	t->id = frame->hd.stream_id;
	t->whole = false;
	buf_reset(&t->path);
	buf_reset(&t->headers);
	buf_reset(&t->body);
	buf_reset(&t->authorization);
	return 0;
}

/* As it is written in HTTP/1.1. */
static void print_header(struct buf *out, const char *name, size_t name_len, const char *value,
			 size_t len)
{
	bool begins = true;

	for (size_t i = 0; i < name_len; i++) {
		buf_putc(out, (char)(begins ? toupper(name[i]) : name[i]));
		begins = name[i] == '-';
	}
	buf_printf(out, ": %.*s\r\n", (int)len, value);
}

static int on_header(nghttp2_session *session __unused_arg,
		     const nghttp2_frame *frame __unused_arg, const uint8_t *name, size_t name_len,
		     const uint8_t *value, size_t len, uint8_t flags __unused_arg, void *arg)
{
	struct talk *t = arg;

	if (name_len == 5 && memcmp(name, ":path", 5) == 0)
		buf_add(&t->path, value, len);
	if (name_len == 13 && memcmp(name, "authorization", 13) == 0)
		buf_add(&t->authorization, value, len);
	if (name[0] != ':')
		print_header(&t->headers, (const char *)name, name_len, (const char *)value, len);
	return 0;
}

static int on_data(nghttp2_session *session __unused_arg, uint8_t flags __unused_arg,
		   int32_t id __unused_arg, const uint8_t *data, size_t len, void *arg)
{
	struct talk *t = arg;

	buf_add(&t->body, data, len);
	return 0;
}

static int on_frame(nghttp2_session *session __unused_arg, const nghttp2_frame *frame, void *arg)
{
	struct talk *t = arg;

	if ((frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS) &&
	    frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
		t->whole = true;
	return 0;
}

static nghttp2_session *new_session(struct talk *t)
{
	nghttp2_session_callbacks *callbacks;
	nghttp2_session *session = NULL;

	if (nghttp2_session_callbacks_new(&callbacks) != 0)
		abort();
	nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
	if (nghttp2_session_server_new(&session, callbacks, t) != 0)
		abort();
	nghttp2_session_callbacks_del(callbacks);
	nghttp2_submit_settings(session, 0, NULL, 0);
	return session;
}

struct talk *talk_new(int fd, bool mute)
{
	struct talk *t = calloc(1, sizeof(*t));

	if (!t)
		abort();
	t->fd = fd;
	t->mute = mute;
	buf_init(&t->path, 4096);
	buf_init(&t->headers, TEXT_MAX);
	buf_init(&t->body, TEXT_MAX);
	buf_init(&t->authorization, TEXT_MAX);
	buf_init(&t->text, TEXT_MAX);
	buf_init(&t->answer, TEXT_MAX);
	buf_init(&t->message, TEXT_MAX);
	t->session = new_session(t);
	return t;
}

void talk_free(struct talk *t)
{
	if (!t)
		return;
	nghttp2_session_del(t->session);
	buf_done(&t->path);
	buf_done(&t->headers);
	buf_done(&t->body);
	buf_done(&t->authorization);
	buf_done(&t->text);
	buf_done(&t->answer);
	buf_done(&t->message);
	free(t);
}

static bool send_frame(const struct talk *t, const uint8_t *data, size_t len)
{
	while (len) {
		ssize_t n = send(t->fd, data, len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	if (t->pause_us)
		usleep(t->pause_us);
	return true;
}

static bool send_frames(struct talk *t)
{
	const uint8_t *data;
	ssize_t n;

	while (!t->mute && (n = nghttp2_session_mem_send(t->session, &data)) != 0)
		if (n < 0 || !send_frame(t, data, (size_t)n))
			return false;
	return true;
}

bool talk_take(struct talk *t)
{
	uint8_t chunk[65536];
	ssize_t n = recv(t->fd, chunk, sizeof(chunk), 0);

	if (n <= 0 || nghttp2_session_mem_recv(t->session, chunk, (size_t)n) < 0)
		return false;
	return send_frames(t);
}

static void find_call(struct talk *t)
{
	for (t->call = 0; t->call < WIRE_CALLS; t->call++)
		if (strcmp(t->path.data, grpc_path(t->call)) == 0)
			return;
}

/* The messages without what stands before each, which is a watch's row of them. */
static void join_messages(const struct buf *body, struct buf *out)
{
	size_t at = 0;

	while (body->len - at >= GRPC_HEAD_LEN) {
		int64_t len = grpc_len(body->data + at);

		at += GRPC_HEAD_LEN;
		if (len < 0 || (size_t)len > body->len - at)
			return;
		buf_add(out, body->data + at, (size_t)len);
		at += (size_t)len;
	}
}

const char *talk_request(struct talk *t)
{
	struct buf row __cleanup(buf_done) = BUF(TEXT_MAX);

	if (!t->whole)
		return NULL;
	t->whole = false;
	find_call(t);
	buf_reset(&t->text);
	buf_printf(&t->text, "POST %s HTTP/2\r\n%s\r\n", t->call == WIRE_CALLS ? t->path.data
		   : gateway_path(t->call), t->headers.data);
	join_messages(&t->body, &row);
	if (t->call != WIRE_CALLS)
		gateway_print(t->call, row.data, row.len, &t->text);
	return t->text.data;
}

/* Answers */

static nghttp2_nv header(const char *name, const char *value)
{
	return (nghttp2_nv){ .name = unconst(name), .namelen = strlen(name),
			     .value = unconst(value), .valuelen = strlen(value) };
}

/* Returns how many. */
static size_t set_end(const struct talk *t, char text[12], nghttp2_nv nv[2])
{
	snprintf(text, 12, "%d", t->code);
	nv[0] = header("grpc-status", text);
	nv[1] = header("grpc-message", t->message.data);
	return t->message.len ? 2 : 1;
}

static ssize_t read_answer(nghttp2_session *session, int32_t id, uint8_t *data, size_t len,
			   uint32_t *flags, nghttp2_data_source *source, void *arg __unused_arg)
{
	struct talk *t = source->ptr;
	size_t n = t->answer.len - t->sent;
	nghttp2_nv end[2];
	char text[12];

	n = n < len ? n : len;
	n = t->piece && t->piece < n ? t->piece : n;
	memcpy(data, t->answer.data + t->sent, n);
	t->sent += n;
	if (t->stays || t->sent < t->answer.len)
		return n ? (ssize_t)n : NGHTTP2_ERR_DEFERRED;
	*flags |= NGHTTP2_DATA_FLAG_EOF;
	if (t->code >= 0) {
		*flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
		nghttp2_submit_trailer(session, id, end, set_end(t, text, end));
	}
	return (ssize_t)n;
}

static void begin_answer(struct talk *t, long status)
{
	snprintf(t->status, sizeof(t->status), "%ld", status);
	t->code = -1;
	t->sent = t->piece = 0;
	t->pause_us = 0;
	t->stays = false;
	buf_reset(&t->answer);
	buf_reset(&t->message);
}

/* A refusal is an end without a body. */
static void end_answer(struct talk *t)
{
	nghttp2_data_provider body = { .source.ptr = t, .read_callback = read_answer };
	nghttp2_nv head[4] = { header(":status", t->status),
			       header("content-type", "application/grpc") };
	bool ends = !t->answer.len && t->code > 0 && !t->stays;
	char text[12];
	size_t n = 2;

	if (ends)
		n += set_end(t, text, head + n);
	nghttp2_submit_response(t->session, t->id, head, n, ends ? NULL : &body);
	send_frames(t);
}

static void print_percent(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text < ' ' || *text > '~' || *text == '%')
			buf_printf(out, "%%%02X", (unsigned char)*text);
		else
			buf_putc(out, *text);
	}
}

/* False: this says no code. */
static bool refuse(struct talk *t, const struct cJSON *error, const char *code)
{
	const char *message = json_string(json_field(error, "message"));
	uint64_t n;

	if (!message)
		message = json_string(json_field(error, "error"));
	if (!json_field(error, code) || json_u64(json_field(error, code), &n) < 0)
		return false;
	t->code = (int)n;
	print_percent(&t->message, message ? message : "");
	return true;
}

static void serve_status(struct talk *t, const struct server_line *line, const char *text)
{
	struct err bad = {0};
	struct cJSON *tree __cleanup(json_freep) = json_parse(text, strlen(text), &bad);

	begin_answer(t, 200);
	if (!refuse(t, tree, "code")) {
		begin_answer(t, line->status);
		buf_puts(&t->answer, text);
	}
}

/* What is no answer in the gateway's words goes as it is. */
static void serve_message(struct talk *t, const char *text)
{
	struct buf message __cleanup(buf_done) = BUF(TEXT_MAX);
	struct err bad = {0};

	begin_answer(t, 200);
	t->code = 0;
	if (t->call == WIRE_CALLS || gateway_read(t->call, text, strlen(text),
						  deadline_in_ms(UPSTREAM_MS), &message, &bad) < 0)
		grpc_print(WIRE_TXN, text, strlen(text), &t->answer);
	else
		grpc_print(WIRE_TXN, message.data, message.len, &t->answer);
}

void talk_serve(struct talk *t, const struct server_line *line)
{
	const char *text = line->body ? line->body : "";

	if (line->status && line->status != 200)
		serve_status(t, line, text);
	else
		serve_message(t, text);
	if (line->act == SERVE_UNSAID)
		t->code = -1;
	if (line->act == SERVE_HALF) {
		t->answer.len /= 2;
		t->stays = true;
	}
	if (line->act == SERVE_DRIP) {
		t->piece = DRIP;
		t->pause_us = DRIP_US;
	}
	end_answer(t);
}

/* False: it was the error that a stream ends with. */
static bool add_line(struct talk *t, const char *line, size_t len)
{
	struct buf message __cleanup(buf_done) = BUF(TEXT_MAX);
	struct err bad = {0};
	struct cJSON *tree __cleanup(json_freep) = json_parse(line, len, &bad);
	enum wire_refusal refusal;
	char words[WIRE_TEXT_LEN];
	int rc = 0;

	if (!gateway_read_watch(line, len, &message, &rc, &refusal, words, &bad)) {
		refuse(t, json_field(tree, "error"), "grpc_code");
		return false;
	}
	if (rc < 0)
		grpc_print(WIRE_TXN, line, len, &t->answer);
	else
		grpc_print(WIRE_TXN, message.data, message.len, &t->answer);
	return true;
}

/* A line that does not end is half of a message. */
static void add_half(struct talk *t, const char *line)
{
	struct buf whole __cleanup(buf_done) = BUF(TEXT_MAX);

	grpc_print(WIRE_TXN, line, strlen(line), &whole);
	buf_add(&t->answer, whole.data, whole.len - strlen(line) / 2);
}

void talk_stream(struct talk *t, const struct server_line *line)
{
	const char *at = line->body, *end;
	bool more = true;

	begin_answer(t, 200);
	t->stays = line->act != SERVE_STREAM_END;
	t->code = t->stays ? -1 : 0;
	t->piece = line->chunk;
	for (; more && (end = strchr(at, '\n')); at = end + 1)
		more = add_line(t, at, (size_t)(end - at));
	t->stays &= more;
	if (more && *at)
		add_half(t, at);
	end_answer(t);
}

static void pass_on(struct talk *t, struct http *http, const char *upstream, bool lose)
{
	struct http_request request = {
		.path = t->path.data, .body = t->body.data, .body_len = t->body.len,
		.authorization = t->authorization.len ? t->authorization.data : NULL,
		.grpc = true, .connect_ms = UPSTREAM_MS, .total_ms = UPSTREAM_MS,
		.silence_ms = UPSTREAM_MS, .next_ms = UPSTREAM_MS,
	};
	struct http_try try = { .url = upstream };
	struct buf body __cleanup(buf_done) = BUF(TEXT_MAX);
	long status = 0;

	if (http_post(http, &request, &try, 1, &status, &body) || try.result || lose)
		return;
	begin_answer(t, status);
	buf_add(&t->answer, body.data, body.len);
	t->code = http_grpc(http)->status;
	buf_puts(&t->message, http_grpc(http)->message);
	end_answer(t);
}

void talk_forward(struct talk *t, const char *upstream, bool lose)
{
	struct http_tls tls = {0};
	struct http *http = NULL;
	struct err bad = {0};

	if (http_open(&http, &tls, false, &bad) == 0)
		pass_on(t, http, upstream, lose);
	http_close(http);
}
