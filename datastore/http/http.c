/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/http/http.h"
#include "datastore/http/reason.h"
#include "datastore/http/tls_files.h"
#include "datastore/http/tls_names.h"

#include <curl/curl.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define HEADER_MAX 4096	/* bytes of the Authorization line */
#define STREAM_EVENTS 8	/* dealt with in one http_stream_take() */

/* One request under way, and the handle for the next. */
struct transfer {
	const struct http *http;
	CURL *curl;
	struct curl_slist *headers;
	http_visitor *visit;
	void *arg;
	char words[CURL_ERROR_SIZE];
	char date[40];		/* the answer's Date, "" if it had none */
	size_t received;	/* bytes of the answer's body */
	unsigned sends;
	bool once;
};

struct http {
	struct http_tls files;		/* owned copies, for messages */
	const char *ca;			/* file that peers are verified with, for messages */
	struct buf tls12, tls13;	/* suites, as OpenSSL calls them */
	long tls_versions;		/* lowest and highest, as libcurl wants them */
	bool use_tls, tls12_allowed;
	struct transfer own;		/* http_post()'s */
};

struct http_stream {
	struct transfer transfer;
	CURLM *multi;
	int fd;		/* epoll: curl's sockets and the timer */
	int timer;	/* when curl wants to be called without a socket */
};

static size_t on_answer(char *data, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;

	t->received += size * n;
	return t->visit(data, size * n, t->arg) ? size * n : CURL_WRITEFUNC_ERROR;
}

/* One line of the answer's head, not ended by a NUL; only its Date is kept. */
static size_t on_header(char *line, size_t size, size_t n, void *arg)
{
	static const char name[] = "date: ";
	struct transfer *t = arg;
	size_t len = size * n;

	if (len >= sizeof(name) && len < sizeof(t->date) &&
	    strncasecmp(line, name, sizeof(name) - 1) == 0)
		snprintf(t->date, sizeof(t->date), "%.*s", (int)(len - sizeof(name) + 1),
			 line + sizeof(name) - 1);
	return len;
}

/*
 * Called each time a request is about to be sent: curl sends it again by itself
 * when a kept connection dies without an answer, which a commit must not survive.
 */
static int before_sending(void *arg, char *ip __unused_arg, char *own_ip __unused_arg,
			  int port __unused_arg, int own_port __unused_arg)
{
	struct transfer *t = arg;

	return t->sends++ && t->once ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

static curl_socket_t open_socket(void *arg __unused_arg, curlsocktype purpose __unused_arg,
				 struct curl_sockaddr *addr)
{
	return socket(addr->family, addr->socktype | SOCK_CLOEXEC, addr->protocol);
}

static void set_manners(struct transfer *t)
{
	curl_easy_setopt(t->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(t->curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(t->curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(t->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(t->curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(t->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(t->curl, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(t->curl, CURLOPT_ERRORBUFFER, t->words);
	curl_easy_setopt(t->curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(t->curl, CURLOPT_WRITEFUNCTION, on_answer);
	curl_easy_setopt(t->curl, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(t->curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(t->curl, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(t->curl, CURLOPT_PREREQFUNCTION, before_sending);
	curl_easy_setopt(t->curl, CURLOPT_PREREQDATA, t);
}

static void set_tls(struct transfer *t)
{
	const struct http *h = t->http;

	if (h->tls12.len)
		curl_easy_setopt(t->curl, CURLOPT_SSL_CIPHER_LIST, h->tls12.data);
	if (h->tls13.len)
		curl_easy_setopt(t->curl, CURLOPT_TLS13_CIPHERS, h->tls13.data);
	if (!h->use_tls)
		return;
	if (h->ca)
		curl_easy_setopt(t->curl, CURLOPT_CAINFO, h->ca);
	curl_easy_setopt(t->curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(t->curl, CURLOPT_SSL_VERIFYHOST, 2L);
	if (h->files.cert_file) {
		curl_easy_setopt(t->curl, CURLOPT_SSLCERT, h->files.cert_file);
		curl_easy_setopt(t->curl, CURLOPT_SSLKEY, h->files.key_file);
	}
}

static int transfer_init(struct transfer *t, const struct http *h)
{
	*t = (struct transfer){ .http = h, .curl = curl_easy_init() };
	if (!t->curl)
		return -1;
	set_manners(t);
	set_tls(t);
	return 0;
}

static void transfer_done(struct transfer *t)
{
	curl_easy_cleanup(t->curl);
	curl_slist_free_all(t->headers);
}

/* Suites of TLS 1.3 alone leave nothing to offer to an older server. */
static int read_tls_names(struct http *h, const struct http_tls *tls, struct err *e)
{
	enum tls_version version;

	if (tls_version_from_text(tls->min_version, &version, e) < 0 ||
	    tls_ciphers_from_text(tls->ciphers, &h->tls12, &h->tls13, e) < 0)
		return -1;
	if (h->tls13.len && !h->tls12.len)
		version = TLS_VERSION_1_3;
	h->tls12_allowed = version == TLS_VERSION_1_2;
	h->tls_versions = h->tls12_allowed ? CURL_SSLVERSION_TLSv1_2 : CURL_SSLVERSION_TLSv1_3;
	h->tls_versions |= CURL_SSLVERSION_MAX_TLSv1_3;
	return 0;
}

static int set_up(struct http *h, const struct http_tls *tls, bool use_tls, struct err *e)
{
	buf_init(&h->tls12, HEADER_MAX);
	buf_init(&h->tls13, HEADER_MAX);
	h->use_tls = use_tls;
	if (tls_files_copy(&h->files, tls) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	if (read_tls_names(h, tls, e) < 0)
		return -1;
	h->ca = h->files.ca_file || !use_tls ? h->files.ca_file : tls_files_system_roots();
	return transfer_init(&h->own, h) < 0 ? err_set(e, ERR_INTERNAL, "out of memory") : 0;
}

int http_open(struct http **ret_http, const struct http_tls *tls, bool use_tls, struct err *e)
{
	struct http *h;

	if (tls_files_check(tls, use_tls, e) < 0)
		return -1;
	if (curl_global_init(use_tls ? CURL_GLOBAL_SSL : CURL_GLOBAL_NOTHING) != CURLE_OK)
		return err_set(e, ERR_INTERNAL, "libcurl does not initialise");
	h = calloc(1, sizeof(*h));
	if (!h) {
		curl_global_cleanup();
		return err_set(e, ERR_INTERNAL, "out of memory");
	}
	if (set_up(h, tls, use_tls, e) < 0) {
		http_close(h);
		return -1;
	}
	*ret_http = h;
	return 0;
}

void http_close(struct http *h)
{
	if (!h)
		return;
	transfer_done(&h->own);
	curl_global_cleanup();
	buf_done(&h->tls12);
	buf_done(&h->tls13);
	tls_files_free(&h->files);
	free(h);
}

static int add_header(struct curl_slist **list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(*list, line);

	if (!longer)
		return -1;
	*list = longer;
	return 0;
}

static int add_headers(struct curl_slist **list, const char *authorization)
{
	struct buf line __cleanup(buf_done) = BUF(HEADER_MAX);
	int rc;

	/* curl would ask the server before it sends a megabyte, and wait for the answer. */
	if (add_header(list, "Expect:") < 0 ||
	    add_header(list, "Content-Type: application/json") < 0)
		return -1;
	if (!authorization)
		return 0;
	buf_printf(&line, "Authorization: %s", authorization);
	rc = line.failed ? -1 : add_header(list, line.data);
	explicit_bzero(line.data, line.len);
	return rc;
}

static long at_least_1(int64_t ms)
{
	if (ms < 1)
		return 1;
	return ms < LONG_MAX ? (long)ms : LONG_MAX;
}

static enum http_result judge_connect(const struct transfer *t, char reason[HTTP_REASON_LEN])
{
	long code = 0;

	curl_easy_getinfo(t->curl, CURLINFO_OS_ERRNO, &code);
	snprintf(reason, HTTP_REASON_LEN, "%s", code ? strerror((int)code) : t->words);
	return code == ECONNREFUSED ? HTTP_REFUSED : HTTP_UNREACHED;
}

static enum http_result judge_transfer(const struct transfer *t, CURLcode code,
				       char reason[HTTP_REASON_LEN])
{
	if (reason_is_tls_alert(t->words))
		return reason_of_handshake(&t->http->files, t->words, reason);
	if (code == CURLE_OPERATION_TIMEDOUT) {
		snprintf(reason, HTTP_REASON_LEN, t->sends
			 ? "no answer in time" : "no connection in time");
		return t->sends ? HTTP_TIMEOUT : HTTP_UNREACHED;
	}
	if (!t->http->use_tls && !t->date[0] && !t->received &&
	    (code == CURLE_GOT_NOTHING || code == CURLE_RECV_ERROR))
		snprintf(reason, HTTP_REASON_LEN, "connection closed without an answer; is it a "
			 "https:// endpoint?%s%s%s", *t->words ? " (" : "", t->words,
			 *t->words ? ")" : "");
	else if (code == CURLE_ABORTED_BY_CALLBACK)
		snprintf(reason, HTTP_REASON_LEN, "connection closed before an answer");
	else
		snprintf(reason, HTTP_REASON_LEN, "connection lost: %s", *t->words
			 ? t->words : curl_easy_strerror(code));
	return t->sends ? HTTP_LOST : HTTP_UNREACHED;
}

static enum http_result judge(const struct transfer *t, CURLcode code, char reason[HTTP_REASON_LEN])
{
	const struct http *h = t->http;
	const char *ca = h->ca ? h->ca : "the system's authorities";

	/* Not over the enum: each libcurl has more of them. */
	switch ((int)code) {
	case CURLE_OK:
		return HTTP_ANSWERED;
	case CURLE_COULDNT_CONNECT:
		return judge_connect(t, reason);
	case CURLE_SSL_CACERT_BADFILE:
		return reason_of_authority(&h->files, ca, t->words, reason);
	case CURLE_SSL_CERTPROBLEM:
		return reason_of_pair(&h->files, t->words, reason);
	case CURLE_PEER_FAILED_VERIFICATION:
		snprintf(reason, HTTP_REASON_LEN, "%s (verified with %s)", t->words, ca);
		return HTTP_DENIED;
	case CURLE_SSL_CONNECT_ERROR:
		return reason_of_handshake(&h->files, t->words, reason);
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_URL_MALFORMAT:
	case CURLE_SSL_CIPHER:
		snprintf(reason, HTTP_REASON_LEN, "%s", t->words);
		return code == CURLE_UNSUPPORTED_PROTOCOL && t->sends ? HTTP_STRANGE
								      : HTTP_UNREACHED;
	case CURLE_WRITE_ERROR:
		snprintf(reason, HTTP_REASON_LEN, "the answer is larger than the limit of %d bytes",
			 HTTP_ANSWER_MAX);
		return HTTP_TOO_LARGE;
	default:
		return judge_transfer(t, code, reason);
	}
}

/* Everything but what becomes of the answer.  -1: out of memory, or the token is too long. */
static int set_request(struct transfer *t, const struct http_request *r)
{
	long tls_versions = t->http->tls_versions;

	t->once = r->once;
	t->sends = 0;
	t->received = 0;
	t->date[0] = '\0';
	t->words[0] = '\0';
	if (add_headers(&t->headers, r->authorization) < 0)
		return -1;
	curl_easy_setopt(t->curl, CURLOPT_URL, r->url);
	curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, t->headers);
	curl_easy_setopt(t->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body_len);
	if (r->old_handshake && t->http->tls12_allowed)
		tls_versions = CURL_SSLVERSION_TLSv1_2 | CURL_SSLVERSION_MAX_TLSv1_2;
	curl_easy_setopt(t->curl, CURLOPT_SSLVERSION, tls_versions);
	curl_easy_setopt(t->curl, CURLOPT_CONNECTTIMEOUT_MS, at_least_1(r->connect_ms));
	return 0;
}

static void forget_request(struct transfer *t)
{
	curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, NULL);
	curl_easy_setopt(t->curl, CURLOPT_POSTFIELDS, NULL);
	curl_slist_free_all(t->headers);
	t->headers = NULL;
}

static bool add_to_answer(const char *data, size_t len, void *arg)
{
	struct buf *answer = arg;

	buf_add(answer, data, len);
	return !answer->failed;
}

enum http_result http_post(struct http *h, const struct http_request *request, long *ret_status,
			   struct buf *answer, char reason[HTTP_REASON_LEN])
{
	struct transfer *t = &h->own;
	enum http_result result = HTTP_UNREACHED;

	buf_reset(answer);
	t->visit = add_to_answer;
	t->arg = answer;
	if (set_request(t, request) == 0) {
		curl_easy_setopt(t->curl, CURLOPT_POSTFIELDS, request->body);
		curl_easy_setopt(t->curl, CURLOPT_TIMEOUT_MS, at_least_1(request->total_ms));
		result = judge(t, curl_easy_perform(t->curl), reason);
	} else {
		snprintf(reason, HTTP_REASON_LEN, "out of memory, or a token of more than %d bytes",
			 HEADER_MAX);
	}
	if (result == HTTP_ANSWERED)
		curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, ret_status);
	forget_request(t);
	return result;
}

int64_t http_server_time_s(const struct http *h)
{
	struct tm tm = {0};

	if (!strptime(h->own.date, "%a, %d %b %Y %H:%M:%S GMT", &tm))
		return 0;
	return timegm(&tm);
}

/* Streams: curl says which sockets it waits for, and until when at the latest. */

static int on_socket(CURL *curl __unused_arg, curl_socket_t fd, int what, void *arg,
		     void *known __unused_arg)
{
	struct http_stream *s = arg;
	struct epoll_event event = { .data.fd = fd };

	event.events |= what & CURL_POLL_IN ? EPOLLIN : 0;
	event.events |= what & CURL_POLL_OUT ? EPOLLOUT : 0;
	if (what == CURL_POLL_REMOVE)
		epoll_ctl(s->fd, EPOLL_CTL_DEL, fd, NULL);
	else if (epoll_ctl(s->fd, EPOLL_CTL_MOD, fd, &event) < 0)
		return epoll_ctl(s->fd, EPOLL_CTL_ADD, fd, &event);
	return 0;
}

static int on_timer(CURLM *multi __unused_arg, long ms, void *arg)
{
	struct http_stream *s = arg;
	struct itimerspec at = {0};

	if (ms >= 0)
		at.it_value = (struct timespec){ ms / 1000, ms % 1000 * 1000000 + 1 };
	return timerfd_settime(s->timer, 0, &at, NULL);
}

static int stream_set_up(struct http_stream *s, struct http *h, const struct http_request *r)
{
	struct epoll_event event = { .events = EPOLLIN };

	if (transfer_init(&s->transfer, h) < 0 || set_request(&s->transfer, r) < 0 ||
	    curl_easy_setopt(s->transfer.curl, CURLOPT_COPYPOSTFIELDS, r->body) != CURLE_OK)
		return -1;
	curl_easy_setopt(s->transfer.curl, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(s->transfer.curl, CURLOPT_TCP_KEEPIDLE, (long)HTTP_KEEPALIVE_S);
	curl_easy_setopt(s->transfer.curl, CURLOPT_TCP_KEEPINTVL, (long)HTTP_KEEPALIVE_AGAIN_S);
	s->multi = curl_multi_init();
	s->fd = epoll_create1(EPOLL_CLOEXEC);
	s->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	event.data.fd = s->timer;
	if (!s->multi || s->fd < 0 || s->timer < 0 ||
	    epoll_ctl(s->fd, EPOLL_CTL_ADD, s->timer, &event) < 0)
		return -1;
	curl_multi_setopt(s->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(s->multi, CURLMOPT_SOCKETDATA, s);
	curl_multi_setopt(s->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(s->multi, CURLMOPT_TIMERDATA, s);
	return curl_multi_add_handle(s->multi, s->transfer.curl) == CURLM_OK ? 0 : -1;
}

int http_stream_post(struct http *h, const struct http_request *request,
		     struct http_stream **ret_stream, struct err *e)
{
	struct http_stream *s = calloc(1, sizeof(*s));

	if (!s)
		return err_set(e, ERR_INTERNAL, "out of memory");
	s->fd = s->timer = -1;
	if (stream_set_up(s, h, request) < 0) {
		http_stream_close(s);
		return err_set(e, ERR_INTERNAL, "out of memory or of file descriptors");
	}
	*ret_stream = s;
	return 0;
}

void http_stream_close(struct http_stream *s)
{
	if (!s)
		return;
	if (s->multi)
		curl_multi_remove_handle(s->multi, s->transfer.curl);
	transfer_done(&s->transfer);
	curl_multi_cleanup(s->multi);
	close_fd(&s->timer);
	close_fd(&s->fd);
	free(s);
}

int http_stream_fd(const struct http_stream *s)
{
	return s->fd;
}

long http_stream_status(const struct http_stream *s)
{
	long status = 0;

	curl_easy_getinfo(s->transfer.curl, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

static void act(struct http_stream *s, const struct epoll_event *event)
{
	int running, fd = event->data.fd, what = 0;
	uint64_t expired;

	if (fd == s->timer)
		fd = read(fd, &expired, sizeof(expired)) < 0 ? fd : CURL_SOCKET_TIMEOUT;
	what |= event->events & EPOLLIN ? CURL_CSELECT_IN : 0;
	what |= event->events & EPOLLOUT ? CURL_CSELECT_OUT : 0;
	what |= event->events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0;
	curl_multi_socket_action(s->multi, fd, what, &running);
}

enum http_result http_stream_take(struct http_stream *s, http_visitor *visit, void *arg,
				  char reason[HTTP_REASON_LEN])
{
	struct epoll_event events[STREAM_EVENTS];
	int n = epoll_wait(s->fd, events, STREAM_EVENTS, 0), left;
	const CURLMsg *end;

	s->transfer.visit = visit;
	s->transfer.arg = arg;
	for (int i = 0; i < n; i++)
		act(s, &events[i]);
	end = curl_multi_info_read(s->multi, &left);
	return end ? judge(&s->transfer, end->data.result, reason) : HTTP_GOING;
}
