/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/http/transfer.h"
#include "datastore/http/ahead.h"
#include "datastore/http/reason.h"
#include "datastore/http/tls_files.h"
#include "datastore/http/watchdog.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define GRPC_STATUS "grpc-status: "
#define GRPC_MESSAGE "grpc-message: "
#define HEAD_ROOM 4096 /* bytes of a request before its body */

static size_t on_answer(char *data, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;

	t->received += size * n;
	return t->visit(data, size * n, t->arg) ? size * n : CURL_WRITEFUNC_ERROR;
}

static bool is_header(const char *line, size_t len, const char *name)
{
	return len > strlen(name) && strncasecmp(line, name, strlen(name)) == 0;
}

/* Keeps the line, which no NUL ends, if it is of that name and fits. */
static void keep(const char *line, size_t len, const char *name, char to[TRANSFER_DATE_LEN])
{
	size_t of_name = strlen(name);

	if (is_header(line, len, name) && len - of_name < TRANSFER_DATE_LEN)
		snprintf(to, TRANSFER_DATE_LEN, "%.*s", (int)(len - of_name), line + of_name);
}

static int grpc_status_of(const char *digits)
{
	unsigned long n = strtoul(digits, NULL, 10);

	return n < INT_MAX ? (int)n : INT_MAX;
}

/* In the head where there is no body, else behind it. */
static void keep_grpc(struct http_grpc *grpc, const char *line, size_t len)
{
	char status[TRANSFER_DATE_LEN] = "";

	keep(line, len, GRPC_STATUS, status);
	if (status[0] >= '0' && status[0] <= '9')
		grpc->status = grpc_status_of(status);
	if (!is_header(line, len, GRPC_MESSAGE))
		return;
	line += strlen(GRPC_MESSAGE);
	len -= strlen(GRPC_MESSAGE);
	while (len && (line[len - 1] == '\r' || line[len - 1] == '\n'))
		len--;
	snprintf(grpc->message, sizeof(grpc->message), "%.*s", (int)len, line);
}

static size_t on_header(char *line, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;

	keep(line, size * n, "date: ", t->date);
	keep(line, size * n, "retry-after: ", t->retry_after);
	keep_grpc(&t->grpc, line, size * n);
	return size * n;
}

int64_t transfer_date_s(const char *text)
{
	struct tm tm = {0};

	return strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm) ? timegm(&tm) : 0;
}

bool transfer_tls_is_openssl(void)
{
	const char *library = curl_version_info(CURLVERSION_NOW)->ssl_version;

	return library && strncmp(library, "OpenSSL/3.", strlen("OpenSSL/3.")) == 0;
}

/* False: it is known that both sides have not agreed on it; libcurl would send by HTTP/1.1. */
static bool may_be_http2(CURL *curl)
{
	struct curl_tlssessioninfo *tls = NULL;

	return !transfer_tls_is_openssl() ||
	       curl_easy_getinfo(curl, CURLINFO_TLS_SSL_PTR, &tls) != CURLE_OK || !tls ||
	       tls->backend != CURLSSLBACKEND_OPENSSL || !tls->internals ||
	       session_agrees_on(tls->internals, "h2");
}

/*
 * Called each time a request is about to be sent: curl sends it again by itself
 * when a kept connection dies without an answer, which a commit must not survive.
 * Nor is it sent to two servers.
 */
static int before_sending(void *arg, char *ip __unused_arg, char *own_ip __unused_arg,
			  int port __unused_arg, int own_port __unused_arg)
{
	struct transfer *t = arg;

	if (t->chosen && *t->chosen && *t->chosen != t)
		return CURL_PREREQFUNC_ABORT;
	t->not_http2 = t->grpc_over_tls && !may_be_http2(t->curl);
	if (t->not_http2)
		return CURL_PREREQFUNC_ABORT;
	if (t->chosen)
		*t->chosen = t;
	return t->sends++ < t->sends_max ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

static curl_socket_t open_socket(void *arg, curlsocktype purpose __unused_arg,
				 struct curl_sockaddr *addr)
{
	int fd = ahead_take(arg, &addr->addr, addr->addrlen);

	if (fd < 0)
		fd = socket(addr->family, addr->socktype | SOCK_CLOEXEC, addr->protocol);
	if (fd >= 0)
		watchdog_watch(fd);
	return fd;
}

static int close_socket(void *arg __unused_arg, curl_socket_t fd)
{
	watchdog_leave(fd);
	return close(fd);
}

static int on_socket(void *arg, curl_socket_t fd, curlsocktype purpose __unused_arg)
{
	struct ahead *a = arg;
	bool was_ahead = a->taken == fd;

	a->taken = -1;
	return was_ahead ? CURL_SOCKOPT_ALREADY_CONNECTED : CURL_SOCKOPT_OK;
}

static void set_manners(struct transfer *t)
{
	curl_easy_setopt(t->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(t->curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(t->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(t->curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(t->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(t->curl, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(t->curl, CURLOPT_ERRORBUFFER, t->words);
	curl_easy_setopt(t->curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(t->curl, CURLOPT_OPENSOCKETDATA, t->http->ahead);
	curl_easy_setopt(t->curl, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
	curl_easy_setopt(t->curl, CURLOPT_SOCKOPTFUNCTION, on_socket);
	curl_easy_setopt(t->curl, CURLOPT_SOCKOPTDATA, t->http->ahead);
	curl_easy_setopt(t->curl, CURLOPT_WRITEFUNCTION, on_answer);
	curl_easy_setopt(t->curl, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(t->curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(t->curl, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(t->curl, CURLOPT_PREREQFUNCTION, before_sending);
	curl_easy_setopt(t->curl, CURLOPT_PREREQDATA, t);
	curl_easy_setopt(t->curl, CURLOPT_PRIVATE, t);
}

static void set_pem(CURL *curl, CURLoption option, const struct http_pem *pem)
{
	struct curl_blob blob = { unconst(pem->text), pem->len, CURL_BLOB_NOCOPY };

	curl_easy_setopt(curl, option, &blob);
}

static CURLcode on_context(CURL *curl __unused_arg, void *context, void *arg)
{
	struct transfer *t = arg;

	session_attach(t->session, context);
	return CURLE_OK;
}

/* libcurl may have been built with a folder of roots, to be taken beside those given. */
static void set_authority(struct transfer *t)
{
	const struct http *h = t->http;

	if (h->files.insecure || h->files.ca.len || h->files.ca_file)
		curl_easy_setopt(t->curl, CURLOPT_CAPATH, NULL);
	if (h->files.insecure)
		curl_easy_setopt(t->curl, CURLOPT_CAINFO, NULL);
	else if (h->files.ca.len)
		set_pem(t->curl, CURLOPT_CAINFO_BLOB, &h->files.ca);
	else if (h->ca)
		curl_easy_setopt(t->curl, CURLOPT_CAINFO, h->ca);
	curl_easy_setopt(t->curl, CURLOPT_SSL_VERIFYPEER, h->files.insecure ? 0L : 1L);
	curl_easy_setopt(t->curl, CURLOPT_SSL_VERIFYHOST, h->files.insecure ? 0L : 2L);
}

static void set_pair(struct transfer *t)
{
	const struct http_tls *files = &t->http->files;

	if (files->cert.len)
		set_pem(t->curl, CURLOPT_SSLCERT_BLOB, &files->cert);
	else if (files->cert_file)
		curl_easy_setopt(t->curl, CURLOPT_SSLCERT, files->cert_file);
	if (files->key.len)
		set_pem(t->curl, CURLOPT_SSLKEY_BLOB, &files->key);
	else if (files->key_file)
		curl_easy_setopt(t->curl, CURLOPT_SSLKEY, files->key_file);
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
	set_authority(t);
	set_pair(t);
}

int transfer_init(struct transfer *t, const struct http *h)
{
	*t = (struct transfer){ .http = h, .curl = curl_easy_init() };
	if (!t->curl)
		return -1;
	set_manners(t);
	set_tls(t);
	return 0;
}

/* Who the server is says the session, or session.c where the server does not take it. */
static void set_no_files(CURL *curl)
{
	static const CURLoption files[] = { CURLOPT_CAINFO, CURLOPT_CAPATH, CURLOPT_CAINFO_BLOB,
					    CURLOPT_SSLCERT, CURLOPT_SSLCERT_BLOB, CURLOPT_SSLKEY,
					    CURLOPT_SSLKEY_BLOB };

	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		curl_easy_setopt(curl, files[i], NULL);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
}

void transfer_use_session(struct transfer *t, const char *url)
{
	bool without_files;

	t->session = t->http->sessions ? sessions_with(t->http->sessions, url) : NULL;
	if (t->session) {
		/* Its own memory of sessions would come between. */
		curl_easy_setopt(t->curl, CURLOPT_SSL_SESSIONID_CACHE, 0L);
		curl_easy_setopt(t->curl, CURLOPT_SSL_CTX_FUNCTION, on_context);
		curl_easy_setopt(t->curl, CURLOPT_SSL_CTX_DATA, t);
	}
	without_files = t->session && session_stands_in(t->session);
	if (without_files && !t->without_files)
		set_no_files(t->curl);
	if (!without_files && t->without_files)
		set_tls(t);
	t->without_files = without_files;
}

bool transfer_was_resumed_in_vain(struct transfer *t, CURLcode code)
{
	if (!t->session || t->sends ||
	    (code != CURLE_SSL_CONNECT_ERROR && code != CURLE_PEER_FAILED_VERIFICATION))
		return false;
	return session_was_in_vain(t->session);
}

void transfer_done(struct transfer *t)
{
	curl_easy_cleanup(t->curl);
	curl_slist_free_all(t->headers);
}

int transfer_add_header(struct curl_slist **list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(*list, line);

	if (!longer)
		return -1;
	*list = longer;
	return 0;
}

int transfer_add_authorization(struct curl_slist **list, const struct http_request *r)
{
	struct buf line __cleanup(buf_done) = BUF(TRANSFER_HEADER_MAX);
	int rc;

	if (!r->authorization)
		return 0;
	buf_printf(&line, "%s: %s", r->authorization_name ? r->authorization_name : "Authorization",
		   r->authorization);
	rc = line.failed ? -1 : transfer_add_header(list, line.data);
	explicit_bzero(line.data, line.len);
	return rc;
}

static int add_headers(struct curl_slist **list, const struct http_request *r)
{
	/* curl would ask the server before it sends a megabyte, and wait for the answer. */
	if (transfer_add_header(list, "Expect:") < 0 ||
	    transfer_add_header(list, r->grpc ? "Content-Type: application/grpc"
					      : "Content-Type: application/json") < 0 ||
	    (r->grpc && transfer_add_header(list, "TE: trailers") < 0))
		return -1;
	return transfer_add_authorization(list, r);
}

long transfer_ms(int64_t ms)
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

static enum http_result judge(const struct transfer *t, CURLcode code,
			      char reason[HTTP_REASON_LEN])
{
	const struct http *h = t->http;
	const char *ca = h->ca ? h->ca : "the system's authorities";

	if (t->not_http2) {
		snprintf(reason, HTTP_REASON_LEN, "does not speak HTTP/2 there");
		return HTTP_STRANGE;
	}
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
		/* Of our own certificate, which the peer has verified. */
		if (reason_is_tls_alert(t->words))
			return reason_of_handshake(&h->files, t->words, reason);
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

/* Before any answer the first to be sent may meet TLS 1.3's late refusal of our certificate. */
bool transfer_may_be_done(const struct transfer *t)
{
	return t->sends && t->sends_max == 1 && t->http->answered;
}

/* On a kept connection that died with it, say, before the next could be made. */
static bool may_have_arrived(const struct transfer *t, enum http_result result)
{
	if (result == HTTP_DENIED || result == HTTP_FILE || result == HTTP_STRANGE)
		return transfer_may_be_done(t) || (t->sends && t->not_http2);
	return t->sends && (result == HTTP_REFUSED || result == HTTP_UNREACHED);
}

enum http_result transfer_judge(const struct transfer *t, CURLcode code,
				char reason[HTTP_REASON_LEN])
{
	enum http_result result = judge(t, code, reason);

	if (result != HTTP_ANSWERED && t->session)
		session_forget(t->session);
	return may_have_arrived(t, result) ? HTTP_LOST : result;
}

/* A handshake that fails has codes of its own; behind it HTTP/2 sends what it begins with. */
bool transfer_was_cut(const struct transfer *t, CURLcode code)
{
	return t->http->use_tls && !t->sends && !t->not_http2 &&
	       (code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_HTTP2);
}

void transfer_reset(struct transfer *t, const struct http_request *r)
{
	long tls_versions = t->http->tls_versions;

	t->sends_max = r->once ? 1 : UINT_MAX;
	t->sends = 0;
	t->grpc_over_tls = r->grpc && t->http->use_tls;
	t->not_http2 = false;
	t->received = 0;
	t->date[0] = t->retry_after[0] = '\0';
	t->words[0] = '\0';
	t->grpc = (struct http_grpc){ .status = -1 };
	if (r->old_handshake && t->http->tls12_allowed)
		tls_versions = CURL_SSLVERSION_TLSv1_2 | CURL_SSLVERSION_MAX_TLSv1_2;
	curl_easy_setopt(t->curl, CURLOPT_SSLVERSION, tls_versions);
	curl_easy_setopt(t->curl, CURLOPT_CONNECTTIMEOUT_MS, transfer_ms(r->connect_ms));
}

static long http_version(const struct transfer *t, const struct http_request *r)
{
	if (!r->grpc)
		return CURL_HTTP_VERSION_1_1;
	return t->http->use_tls ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
}

/* curl's issue 10634, mended in 8.0: of a second request HTTP/2 is begun once more. */
static bool cannot_be_kept(const struct transfer *t, const struct http_request *r)
{
	return r->grpc && !t->http->use_tls &&
	       curl_version_info(CURLVERSION_NOW)->version_num < 0x080000;
}

int transfer_set(struct transfer *t, const struct http_request *r)
{
	char url[HTTP_URL_LEN];

	transfer_reset(t, r);
	curl_easy_setopt(t->curl, CURLOPT_HTTP_VERSION, http_version(t, r));
	curl_easy_setopt(t->curl, CURLOPT_FORBID_REUSE, cannot_be_kept(t, r) ? 1L : 0L);
	if (add_headers(&t->headers, r) < 0)
		return -1;
	if (snprintf(url, sizeof(url), "%s%s", r->url, r->path) >= HTTP_URL_LEN)
		return -1;
	curl_easy_setopt(t->curl, CURLOPT_URL, url);
	curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, t->headers);
	curl_easy_setopt(t->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body_len);
	/* Room for the whole request, which is then one write: 64 kB else, each page touched. */
	curl_easy_setopt(t->curl, CURLOPT_UPLOAD_BUFFERSIZE, (long)r->body_len + HEAD_ROOM);
	return 0;
}

void transfer_forget(struct transfer *t)
{
	curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, NULL);
	curl_easy_setopt(t->curl, CURLOPT_POSTFIELDS, NULL);
	curl_slist_free_all(t->headers);
	t->headers = NULL;
}
