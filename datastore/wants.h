/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wants: a list of ranges to read, each once.
 */
#ifndef DATASTORE_WANTS_H
#define DATASTORE_WANTS_H

#include "datastore/view.h"

struct wants {
	struct range *list;
	size_t n, cap;
	bool failed;	/* sticky: out of memory or a limit passed */
};

void wants_init(struct wants *w);
/* Adds a range unless it is there already; one that was filtered keeps every value from now on. */
void wants_add(struct wants *w, const char *key, enum range_kind kind);
/* The same, of any kind. */
void wants_add_range(struct wants *w, const struct range *range);
/* If the prefix is there already with another filter or with none, every value is kept. */
void wants_add_filtered(struct wants *w, const char *prefix, record_filter *keep, void *arg);
/* All of the other's. */
void wants_add_all(struct wants *w, const struct wants *more);
void wants_done(struct wants *w); /* also for __cleanup */

#endif
