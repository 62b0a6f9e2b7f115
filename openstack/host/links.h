/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The links of this host that matter here: the taps of VMs, which come and go, and the
 * devices (ns-…) of networks.
 */
#ifndef OPENSTACK_HOST_LINKS_H
#define OPENSTACK_HOST_LINKS_H

#include "openstack/host/netlink.h"

struct links {
	struct netlink *netlink;	/* owned */
	struct taps taps;		/* tap… */
	struct taps devices;		/* ns-… */
};

/* Lists what is there, and is told of what comes from then on. */
int links_open(struct links *l, struct err *e);
void links_done(struct links *l);	/* also for __cleanup */

int links_fd(const struct links *l);
/*
 * Takes what the kernel has told.  *ret_changed: a tap came, went, is another or changed its
 * MTU, or a device went.
 */
int links_take(struct links *l, bool *ret_changed, struct err *e);

/*
 * Makes the network's device, if it is not there, and gives it the MTU and the address of each
 * subnet, and no other.  A dummy, where the kernel makes one; else an ifb, else a veth.
 */
int links_make_device(struct links *l, const struct network *n, unsigned mtu, struct err *e);
int links_delete_device(struct links *l, const char *name, struct err *e);

#endif
