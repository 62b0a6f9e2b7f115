/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request to a cluster: which server, how long, how often, under which name.
 *
 * Servers are tried in turn, the last good one first.  One that cannot be reached costs
 * at most CLIENT_CONNECT_MS or a third of what is left, and where there are others they are
 * tried beside it before that, so that all have been within CLIENT_NEXT_ALL_MS.  One that
 * takes the request and then is silent for CLIENT_SILENCE_MS is passed over, and where there
 * are others, one that takes longer for its whole answer than CLIENT_ANSWER_MS or half of what
 * is left.  What may pass by waiting is tried again until the deadline, with growing pauses;
 * what no waiting mends is answered as soon as every server has been asked.
 *
 * A commit is sent at most once: when it may have arrived and no answer came, the
 * error is ERR_UNKNOWN_OUTCOME.
 */
#ifndef DATASTORE_ETCD_CLIENT_H
#define DATASTORE_ETCD_CLIENT_H

#include "datastore/etcd/endpoints.h"
#include "datastore/http/http.h"
#include "datastore/etcd/wire.h"

#define CLIENT_CONNECT_MS 3000
#define CLIENT_NEXT_MS 250		/* the head start of one server before the next */
#define CLIENT_NEXT_ALL_MS 2000		/* of all of them together */
#define CLIENT_ANSWER_MS 10000
#define CLIENT_SILENCE_MS 10000
#define CLIENT_PAUSE_MS 25		/* the first pause; each next is twice as long */
#define CLIENT_PAUSE_MAX_MS 1000
#define CLIENT_REFUSED_PAUSE_MS 100	/* before the second and last round when nobody listens */
#define CLIENT_LOST_ROUNDS 6		/* rounds in which connections break, about 1.5 s */

extern int64_t client_silence_ms;	/* CLIENT_SILENCE_MS; tests have less time */

struct client {
	struct endpoints endpoints;
	struct http *http;
	char *user, *password;	/* NULL unless both were given; owned */
	char *token;		/* owned; NULL until authenticated */
	bool broken;		/* the last answer was lost with its connection */
	bool auth_off;		/* the cluster asks nobody for a name */
	struct deadline deadline;
	unsigned long requests;	/* HTTP requests sent */
	struct buf answer;	/* text of the last answer */
	enum wire_refusal refusal;	/* after a failure: what etcd meant */
	bool refused;		/* `refusal` is of the last call */
};

int client_init(struct client *c, const struct settings *settings, struct deadline deadline,
		struct err *e);
void client_done(struct client *c);

/* What mends a full etcd, in words that an error ends with. */
#define CLIENT_MAKE_ROOM "make room with etcdctl compact and etcdctl defrag, then etcdctl alarm " \
			 "disarm"

/*
 * Runs a transaction; the caller frees *ret_answer.  Errors as in datastore.h, each
 * naming the endpoint.
 */
int client_read(struct client *c, const struct buf *txn, struct wire_answer *ret_answer,
		struct err *e);
int client_commit(struct client *c, const struct buf *txn, struct wire_answer *ret_answer,
		  struct err *e);

/* Asks for something else than records, by a request that may be sent again. */
int client_ask(struct client *c, const char *path, const struct buf *body,
	       struct wire_answer *ret_answer, struct err *e);

/* True if the last call failed because the revision asked for has been compacted away. */
bool client_met_compaction(const struct client *c);
/* True if the last call was refused because the user may not touch one of its keys. */
bool client_lacks_right(const struct client *c);

/*
 * Begins a stream (http.h) at the server that answered last, under the client's name; who
 * asked is told by *ret_server which of the endpoints that is.  The caller closes it
 * before client_done().
 */
int client_stream(struct client *c, const char *path, const struct buf *body,
		  struct http_stream **ret_stream, size_t *ret_server, struct err *e);

/* ERR_DENIED: a server's words about who asks. */
int client_set_denied(const struct client *c, size_t server, const char *words, struct err *e);

/* The next request asks for another, where the client has a user. */
void client_forget_token(struct client *c);

#endif
