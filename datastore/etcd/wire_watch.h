/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What travels over a watch of etcd's gateway, /v3/watch.  Pure: no I/O.
 *
 * The request is a row of create_requests, one a prefix, each with an id of ours; the
 * answer a row of messages, one a line, of any length: {"result": a WatchResponse of
 * etcd's rpc.proto} or, once and last, {"error": a status of gRPC's}.
 */
#ifndef DATASTORE_ETCD_WIRE_WATCH_H
#define DATASTORE_ETCD_WIRE_WATCH_H

#include "datastore/etcd/wire_answer.h"

/*
 * Appends the creation of one watch: what happens under the prefix from a revision on.
 * The id is above 0; etcd may cut a message between events, but a revision's are one.
 */
void wire_watch(struct buf *out, const char *prefix, uint64_t from, uint64_t id);

/* One message; it owns its tree. */
struct wire_message {
	struct cJSON *tree;
	struct cJSON *next;	/* event not yet shown */
	uint64_t id;		/* of the watch */
	bool created;
	bool canceled;		/* nothing more will come of this watch */
	bool partial;		/* the rest of its events is in the next message */
	uint64_t compacted;	/* canceled, as what is older than this revision is gone; else 0 */
	bool is_error;		/* the stream is over */
	enum wire_refusal refusal;	/* of an error, or of a cancellation for other reasons */
	char words[WIRE_TEXT_LEN];	/* its reason */
};

/* One line.  ERR_UNAVAILABLE when this is no message of etcd's. */
int wire_message_parse(const char *line, size_t len, struct wire_message *ret, struct err *e);
void wire_message_done(struct wire_message *m); /* also for __cleanup */

/*
 * The next event: 1 with *ret filled, its bytes in `scratch`, its value NULL if the key
 * was deleted; 0 at the end; -1.  A key that no reader could name is passed over.
 */
int wire_message_event(struct wire_message *m, struct wire_record *scratch, struct record *ret,
		       struct err *e);

#endif
