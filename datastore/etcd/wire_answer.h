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

/* What is absent or, for a list, null is false, or empty; -1: of another type. */
int wire_bool(const struct cJSON *object, const char *name, bool *ret);
int wire_list(const struct cJSON *object, const char *name, struct cJSON **ret_first);

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
int wire_decode(struct wire_record *d, const struct cJSON *kv, struct err *e);

/* Keys that no reader could name are passed over. */
bool wire_key_is_text(const struct buf *key);

/* The first line of a text, as far as it is plain. */
void wire_words(char words[WIRE_TEXT_LEN], const char *text, size_t len);

/* What etcd means by its words and, where they do not tell, gRPC's code. */
enum wire_refusal wire_meaning(uint64_t code, const char *message);

#endif
