/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking before something is changed.
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

#endif
