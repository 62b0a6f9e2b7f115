/* SPDX-License-Identifier: Apache-2.0 */
/*
 * etcd's JSON gateway: the same messages as text, over HTTP/1.1, for a server, or somebody in
 * front of it, that does not speak gRPC.  Pure: no I/O.
 *
 * Source: etcd's api/etcdserverpb/rpc.proto as grpc-gateway maps it.  Keys and values are
 * base64, 64-bit numbers are strings, enumerations words, and what is zero is left out.  A watch
 * answers a message a line: {"result": a WatchResponse} or, once and last, {"error": a status
 * of gRPC's}.
 */
#ifndef DATASTORE_ETCD_GATEWAY_H
#define DATASTORE_ETCD_GATEWAY_H

#include "base/clock.h"
#include "datastore/etcd/wire.h"

/* Bytes of a request's text: base64, names and braces included. */
#define GATEWAY_JSON_MAX (8 << 20)

/* "/v3/kv/txn" */
const char *gateway_path(enum wire_call call);

/* Appends a request's message, which is one of wire.c's, as text. */
void gateway_print(enum wire_call call, const char *message, size_t len, struct buf *out);

/*
 * Appends the message that an answer's text, of HTTP status 200, stands for.  ERR_UNAVAILABLE
 * when this is no answer of etcd's, or takes too long.
 */
int gateway_read(enum wire_call call, const char *text, size_t len, struct deadline until,
		 struct buf *ret, struct err *e);

/* What an answer of another status means, and its words. */
enum wire_refusal gateway_refusal(long status, const char *text, size_t len,
				  char words[WIRE_TEXT_LEN]);

/*
 * A line of a watch.  True: *ret_rc is of gateway_read() of its result.  False: it is an error,
 * the stream is over, and these are its meaning and words.
 */
bool gateway_read_watch(const char *line, size_t len, struct buf *ret, int *ret_rc,
			enum wire_refusal *ret_refusal, char words[WIRE_TEXT_LEN],
			struct err *e);

#endif
