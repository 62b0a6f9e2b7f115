/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How etcd's gateway writes records and numbers, for those who read its answers (wire.h)
 * and the messages of its watches (wire_watch.h).
 */
#ifndef DATASTORE_ETCD_WIRE_ANSWER_H
#define DATASTORE_ETCD_WIRE_ANSWER_H

#include "datastore/etcd/wire.h"

/* A 64-bit number of protobuf's JSON: text, or a plain number; 0 when absent. */
int wire_number(const struct cJSON *object, const char *name, uint64_t *ret);

/* ERR_UNAVAILABLE: "the answer does not look like etcd v3: …". */
int wire_not_etcd(struct err *e, const char *what);

/* One record, decoded, with its bytes. */
struct wire_record {
	struct buf key, value;
	uint64_t revision;
};

void wire_record_init(struct wire_record *d);
void wire_record_done(struct wire_record *d); /* also for __cleanup */
int wire_decode(struct wire_record *d, const struct cJSON *kv, struct err *e);

/* Keys that no reader could name are passed over. */
bool wire_key_is_text(const struct buf *key);

/* The first line of a text, as far as it is plain. */
void wire_words(char words[WIRE_TEXT_LEN], const char *text, size_t len);

/* What etcd means by its words and, where they do not tell, gRPC's code. */
enum wire_refusal wire_meaning(uint64_t code, const char *message);

#endif
