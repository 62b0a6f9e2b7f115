/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files of our own mend a guest, and what they cannot mend.  Pure: it goes by what the
 * guest would be without such files (guest_read() that passes them over), so that a second
 * plan is the first again.
 */
#ifndef OPENSTACK_GUEST_PLAN_H
#define OPENSTACK_GUEST_PLAN_H

#include "openstack/guest/facts.h"
#include "openstack/guest/own.h"

struct guest_plan {
	struct buf files[N_OWN_FILES];	/* the text behind the mark; empty: no such file */
	struct findings by_hand;	/* what no file of our own does, and who is to do it how */
};

/* found: what guest_judge() says of that guest.  ERR_INTERNAL: out of memory. */
int guest_plan(const struct guest *g, const struct findings *found, struct guest_plan *ret,
	       struct err *e);
void guest_plan_done(struct guest_plan *plan);	/* also for __cleanup */

#endif
