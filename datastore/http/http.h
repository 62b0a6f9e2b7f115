/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP, for the stores that speak it.  No file outside of this folder knows libcurl.
 *
 *	http_open(&h, &tls, use_tls, e);
 *	http_post(h, &request, &status, &answer, reason);	one request, its answer whole
 *
 *	http_stream_post(h, &request, &stream, e);		an answer without end
 *	… poll http_stream_fd(stream) …
 *	http_stream_take(stream, visit, arg, reason);		the pieces that have arrived
 *	http_stream_close(stream);
 *	http_close(h);
 *
 * Peers are verified, redirects are not followed, no proxy is taken from the
 * environment, signals are not used, sockets are close-on-exec, HTTP is 1.1.  One
 * connection is kept, so that a second request to the same server uses it; each stream
 * has one of its own, and ends before http_close().
 *
 * What an answer means the caller knows; here a status is a number.
 */
#ifndef DATASTORE_HTTP_HTTP_H
#define DATASTORE_HTTP_HTTP_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define HTTP_ANSWER_MAX (64 << 20)	/* bytes of one answer; of a stream's piece, 16 KiB */
#define HTTP_REASON_LEN 512		/* bytes, NUL included */
/* The kernel asks a stream's silent other end each so many seconds, a few times over. */
#define HTTP_KEEPALIVE_S 15
#define HTTP_KEEPALIVE_AGAIN_S 5

/* TLS settings as the user wrote them; NULL or "" is "not given".  Copied. */
struct http_tls {
	const char *ca_file;		/* else the system's */
	const char *cert_file, *key_file;
	const char *min_version;	/* "1.2", "1.3", "VersionTLS12", "VersionTLS13"; else 1.2 */
	const char *ciphers;		/* comma separated IANA names */
	/* What messages call the three files; literals. */
	const char *ca_name, *cert_name, *key_name;
};

struct http;

/*
 * ERR_CONFIG: certificate without key or the reverse, unknown version or cipher
 * (checked for plain HTTP too, so that a slip shows early).  ERR_IO: a file cannot be
 * read; the files are looked at only with `use_tls`.
 */
int http_open(struct http **ret_http, const struct http_tls *tls, bool use_tls, struct err *e);
void http_close(struct http *h);

/* A POST of JSON.  All of it belongs to the caller and is needed during the call alone. */
struct http_request {
	const char *url;
	const char *body;
	size_t body_len;
	const char *authorization;	/* the header's value, or NULL */
	bool once;		/* never to be sent a second time */
	/*
	 * In TLS 1.3 a server refuses a client's certificate after the handshake, and
	 * its word may be lost with the connection; in TLS 1.2 it says so within.
	 * Speaks 1.2 this time, if the settings allow it.
	 */
	bool old_handshake;
	int64_t connect_ms;	/* for name look-up, connection and TLS handshake together */
	int64_t total_ms;	/* for everything; a stream's caller has a clock of its own */
};

enum http_result {
	HTTP_ANSWERED,	/* status and body are there; of a stream: its end */
	HTTP_REFUSED,	/* nobody listens; nothing was sent */
	HTTP_UNREACHED,	/* no connection for another reason; nothing was sent */
	HTTP_STRANGE,	/* something listens that does not speak HTTP/1.1 */
	HTTP_DENIED,	/* certificates: ours or theirs was not accepted; nothing was done */
	HTTP_FILE,	/* a certificate or key file cannot be used */
	HTTP_LOST,	/* sent, and no whole answer came */
	HTTP_TIMEOUT,	/* sent, and no whole answer came in time */
	HTTP_TOO_LARGE,	/* the answer passes HTTP_ANSWER_MAX; of a stream: the visitor said no */
	HTTP_GOING,	/* a stream goes on */
};

/* `reason` says in words what went wrong, unless answered. */
enum http_result http_post(struct http *h, const struct http_request *request, long *ret_status,
			   struct buf *answer, char reason[HTTP_REASON_LEN]);

/* What the server's clock said in the last answer, seconds since 1970; 0: it did not say. */
int64_t http_server_time_s(const struct http *h);

/*
 * A request whose answer arrives in pieces, for hours.  Nothing waits here: the caller
 * polls the stream's file descriptor among its own, and takes what has come.
 */
struct http_stream;

/* Takes a piece as the network cut it, anywhere; false ends the stream: HTTP_TOO_LARGE. */
typedef bool http_visitor(const char *data, size_t len, void *arg);

/* Sends nothing yet.  ERR_INTERNAL: out of memory or of file descriptors. */
int http_stream_post(struct http *h, const struct http_request *request,
		     struct http_stream **ret_stream, struct err *e);
void http_stream_close(struct http_stream *s);	/* s may be NULL */

/* Readable when http_stream_take() has something to do, time-outs included. */
int http_stream_fd(const struct http_stream *s);

/*
 * Does what can be done without waiting, and shows what has arrived; little at a time,
 * so that a flood does not hold up the caller.  HTTP_GOING, or how it ended.
 */
enum http_result http_stream_take(struct http_stream *s, http_visitor *visit, void *arg,
				  char reason[HTTP_REASON_LEN]);

/* The answer's status; 0 until its head is there. */
long http_stream_status(const struct http_stream *s);

#endif
