/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What travels between a view and etcd: the messages of its v3 API, as protobuf.  Pure: no I/O.
 *
 * How they travel is client.h's: by gRPC, or, where that is not spoken, through etcd's JSON
 * gateway (gateway.h).  The fields are those of rpc.h.
 */
#ifndef DATASTORE_ETCD_WIRE_H
#define DATASTORE_ETCD_WIRE_H

#include "base/buf.h"
#include "base/err.h"
#include "datastore/guards.h"
#include "datastore/view.h"

#define WIRE_OPS_MAX 128		/* etcd's --max-txn-ops as delivered */
/* Bytes of one request as etcd counts them; etcd's own limit is 1.5 MiB. */
#define WIRE_REQUEST_MAX (1400 * 1024)
/* Bytes of a request's message, whatever etcd may say of it. */
#define WIRE_MESSAGE_MAX (4 << 20)
#define WIRE_TEXT_LEN 200		/* bytes of a refusal's words, NUL included */

/*
 * Appends a transaction that reads n ranges as they were at a revision of the store, 0: as
 * they are; n is at most WIRE_OPS_MAX.
 */
void wire_read(struct buf *out, const struct range *list, size_t n, uint64_t revision);

/* Appends a prefix as these two fields, for requests that are no transaction. */
void wire_prefix(struct buf *out, unsigned key, unsigned range_end, const char *prefix);

/*
 * Appends the read of one page of a prefix: keys above `after` (NULL: from its first), which
 * may be any bytes.
 */
struct wire_page {
	const char *prefix;
	const struct buf *after;
	unsigned limit;		/* records */
	uint64_t revision;	/* of the store to read at; 0: the newest */
};
void wire_read_page(struct buf *out, const struct wire_page *page);

/* Appends the read of one key as it was at a revision of the store; 0: as it is. */
void wire_read_at(struct buf *out, const char *key, uint64_t revision);

/*
 * True if a stale commit of this view is answered with the fresh view at once.  One of a
 * mirror's is seldom stale, and each range that it would be answered with costs etcd as much as
 * a compare, each time: it is read when it is needed.
 */
bool wire_can_refresh(const struct view *view);

/*
 * Appends the transaction of a commit: the guards as compares, the puts and deletes, and
 * in its failure branch the view's ranges if wire_can_refresh().  ERR_LIMIT above
 * WIRE_OPS_MAX operations in one list or WIRE_REQUEST_MAX bytes.
 */
int wire_commit(struct buf *out, const struct view *view, const struct changes *changes,
		const struct guards *guards, struct err *e);

/*
 * Appends a transaction that puts nothing, as no version is less than 0: etcd refuses it where it
 * refuses to write that key.
 */
void wire_write_nothing(struct buf *out, const char *key);

/* The request for a token. */
void wire_authenticate(struct buf *out, const char *user, const char *password);

/* What is asked of etcd. */
enum wire_call {
	WIRE_TXN,
	WIRE_AUTHENTICATE,
	WIRE_STATUS,	/* of the member that answers; its request has no field */
	WIRE_WATCH,	/* wire_watch.h */
	WIRE_CALLS
};

/* An answer, as the message that it came as; of a large one nothing is held twice. */
struct wire_answer {
	struct buf own;		/* what `message` lies in, if the answer owns it */
	const char *message;
	size_t len;
	uint64_t revision;	/* of the store */
	bool succeeded;
	char *token;		/* owned; NULL: none */
	bool full;		/* of a member's status: its cluster takes no writes */
};

/* Borrows the message.  ERR_UNAVAILABLE when this is no answer of etcd's. */
int wire_parse(enum wire_call call, const char *message, size_t len, struct wire_answer *ret,
	       struct err *e);
void wire_answer_done(struct wire_answer *a); /* also for __cleanup */

/* Fills the view with the answers to n ranges; ERR_UNAVAILABLE when they do not match. */
int wire_fill(struct view *view, const struct range *list, size_t n, const struct wire_answer *a,
	      struct err *e);

/*
 * Shows the records of one page, and returns what the visitor returned last.  With 0,
 * *ret_more says whether another page follows, and then `last` (page->after may be it) is this
 * one's last key, text or not.
 */
int wire_visit_page(const struct wire_page *page, const struct wire_answer *a,
		    record_visitor *visit, void *arg, struct buf *last, bool *ret_more,
		    struct err *e);

/* What an answer that is no success means. */
enum wire_refusal {
	REFUSED_FOR_NOW,	/* no leader, member stopping, time-out inside etcd */
	REFUSED_BUSY,		/* "too many requests", or a learner: not even begun */
	REFUSED_CREDENTIALS,	/* wrong user or password */
	REFUSED_RIGHT,		/* the user may not touch one of the keys */
	REFUSED_TOKEN,		/* the token is unknown or outdated: get another */
	REFUSED_AUTH_OFF,	/* the cluster has no authentication to ask for */
	REFUSED_COMMON_NAME,	/* the gateway takes no certificate that names somebody */
	REFUSED_SPACE,		/* the database is full */
	REFUSED_SIZE,		/* request too large, too many operations */
	REFUSED_COMPACTED,	/* the revision asked for is gone */
	REFUSED,		/* something else, in etcd's words; nothing was done */
	REFUSED_NOT_ETCD,	/* no answer of etcd's */
	REFUSED_BY_GATEWAY,	/* 5xx that is not etcd's: somebody in between */
};

/* What etcd means by its words and, where they do not tell, gRPC's code. */
enum wire_refusal wire_meaning(uint64_t code, const char *message);

/* The first line of a text, as far as it is plain. */
void wire_words(char words[WIRE_TEXT_LEN], const char *text, size_t len);

#endif
