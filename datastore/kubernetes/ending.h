/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of a deletion: an object that was marked goes by a DELETE with its uid, which is
 * nothing to another object of that name, so that it may be sent again and by anybody.
 */
#ifndef DATASTORE_KUBERNETES_ENDING_H
#define DATASTORE_KUBERNETES_ENDING_H

#include "datastore/kubernetes/api.h"
#include "datastore/kubernetes/known.h"
#include "datastore/view.h"

#define ENDING_MS 2000	/* that a reading waits for it at most */

/* What a DELETE of that very object says; with its revision: as long as nobody wrote it since. */
void ending_print_options(const struct known *known, bool with_revision, struct buf *body);

void ending_print(const struct api *api, enum kind kind, const struct known *known,
		  struct api_call *call);

/*
 * Of keys that were read, those that somebody left marked: a handle is created by no other
 * container, and would stay for ever.  Nothing depends on it: what fails is left for the next
 * who reads them, and so is all where the request has no more time left than ENDING_MS.
 */
void ending_run(struct api *api, struct knowns *knowns, const struct range *ranges, size_t n);

#endif
