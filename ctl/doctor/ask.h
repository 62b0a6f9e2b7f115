/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What another executable says: on its standard output, when asked with an option or,
 * as a container runtime asks, with a verb of CNI.
 */
#ifndef CTL_DOCTOR_ASK_H
#define CTL_DOCTOR_ASK_H

#include "base/buf.h"

#define ASK_MS 5000	/* after that it is killed */

struct question {
	const char *path;	/* of the executable */
	const char *option;	/* its one argument, or NULL */
	const char *verb, *cni_path;	/* CNI_COMMAND and CNI_PATH, or both NULL */
	const char *input;	/* on its standard input; NULL: nothing */
};

/*
 * Appends the answer to out, and returns the exit status, or -1: it was not started, or
 * did not end by itself in time.  Its standard error is passed over.
 */
int ask(const struct question *q, struct buf *out);

#endif
