/* SPDX-License-Identifier: Apache-2.0 */
/* A call in calicoctl's words becomes one in ours, which is told where people look on. */
#ifndef CTL_CALICOCTL_LEAD_H
#define CTL_CALICOCTL_LEAD_H

#include "ctl/cli/command.h"

/* What an option of calicoctl's is called here.  A list ends at NULL. */
struct meaning {
	const char *theirs;
	const char *ours;	/* an option of the command; NULL: it says nothing to it */
};

/*
 * Gives the call to the command, and runs it: its options by their meanings, those that the
 * list does not name by their own name.  The name and the words are as they are to be already.
 */
int lead_to(struct call *call, const struct command *ours, const struct meaning *meanings,
	    struct err *e);

#endif
