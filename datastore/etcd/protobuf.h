/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Protocol buffers as they travel: what etcd's messages are made of.  Pure: no I/O.
 *
 * Source: protobuf.dev/programming-guides/encoding.  Which number is which field, and what a
 * message means, its reader and writer know (wire.c, wire_answer.c, wire_watch.c).
 */
#ifndef DATASTORE_ETCD_PROTOBUF_H
#define DATASTORE_ETCD_PROTOBUF_H

#include "base/buf.h"

/* Appends a number, a flag or an enumeration; 0 is the default, and is left out. */
void protobuf_number(struct buf *out, unsigned field, uint64_t n);
/* Appends bytes or a text, also none: within a choice of fields that tells which it is. */
void protobuf_bytes(struct buf *out, unsigned field, const void *data, size_t len);

/*
 * Begins a message within the message; what is appended until its end is within it.  Returns
 * what its end is called with.
 */
size_t protobuf_begin(struct buf *out, unsigned field);
void protobuf_end(struct buf *out, size_t begun);

enum protobuf_type {
	PROTOBUF_NUMBER = 0,
	PROTOBUF_FIXED64 = 1,	/* none of etcd's are, nor of */
	PROTOBUF_BYTES = 2,	/* or a text, or a message */
	PROTOBUF_FIXED32 = 5,
};

/* A message that is being read; it borrows the bytes. */
struct protobuf {
	const char *at, *end;
	bool bad;		/* it ends too soon, or is none */
	/* The field at hand: */
	unsigned field;
	enum protobuf_type type;
	uint64_t number;	/* PROTOBUF_NUMBER */
	const char *data;	/* PROTOBUF_BYTES, not followed by a NUL */
	size_t len;
};

struct protobuf protobuf_of(const char *data, size_t len);
/* To the next field; false: there is none, or p->bad. */
bool protobuf_next(struct protobuf *p);
/* The message that the field at hand is. */
struct protobuf protobuf_within(const struct protobuf *p);

#endif
