/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Another program, run to its end within a time, and what it says.
 *
 * It gets a process group of its own, and is found by
 * this process's PATH unless it has a slash.  When its time is over the whole group is
 * killed; and it has ended only when nobody has its standard output and error open either.
 */
#ifndef BASE_PROCESS_RUN_H
#define BASE_PROCESS_RUN_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"

struct run {
	char *const *argv, *const *envp; /* each with a NULL behind it */
	const char *input;	/* on its standard input, all there at once; NULL: nothing */
	struct buf *out;	/* its standard output is appended */
	struct buf *aside;	/* and its standard error, of which the limit may be passed */
	int status;		/* what it exited with, or 128 and the signal that ended it */
};

/*
 * ERR_NOT_FOUND or ERR_IO: it could not be started.  ERR_DEADLINE: killed at its time's
 * end.  ERR_LIMIT: killed, its output being longer than out's limit.
 */
int run_to_end(struct run *r, struct deadline until, struct err *e);

#endif
