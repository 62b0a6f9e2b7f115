/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What travels over a watch of etcd's.  Pure: no I/O.
 *
 * The request is a row of messages that create a watch each, one a prefix, with an id of ours; the
 * answer a row of messages, of any length.
 */
#ifndef DATASTORE_ETCD_WIRE_WATCH_H
#define DATASTORE_ETCD_WIRE_WATCH_H

#include "datastore/etcd/wire_answer.h"

/*
 * Appends the creation of one watch: what happens under the prefix from a revision on.
 * The id is above 0; etcd may cut a message between events, but a revision's are one.
 */
void wire_watch(struct buf *out, const char *prefix, uint64_t from, uint64_t id);

/* One message; it borrows its bytes. */
struct wire_message {
	struct protobuf rest;	/* in which the events that are not yet shown are */
	uint64_t id;		/* of the watch */
	bool created;
	bool canceled;		/* nothing more will come of this watch */
	bool partial;		/* the rest of its events is in the next message */
	uint64_t compacted;	/* canceled, as what is older than this revision is gone; else 0 */
	enum wire_refusal refusal;	/* of a cancellation for other reasons */
	char words[WIRE_TEXT_LEN];	/* its reason */
};

/* ERR_UNAVAILABLE when this is no message of etcd's. */
int wire_message_parse(const char *data, size_t len, struct wire_message *ret, struct err *e);

/*
 * The next event: 1 with *ret filled, its bytes in `scratch`, its value NULL if the key
 * was deleted; 0 at the end; -1.  A key that no reader could name is passed over.
 */
int wire_message_event(struct wire_message *m, struct wire_record *scratch, struct record *ret,
		       struct err *e);

#endif
