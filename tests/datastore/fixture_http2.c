/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/datastore/fixture_http2.h"
#include "base/attr.h"
#include "base/buf.h"

#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS_MAX 64
#define STREAMS_MAX 256
#define BODY_MAX (1 << 20)

struct http2_server {
	const struct http2_manners *manners;
	SSL_CTX *tls;
	pthread_t listening;
	pthread_mutex_t lock;
	pthread_t clients[CLIENTS_MAX];
	size_t n_clients, n_connections, n_requests, n_streams, n_resumed;
	char name[64];
	int listener, port, stop[2];
	bool released;
};

struct stream {
	int32_t id;
	struct buf method, path, body;
	size_t sent;
	bool endless;
};

struct client {
	struct http2_server *server;
	int fd;
	SSL *tls;
	nghttp2_session *session;
	struct stream *open[STREAMS_MAX], *held[STREAMS_MAX];
	size_t n_open, n_held;
	int32_t last;	/* stream that is looked at; 0: all are */
	bool cut, reset;
};

static void stream_free(struct stream *s)
{
	buf_done(&s->method);
	buf_done(&s->path);
	buf_done(&s->body);
	free(s);
}

static ssize_t read_body(nghttp2_session *session __unused_arg, int32_t id __unused_arg,
			 uint8_t *data, size_t len, uint32_t *flags, nghttp2_data_source *source,
			 void *arg __unused_arg)
{
	struct stream *s = source->ptr;
	size_t left = s->body.len - s->sent;

	if (s->endless) {
		memset(data, 'x', len);
		return (ssize_t)len;
	}
	if (left <= len)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	else
		left = len;
	memcpy(data, s->body.data + s->sent, left);
	s->sent += left;
	return (ssize_t)left;
}

static nghttp2_nv header(const char *name, const char *value)
{
	return (nghttp2_nv){ .name = unconst(name), .namelen = strlen(name),
			     .value = unconst(value), .valuelen = strlen(value) };
}

static bool asks_for(const struct stream *s, const char *word)
{
	return strncmp(s->path.data, word, strlen(word)) == 0;
}

static void answer(struct client *c, struct stream *s)
{
	bool busy = asks_for(s, "/busy");
	nghttp2_nv head[] = { header(":status", busy ? "429" : "200"),
			      header("content-type", "application/json"),
			      header("retry-after", "3") };
	nghttp2_data_provider body = { .source.ptr = s, .read_callback = read_body };
	struct buf text = BUF(BODY_MAX);

	if (asks_for(s, "/leaving"))
		nghttp2_submit_goaway(c->session, 0, INT32_MAX, 0, NULL, 0);
	s->endless = asks_for(s, "/endless");
	buf_printf(&text, "%s %s%s%s", s->method.data, s->path.data, s->body.len ? " " : "",
		   s->body.data);
	buf_done(&s->body);
	s->body = text;
	nghttp2_submit_response(c->session, s->id, head, busy ? 3 : 2, &body);
}

static void answer_held(struct client *c)
{
	for (size_t i = 0; i < c->n_held; i++)
		if (asks_for(c->held[i], "/goaway"))
			c->last = c->held[i]->id;
	if (c->last)
		nghttp2_submit_goaway(c->session, 0, c->last, 0, NULL, 0);
	while (c->n_held--)
		if (!c->last || c->held[c->n_held]->id <= c->last)
			answer(c, c->held[c->n_held]);
	c->n_held = 0;
}

/* Once they were held back long enough, none is. */
static bool is_held(struct client *c)
{
	bool held;

	pthread_mutex_lock(&c->server->lock);
	if (c->server->manners->hold && c->n_held >= c->server->manners->hold)
		c->server->released = true;
	held = c->n_held < c->server->manners->hold && !c->server->released;
	pthread_mutex_unlock(&c->server->lock);
	return held;
}

/* A request that has come whole. */
static void handle(struct client *c, struct stream *s)
{
	static const char garbage[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

	pthread_mutex_lock(&c->server->lock);
	c->server->n_requests++;
	pthread_mutex_unlock(&c->server->lock);
	c->reset |= asks_for(s, "/reset");
	if (asks_for(s, "/cut") || c->reset)
		c->cut = true;
	if (asks_for(s, "/garbage"))
		SSL_write(c->tls, garbage, sizeof(garbage));
	if (asks_for(s, "/lost"))
		nghttp2_submit_rst_stream(c->session, 0, s->id, NGHTTP2_INTERNAL_ERROR);
	if (c->cut || asks_for(s, "/lost") || asks_for(s, "/silent") ||
	    asks_for(s, "/garbage"))
		return;
	if (c->n_held < STREAMS_MAX)
		c->held[c->n_held++] = s;
	if (!is_held(c))
		answer_held(c);
}

static int on_begin(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct client *c = arg;
	struct stream *s = c->n_open < STREAMS_MAX ? calloc(1, sizeof(*s)) : NULL;

	if (!s)
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	s->id = frame->hd.stream_id;
	buf_init(&s->method, 16);
	buf_init(&s->path, BODY_MAX);
	buf_init(&s->body, BODY_MAX);
	nghttp2_session_set_stream_user_data(session, s->id, s);
	c->open[c->n_open++] = s;
	pthread_mutex_lock(&c->server->lock);
	if (c->n_open > c->server->n_streams)
		c->server->n_streams = c->n_open;
	pthread_mutex_unlock(&c->server->lock);
	return 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
		     size_t name_len, const uint8_t *value, size_t len, uint8_t flags __unused_arg,
		     void *arg __unused_arg)
{
	struct stream *s = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);

	if (s && name_len == 7 && memcmp(name, ":method", 7) == 0)
		buf_add(&s->method, value, len);
	if (s && name_len == 5 && memcmp(name, ":path", 5) == 0)
		buf_add(&s->path, value, len);
	return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags __unused_arg, int32_t id,
		   const uint8_t *data, size_t len, void *arg __unused_arg)
{
	struct stream *s = nghttp2_session_get_stream_user_data(session, id);

	if (s)
		buf_add(&s->body, data, len);
	return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct client *c = arg;
	struct stream *s = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);

	if (s && frame->hd.flags & NGHTTP2_FLAG_END_STREAM &&
	    (!c->last || s->id <= c->last))
		handle(c, s);
	return 0;
}

static size_t without(struct stream **list, size_t n, const struct stream *gone)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (list[i] != gone)
			list[kept++] = list[i];
	return kept;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t why __unused_arg, void *arg)
{
	struct client *c = arg;
	struct stream *s = nghttp2_session_get_stream_user_data(session, id);

	if (!s)
		return 0;
	c->n_held = without(c->held, c->n_held, s);
	c->n_open = without(c->open, c->n_open, s);
	stream_free(s);
	return 0;
}

static nghttp2_session *new_session(struct client *c)
{
	uint32_t streams = c->server->manners->streams;
	nghttp2_settings_entry entry = { NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS,
					 streams ? streams : 100 };
	nghttp2_session_callbacks *callbacks;
	nghttp2_session *session;

	ck_assert_int_eq(nghttp2_session_callbacks_new(&callbacks), 0);
	nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
	ck_assert_int_eq(nghttp2_session_server_new(&session, callbacks, c), 0);
	nghttp2_session_callbacks_del(callbacks);
	nghttp2_submit_settings(session, 0, &entry, 1);
	return session;
}

/* False when there is nothing more to come, or to stay for. */
static bool wait_for_client(const struct client *c, int ms)
{
	struct pollfd p[] = { { .fd = c->server->stop[0], .events = POLLIN },
			      { .fd = c->fd, .events = POLLIN } };

	if (SSL_pending(c->tls))
		return true;
	poll(p, ARRAY_LEN(p), ms);
	return !p[0].revents && p[1].revents;
}

static bool write_some(struct client *c)
{
	const uint8_t *data;
	ssize_t n = nghttp2_session_mem_send(c->session, &data);

	return n == 0 || (n > 0 && SSL_write(c->tls, data, (int)n) == n);
}

/* Reads between any two writes, so that an endless answer can be called off. */
static void speak_http2(struct client *c)
{
	uint8_t chunk[16384];
	int n;

	c->session = new_session(c);
	while (!c->cut) {
		bool more = nghttp2_session_want_write(c->session);

		if (more && !write_some(c))
			break;
		more = nghttp2_session_want_write(c->session);
		if (!wait_for_client(c, more ? 0 : -1)) {
			if (more)
				continue;
			break;
		}
		n = SSL_read(c->tls, chunk, sizeof(chunk));
		if (n <= 0 || nghttp2_session_mem_recv(c->session, chunk, (size_t)n) < 0)
			break;
	}
	while (nghttp2_session_want_write(c->session) && !c->cut && write_some(c))
		continue;
	nghttp2_session_del(c->session);
	while (c->n_open)
		stream_free(c->open[--c->n_open]);
}

static bool is_whole(const char *text, size_t len)
{
	const char *body = strstr(text, "\r\n\r\n"), *length = strcasestr(text, "content-length:");

	return body && len >= (size_t)(body + 4 - text) +
		(length ? strtoul(length + 15, NULL, 10) : 0);
}

static void speak_http1(struct client *c)
{
	char head[16384], text[17000], *end;
	size_t len = 0;
	int n;

	while (wait_for_client(c, -1)) {
		n = SSL_read(c->tls, head + len, (int)(sizeof(head) - 1 - len));
		if (n <= 0)
			return;
		len += (size_t)n;
		head[len] = '\0';
		if (!is_whole(head, len))
			continue;
		len = 0;
		end = strstr(head, "\r\n");
		*end = '\0';
		pthread_mutex_lock(&c->server->lock);
		c->server->n_requests++;
		pthread_mutex_unlock(&c->server->lock);
		c->reset = strstr(head, " /reset ");
		if (c->reset)
			return;
		n = snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
			     strlen(head), head);
		SSL_write(c->tls, text, n);
	}
}

static int choose_protocol(SSL *tls __unused_arg, const unsigned char **ret,
			   unsigned char *ret_len, const unsigned char *offered,
			   unsigned int len, void *arg)
{
	static const unsigned char http2[] = "\x02h2", http1[] = "\x08http/1.1";
	struct http2_server *s = arg;
	const unsigned char *mine = s->manners->http1 ? http1 : http2;
	unsigned char *chosen;

	if (SSL_select_next_proto(&chosen, ret_len, mine, mine[0] + 1U, offered, len) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*ret = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static void note_client(struct client *c)
{
	const char *name = SSL_get_servername(c->tls, TLSEXT_NAMETYPE_host_name);

	pthread_mutex_lock(&c->server->lock);
	c->server->n_connections++;
	c->server->n_resumed += (size_t)SSL_session_reused(c->tls);
	snprintf(c->server->name, sizeof(c->server->name), "%s", name ? name : "");
	pthread_mutex_unlock(&c->server->lock);
}

static void *serve_client(void *arg)
{
	static const struct linger none = { .l_onoff = 1 };
	struct client *c = arg;

	if (SSL_accept(c->tls) == 1) {
		note_client(c);
		if (c->server->manners->http1)
			speak_http1(c);
		else
			speak_http2(c);
		if (c->reset)
			setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
		else
			SSL_shutdown(c->tls);
	}
	SSL_free(c->tls);
	close(c->fd);
	free(c);
	return NULL;
}

static void accept_client(struct http2_server *s)
{
	struct client *c = calloc(1, sizeof(*c));

	ck_assert_ptr_nonnull(c);
	c->server = s;
	c->fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	c->tls = SSL_new(s->tls);
	SSL_set_fd(c->tls, c->fd);
	ck_assert_uint_lt(s->n_clients, CLIENTS_MAX);
	ck_assert_int_eq(pthread_create(&s->clients[s->n_clients++], NULL, serve_client, c), 0);
}

static void *listen_for_clients(void *arg)
{
	struct http2_server *s = arg;
	struct pollfd p[] = { { .fd = s->stop[0], .events = POLLIN },
			      { .fd = s->listener, .events = POLLIN } };

	for (;;) {
		poll(p, ARRAY_LEN(p), -1);
		if (p[0].revents)
			return NULL;
		accept_client(s);
	}
}

static void set_up_tls(struct http2_server *s)
{
	const struct http2_manners *m = s->manners;

	s->tls = SSL_CTX_new(TLS_server_method());
	ck_assert_int_eq(SSL_CTX_use_certificate_chain_file(s->tls, m->certificate), 1);
	ck_assert_int_eq(SSL_CTX_use_PrivateKey_file(s->tls, m->key, SSL_FILETYPE_PEM), 1);
	SSL_CTX_set_alpn_select_cb(s->tls, choose_protocol, s);
	if (m->tls12)
		SSL_CTX_set_max_proto_version(s->tls, TLS1_2_VERSION);
	/* Without a context, OpenSSL breaks off where a session and a certificate are looked at. */
	if (!m->breaks_resumed)
		ck_assert_int_eq(SSL_CTX_set_session_id_context(s->tls, (const void *)"t", 1), 1);
	if (!m->authority)
		return;
	ck_assert_int_eq(SSL_CTX_load_verify_locations(s->tls, m->authority, NULL), 1);
	SSL_CTX_set_verify(s->tls, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
}

static void listen_somewhere(struct http2_server *s)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				 .sin_port = htons((uint16_t)s->manners->port) };
	socklen_t len = sizeof(a);

	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(s->listener, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
	ck_assert_int_eq(bind(s->listener, (struct sockaddr *)&a, len), 0);
	ck_assert_int_eq(listen(s->listener, 64), 0);
	ck_assert_int_eq(getsockname(s->listener, (struct sockaddr *)&a, &len), 0);
	s->port = ntohs(a.sin_port);
}

struct http2_server *http2_start(const struct http2_manners *manners)
{
	struct http2_server *s = calloc(1, sizeof(*s));

	ck_assert_ptr_nonnull(s);
	/* OpenSSL writes to whoever has gone. */
	signal(SIGPIPE, SIG_IGN);
	s->manners = manners;
	set_up_tls(s);
	listen_somewhere(s);
	pthread_mutex_init(&s->lock, NULL);
	ck_assert_int_eq(pipe2(s->stop, O_CLOEXEC), 0);
	ck_assert_int_eq(pthread_create(&s->listening, NULL, listen_for_clients, s), 0);
	return s;
}

void http2_stop(struct http2_server *s)
{
	if (!s)
		return;
	close(s->stop[1]);
	pthread_join(s->listening, NULL);
	for (size_t i = 0; i < s->n_clients; i++)
		pthread_join(s->clients[i], NULL);
	close(s->stop[0]);
	close(s->listener);
	SSL_CTX_free(s->tls);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

int http2_port(const struct http2_server *s)
{
	return s->port;
}

static size_t look(struct http2_server *s, const size_t *number)
{
	size_t n;

	pthread_mutex_lock(&s->lock);
	n = *number;
	pthread_mutex_unlock(&s->lock);
	return n;
}

size_t http2_connections(struct http2_server *s)
{
	return look(s, &s->n_connections);
}

size_t http2_requests(struct http2_server *s)
{
	return look(s, &s->n_requests);
}

size_t http2_streams(struct http2_server *s)
{
	return look(s, &s->n_streams);
}

size_t http2_resumed(struct http2_server *s)
{
	return look(s, &s->n_resumed);
}

void http2_forget_sessions(struct http2_server *s)
{
	unsigned char keys[80] = { 1 };

	ck_assert_int_eq(SSL_CTX_set_tlsext_ticket_keys(s->tls, keys, sizeof(keys)), 1);
}

void http2_change_certificate(struct http2_server *s, const char *certificate, const char *key)
{
	ck_assert_int_eq(SSL_CTX_use_certificate_chain_file(s->tls, certificate), 1);
	ck_assert_int_eq(SSL_CTX_use_PrivateKey_file(s->tls, key, SSL_FILETYPE_PEM), 1);
}

void http2_shorten(const char *certificate, const char *authoritys_key, long seconds)
{
	FILE *file = fopen(certificate, "r+e"), *key_file = fopen(authoritys_key, "re");
	EVP_PKEY *key;
	X509 *x;

	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(key_file);
	x = PEM_read_X509(file, NULL, NULL, NULL);
	key = PEM_read_PrivateKey(key_file, NULL, NULL, NULL);
	ck_assert_ptr_nonnull(X509_gmtime_adj(X509_getm_notAfter(x), seconds));
	ck_assert_int_gt(X509_sign(x, key, EVP_sha256()), 0);
	rewind(file);
	ck_assert_int_eq(PEM_write_X509(file, x), 1);
	ck_assert_int_eq(ftruncate(fileno(file), ftell(file)), 0);
	fclose(file);
	fclose(key_file);
	X509_free(x);
	EVP_PKEY_free(key);
}

const char *http2_name_asked(struct http2_server *s)
{
	return s->name;
}
