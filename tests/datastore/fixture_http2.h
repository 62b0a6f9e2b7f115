/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server of HTTP/2 with TLS on loopback, in threads.  What it does with a request says the
 * path's first word:
 *
 *	/lost		breaks the stream off
 *	/silent		never answers
 *	/endless	answers without end
 *	/busy		429, Retry-After: 3
 *	/goaway		answers, and says that no later stream of this connection is looked at
 *	/leaving	answers, and says then that streams begun are the last
 *	/cut		closes the connection
 *	/reset		breaks it off
 *	/garbage	sends what is no frame, and nothing more
 *
 * and every other path is answered with method, path and body.
 */
#ifndef TESTS_DATASTORE_FIXTURE_HTTP2_H
#define TESTS_DATASTORE_FIXTURE_HTTP2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http2_manners {
	const char *certificate, *key;	/* files */
	bool http1;		/* speaks HTTP/1.1 only; answers with the first line, but to
				 * /reset */
	const char *authority;	/* file: client certificates of it are wanted; NULL: none */
	uint32_t streams;	/* at once, on a connection; 0: 100 */
	bool tls12;		/* speaks no later version */
	bool breaks_resumed;	/* a handshake in which a session is offered breaks off */
	int port;		/* 0: any */
	size_t hold;		/* the first so many answers are kept back, and sent the last
				 * first; may be set between two rounds */
};

struct http2_server;

/* The manners outlive the server. */
struct http2_server *http2_start(const struct http2_manners *manners);
void http2_stop(struct http2_server *s);	/* s may be NULL; its clients have gone */

int http2_port(const struct http2_server *s);
/* Handshakes done and requests seen so far. */
size_t http2_connections(struct http2_server *s);
size_t http2_requests(struct http2_server *s);
/* The most streams that were open at once on one connection. */
size_t http2_streams(struct http2_server *s);
/* Those of the handshakes that took up an earlier session. */
size_t http2_resumed(struct http2_server *s);
/* Sessions from before are not known any more, as after a restart. */
void http2_forget_sessions(struct http2_server *s);
/* Of connections from now on the certificate is this one.  Both are files. */
void http2_change_certificate(struct http2_server *s, const char *certificate, const char *key);
/* Signs a certificate anew, which then ends in so many seconds.  All are files. */
void http2_shorten(const char *certificate, const char *authoritys_key, long seconds);
/* The name that the last client asked for in its handshake, "" if none. */
const char *http2_name_asked(struct http2_server *s);

#endif
