/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client (client.h) has at hand while it asks its servers, and for how long it waits for
 * which of them.
 */
#ifndef DATASTORE_ETCD_ASKING_H
#define DATASTORE_ETCD_ASKING_H

#include "datastore/etcd/endpoints.h"
#include "datastore/etcd/language.h"
#include "datastore/etcd/wire.h"
#include "datastore/http/http.h"

#define CLIENT_CONNECT_MS 3000
#define CLIENT_NEXT_MS 250		/* the head start of one server before the next */
#define CLIENT_NEXT_ALL_MS 2000		/* of all of them together */
#define CLIENT_ANSWER_MS 10000
#define CLIENT_SILENCE_MS 10000
#define CLIENT_PAUSE_MS 25		/* the first pause; each next is twice as long */
#define CLIENT_PAUSE_MAX_MS 1000
#define CLIENT_REFUSED_PAUSE_MS 100	/* before the second and last round when nobody listens */
#define CLIENT_LOST_ROUNDS 6		/* rounds in which connections break, about 1.5 s */

extern int64_t client_silence_ms;	/* CLIENT_SILENCE_MS; tests have less time */

struct client {
	struct endpoints endpoints;
	struct http *http;
	char *user, *password;	/* NULL unless both were given; owned */
	char *token;		/* owned; NULL until authenticated */
	bool broken;		/* the last answer was lost with its connection */
	bool cut;		/* or the connection before anything was sent */
	bool auth_off;		/* the cluster asks nobody for a name */
	struct deadline deadline;
	unsigned long requests;	/* HTTP requests sent */
	struct buf body, answer;	/* of the last request, as they travel */
	struct language language;
	enum wire_refusal refusal;	/* after a failure: what etcd meant */
	bool refused;		/* `refusal` is of the last call */
};

/* What mends a full etcd, in words that an error ends with. */
#define CLIENT_MAKE_ROOM "make room with etcdctl compact and etcdctl defrag, then etcdctl alarm " \
			 "disarm"

#endif
