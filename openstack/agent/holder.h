/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who has a network's addresses on this host.  Each is a gateway's, and one dnsmasq alone can
 * answer at it: Neutron may have one gateway in two networks, Calico's one address space has
 * not.
 */
#ifndef OPENSTACK_AGENT_HOLDER_H
#define OPENSTACK_AGENT_HOLDER_H

#include "openstack/agent/served.h"

/*
 * 1: none other has them; 0: one that is about to give them up, and n is late; -1: one that is
 * to keep them.
 */
int holder_gives_way(const struct served *s, struct served_network *n,
		     const struct network *wanted, const struct networks *all, struct err *e);

/* They are n's now.  -1: out of memory. */
int holder_note(struct served_network *n, const struct network *wanted, struct err *e);

#endif
