/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watching: what becomes of the records under some prefixes, from a moment on.
 *
 *	datastore_watch(ds, &view, prefixes, n, &watch, e);
 *	for (;;) {
 *		datastore_set_deadline(ds, …);
 *		watch_take(watch, visit, arg, e);
 *		poll(… watch_fd(watch), and whatever else the caller waits for …);
 *	}
 *	watch_close(watch);
 *
 * What is promised, by every store:
 *
 *   - It goes on from what `from`, a view, knows of the prefixes (keys without values
 *     are enough); without a view from nothing, so that all that is there comes first.
 *   - Of each key the last state is shown, a record or that it was deleted (a record
 *     whose value is NULL), and none twice.  States in between may be left out.  The
 *     states of one key come in their order.
 *   - It holds through lost connections, servers that die and compactions.  Where the
 *     store has forgotten what was in between, the prefix is read anew, and what differs
 *     from what was shown is shown, deletions included.
 *   - Nothing waits but requests: a prefix that is read anew, the question each
 *     WATCH_ALIVE_MS whether a remote store is still there (at most WATCH_ANSWER_MS),
 *     and a user's name and password.  They keep to the deadline of the datastore.
 *
 * The cost in memory: a key and its revision for each record under the prefixes, some 64
 * bytes and the key's length; and the message that is just arriving, which etcd cuts at
 * about 2 MB, but one revision is never cut.  Values are not kept.
 *
 * The datastore may be used meanwhile, but not by the visitor, and outlives the watch.
 */
#ifndef DATASTORE_WATCH_H
#define DATASTORE_WATCH_H

#include "datastore/datastore.h"

#define WATCH_PREFIXES_MAX 16
#define WATCH_ALIVE_MS 15000	/* from one question whether the store is there to the next */
#define WATCH_ANSWER_MS 5000	/* for its answer, and for a stream's first words */
#define WATCH_PAUSE_MS 100	/* after a failure; each next pause is twice as long */
#define WATCH_PAUSE_MAX_MS 1000	/* so soon is a store used that is back */

struct watch;

/*
 * ERR_UNSUPPORTED where the store has no watch; ERR_LIMIT; ERR_INTERNAL for a prefix that
 * the view does not know.  Sends nothing: the first watch_take() does, and need not be
 * waited for.
 */
int datastore_watch(struct datastore *ds, const struct view *from, const char *const *prefixes,
		    size_t n, struct watch **ret_watch, struct err *e);
void watch_close(struct watch *w);	/* w may be NULL */
void watch_closep(struct watch **w);	/* for __cleanup */

/* One file descriptor for the watch's life, readable when watch_take() has something to do. */
int watch_fd(const struct watch *w);

/* Whether the store was watching for us, as of the last watch_take() that returned 0. */
bool watch_stands(const struct watch *w);

/*
 * Shows what has come.  After -1 the watch stands, and its file descriptor is readable
 * when it is to be tried again: what fails now may pass, and the caller decides how long
 * that is good enough.  What the visitor has taken is not shown again; after
 * VISIT_ENOUGH or an error of its own the rest comes with the next call, whenever the
 * caller is ready for it.
 */
int watch_take(struct watch *w, record_visitor *visit, void *arg, struct err *e);

#endif
