/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A watch over etcd: one stream, with a watch for each prefix.
 *
 * The stream goes to the server that the client's requests go to, and moves with them. It
 * is opened anew, from the first revision not shown, when its connection breaks, when
 * etcd cancels a watch, or when it is not to be trusted any more: the gateway may be
 * silent for ten minutes (progress is told that seldom), so that a server that has
 * stopped looks like a quiet one.  Hence a small read each WATCH_ALIVE_MS must succeed, at
 * the same server; and a connection whose other end is gone the kernel finds.
 *
 * A token that etcd knows no more is renewed once, then the refusal is told.
 */
#ifndef DATASTORE_ETCD_WATCH_H
#define DATASTORE_ETCD_WATCH_H

#include "datastore/etcd/client.h"
#include "datastore/feed.h"

#define ETCD_WATCH_MESSAGE_MAX (64 << 20)	/* bytes of one message */

/* WATCH_ALIVE_MS and WATCH_ANSWER_MS; tests are less patient. */
extern int64_t etcd_watch_alive_ms, etcd_watch_answer_ms;

/* As in backend.h; the client outlives the watch. */
int etcd_watch_begin(struct client *c, void **ret_source, struct err *e);
void etcd_watch_end(void *source);
int etcd_watch_take(void *source, struct feed *f, struct err *e);

#endif
