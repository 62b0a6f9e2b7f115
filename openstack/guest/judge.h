/* SPDX-License-Identifier: Apache-2.0 */
/* What of a guest's configuration keeps it from its addresses.  A pure function. */
#ifndef OPENSTACK_GUEST_JUDGE_H
#define OPENSTACK_GUEST_JUDGE_H

#include "openstack/guest/facts.h"

void guest_judge(const struct guest *g, struct findings *findings);

#endif
