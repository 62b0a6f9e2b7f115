/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commits in a row whose outcome nobody knows.  A server that is in trouble with each write, and
 * answers each read, would be asked again and again without end: who looks what became of
 * the second and each further one waits before, the longer the more there were.
 */
#ifndef DATASTORE_LOST_H
#define DATASTORE_LOST_H

#include "base/clock.h"
#include "base/err.h"

#define LOST_PAUSE_MS 25	/* the first; each next is twice as long */
#define LOST_PAUSE_MAX_MS 1000

struct lost {
	unsigned n;	/* since the last that went through */
	bool unseen;	/* what became of the last was not looked at yet */
	struct err why;	/* of the last */
};

/* Of a commit that failed so. */
void lost_note(struct lost *l, const struct err *e);
/* Of one that went through. */
void lost_end(struct lost *l);

/* How long before the n-th in a row is looked at; 0 for the first. */
int64_t lost_pause_ms(unsigned n);

/* Before it is looked what became of the last. */
void lost_pause(struct lost *l, struct deadline deadline);

/* An error that says that no time is left says what was said of the last, too. */
void lost_tell(const struct lost *l, struct err *e);

#endif
