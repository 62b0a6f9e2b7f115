/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection over which a scripted server is asked by gRPC.  Its requests are shown in the
 * gateway's words, "POST /v3/kv/txn HTTP/2", headers and JSON, and its answers come in them.
 * One request at a time.
 */
#ifndef TESTS_DATASTORE_FIXTURE_GRPC_H
#define TESTS_DATASTORE_FIXTURE_GRPC_H

#include "tests/datastore/fixture_server.h"

#include <stdbool.h>

struct talk;

/* True if these first bytes of a connection begin one. */
bool talk_begins(const char *data, size_t len);
/* A mute one sends nothing by itself. */
struct talk *talk_new(int fd, bool mute);
void talk_free(struct talk *t);	/* t may be NULL */

/* Takes what has arrived and sends what can be sent; false: the connection is over. */
bool talk_take(struct talk *t);
/* A request that has come whole, once; NULL: none. */
const char *talk_request(struct talk *t);

void talk_serve(struct talk *t, const struct server_line *line);
void talk_stream(struct talk *t, const struct server_line *line);
/* Asks another for it, whose answer may be lost. */
void talk_forward(struct talk *t, const char *upstream, bool lose);

#endif
