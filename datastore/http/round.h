/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A round: several requests to one server, sent at once and answered in any order.
 *
 *	http_round(h, &common, calls, n);	until each of them has its result
 *
 * With TLS, where the server speaks HTTP/2 (ALPN), they share one connection; where it
 * does not, and without TLS, they go over HTTP_ROUND_CONNECTIONS of HTTP/1.1 at most, one
 * after the other on each.  One, because a handshake is most of what a client's round costs
 * (docs/BENCH-TLS.md).  Connections are kept from round to round.  A server that allows
 * fewer streams than there are calls has the rest wait, or go over more of those connections.
 */
#ifndef DATASTORE_HTTP_ROUND_H
#define DATASTORE_HTTP_ROUND_H

#include "datastore/http/http.h"

#define HTTP_CALLS_MAX 64
#define HTTP_ROUND_CONNECTIONS 4
#define HTTP_CALL_URL_LEN 4096	/* bytes of URL and path, NUL included */
#define HTTP_RETRY_AFTER_MAX_S 86400	/* whoever is told more is told this */

struct http_call {
	/* The caller's, needed during the call alone. */
	const char *method;	/* "GET", "PUT", "POST" or "DELETE" */
	const char *path;	/* behind the URL, with its query */
	const char *body;	/* JSON; NULL: none */
	size_t body_len;
	struct buf *answer;	/* filled; its limit is the answer's; no two calls' are the same */

	enum http_result result;	/* never HTTP_GOING */
	long status;		/* 0 unless the answer's head came */
	int64_t retry_after_s;	/* what Retry-After asks for, in either form; -1: nothing */
	char reason[HTTP_REASON_LEN];	/* in words what went wrong, "" if answered */
};

/*
 * Sends 1 to HTTP_CALLS_MAX calls to common->url and returns when each has a result, after
 * common->total_ms at the latest.  Where none could be sent for common->connect_ms all are
 * HTTP_UNREACHED.  After common->silence_ms without a byte to or from the server the calls
 * that are left are HTTP_TIMEOUT, or HTTP_UNREACHED: not sent yet.
 *
 * What is not a GET is sent once at most.  A GET is sent again, unless common->once, when a
 * kept connection died under it or the server did not take it: GOAWAY, or a stream too
 * many, which can only be where no earlier round has learned how many the server allows.
 *
 * HTTP_REFUSED, HTTP_UNREACHED, HTTP_DENIED and HTTP_FILE mean, as elsewhere, that nothing
 * was done by this call; those of a server that was not reached are the same for all.
 * As a client's certificate may be refused late (old_handshake in http.h), a connection
 * that is lost in the first round may mean just that, HTTP_UNREACHED and HTTP_LOST alike.
 *
 * Of `common` the URL (without a path, or with the part that all paths go on from),
 * authorization, once, old_handshake and the time limits are looked at, next_ms excepted.
 */
void http_round(struct http *h, const struct http_request *common, struct http_call *calls,
		size_t n);

#endif
