/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys that are asked for, so many of one kind that a list of it may show them sooner than a
 * request for each.
 */
#ifndef DATASTORE_KUBERNETES_MANY_H
#define DATASTORE_KUBERNETES_MANY_H

#include "datastore/kubernetes/kind.h"
#include "datastore/view.h"

#define MANY_KEYS_A_PAGE 32	/* objects that are asked for, for which a page is worth it */

/* One of the objects that a list is asked for instead of. */
struct wanted {
	const char *key;	/* the range's */
	char *name;	/* owned: the object's */
	bool seen;
};

/* Of which kinds it is so; and whether the range is of one of them. */
void many_kinds(const struct range *ranges, size_t n, bool many[N_KINDS]);
bool many_has(const bool many[N_KINDS], const struct range *range);

/* Those of one kind among the ranges, by name.  NULL: out of memory. */
struct wanted *many_of_kind(enum kind kind, const struct range *ranges, size_t n, size_t *ret_n);
void many_free(struct wanted *list, size_t n);

/* The one of that name, or NULL. */
struct wanted *many_find(struct wanted *list, size_t n, const char *name);

#endif
