/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What another executable says: on its standard output, when asked with an option or,
 * as a container runtime asks, with a verb of CNI.
 */
#ifndef BASE_CNI_ASK_H
#define BASE_CNI_ASK_H

#include "base/buf.h"

#define ASK_MS 5000	/* after that it is killed */

struct question {
	const char *path;	/* of the executable */
	const char *option;	/* its one argument, or NULL */
	const char *verb, *cni_path;	/* CNI_COMMAND and CNI_PATH, or both NULL */
	const char *input;	/* on its standard input; NULL: nothing */
	bool alone;		/* with no more than that in its environment, and not ours too */
};

/*
 * Appends the answer to out, and returns the exit status, or -1: it was not started, did
 * not end by itself in time, or said more than out holds.  Its standard error is passed over.
 */
int ask(const struct question *q, struct buf *out);

#endif
