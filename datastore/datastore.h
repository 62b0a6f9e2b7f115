/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seam between those who decide and that which remembers.
 *
 * Four verbs: open, read a view, commit if the view still holds, close; scan for what
 * is too much for a view; and watch (watch.h) what becomes of it.  Keys and values are
 * bytes; the datastore does not know what an address is.  Callers cannot name a backend:
 * they hand over the settings and ask for traits.
 *
 *	view_init(&view);
 *	datastore_read(ds, &view, &wants, e);
 *	… plan …
 *	datastore_commit(ds, &view, &changes, &outcome, e);
 *
 * Errors: ERR_UNAVAILABLE (nobody answered), ERR_DEADLINE, ERR_DENIED (credentials
 * or certificates), ERR_IO (a local file), ERR_CONFIG (a setting, named),
 * ERR_UNKNOWN_OUTCOME (a commit was sent and its answer lost), ERR_LIMIT, ERR_NO_SPACE,
 * ERR_REFUSED (it answered with an error of its own).  Each names the endpoint or the file.
 *
 * A process opens one store at a time, and does not fork with it open.
 */
#ifndef DATASTORE_DATASTORE_H
#define DATASTORE_DATASTORE_H

#include "base/clock.h"
#include "base/err.h"
#include "datastore/changes.h"
#include "datastore/settings.h"
#include "datastore/wants.h"

#define DATASTORE_ENDPOINTS_MAX 32
#define DATASTORE_RANGES_AT_ONCE 128	/* that one request reads */

/*
 * What a store is opened for: a local one, which is a file, is made or not; and who only looks, or
 * probes, ends no deletion that somebody has left half done in the Kubernetes API.
 */
enum datastore_purpose {
	OPEN_TO_CREATE,	/* to write: a local store that is not there is made */
	OPEN_TO_LOOK,	/* no commit will come; where no local store is, all is absent */
	OPEN_TO_CHANGE,	/* to write where a store is: none is made, and one that is not there
			 * is empty and takes no changes */
	OPEN_TO_PROBE,	/* the same, and an error where OPEN_TO_CREATE could not make it */
};

/* What callers may ask about a store. */
struct datastore_traits {
	bool one_node; /* only this machine can reach it: node objects are implied */
	bool absent; /* nobody has made it yet, and all in it is absent */
	bool transactions; /* all changes of a commit at once, and all guards with them */
	bool in_order; /* revisions rise from write to write, all over the store */
	bool namespaces; /* it has the namespaces of Kubernetes, to read */
	bool pods; /* and its pods, each with a WorkloadEndpoint: who has none runs nowhere */
	/* It writes resources in its own words: uid, creation time, defaults, order of fields. */
	bool own_words;
	bool mirrored; /* a plan may be made from what a node last saw of it */
	const char *place; /* for messages: "etcd https://10.0.0.1:2379", "local store /var/…" */
};

enum commit_outcome {
	COMMIT_DONE, /* applied, durably; the view shows the changes */
	COMMIT_STALE, /* nothing applied; the view has been read again */
	/*
	 * Only from a store without transactions: a later write met something stale.  The
	 * changes that say so stand (change.stands), the others were not applied; the view
	 * has been read again and shows the former.  A new plan goes on from there, as
	 * after a crash: nothing of the old one's answer holds.
	 */
	COMMIT_PARTLY,
};

struct datastore;

/*
 * Opens the store that the settings mean (settings.h), which need not outlive the call.
 * The deadline is for every verb, until datastore_set_deadline().  ERR_CONFIG names the
 * setting; and the errors above.
 */
int datastore_open(struct datastore **ret_ds, const struct settings *settings,
		   enum datastore_purpose purpose, struct deadline deadline, struct err *e);
/*
 * Does beforehand what may take its time before a store can be opened, and is no request to it:
 * asks the exec plugin of a kubeconfig for its credential, which the datastore_open() of the
 * same settings has from then on, as long as this process lives.  For whoever opens it under a
 * lock that others wait for.  Without effect where there is nothing of that kind; DNS, which
 * etcd_discovery_srv asks (6 s at most), is asked by datastore_open().
 */
int datastore_prepare(const struct settings *settings, struct deadline deadline, struct err *e);
void datastore_close(struct datastore *ds);
void datastore_closep(struct datastore **ds); /* for __cleanup */

void datastore_set_deadline(struct datastore *ds, struct deadline deadline);
/* True once it has passed, for who works long between two verbs. */
bool datastore_is_late(const struct datastore *ds);
const struct datastore_traits *datastore_traits(const struct datastore *ds);

/*
 * Adds the ranges to the view, as of one moment if the store can: a request for each
 * DATASTORE_RANGES_AT_ONCE of them.  A key that the view knew is refreshed.
 *
 * Behind a commit of unknown outcome it looks at once what became of it; from the second of
 * them in a row on after a pause, the longer the more there were, a second at most.  Where no
 * time is left, ERR_DEADLINE says what was said of the last one.
 */
int datastore_read(struct datastore *ds, struct view *view, const struct wants *wants,
		   struct err *e);

/*
 * Applies the changes if everything guarded is as the view has it.  The view must
 * know every key and prefix that is written or guarded.  With COMMIT_STALE and
 * COMMIT_PARTLY every range of the view has been read again; the caller plans anew.
 * After ERR_UNKNOWN_OUTCOME, where any of the changes may stand, the caller resets the
 * view, reads and plans anew.  Any other error says by may_stand if some of them do.
 */
int datastore_commit(struct datastore *ds, struct view *view, struct changes *changes,
		     enum commit_outcome *ret_outcome, struct err *e);

enum datastore_keeping {
	DATASTORE_KEEPS,		/* what is written under the key */
	DATASTORE_KEEPS_ITS_OWN,	/* it can be read, and changes elsewhere alone */
	DATASTORE_KEEPS_NOT,		/* there is no place for it: a write is ERR_UNSUPPORTED; or
					 * it is the datastore's own */
};
enum datastore_keeping datastore_keeps(const struct datastore *ds, const char *key);

/* True for a key that the datastore has made for itself, which no copy of a store holds. */
bool datastore_is_own(const char *key);

/*
 * What the store calls a record beside its key, however often it is written: the uid that
 * Calico's users see of its object in Kubernetes.  "": it has no such name, or the record
 * is not of the last reading.
 */
#define DATASTORE_UID 128	/* bytes, NUL included */
void datastore_uid(const struct datastore *ds, const char *key, char out[DATASTORE_UID]);

/*
 * Shows each record under the prefix ("": everything), in the order of the keys, each
 * key at most once, with its whole value, a NUL behind it.  Nothing is kept: a scan
 * takes the memory of one page, however much there is.
 *
 * A key that is there from begin to end is shown; what is put or deleted meanwhile may
 * be shown or not, as it was at the revision at which its page was read.  All pages are
 * read at the revision of the first, so that sums agree, as long as the store remembers
 * it; when that has been compacted away the scan goes on behind the last key that was
 * shown, at a newer one.  So a record whose key changes meanwhile may be seen twice or
 * not at all: who needs more looks at it once more in a view.
 *
 * The deadline is asked for each page.  The visitor may set another, and calls no
 * other verb of this store.
 */
int datastore_scan(struct datastore *ds, const char *prefix, record_visitor *visit, void *arg,
		   struct err *e);

/*
 * The same, for who looks for what is of a node: a store that can tell it apart may leave out
 * what is not.  The visitor looks at whose each record is all the same.
 */
int datastore_scan_of_node(struct datastore *ds, const char *prefix, const char *node,
			   record_visitor *visit, void *arg, struct err *e);

enum scan_outcome {
	SCAN_DONE,	/* shown to the end, or to where the visitor had enough */
	SCAN_LOST,	/* the moment was compacted away: what was shown is no whole */
};

/*
 * The same, all of it as of one moment, for copies of the store.  After SCAN_LOST the
 * caller forgets what it has seen, and begins anew.
 */
int datastore_scan_moment(struct datastore *ds, const char *prefix, record_visitor *visit,
			  void *arg, enum scan_outcome *ret_outcome, struct err *e);

/* Why a walk through a key's history ended. */
enum history_end {
	HISTORY_BEGUN,	/* at the write that made the key: it was absent right before */
	HISTORY_COMPACTED,	/* the store has forgotten what was before */
	HISTORY_ABSENT,	/* the key is absent now: what it was cannot be asked for */
	HISTORY_STOPPED,	/* by the visitor */
};

/*
 * Shows the record as it was, with the revision that wrote it, from the newest value
 * to the oldest, as far back as the store remembers; not what was before the key was
 * last absent.  A request for each value.  ERR_UNSUPPORTED from a store that keeps no
 * history.
 */
int datastore_history(struct datastore *ds, const char *key, record_visitor *visit, void *arg,
		      enum history_end *ret_end, struct err *e);

/*
 * From now on the store has a mirror, kept for this node under the run folder.  Without
 * effect where the store is this machine's own, the settings (those of datastore_open)
 * want none, or there is no name.
 */
void datastore_use_mirror(struct datastore *ds, const struct settings *settings, const char *node);

/*
 * The mirror of a remote store (mirror.h): what this node last saw.  recall fills an
 * empty view, with from_mirror set if there was anything; a commit from such a view
 * stands on all that was looked at in it (guards.h), or is ERR_LIMIT when that is
 * more than the store compares at once; and the view is the store's after COMMIT_STALE.
 * remember keeps the view's ranges that are named.  Without a mirror both do nothing.
 *
 * In a store with transactions, and revisions in order, whatever is read and committed once
 * a view was recalled also reads and puts one key of the mirror's, by which old values need
 * not be sent (nonce.h); where that key is refused, all goes on without it.
 */
void datastore_recall(struct datastore *ds, struct view *view);
void datastore_remember(struct datastore *ds, const struct view *view, const struct wants *keep);

/*
 * Removes the keys of a node's mirrors from the store.  Without effect where there are none, or
 * who asks may not touch them; a mirror that is in use makes its own anew.
 */
int datastore_forget_node(struct datastore *ds, const char *node, struct err *e);

/*
 * ERR_NO_SPACE of a store that says that it takes no writes, though it answers readers: an etcd
 * that is full.  A request without a write; what it does not come to know is no error.
 */
int datastore_check_writable(struct datastore *ds, struct err *e);

/* Requests sent so far (HTTP requests; transactions for a local store). */
unsigned long datastore_requests(const struct datastore *ds);

/* What this process asked of all stores that it has closed. */
struct datastore_sums {
	unsigned long requests;	/* as above */
	unsigned long conflicts;	/* commits that others came before: stale, or in part */
};
const struct datastore_sums *datastore_sums(void);

/*
 * What the store's clock said in its last answer, in whole seconds since 1970.  0: it
 * did not say, or it has no clock of its own.
 */
int64_t datastore_server_time_s(struct datastore *ds);

#endif
