/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of a mapped file that a walk has read.
 *
 * Read pages of the map count as this process's memory as long as it lives, though they
 * are the kernel's: a walk through a large store gives them back on its way.
 */
#ifndef DATASTORE_LOCAL_TOUCHED_H
#define DATASTORE_LOCAL_TOUCHED_H

#include <stddef.h>
#include <stdint.h>

#define TOUCHED_MAX ((size_t)64 << 20)	/* bytes that a walk keeps mapped */

/* Since it last let go of them; {0} at the start. */
struct touched {
	uintptr_t low, high;	/* addresses */
	uintptr_t last;		/* page of the last value */
	size_t bytes;		/* of pages, about */
};

/* Adds a value; beyond TOUCHED_MAX lets go of all, which stays readable. */
void touched_add(struct touched *t, const void *value, size_t len);

#endif
