/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stdin, as a one-shot reads it: bounded in bytes and in time.
 */
#ifndef PLUGIN_INPUT_H
#define PLUGIN_INPUT_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"

#define INPUT_MAX (1 << 20)	/* bytes of the request on stdin */

/*
 * Appends all of fd to out.  ERR_DEADLINE if its other end is not closed in time,
 * ERR_LIMIT past out's limit, ERR_IO.
 */
int input_read(int fd, struct deadline until, struct buf *out, struct err *e);

#endif
