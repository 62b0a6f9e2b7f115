/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What became of a request to one server, for client.c: whether it is done, fails for good, or is
 * to be asked again, and whom and how.
 */
#ifndef DATASTORE_ETCD_JUDGE_H
#define DATASTORE_ETCD_JUDGE_H

#include "datastore/etcd/asking.h"

#define TALLY_LEN 400	/* bytes of the reasons of one round, NUL included */

/* What one request is about. */
struct asked {
	enum wire_call call;
	const struct buf *message;
	bool commit;
	struct wire_answer *answer;
};

enum outcome {
	DONE,
	FAILED,		/* for good; the error is set */
	/* The next server may do better: */
	NOBODY,		/* nobody listens */
	UNREACHED,	/* no connection */
	UNTRUSTED,	/* certificates */
	BAD_FILE,	/* a certificate file */
	STRANGE,	/* no etcd */
	SILENT,		/* no answer in time */
	BROKEN,		/* no whole answer */
	LATER,		/* etcd cannot now */
	OTHERWISE,	/* it is to be asked once more, in the other language */
	OUTCOMES,
};

/* What the servers said in one round. */
struct tally {
	unsigned n[OUTCOMES];
	char text[TALLY_LEN];
	size_t len;
};

/* Of server i of the endpoints, with the status of its answer, 0 if none came; notes why not. */
enum outcome judge_try(struct client *c, size_t i, const struct asked *asked, struct http_try *try,
		       long status, struct tally *t, struct err *e);

/* ERR_DENIED: a server's words about who asks. */
int judge_set_denied(const struct client *c, size_t server, const char *words, struct err *e);

/* A round's end: the kind of error that the most telling reason has. */
int tally_error(const struct tally *t, struct deadline deadline, struct err *e);
bool tally_wants_another(const struct tally *t, unsigned round, struct deadline deadline);
/* Before the next round. */
int64_t tally_pause_ms(const struct tally *t, unsigned round);

#endif
