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
 * With the records it holds the mirror's nonce (nonce.h), and which of them it proves.  It holds
 * no secrets.  Files are written over and never synced: a torn one has another checksum.
 */
#ifndef DATASTORE_MIRROR_H
#define DATASTORE_MIRROR_H

#include "datastore/datastore.h"
#include "datastore/nonce.h"

#define MIRROR_FILE_MAX (4 * 1024 * 1024)	/* bytes; more is not remembered */

struct mirror;

/*
 * Of the store with these traits.  NULL where the settings want none, the node has no name, or
 * memory is lacking.
 */
struct mirror *mirror_open(const struct settings *settings, const struct datastore_traits *traits,
			   const char *node);
void mirror_close(struct mirror *m);	/* m may be NULL */

/* The mirror's own, as it was last loaded; NULL where the store has no use of one. */
struct nonce *mirror_nonce(struct mirror *m);

/*
 * Fills an empty view, with from_mirror set, and the nonce; leaves the one empty and the other
 * unknown if there is nothing.
 */
void mirror_load(struct mirror *m, struct view *view);
/* Replaces what is remembered by the view's ranges named in keep, and the nonce. */
void mirror_save(const struct mirror *m, const struct view *view, const struct wants *keep);

#endif
