/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The name under which runtimes start the plugin on a node, and whose executable has it.
 *
 *	calico-ipam		what a runtime starts
 *	calico-ipam.replaced	that of another, for the way back: the newest that had the name
 *	calico-ipam.next	ours before it gets the name, and for a moment the other's after
 *
 * Who gets the name is exchanged in one step (renameat2(2), RENAME_EXCHANGE): at no moment is
 * nothing there, and what somebody else puts there at the same moment is kept as well.  A
 * process may be killed anywhere: whose each file is, is seen from its bytes, and the next
 * run puts in order what is left.  Two runs at once wait for each other, by a lock on the folder.
 */
#ifndef DEPLOY_INSTALL_SLOT_H
#define DEPLOY_INSTALL_SLOT_H

#include "base/err.h"

#include <limits.h>

struct slot {
	const char *folder;	/* the caller's */
	char name[PATH_MAX], kept[PATH_MAX], next[PATH_MAX];
};

enum slot_change {
	SLOT_AS_IT_WAS,
	SLOT_OURS_NOW,		/* nobody's was there, or an older one of ours */
	SLOT_THEIRS_KEPT,	/* ours has the name, and that of another is kept */
	SLOT_THEIRS_NOW,	/* the kept one has its name again */
	SLOT_NONE_KEPT,		/* ours goes on to have it: there is no other */
};

/* ERR_LIMIT: the folder's path is too long. */
int slot_init(struct slot *s, const char *folder, struct err *e);

/* Gives the name to a copy of `from`.  Where it has it already nothing is written. */
int slot_put(const struct slot *s, const char *from, enum slot_change *ret, struct err *e);

/* Gives the name back to whose it was.  Needs no room on the disk. */
int slot_give_back(const struct slot *s, enum slot_change *ret, struct err *e);

#endif
