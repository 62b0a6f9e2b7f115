/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request under way, for the files of this folder: how it is set up, and what its
 * end means.  libcurl's names go no further than here.
 */
#ifndef DATASTORE_HTTP_TRANSFER_H
#define DATASTORE_HTTP_TRANSFER_H

#include "datastore/http/http.h"
#include "datastore/http/session.h"

#include <curl/curl.h>

#define TRANSFER_DATE_LEN 40		/* bytes, NUL included */
#define TRANSFER_LATE_MS 200		/* behind its time, when libcurl does not notice that */
#define TRANSFER_HEADER_MAX 16384	/* bytes of the Authorization line */

/* One request under way, and the handle for the next. */
struct transfer {
	const struct http *http;
	CURL *curl;
	struct curl_slist *headers;
	http_visitor *visit;
	void *arg;
	char words[CURL_ERROR_SIZE];
	/* The answer's Date and, for a round, Retry-After; "" if it had none. */
	char date[TRANSFER_DATE_LEN], retry_after[TRANSFER_DATE_LEN];
	struct http_grpc grpc;
	size_t received;	/* bytes of the answer's body */
	unsigned sends, sends_max;
	bool grpc_over_tls, not_http2;	/* the latter: that was to be, and nothing was sent */
	/* Of requests that several servers are asked for: the one that is sent. */
	struct transfer **chosen;
	struct session *session;	/* with its server; NULL: none is kept */
	bool without_files;		/* libcurl was given none: the session stands in */
};

struct http {
	struct http_tls files;		/* owned copies, for messages */
	const char *ca;			/* what peers are verified with, for messages */
	struct buf tls12, tls13;	/* suites, as OpenSSL calls them */
	long tls_versions;		/* lowest and highest, as libcurl wants them */
	bool use_tls, tls12_allowed;
	struct sessions *sessions;	/* owned; NULL: none are kept */
	struct ahead *ahead;		/* owned */
	/* http_post()'s: */
	CURLM *multi;
	struct transfer own[HTTP_TRIES_MAX];	/* begun once needed */
	/* http_round()'s, NULL until there is one; HTTP_CALLS_MAX, begun once needed: */
	CURLM *round_multi;
	struct transfer *round_own;
	bool answered;	/* somebody has, so that whom he lets in is settled */
	/* Of the last answer: */
	char date[TRANSFER_DATE_LEN];
	struct http_grpc grpc;
};

/* -1: out of memory. */
int transfer_init(struct transfer *t, const struct http *h);
void transfer_done(struct transfer *t);

/* Everything but what becomes of the answer.  -1: out of memory, or the token is too long. */
int transfer_set(struct transfer *t, const struct http_request *r);
/* That but for URL and headers, which is what calls of a round have in common. */
void transfer_reset(struct transfer *t, const struct http_request *r);
/* Adds a line to the headers, and the one that authorizes.  -1: out of memory, or too long. */
int transfer_add_header(struct curl_slist **list, const char *line);
int transfer_add_authorization(struct curl_slist **list, const struct http_request *r);
/* The connection that it makes may use a session, if one was kept of that server. */
void transfer_use_session(struct transfer *t, const char *url);
/* True where it failed for that: it is to be prepared again, and does without. */
bool transfer_was_resumed_in_vain(struct transfer *t, CURLcode code);
/* The caller's bytes are needed no more. */
void transfer_forget(struct transfer *t);

/* Not each libcurl is made with the TLS library that this program knows. */
bool transfer_tls_is_openssl(void);

/* What libcurl's code means; never HTTP_GOING. */
enum http_result transfer_judge(const struct transfer *t, CURLcode code,
				char reason[HTTP_REASON_LEN]);

/* Seconds since 1970 of a date as HTTP has it; 0: it is none. */
int64_t transfer_date_s(const char *text);

/*
 * True where it is not to be sent twice and somebody may have done it: then it was not refused,
 * whatever libcurl met afterwards on another connection.
 */
bool transfer_may_be_done(const struct transfer *t);

/* With this code: behind the handshake of TLS, and before the request. */
bool transfer_was_cut(const struct transfer *t, CURLcode code);

/* A time-out as libcurl wants it, where 0 is none. */
long transfer_ms(int64_t ms);

#endif
