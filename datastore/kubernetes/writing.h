/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a commit's changes as objects, each by its own compare-and-swap, in the plan's
 * order: what stands beside each other goes out at once.
 *
 * A put is a POST of what is not there, else a PUT with the resourceVersion that was seen.
 * A delete is a PUT that marks the object, which is the swap, and then a DELETE with its
 * uid (ending.h); pools and other resources go by a DELETE with both.  A mark that somebody
 * left is finished by whoever reads the object by its key, or creates it anew.
 */
#ifndef DATASTORE_KUBERNETES_WRITING_H
#define DATASTORE_KUBERNETES_WRITING_H

#include "datastore/changes.h"
#include "datastore/kubernetes/api.h"
#include "datastore/kubernetes/known.h"

struct writing {
	struct api *api;
	struct knowns *knowns;
	const struct view *view;
	const struct view *now;	/* has values of which the view has but the keys */
	struct changes *changes;
	bool lost;	/* a write met something stale */
	struct err held;	/* an object that was marked does not go; ERR_NONE: there is none */
	struct api_call *ahead;	/* owned: of the first changes */
	size_t n_ahead;
};

void writing_done(struct writing *w);

/*
 * Prints what may be created before the guards are looked at (changes_ahead()), for whoever
 * sends it with what looks at them; and takes what came of it.  What was not sent, or met
 * something, writing_run() does.
 */
int writing_print_ahead(struct writing *w, struct err *e);
int writing_take_ahead(struct writing *w, struct err *e);
/* Where the guards do not hold: what nobody has changed since goes again, and stands no more. */
int writing_undo_ahead(struct writing *w, struct err *e);

/*
 * Every record that is to be changed is known with its frame.  Each change that stands is
 * marked so, with the revision and value that the server has now; after `lost`, and the
 * other errors of the API, the rest is not written.
 */
int writing_run(struct writing *w, struct err *e);

#endif
