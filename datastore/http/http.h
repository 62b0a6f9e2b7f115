/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One HTTP POST at a time.  http.c is the only file that knows libcurl.
 *
 * Peers are verified, redirects are not followed, no proxy is taken from the
 * environment, signals are not used, sockets are close-on-exec.  One handle is
 * kept, so that a second request to the same server uses the same connection.
 */
#ifndef DATASTORE_HTTP_HTTP_H
#define DATASTORE_HTTP_HTTP_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define HTTP_ANSWER_MAX (64 << 20)	/* bytes of one answer */
#define HTTP_REASON_LEN 512		/* bytes, NUL included */

/* TLS settings as the user wrote them; NULL or "" is "not given".  Copied. */
struct http_tls {
	const char *ca_file;		/* else the system's */
	const char *cert_file, *key_file;
	const char *min_version;	/* "1.2", "1.3", "VersionTLS12", "VersionTLS13"; else 1.2 */
	const char *ciphers;		/* comma separated IANA names */
};

struct http;

/*
 * ERR_CONFIG: certificate without key or the reverse, unknown version or cipher
 * (checked for plain HTTP too, so that a slip shows early).  ERR_IO: a file cannot be
 * read; the files are looked at only with `use_tls`.
 */
int http_open(struct http **ret_http, const struct http_tls *tls, bool use_tls, struct err *e);
void http_close(struct http *h);

struct http_request {
	const char *url;
	const char *body;
	size_t body_len;
	const char *token;	/* of the Authorization header, or NULL */
	bool once;		/* never to be sent a second time */
	/*
	 * In TLS 1.3 a server refuses a client's certificate after the handshake, and
	 * its word may be lost with the connection; in TLS 1.2 it says so within.
	 * Speaks 1.2 this time, if the settings allow it.
	 */
	bool old_handshake;
	int64_t connect_ms;	/* for name look-up, connection and TLS handshake together */
	int64_t total_ms;	/* for everything */
};

enum http_result {
	HTTP_ANSWERED,	/* status and body are there */
	HTTP_REFUSED,	/* nobody listens; nothing was sent */
	HTTP_UNREACHED,	/* no connection for another reason; nothing was sent */
	HTTP_DENIED,	/* certificates: ours or theirs was not accepted; nothing was done */
	HTTP_FILE,	/* a certificate or key file cannot be used */
	HTTP_LOST,	/* sent, and no whole answer came */
	HTTP_TIMEOUT,	/* sent, and no whole answer came in time */
	HTTP_TOO_LARGE,	/* the answer passes HTTP_ANSWER_MAX */
};

/* `reason` says in words what went wrong, unless answered. */
enum http_result http_post(struct http *h, const struct http_request *request, long *ret_status,
			   struct buf *answer, char reason[HTTP_REASON_LEN]);

/* What the server's clock said in its last answer, seconds since 1970; 0: it did not say. */
int64_t http_server_time_s(const struct http *h);

#endif
