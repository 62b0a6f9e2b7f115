/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scripted HTTP server on loopback, in a thread: each request that arrives is
 * dealt with as the next line of the script says, the last line repeating.  A client that begins
 * with HTTP/2 is spoken to in gRPC (fixture_grpc.h), in which the script's words are those of
 * etcd's JSON gateway all the same.
 */
#ifndef TESTS_DATASTORE_FIXTURE_SERVER_H
#define TESTS_DATASTORE_FIXTURE_SERVER_H

#include <stddef.h>

enum server_act {
	SERVE,		/* answer with status and body */
	SERVE_UNSAID,	/* the same by gRPC, and say not how it ended; by HTTP/1.1, as HANG_UP */
	SERVE_ECHO,	/* answer with the request's first line */
	SERVE_HALF,	/* announce the body, send half of it, close */
	SERVE_STREAM,	/* answer with the body in chunks, and leave the answer open */
	SERVE_STREAM_END,	/* the same, and its end */
	SERVE_STREAM_CUT,	/* the same, and close without it */
	SERVE_DRIP,	/* the same as SERVE, five bytes at a time, 50 ms between them */
	SERVE_RAW,	/* send `head` and `body` as they are, `again` times the latter, close */
	SERVE_RAW_KEEP,	/* the same, and leave the connection open */
	DIE,		/* read the request, close, and listen no more */
	HANG,		/* read the request and never answer */
	HANG_UP,	/* read the request and close */
	RESET,		/* break the connection off at the first bytes; only as the first line */
	SERVE_HTTP2,	/* read the request, answer as a port for gRPC alone does, close */
	FORWARD,	/* pass on to `upstream` and answer what it answers */
	FORWARD_LOSE,	/* pass on to `upstream`, lose the answer, close */
};

struct server_line {
	enum server_act act;
	int status;		/* 0: 200 */
	const char *body;
	size_t chunk;		/* bytes of a stream's chunk, 0: all in one */
	const char *head;
	size_t head_len, body_len;	/* of what is sent as it is; 0: they end with a NUL */
	const char *tail;	/* sent as it is behind the last body */
	size_t tail_len;
	size_t again;		/* 0: once; SIZE_MAX: for ever */
	unsigned pause_us;	/* after each byte of head and body; 0: all at once */
};

struct server;

/* The script outlives the server.  `upstream` is "http://127.0.0.1:port" or NULL. */
struct server *server_start(const struct server_line *script, size_t n, const char *upstream);
void server_stop(struct server *s);

/*
 * Who begins with this version of HTTP, 1 or 2, is told this from now on, which outlives the
 * server, and hung up on.
 */
void server_refuse(struct server *s, int version, const char *answer);

const char *server_url(const struct server *s);
/* Requests seen so far, and the text of the i-th (head and body). */
size_t server_requests(struct server *s);
const char *server_request(struct server *s, size_t i);
/* Connections accepted so far. */
size_t server_connections(struct server *s);

#endif
