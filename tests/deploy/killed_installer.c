/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the installer, and kills it before, or after, its N-th system call:
 *
 *	killed_installer put|back N before|after INSTALLER [ARGUMENTS]
 *	killed_installer put|back FILE NAME INSTALLER [ARGUMENTS]
 *	killed_installer put cannot exchange INSTALLER [ARGUMENTS]
 *
 * The second way it is not killed, but overtaken: at the last moment before it exchanges
 * something with NAME, for the first time, FILE is renamed to that. The third way no
 * exchange can be made; what it says until it has waited in vain is printed, and how often
 * it tried.
 *
 * put: counted from its start until it waits, all done; back: from the signal to end on, which
 * it is then sent, until it has ended.  Prints which call it was, or "- of COUNT" where there
 * were not so many.
 */
#include "tests/kills/trace.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

/* For longer it waits only when all is done: deploy/install/keep.c. */
#define ALL_DONE_MS 30000

struct point {
	unsigned index, from;
	enum moment moment;
	bool back, counts, cannot;
	unsigned refused;
	const char *file, *name;	/* to overtake it with; NULL: it is to be killed */
	long number;	/* of the call that was met; -1: none was */
};

static void overtake(struct point *p)
{
	if (rename(p->file, p->name) < 0)
		stop_test("cannot rename %s", p->file);
	p->number = SYS_renameat2;
}

static int refuse(const struct call *call, enum moment moment, struct point *p)
{
	if (call->number == SYS_poll && moment == CALL_HAS_ENDED && call->result == 0)
		return TRACE_KILL;
	if (call->number != SYS_renameat2 || moment != CALL_BEGINS)
		return TRACE_GO_ON;
	p->refused++;
	return EINVAL;
}

static int meet(const struct call *call, enum moment moment, void *arg)
{
	struct point *p = arg;
	bool all_done = call->number == SYS_poll && (int)call->args[2] > ALL_DONE_MS;

	if (p->cannot)
		return refuse(call, moment, p);
	if (all_done && !p->back && moment == CALL_BEGINS) {
		p->from = call->index;
		return TRACE_KILL;
	}
	if (all_done && !p->counts && moment == CALL_BEGINS) {
		p->counts = true;
		p->from = call->index;
		kill(call->pid, SIGTERM);
	}
	if (p->file && p->counts && p->number < 0 && call->number == SYS_renameat2)
		overtake(p);
	if (p->file || !p->counts || call->index != p->from + p->index || moment != p->moment)
		return TRACE_GO_ON;
	p->number = call->number;
	return TRACE_KILL;
}

int main(int argc, char *argv[])
{
	struct point point = { .number = -1 };
	struct outcome o;
	/* Whom ptrace(2) already stops, no leak sanitizer can stop. */
	const char *const env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
				    "ASAN_OPTIONS=detect_leaks=0", NULL };

	if (argc < 5)
		stop_test("killed_installer put|back N before|after INSTALLER [ARGUMENTS], or "
			  "put|back FILE NAME INSTALLER [ARGUMENTS]");
	point.back = strcmp(argv[1], "back") == 0;
	point.counts = !point.back;
	point.index = (unsigned)atoi(argv[2]);
	point.cannot = strcmp(argv[2], "cannot") == 0;
	if (*argv[2] == '/') {
		point.file = argv[2];
		point.name = argv[3];
	}
	point.moment = strcmp(argv[3], "after") == 0 ? CALL_HAS_ENDED : CALL_BEGINS;
	program_run(&(struct program){ .argv = (const char *const *)argv + 4, .env = env,
				       .watch = meet, .arg = &point }, &o);
	if (o.late || (!o.killed && (!point.back || o.status)))
		stop_test("status %d%s: %s", o.status, o.late ? ", late" : "", o.said.data);
	if (point.cannot)
		printf("%stried %u times\n", o.said.data, point.refused);
	if (point.file && point.number < 0)
		stop_test("it exchanges nothing");
	if (point.number >= 0)
		printf("%s\n", call_name(point.number));
	else
		printf("- of %u\n", point.back ? o.calls - point.from : point.from);
	outcome_done(&o);
	return 0;
}
