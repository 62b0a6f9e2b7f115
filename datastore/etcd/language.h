/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In which language a client asks its servers: gRPC, or the JSON gateway's.
 *
 * A setting may tell it for good.  Else it is found out, a call at a time: a call begins with
 * gRPC, or with JSON where that was met lately (endpoints.h), and turns to the other one once: at
 * an answer that is none of etcd's, or at the second connection in a row that is lost without an
 * answer, since the first may be chance.  Over TLS no loss says anything, for both sides have
 * agreed on HTTP/2 or not.  What has been understood once is spoken from then on, JSON for
 * LANGUAGE_JSON_S.
 */
#ifndef DATASTORE_ETCD_LANGUAGE_H
#define DATASTORE_ETCD_LANGUAGE_H

#include "base/clock.h"

#include <stdbool.h>

#define LANGUAGE_JSON_S 600	/* for which it is not doubted that gRPC is not spoken */

struct language {
	bool json;		/* is spoken now, else gRPC */
	enum { LANGUAGE_GUESSED, LANGUAGE_UNDERSTOOD, LANGUAGE_TOLD } source;
	bool first;		/* JSON is, where a call begins and it is guessed */
	bool turns;		/* the next round is in the other one */
	bool turned;		/* this call has */
	unsigned losses;	/* in a row */
	struct deadline until;	/* JSON that was understood */
};

/* told: the setting, "" if there is none; met_json: lately. */
void language_init(struct language *l, const char *told, bool met_json);

/* At the beginning of a call, and of each of its rounds; true: it is another language now. */
bool language_begin(struct language *l);
bool language_turn(struct language *l);

/* An answer that is none of etcd's, or a connection that was lost.  True: the next round turns. */
bool language_met_stranger(struct language *l);
bool language_met_loss(struct language *l, bool tls);
void language_was_understood(struct language *l);

#endif
