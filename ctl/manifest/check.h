/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a document of a manifest is a resource that is kept here: its kind, its api version,
 * its name, and fields that all are known.  What a store makes of metadata, and status, may
 * stand in it and count for nothing, but for resourceVersion (manifest_revision()).
 */
#ifndef CTL_MANIFEST_CHECK_H
#define CTL_MANIFEST_CHECK_H

#include "ctl/manifest/kind.h"

/*
 * Fills kind and name from the tree.  ERR_CONFIG says what is missing, is another kind's, or
 * is not known, and the nearest that is.
 */
int manifest_check(struct manifest *m, struct err *e);

/*
 * A field that is not known is left to stand where the store has it, just so: what was shown
 * can be said again.  So is the spec of a kind whose spec is fixed, and no other; of one that
 * the cluster itself makes anything may be said, and counts for nothing.  ERR_CONFIG names the
 * field, and the nearest known one; the store's own errors.
 */
int manifest_check_fields(const struct manifest *m, struct datastore *ds, struct err *e);

/* The resourceVersion in its metadata; 0: it says none.  ERR_CONFIG: it is no number. */
int manifest_revision(const struct manifest *m, uint64_t *ret, struct err *e);

/* True of names in metadata that are a store's to write. */
bool check_is_stores_own(const char *name);

#endif
