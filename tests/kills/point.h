/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A point of a run at which it is killed, before or after a system call, or at which the
 * call fails, with one of five errors; and who watches for it, a call_watcher.
 */
#ifndef TESTS_KILLS_POINT_H
#define TESTS_KILLS_POINT_H

#include "tests/kills/trace.h"

#define POINT_WAYS 7	/* killed before, after, */
#define POINT_FAILS 2	/* and from here on the call fails */

enum point_row {
	ALL_CALLS,
	CALLS_OF_SETNS,
	/* Those behind the last request of another process that this one has taken. */
	CALLS_SINCE_TAKEN,
};

struct point {
	enum point_row row;
	unsigned index;		/* of the call, within its row */
	unsigned way;		/* below POINT_WAYS */
	/* What came of it; all zero before. */
	bool met;
	bool comes_back;	/* from a network namespace, by this call */
	bool has_taken;		/* another's request (plugin/crowd/queue.h) */
	long number;		/* of the call that was met */
	uint64_t descriptor;	/* its first argument */
	/* The watcher's own. */
	unsigned n, entered, at;
};

/* A call_watcher, whose arg is a struct point. */
int point_watch(const struct call *c, enum moment moment, void *arg);

/* It was met, it fails, and it writes to this descriptor, or waits to. */
bool point_writes_to(const struct point *p, uint64_t descriptor);

/* "call 17 (pwrite64) fails: No space left on device" */
void point_tell(const struct point *p, char *out, size_t size);

#endif
