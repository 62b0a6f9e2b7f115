/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP, for the stores that speak it.  No file outside of this folder knows libcurl.
 *
 *	http_open(&h, &tls, use_tls, e);
 *	http_expect(h, url);					it will be asked
 *	http_post(h, &request, tries, n, &status, &answer);	one request, its answer whole
 *
 *	http_stream_post(h, &request, &stream, e);		an answer without end
 *	… poll http_stream_fd(stream) …
 *	http_stream_take(stream, visit, arg, reason);		the pieces that have arrived
 *	http_stream_close(stream);
 *	http_close(h);
 *
 * Several requests at once are a round (datastore/http/round.h).
 *
 * Peers are verified unless `insecure`, redirects are not followed, neither a proxy nor a file
 * for the keys of TLS (SSLKEYLOGFILE, which is unset) is taken from the environment, signals
 * are not used, sockets are close-on-exec, HTTP is 1.1, and 2 in rounds and for gRPC.
 * Connections are kept, so that a second request to the same server uses the first's, but for
 * plain HTTP/2 by a libcurl older than 8.0, which cannot do that; each stream has one
 * of its own, and ends before http_close().
 *
 * What an answer means the caller knows; here a status is a number.
 */
#ifndef DATASTORE_HTTP_HTTP_H
#define DATASTORE_HTTP_HTTP_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define HTTP_ANSWER_MAX (32 << 20)	/* bytes of one answer; of a stream's piece, 16 KiB */
#define HTTP_URL_LEN 400		/* bytes with its path, NUL included */
#define HTTP_TRIES_MAX 32
#define HTTP_REASON_LEN 512		/* bytes, NUL included */
/* The kernel asks a stream's silent other end each so many seconds, a few times over. */
#define HTTP_KEEPALIVE_S 15
#define HTTP_KEEPALIVE_AGAIN_S 5

/* Certificates or a key as PEM, in memory; no bytes: not given. */
struct http_pem {
	const char *text;
	size_t len;
};

/*
 * TLS settings as the user wrote them; NULL or "" is "not given".  Copied, but for the
 * names.  PEM goes before a file of the same kind.
 */
struct http_tls {
	const char *ca_file;		/* else the system's */
	const char *cert_file, *key_file;
	struct http_pem ca, cert, key;
	/* In rounds the certificate must be of this host, instead of the URL's. */
	const char *server_name;
	bool insecure;			/* the server's certificate is not looked at */
	const char *min_version;	/* "1.2", "1.3", "VersionTLS12", "VersionTLS13"; else 1.2 */
	const char *ciphers;		/* comma separated IANA names */
	/* What messages call the three, files or PEM; they outlive the struct http. */
	const char *ca_name, *cert_name, *key_name;
	/*
	 * A folder of this user's where TLS sessions lie between two processes
	 * (datastore/http/session.h), not copied; NULL: nowhere.
	 */
	const char *session_folder;
};

struct http;

/*
 * ERR_CONFIG: certificate without key or the reverse, unknown version or cipher
 * (checked for plain HTTP too, so that a slip shows early).  ERR_IO: a file cannot be
 * read; the files are looked at only with `use_tls`.
 */
int http_open(struct http **ret_http, const struct http_tls *tls, bool use_tls, struct err *e);
void http_close(struct http *h);

/*
 * That this server will be asked soon: where its host is an address, a connection is begun now,
 * and does not wait for what is asked.
 */
void http_expect(struct http *h, const char *url);

/*
 * How a call of gRPC ended (grpc.io, "gRPC over HTTP2"), in its answer's head or behind its body.
 */
#define HTTP_GRPC_TEXT_LEN 400	/* bytes, NUL included; of a longer one the rest is left out */
struct http_grpc {
	int status;		/* a code of grpc/codes, 0 of success; -1: it was not said */
	char message[HTTP_GRPC_TEXT_LEN];	/* as it travels: percent-encoded; "" if none */
};

/* A POST of JSON or gRPC.  All of it belongs to the caller and is needed during the call alone. */
struct http_request {
	const char *url;	/* of a stream; elsewhere each try has its own */
	const char *path;	/* behind the URL */
	const char *body;
	size_t body_len;
	const char *authorization;	/* the header's value, or NULL */
	const char *authorization_name;	/* that header's; NULL: "Authorization" */
	bool grpc;		/* by HTTP/2: over TLS if that is agreed on, else from the start */
	bool once;		/* never to be sent a second time */
	/*
	 * In TLS 1.3 a server refuses a client's certificate after the handshake, and
	 * its word may be lost with the connection; in TLS 1.2 it says so within.
	 * Speaks 1.2 this time, if the settings allow it.
	 */
	bool old_handshake;
	int64_t connect_ms;	/* for name look-up, connection and TLS handshake together */
	/* Of a stream none of these: its caller has a clock of its own. */
	int64_t total_ms;	/* for everything */
	int64_t silence_ms;	/* no byte to or from the server for so long: HTTP_TIMEOUT */
	int64_t next_ms;	/* no connection for so long: another server is tried beside it */
};

enum http_result {
	HTTP_ANSWERED,	/* status and body are there; of a stream: its end */
	HTTP_REFUSED,	/* nobody listens; nothing was sent */
	HTTP_UNREACHED,	/* no connection for another reason; nothing was sent */
	HTTP_STRANGE,	/* something listens that does not speak HTTP/1.1; or HTTP/2, which gRPC
			 * needs: then nothing was sent */
	HTTP_DENIED,	/* certificates: ours or theirs was not accepted; nothing was done */
	HTTP_FILE,	/* a certificate or key file cannot be used; likewise */
	HTTP_LOST,	/* sent at least once, and no whole answer came */
	HTTP_TIMEOUT,	/* sent, and no whole answer came in time */
	HTTP_TOO_LARGE,	/* the answer passes HTTP_ANSWER_MAX; of a stream: the visitor said no */
	HTTP_GOING,	/* a stream goes on */
};

/* One of the servers that may be asked, and what became of it. */
struct http_try {
	const char *url;
	bool begun;
	enum http_result result;	/* HTTP_GOING: not begun, or left while connecting */
	/* HTTP_UNREACHED, though its handshake was done: as where a certificate is refused late. */
	bool cut;
	char reason[HTTP_REASON_LEN];	/* in words what went wrong, unless answered */
};

/*
 * Asks one of 1 to HTTP_TRIES_MAX servers: the one with which a connection stands first.
 * They are tried in their order, the next as soon as one has failed or kept us waiting for
 * request->next_ms; what is sent is sent to one alone.  Returns which that was, with its
 * result in its try, or n: none could be reached.
 */
size_t http_post(struct http *h, const struct http_request *request, struct http_try *tries,
		 size_t n, long *ret_status, struct buf *answer);

/*
 * Lets go of the connections that http_post() has kept.  Between requests of gRPC and others to one
 * server: libcurl may take one of HTTP/1.1 for a request that is for HTTP/2 alone.
 */
int http_let_go(struct http *h, struct err *e); /* ERR_INTERNAL: out of memory */

/* Of the last answer. */
const struct http_grpc *http_grpc(const struct http *h);

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
const struct http_grpc *http_stream_grpc(const struct http_stream *s);

#endif
