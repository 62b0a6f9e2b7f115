/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts a plan's files into a guest's root, and takes them back.
 *
 * Each begins with a line that says whose it is and how many folders were made for it.  What
 * stands there without that line is somebody else's and is neither replaced nor removed, so
 * that taking back leaves what had been there.
 */
#ifndef OPENSTACK_GUEST_APPLY_H
#define OPENSTACK_GUEST_APPLY_H

#include "openstack/guest/plan.h"

enum own_change { OWN_WRITTEN, OWN_REPLACED, OWN_REMOVED };

/* Is told each file that was changed, or would be. */
typedef void own_change_visitor(enum own_change change, const char *path, void *arg);

/*
 * Makes the root's files of our own those of the plan.  Where one of them is somebody else's
 * nothing is changed, ERR_CONFLICT.  An error on the way leaves the rest undone: the call
 * can be repeated.
 */
int guest_apply(const struct root *root, const struct guest_plan *plan, bool dry,
		own_change_visitor *visit, void *arg, struct err *e);

/* Removes all files of our own, and the folders that were made for them. */
int guest_undo(const struct root *root, bool dry, own_change_visitor *visit, void *arg,
	       struct err *e);

#endif
