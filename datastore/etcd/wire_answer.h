/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records within etcd's messages, for those who read its answers (wire.h) and the messages of its
 * watches (wire_watch.h).
 */
#ifndef DATASTORE_ETCD_WIRE_ANSWER_H
#define DATASTORE_ETCD_WIRE_ANSWER_H

#include "datastore/etcd/protobuf.h"
#include "datastore/etcd/wire.h"

/* The field at hand; false if it is of another type. */
bool wire_take_number(const struct protobuf *p, uint64_t *ret);
bool wire_take_flag(const struct protobuf *p, bool *ret);
bool wire_take_message(const struct protobuf *p, struct protobuf *ret);

/* ERR_UNAVAILABLE: "the answer does not look like etcd v3: …". */
int wire_not_etcd(struct err *e, const char *what);

#define WIRE_KEY_MAX (64 << 20)	/* bytes: as much as an answer can have */

/* One record, decoded, with its bytes: the key is not empty, the revision not 0. */
struct wire_record {
	struct buf key, value;
	uint64_t revision;
	struct buf before;	/* the key of the one before, where order matters */
};

void wire_record_init(struct wire_record *d);
void wire_record_done(struct wire_record *d); /* also for __cleanup */
int wire_decode(struct wire_record *d, struct protobuf kv, struct err *e);

/* Keys that no reader could name are passed over. */
bool wire_key_is_text(const struct buf *key);

#endif
