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
 * etcd is asked by gRPC (grpc.h), which costs it half as much as its JSON gateway (gateway.h);
 * through that where gRPC is not spoken (language.h).
 *
 * A commit is sent at most once: when it may have arrived and no answer came, the
 * error is ERR_UNKNOWN_OUTCOME.
 */
#ifndef DATASTORE_ETCD_CLIENT_H
#define DATASTORE_ETCD_CLIENT_H

#include "datastore/etcd/asking.h"

int client_init(struct client *c, const struct settings *settings, struct deadline deadline,
		struct err *e);
void client_done(struct client *c);

/*
 * Runs a transaction; the caller frees *ret_answer.  Errors as in datastore.h, each
 * naming the endpoint.
 */
int client_read(struct client *c, const struct buf *txn, struct wire_answer *ret_answer,
		struct err *e);
int client_commit(struct client *c, const struct buf *txn, struct wire_answer *ret_answer,
		  struct err *e);

/* Asks for something else than records, by a request that may be sent again. */
int client_ask(struct client *c, enum wire_call call, const struct buf *message,
	       struct wire_answer *ret_answer, struct err *e);

/* True if the last call failed because the revision asked for has been compacted away. */
bool client_met_compaction(const struct client *c);
/* True if the last call was refused because the user may not touch one of its keys. */
bool client_lacks_right(const struct client *c);

/*
 * Begins a watch, as a stream (http.h), at the server that answered last, under the client's name;
 * who asked is told by *ret_server which of the endpoints that is.  c->language says how its
 * messages come.  The caller closes it before client_done().
 */
int client_watch(struct client *c, const struct buf *messages, struct http_stream **ret_stream,
		 size_t *ret_server, struct err *e);

/*
 * What the clock of the server says that answered last, 0 if it does not say.  By gRPC etcd tells
 * no date; of any answer of HTTP/1.1 it does, which is asked for then.
 */
int64_t client_server_time_s(struct client *c);

/* The next request asks for another, where the client has a user. */
void client_forget_token(struct client *c);

#endif
