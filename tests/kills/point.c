/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kills/point.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#define TAKEN ".taken"	/* what an entry of a queue is renamed to */
#define IN_NO_ROW UINT_MAX

static const int ways[POINT_WAYS] = { TRACE_KILL, TRACE_KILL, ENOSPC, EIO, ENOMEM, EMFILE, EINTR };

static bool is_of_a_process(long number)
{
	return number == SYS_arch_prctl || number == SYS_set_tid_address ||
	       number == SYS_exit_group || number == SYS_rt_sigreturn || number == SYS_rseq ||
	       number == SYS_set_robust_list;
}

/* Its place in the row, at its begin. */
static unsigned place(struct point *p, const struct call *c)
{
	p->entered += c->number == SYS_setns;
	if (p->row == ALL_CALLS)
		return c->index;
	if (p->row == CALLS_OF_SETNS ? c->number == SYS_setns : p->has_taken)
		return p->n++;
	return IN_NO_ROW;
}

static void note_taken(struct point *p, const struct call *c)
{
	char path[PATH_MAX];
	size_t len;

	if (c->number != SYS_rename || c->result != 0)
		return;
	call_text(c, c->args[1], path);
	len = strlen(path);
	if (len < strlen(TAKEN) || strcmp(path + len - strlen(TAKEN), TAKEN) != 0)
		return;
	p->has_taken = true;
	p->n = 0;
}

int point_watch(const struct call *c, enum moment moment, void *arg)
{
	struct point *p = arg;
	int way = ways[p->way];
	/* Linux closes the file also where it tells of an error. */
	bool afterwards = p->way == 1 || (c->number == SYS_close && way != TRACE_KILL);

	if (moment == CALL_BEGINS)
		p->at = place(p, c);
	else
		note_taken(p, c);
	if (p->met || p->at != p->index || moment != (afterwards ? CALL_HAS_ENDED : CALL_BEGINS))
		return TRACE_GO_ON;
	/* Which fail only where the C library itself cannot be. */
	if (way != TRACE_KILL && is_of_a_process(c->number))
		return TRACE_GO_ON;
	p->met = true;
	p->number = c->number;
	p->descriptor = c->args[0];
	p->comes_back = c->number == SYS_setns && p->entered == 2;
	return way;
}

bool point_writes_to(const struct point *p, uint64_t descriptor)
{
	return p->met && p->way >= POINT_FAILS && p->descriptor == descriptor &&
	       (p->number == SYS_write || p->number == SYS_writev || p->number == SYS_poll);
}

void point_tell(const struct point *p, char *out, size_t size)
{
	static const char *const rows[] = { "call", "setns", "since it has taken another's, call" };

	snprintf(out, size, "%s %u (%s) %s%s", rows[p->row], p->index, call_name(p->number),
		 p->way < POINT_FAILS ? "killed " : "fails: ",
		 p->way == 0 ? "before" : p->way == 1 ? "after" : strerror(ways[p->way]));
}
