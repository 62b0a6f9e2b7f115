/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mirror: what this node last saw of a remote store, in one small file.
 *
 * A hint and never a truth.  The file lies in the run folder, is named after a hash
 * of the store's identity (endpoints, user, node) and holds that identity, a format
 * number, lengths and a checksum.  Anything that does not fit is as if it were not
 * there, and every failure to read or write is silent: the outcome of a request is
 * the same without a mirror, one HTTP request later.
 *
 * It holds no secrets.  Files are replaced by rename and never synced.
 */
#ifndef DATASTORE_MIRROR_H
#define DATASTORE_MIRROR_H

#include "datastore/datastore.h"

#define MIRROR_FILE_MAX (4 * 1024 * 1024)	/* bytes; more is not remembered */

struct mirror;

/*
 * Of the store at this place (its traits').  NULL where the settings want none, the node has
 * no name, or memory is lacking.
 */
struct mirror *mirror_open(const struct settings *settings, const char *place, const char *node);
void mirror_close(struct mirror *m);	/* m may be NULL */

/* Fills an empty view, with from_mirror set; leaves it empty if there is nothing. */
void mirror_load(const struct mirror *m, struct view *view);
/* Replaces what is remembered by the view's ranges named in keep. */
void mirror_save(const struct mirror *m, const struct view *view, const struct wants *keep);

#endif
