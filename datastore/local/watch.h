/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A watch over a local store: the kernel tells that somebody has written into its file,
 * and the prefixes are read again.
 *
 * Where no store was when it was opened, nothing ever comes.
 */
#ifndef DATASTORE_LOCAL_WATCH_H
#define DATASTORE_LOCAL_WATCH_H

#include "datastore/feed.h"

/* As in backend.h; a file of NULL: there is no store. */
int local_watch_begin(const char *file, struct feed *f, void **ret_source, struct err *e);
void local_watch_end(void *source);
int local_watch_take(void *source, struct feed *f, struct err *e);

#endif
