/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/http/http.h"
#include "datastore/http/tls_names.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HEADER_MAX 4096	/* bytes of the Authorization line */

struct http {
	CURL *curl;
	struct http_tls files;		/* owned copies, for messages */
	const char *ca;			/* file that peers are verified with, for messages */
	char words[CURL_ERROR_SIZE];
	struct buf *answer;
	long tls_versions;		/* lowest and highest, as libcurl wants them */
	bool use_tls, tls12_allowed;
	unsigned sends;			/* of the request under way */
	char date[40];			/* the last answer's Date, "" if it had none */
	bool once;
};

/* Where distributions keep their roots; a static libcurl knows only its builder's. */
static const char *const system_roots[] = {
	"/etc/ssl/certs/ca-certificates.crt",			/* Debian, Alpine, Arch */
	"/etc/pki/tls/certs/ca-bundle.crt",			/* Fedora, RHEL */
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",	/* RHEL 7 and later */
	"/etc/ssl/ca-bundle.pem",				/* SUSE */
	"/etc/ssl/cert.pem",					/* Alpine's LibreSSL */
};

static bool given(const char *text)
{
	return text && *text;
}

static int check_file(const char *key, const char *path, struct err *e)
{
	int fd __cleanup(close_fd) = open(path, O_RDONLY | O_CLOEXEC);
	char c;

	if (fd < 0 || read(fd, &c, 1) < 0)
		return err_set(e, ERR_IO, "%s: cannot read %s: %s", key, path, strerror(errno));
	return 0;
}

static int check_files(const struct http_tls *tls, struct err *e)
{
	if (given(tls->ca_file) && check_file("etcd_ca_cert_file", tls->ca_file, e) < 0)
		return -1;
	if (given(tls->cert_file) && check_file("etcd_cert_file", tls->cert_file, e) < 0)
		return -1;
	if (given(tls->key_file) && check_file("etcd_key_file", tls->key_file, e) < 0)
		return -1;
	return 0;
}

static int check_pair(const struct http_tls *tls, struct err *e)
{
	if (given(tls->cert_file) == given(tls->key_file))
		return 0;
	return err_set(e, ERR_CONFIG, "%s is given without %s; set both or neither",
		       given(tls->cert_file) ? "etcd_cert_file" : "etcd_key_file",
		       given(tls->cert_file) ? "etcd_key_file" : "etcd_cert_file");
}

static size_t on_answer(char *data, size_t size, size_t n, void *arg)
{
	struct http *h = arg;

	buf_add(h->answer, data, size * n);
	return h->answer->failed ? CURL_WRITEFUNC_ERROR : size * n;
}

/* One line of the answer's head, not ended by a NUL; only its Date is kept. */
static size_t on_header(char *line, size_t size, size_t n, void *arg)
{
	static const char name[] = "date: ";
	struct http *h = arg;
	size_t len = size * n;

	if (len >= sizeof(name) && len < sizeof(h->date) &&
	    strncasecmp(line, name, sizeof(name) - 1) == 0)
		snprintf(h->date, sizeof(h->date), "%.*s", (int)(len - sizeof(name) + 1),
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
	struct http *h = arg;

	return h->sends++ && h->once ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

static curl_socket_t open_socket(void *arg __unused_arg, curlsocktype purpose __unused_arg,
				 struct curl_sockaddr *addr)
{
	return socket(addr->family, addr->socktype | SOCK_CLOEXEC, addr->protocol);
}

static void set_manners(struct http *h)
{
	curl_easy_setopt(h->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(h->curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(h->curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(h->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(h->curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(h->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h->curl, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(h->curl, CURLOPT_ERRORBUFFER, h->words);
	curl_easy_setopt(h->curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(h->curl, CURLOPT_WRITEFUNCTION, on_answer);
	curl_easy_setopt(h->curl, CURLOPT_WRITEDATA, h);
	curl_easy_setopt(h->curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(h->curl, CURLOPT_HEADERDATA, h);
	curl_easy_setopt(h->curl, CURLOPT_PREREQFUNCTION, before_sending);
	curl_easy_setopt(h->curl, CURLOPT_PREREQDATA, h);
}

static void choose_roots(struct http *h)
{
	h->ca = h->files.ca_file;
	for (size_t i = 0; i < ARRAY_LEN(system_roots) && !h->ca; i++)
		if (access(system_roots[i], R_OK) == 0)
			h->ca = system_roots[i];
	if (h->ca)
		curl_easy_setopt(h->curl, CURLOPT_CAINFO, h->ca);
	else
		h->ca = "the system's authorities";
}

/* Suites of TLS 1.3 alone leave nothing to offer to an older server. */
static int set_tls_names(struct http *h, const struct http_tls *tls, struct err *e)
{
	struct buf tls12 __cleanup(buf_done) = BUF(HEADER_MAX);
	struct buf tls13 __cleanup(buf_done) = BUF(HEADER_MAX);
	enum tls_version version;

	if (tls_version_from_text(tls->min_version, &version, e) < 0 ||
	    tls_ciphers_from_text(tls->ciphers, &tls12, &tls13, e) < 0)
		return -1;
	if (tls13.len && !tls12.len)
		version = TLS_VERSION_1_3;
	h->tls12_allowed = version == TLS_VERSION_1_2;
	h->tls_versions = h->tls12_allowed ? CURL_SSLVERSION_TLSv1_2 : CURL_SSLVERSION_TLSv1_3;
	h->tls_versions |= CURL_SSLVERSION_MAX_TLSv1_3;
	if (tls12.len)
		curl_easy_setopt(h->curl, CURLOPT_SSL_CIPHER_LIST, tls12.data);
	if (tls13.len)
		curl_easy_setopt(h->curl, CURLOPT_TLS13_CIPHERS, tls13.data);
	return 0;
}

static void set_tls_files(struct http *h)
{
	choose_roots(h);
	curl_easy_setopt(h->curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(h->curl, CURLOPT_SSL_VERIFYHOST, 2L);
	if (h->files.cert_file) {
		curl_easy_setopt(h->curl, CURLOPT_SSLCERT, h->files.cert_file);
		curl_easy_setopt(h->curl, CURLOPT_SSLKEY, h->files.key_file);
	}
}

static const char *copy_given(const char *text)
{
	return given(text) ? strdup(text) : NULL;
}

static int set_up(struct http *h, const struct http_tls *tls, bool use_tls, struct err *e)
{
	h->curl = curl_easy_init();
	h->files.ca_file = copy_given(tls->ca_file);
	h->files.cert_file = copy_given(tls->cert_file);
	h->files.key_file = copy_given(tls->key_file);
	if (!h->curl || !h->files.ca_file != !given(tls->ca_file) ||
	    !h->files.cert_file != !given(tls->cert_file) ||
	    !h->files.key_file != !given(tls->key_file))
		return err_set(e, ERR_INTERNAL, "out of memory");
	set_manners(h);
	if (set_tls_names(h, tls, e) < 0)
		return -1;
	h->use_tls = use_tls;
	if (use_tls)
		set_tls_files(h);
	return 0;
}

int http_open(struct http **ret_http, const struct http_tls *tls, bool use_tls, struct err *e)
{
	struct http *h;

	if (check_pair(tls, e) < 0 || (use_tls && check_files(tls, e) < 0))
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
	curl_easy_cleanup(h->curl);
	curl_global_cleanup();
	free((char *)h->files.ca_file);
	free((char *)h->files.cert_file);
	free((char *)h->files.key_file);
	free(h);
}

static void free_headers(struct curl_slist **list)
{
	curl_slist_free_all(*list);
}

static int add_header(struct curl_slist **list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(*list, line);

	if (!longer)
		return -1;
	*list = longer;
	return 0;
}

static int add_headers(struct curl_slist **list, const char *token)
{
	struct buf line __cleanup(buf_done) = BUF(HEADER_MAX);
	int rc;

	/* curl would ask the server before it sends a megabyte, and wait for the answer. */
	if (add_header(list, "Expect:") < 0 ||
	    add_header(list, "Content-Type: application/json") < 0)
		return -1;
	if (!token)
		return 0;
	buf_printf(&line, "Authorization: %s", token);
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

/* In TLS 1.3 a server refuses the client's certificate only after the handshake. */
static bool is_tls_alert(const char *words)
{
	static const char *const alerts[] = {
		"alert bad certificate", "alert certificate", "alert unknown ca",
		"alert unsupported certificate",
		"alert handshake failure", "alert protocol version", "alert access denied",
		"alert no certificate",
		"alert insufficient security", "alert decrypt error",
	};

	for (size_t i = 0; i < ARRAY_LEN(alerts); i++)
		if (strstr(words, alerts[i]))
			return true;
	return strstr(words, "certificate required") != NULL;
}

static enum http_result judge_tls(const struct http *h, char reason[HTTP_REASON_LEN])
{
	if (strstr(h->words, "wrong version number") ||
	    strstr(h->words, "packet length too long")) {
		snprintf(reason, HTTP_REASON_LEN, "does not speak TLS there; is it a http:// "
			 "endpoint? (%s)", h->words);
		return HTTP_UNREACHED;
	}
	if (!is_tls_alert(h->words) &&
	    (strstr(h->words, "reset by peer") || strstr(h->words, "SSL_ERROR_SYSCALL"))) {
		snprintf(reason, HTTP_REASON_LEN, "connection lost in the TLS handshake; is it a "
			 "http:// endpoint? (%s)", h->words);
		return HTTP_UNREACHED;
	}
	if (is_tls_alert(h->words) && h->files.cert_file)
		snprintf(reason, HTTP_REASON_LEN, "the server refused our TLS handshake or "
			 "certificate %s (expired, or of an authority it does not trust?): %s",
			 h->files.cert_file, h->words);
	else if (is_tls_alert(h->words))
		snprintf(reason, HTTP_REASON_LEN, "the server refused our TLS handshake; it may "
			 "want a client certificate (etcd_cert_file, etcd_key_file): %s", h->words);
	else
		snprintf(reason, HTTP_REASON_LEN, "TLS handshake failed: %s", h->words);
	return HTTP_DENIED;
}

static enum http_result judge_connect(const struct http *h, char reason[HTTP_REASON_LEN])
{
	long code = 0;

	curl_easy_getinfo(h->curl, CURLINFO_OS_ERRNO, &code);
	if (!code) {
		snprintf(reason, HTTP_REASON_LEN, "%s", h->words);
		return HTTP_UNREACHED;
	}
	snprintf(reason, HTTP_REASON_LEN, "%s", strerror((int)code));
	return code == ECONNREFUSED ? HTTP_REFUSED : HTTP_UNREACHED;
}

static enum http_result judge_files(const struct http *h, CURLcode code,
				    char reason[HTTP_REASON_LEN])
{
	if (code == CURLE_SSL_CACERT_BADFILE && !h->files.ca_file)
		snprintf(reason, HTTP_REASON_LEN, "etcd_ca_cert_file is not given, and %s cannot "
			 "be used: %s", h->ca, h->words);
	else if (code == CURLE_SSL_CACERT_BADFILE)
		snprintf(reason, HTTP_REASON_LEN, "etcd_ca_cert_file %s cannot be used: %s", h->ca,
			 h->words);
	else
		snprintf(reason, HTTP_REASON_LEN, "etcd_cert_file %s and etcd_key_file %s cannot "
			 "be used together: %s",
			 h->files.cert_file ? h->files.cert_file : "",
			 h->files.key_file ? h->files.key_file : "",
			 h->words);
	return HTTP_FILE;
}

static enum http_result judge_transfer(const struct http *h, CURLcode code,
				       char reason[HTTP_REASON_LEN])
{
	if (is_tls_alert(h->words))
		return judge_tls(h, reason);
	if (code == CURLE_OPERATION_TIMEDOUT) {
		snprintf(reason, HTTP_REASON_LEN, h->sends
			 ? "no answer in time" : "no connection in time");
		return h->sends ? HTTP_TIMEOUT : HTTP_UNREACHED;
	}
	if (!h->use_tls && !h->date[0] && !h->answer->len &&
	    (code == CURLE_GOT_NOTHING || code == CURLE_RECV_ERROR))
		snprintf(reason, HTTP_REASON_LEN, "connection closed without an answer; is it a "
			 "https:// endpoint?%s%s%s", *h->words ? " (" : "", h->words,
			 *h->words ? ")" : "");
	else if (code == CURLE_ABORTED_BY_CALLBACK)
		snprintf(reason, HTTP_REASON_LEN, "connection closed before an answer");
	else
		snprintf(reason, HTTP_REASON_LEN, "connection lost: %s", *h->words
			 ? h->words : curl_easy_strerror(code));
	return h->sends ? HTTP_LOST : HTTP_UNREACHED;
}

static enum http_result judge(struct http *h, CURLcode code, char reason[HTTP_REASON_LEN])
{
	switch (code) {
	case CURLE_OK:
		return HTTP_ANSWERED;
	case CURLE_COULDNT_CONNECT:
		return judge_connect(h, reason);
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
		return judge_files(h, code, reason);
	case CURLE_PEER_FAILED_VERIFICATION:
		snprintf(reason, HTTP_REASON_LEN, "%s (verified with %s)", h->words, h->ca);
		return HTTP_DENIED;
	case CURLE_SSL_CONNECT_ERROR:
		return judge_tls(h, reason);
	case CURLE_UNSUPPORTED_PROTOCOL:
		snprintf(reason, HTTP_REASON_LEN, h->sends
			 ? "does not speak HTTP/1.1 there; is it etcd's port for gRPC alone? The "
			 "gateway is then at --listen-client-http-urls (%s)" : "%s", h->words);
		return HTTP_UNREACHED;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_URL_MALFORMAT:
	case CURLE_SSL_CIPHER:
		snprintf(reason, HTTP_REASON_LEN, "%s", h->words);
		return HTTP_UNREACHED;
	case CURLE_WRITE_ERROR:
		snprintf(reason, HTTP_REASON_LEN, "the answer is larger than the limit of %d bytes",
			 HTTP_ANSWER_MAX);
		return HTTP_TOO_LARGE;
	default:
		return judge_transfer(h, code, reason);
	}
}

static void set_request(struct http *h, const struct http_request *r, struct curl_slist *headers)
{
	long tls_versions = h->tls_versions;

	curl_easy_setopt(h->curl, CURLOPT_URL, r->url);
	curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(h->curl, CURLOPT_POSTFIELDS, r->body);
	curl_easy_setopt(h->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body_len);
	if (r->old_handshake && h->tls12_allowed)
		tls_versions = CURL_SSLVERSION_TLSv1_2 | CURL_SSLVERSION_MAX_TLSv1_2;
	curl_easy_setopt(h->curl, CURLOPT_SSLVERSION, tls_versions);
	curl_easy_setopt(h->curl, CURLOPT_CONNECTTIMEOUT_MS, at_least_1(r->connect_ms));
	curl_easy_setopt(h->curl, CURLOPT_TIMEOUT_MS, at_least_1(r->total_ms));
}

enum http_result http_post(struct http *h, const struct http_request *request, long *ret_status,
			   struct buf *answer, char reason[HTTP_REASON_LEN])
{
	struct curl_slist *headers __cleanup(free_headers) = NULL;
	enum http_result result;

	if (add_headers(&headers, request->token) < 0) {
		snprintf(reason, HTTP_REASON_LEN, "out of memory, or a token of more than %d bytes",
			 HEADER_MAX);
		return HTTP_UNREACHED;
	}
	buf_reset(answer);
	h->answer = answer;
	h->once = request->once;
	h->sends = 0;
	h->date[0] = '\0';
	h->words[0] = '\0';
	set_request(h, request, headers);
	result = judge(h, curl_easy_perform(h->curl), reason);
	if (result == HTTP_ANSWERED)
		curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, ret_status);
	curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, NULL);
	curl_easy_setopt(h->curl, CURLOPT_POSTFIELDS, NULL);
	return result;
}

int64_t http_server_time_s(const struct http *h)
{
	struct tm tm = {0};

	if (!strptime(h->date, "%a, %d %b %Y %H:%M:%S GMT", &tm))
		return 0;
	return timegm(&tm);
}
