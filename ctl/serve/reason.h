/* SPDX-License-Identifier: Apache-2.0 */
/* Why the store cannot be read, told on standard error by whoever serves it. */
#ifndef CTL_SERVE_REASON_H
#define CTL_SERVE_REASON_H

#include "base/err.h"

#include <stddef.h>

struct reason {
	char text[sizeof(((struct err *)NULL)->text)];	/* the last one; "": it can be read */
};

/*
 * Once for each reason, and when it is over (an err of nothing): who asks each second fills
 * no log.  what: "metrics".
 */
void reason_tell(struct reason *r, const char *what, const struct err *why);

#endif
