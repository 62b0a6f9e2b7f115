/* SPDX-License-Identifier: Apache-2.0 */
/* Two texts line by line, as diff -u shows what is another. */
#ifndef CTL_MANIFEST_DIFFERENCE_H
#define CTL_MANIFEST_DIFFERENCE_H

#include "base/buf.h"

#include <stdbool.h>

#define DIFFERENCE_LINES_MAX 4000	/* of a text that is compared line by line */

/*
 * Appends the lines that differ, each within three that do not, under a heading with the name;
 * nothing for equal texts.  Of longer texts the lines are compared in their order alone, which
 * may show more of them than must be.  False: out of memory.
 */
bool difference_print(const char *name, const char *before, const char *after, struct buf *out);

#endif
