/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to an API server, several at once, and what their answers mean.
 *
 * What may pass by waiting is tried again.  A server that is busy (429, with its Retry-After)
 * and, of reads, one that has trouble of its own (5xx) are asked until the deadline; one that
 * refuses connections four times and, of reads, one that loses them seven times, if the
 * deadline comes no sooner.  A write is sent at most once unless it is known that nothing was
 * done, or it does nothing twice, which counts as a read; else its error is
 * ERR_UNKNOWN_OUTCOME.
 */
#ifndef DATASTORE_KUBERNETES_API_H
#define DATASTORE_KUBERNETES_API_H

#include "base/clock.h"
#include "datastore/http/round.h"
#include "datastore/kubernetes/access/access.h"
#include "datastore/kubernetes/kind.h"

#define API_PATH_MAX 3500	/* bytes */
#define API_PLACE_LEN 300
#define API_SILENCE_MS 10000
#define API_CONNECT_MS 3000

struct api {
	struct access access;
	struct http *http;
	enum group group;
	struct deadline deadline;
	unsigned long requests;
	char place[API_PLACE_LEN];	/* "Kubernetes API server https://10.0.0.1:6443" */
};

int api_init(struct api *a, const struct settings *settings, struct deadline deadline,
	     struct err *e);
void api_done(struct api *a);

enum api_outcome {
	API_FAILED,	/* not answered: the round has failed */
	API_DONE,	/* 2xx */
	API_ABSENT,	/* 404: there is no such object */
	API_NO_KIND,	/* 404: the server does not know the kind */
	API_CONFLICT,	/* 409: another version, or it exists */
	API_EXPIRED,	/* 410: a list's token */
	API_TOO_LARGE,	/* more than HTTP_ANSWER_MAX, of what may be asked for in parts */
};

struct api_call {
	const char *method;	/* a literal */
	bool again;		/* of a write: it does nothing twice, as a read */
	bool in_parts;		/* of a read: less can be asked for */
	struct buf path, body;
	struct buf answer;
	enum api_outcome outcome;
	bool forbidden;		/* 403: the round has failed */
};

void api_call_init(struct api_call *c, const char *method);
void api_call_done(struct api_call *c);

/* What a server says that refuses; true if it is a Status of Kubernetes'. */
#define API_WORDS_LEN 260	/* bytes, NUL included */
bool api_read_status(const struct buf *answer, char words[API_WORDS_LEN]);

/* A text within a query. */
void api_add_escaped(struct buf *out, const char *text);

/* All of them; -1: at least one has no outcome, and the error is its. */
int api_round(struct api *a, struct api_call *calls, size_t n, struct err *e);

#endif
