/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a program, and kills it before, or after, its N-th system call:
 *
 *	killed_at N before|after SECONDS PROGRAM [ARGUMENTS]
 *
 * Prints which call it was; "-" where it was not reached in time, and the program was killed
 * where it stood.
 */
#include "tests/kills/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct point {
	unsigned index;
	enum moment moment;
	long number;
};

static int meet(const struct call *call, enum moment moment, void *arg)
{
	struct point *p = arg;

	if (call->index != p->index || moment != p->moment)
		return TRACE_GO_ON;
	p->number = call->number;
	return TRACE_KILL;
}

int main(int argc, char *argv[])
{
	struct point point = { .number = -1 };
	struct outcome o;
	const char *const env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };

	if (argc < 5)
		stop_test("killed_at N before|after SECONDS PROGRAM [ARGUMENTS]");
	point.index = (unsigned)atoi(argv[1]);
	point.moment = strcmp(argv[2], "after") == 0 ? CALL_HAS_ENDED : CALL_BEGINS;
	program_run(&(struct program){ .argv = (const char *const *)argv + 4, .env = env,
				       .limit_s = (unsigned)atoi(argv[3]), .watch = meet,
				       .arg = &point }, &o);
	if (!o.killed && !o.late)
		stop_test("it ended by itself: status %d, %s", o.status, o.said.data);
	printf("%s of %u\n", o.killed ? call_name(point.number) : "-", o.calls);
	outcome_done(&o);
	return 0;
}
