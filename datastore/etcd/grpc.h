/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gRPC around etcd's messages.  Pure: no I/O.
 *
 * Source: grpc.io, "gRPC over HTTP2".  A message travels behind five bytes: whether it is
 * compressed, which none is here, and its length, the highest byte first.
 */
#ifndef DATASTORE_ETCD_GRPC_H
#define DATASTORE_ETCD_GRPC_H

#include "datastore/etcd/wire.h"
#include "datastore/http/http.h"

#define GRPC_HEAD_LEN 5

/* "/etcdserverpb.KV/Txn" */
const char *grpc_path(enum wire_call call);

/* Appends a request's message, or those of a watch one by one, as they travel. */
void grpc_print(enum wire_call call, const char *message, size_t len, struct buf *out);

/* The length of the message behind these GRPC_HEAD_LEN bytes; -1: they begin none. */
int64_t grpc_len(const char *head);

/* Finds the one message of an answer's body.  ERR_UNAVAILABLE when there is none, or more. */
int grpc_read(const char *body, size_t len, const char **ret_message, size_t *ret_len,
	      struct err *e);

/* What a call's end that is no success means, and its words. */
enum wire_refusal grpc_refusal(const struct http_grpc *end, char words[WIRE_TEXT_LEN]);

#endif
