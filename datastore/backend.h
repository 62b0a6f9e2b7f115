/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a store must offer to stand behind datastore.h.
 *
 * A backend is one struct of functions; datastore.c has the one for each type.  The
 * contract suite (tests/contract) says what each must keep to.
 */
#ifndef DATASTORE_BACKEND_H
#define DATASTORE_BACKEND_H

#include "datastore/datastore.h"
#include "datastore/feed.h"
#include "datastore/fitness.h"
#include "datastore/guards.h"

/* What a store does for a watch (watch.h); it talks to the watch's feed. */
struct watch_source {
	/* Before anything is read: what happens from now on must not be missed. */
	int (*begin)(void *state, struct feed *f, void **ret_source, struct err *e);
	void (*end)(void *source);
	/*
	 * Says what has come, without waiting for more.  Called when nothing is lost, a
	 * first time right after begin, and whenever the feed wakes.
	 */
	int (*take)(void *source, struct feed *f, struct err *e);
};

struct backend {
	/* The settings, decided, live as long as the call. */
	int (*open)(void **ret_state, const struct settings *settings,
		    enum datastore_purpose purpose, struct deadline deadline, struct err *e);
	/* As datastore_prepare(), of settings that are decided; NULL: it has nothing to prepare. */
	int (*prepare)(const struct settings *settings, struct deadline deadline, struct err *e);
	void (*close)(void *state);
	void (*set_deadline)(void *state, struct deadline deadline);
	const struct datastore_traits *(*traits)(const void *state);
	int (*read)(void *state, struct view *view, const struct wants *wants, struct err *e);
	/*
	 * Applies the changes if every guard holds; else the view's ranges are read again,
	 * and the view is no mirror's any more.  Each change that was applied is marked so,
	 * and has the revision of the record that it wrote; with COMMIT_DONE datastore.c
	 * brings the view's records up to it.
	 *
	 * A store without transactions checks the guards right before its first write, as
	 * guards.h says of each kind, and answers COMMIT_PARTLY if it was too late.  What may
	 * go ahead (changes_count_ahead()) it may write before.
	 */
	int (*commit)(void *state, struct view *view, struct changes *changes,
		      const struct guards *guards, enum commit_outcome *ret_outcome, struct err *e);
	/*
	 * Both scans of datastore.h; ret_outcome NULL: not of one moment, so that it goes
	 * on when its revision is compacted away.  A store whose lists come in pages with
	 * a token that expires (Kubernetes) does that with the token for an inconsistent
	 * rest that comes with the refusal, or answers SCAN_LOST.
	 */
	int (*scan)(void *state, const char *prefix, record_visitor *visit, void *arg,
		    enum scan_outcome *ret_outcome, struct err *e);
	/* As datastore_scan_of_node(); NULL: it cannot tell what is a node's, and shows all. */
	int (*scan_of_node)(void *state, const char *prefix, const char *node,
			    record_visitor *visit, void *arg, struct err *e);
	/*
	 * True if the last read or commit was refused because a key is none that this user may
	 * touch; nothing was done then.  NULL: a store that knows no rights to single keys.
	 */
	bool (*lacks_right)(const void *state);
	unsigned long (*requests)(const void *state);
	/* Of the last answer, 0: it did not say.  NULL: the store has no clock of its own. */
	int64_t (*server_time_s)(void *state);
	/* NULL: it keeps whatever is written. */
	enum datastore_keeping (*keeps)(const char *key);
	/* NULL: its records have no other name than their keys. */
	void (*uid)(const void *state, const char *key, char out[DATASTORE_UID]);
	/* As datastore_tell_fitness(); NULL: it tells nothing. */
	int (*tell_fitness)(void *state, const struct fitness_teller *teller, struct err *e);
	/* As datastore_check_writable(); NULL: it knows nothing of that. */
	int (*check_writable)(void *state, struct err *e);
	/* NULL: the store keeps no history. */
	int (*history)(void *state, const char *key, record_visitor *visit, void *arg,
		       enum history_end *ret_end, struct err *e);
	const struct watch_source *watch;	/* NULL: it cannot be watched */
};

extern const struct backend local_backend;	/* local/local.c */
extern const struct backend etcd_backend;	/* etcd/etcd.c */
extern const struct backend kubernetes_backend;	/* kubernetes/kubernetes.c */

/* For watch.c: the store's side, and what its begin is called with. */
const struct watch_source *datastore_watch_source(struct datastore *ds, void **ret_state);

/* For the tests: a store behind a backend of their own, which is closed with it. */
int datastore_wrap(struct datastore **ret_ds, const struct backend *backend, void *state,
		   struct err *e);

#endif
