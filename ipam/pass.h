/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pass over all records under a prefix, none of which is kept.
 */
#ifndef IPAM_PASS_H
#define IPAM_PASS_H

#include "datastore/datastore.h"

#define PASSES_MAX 4	/* when the store makes a pass begin anew */

/* 0, or -1 to end the pass with the error. */
typedef int pass_visit(const struct record *record, void *arg, struct err *e);

/*
 * Shows each record, in the order of the keys.  *ret_again: the store has begun anew
 * on the way (an etcd that compacts while it is read), and nothing more was shown:
 * the caller forgets what it saw, and passes once more.
 */
int pass_over(struct datastore *ds, const char *prefix, pass_visit *visit, void *arg,
	      bool *ret_again, struct err *e);

/* What to say when PASSES_MAX were not enough; returns -1. */
int pass_gives_up(struct err *e);

#endif
