/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking before something is destroyed: one rule for all commands that do.
 */
#ifndef CTL_CLI_CONFIRM_H
#define CTL_CLI_CONFIRM_H

#include "ctl/cli/command.h"

/*
 * Prints what the command will do (call->out, which is emptied) and asks the question,
 * both on standard error.  0 if the answer is yes, or --yes was given.  Without a terminal
 * on standard input nobody can answer: ERR_CONFIG, wrong use, naming --yes.  Any other
 * answer than "y" or "yes": ERR_CONFLICT "nothing was changed".
 */
int confirm(struct call *call, const char *question, struct err *e);

/* What each of these commands declares among its options. */
#define CONFIRM_OPTIONS \
	{ .name = "yes", .help = "do not ask" }, \
	{ .name = "dry-run", .help = "only show what would be done" }

/* What a step found: CONFIRM_NOTHING leaves nothing to ask for, its output is the answer. */
enum { CONFIRM_SOMETHING, CONFIRM_NOTHING };

/*
 * One step of it into call->out: what would be done, if `dry`, or what it has done.  -1
 * with e filled; in a dry step else one of the two above.
 */
typedef int confirm_step(struct call *call, bool dry, void *arg, struct err *e);

/*
 * Shows what the step would do, asks (confirm() above), and does it.  With --yes it is done
 * at once, with --dry-run only shown.
 */
int confirm_and_do(struct call *call, const char *question, confirm_step *step, void *arg,
		   struct err *e);

#endif
