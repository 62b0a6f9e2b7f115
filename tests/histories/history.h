/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happened to a cluster, and whether it may have happened.
 *
 * A history is text, a line each, in any order; times are microseconds of one clock, LIMIT
 * is milliseconds, and what a call waited for a processor is part of it:
 *
 *	call BEGIN END NODE VERB OWNER RESULT LIMIT [ADDRESS,ADDRESS]
 *	gone AT NODE OWNER		its runtime forgets it: GC is to release it
 *	fault BEGIN END WHAT
 *	held ADDRESS OWNER		in the store, once all members are well and nobody works
 *	looked				all that the store holds has been told so
 *	left WHAT			still there after every owner was deleted
 *	ended				all that was left has been told
 *
 * An owner is used once.  RESULT is `ok`, `error` (nothing was changed), `unknown`,
 * `killed`, of which nothing is known either, `denied` (a CHECK that looked and found
 * something else), or `crashed`.  From the end of its
 * acknowledged ADD to the begin of its first DEL, or until it is gone, an owner has its
 * addresses for certain.
 */
#ifndef TESTS_HISTORIES_HISTORY_H
#define TESTS_HISTORIES_HISTORY_H

#include "base/buf.h"

#include <stdint.h>

struct history_rules {
	int64_t slack_us;	/* a call may take its LIMIT and this */
	unsigned least_added;	/* with fewer acknowledged ADDs nothing is shown */
	unsigned least_faults;
};

/*
 * Says in `out` what may not have happened, a line each that begins with one of
 *
 *	twice	two owners had an address at one time
 *	lost	an acknowledged address is not its owner's in the store
 *	kept	held though it was released, or was never given
 *	half	an owner with one family only
 *	stale	a CHECK that did not see what was acknowledged, or what is over
 *	moved	another answer to the same ADD
 *	late	a call that took longer than it may
 *	crash	a call that ended as none may
 *	left	there after all were deleted
 *	short	too little of it to show anything, or not whole
 *
 * and a line of figures at the end.  Returns how many these are, or -1 where the text is no
 * history; then `out` has the line.
 */
int history_judge(const char *text, const struct history_rules *rules, struct buf *out);

#endif
