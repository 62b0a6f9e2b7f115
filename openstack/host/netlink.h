/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to the kernel's rtnetlink, and its answers; the one file that knows libnl.
 *
 * A request is built in a message of a fixed size, sent, and its answer is waited for: the
 * kernel's, within the call.
 */
#ifndef OPENSTACK_HOST_NETLINK_H
#define OPENSTACK_HOST_NETLINK_H

#include "openstack/serve/networks.h"

struct netlink;

int netlink_open(struct netlink **ret, struct err *e);
void netlink_close(struct netlink *n);
void netlink_closep(struct netlink **n);	/* for __cleanup */

/* Is shown a link that is there, or that was deleted (index 0).  -1: out of memory. */
typedef int link_visitor(const struct tap *link, void *arg);

/* All links that are there. */
int netlink_list(struct netlink *n, link_visitor *visit, void *arg, struct err *e);

/*
 * The file descriptor on which the kernel tells of links; and what it has told, without
 * waiting.  *ret_lost: it had more to tell than there was room for; all is listed anew then.
 */
int netlink_fd(const struct netlink *n);
int netlink_take(struct netlink *n, link_visitor *visit, void *arg, bool *ret_lost, struct err *e);

/*
 * Makes a link of that kind ("dummy", "ifb", "veth"), with a MAC of 02:00:00:00:00:00, up; but a
 * veth's other end, which goes with it, only the caller can set up.  ERR_UNSUPPORTED: the kernel
 * has no such kind.  ERR_EXISTS.
 */
int netlink_make(struct netlink *n, const char *name, const char *kind, unsigned mtu,
		 struct err *e);
int netlink_set_up(struct netlink *n, unsigned index, struct err *e);
/* The name of a veth's other end. */
void netlink_other_end(const char *name, char out[IFNAMSIZ]);
int netlink_set_mtu(struct netlink *n, unsigned index, unsigned mtu, struct err *e);
/* No error where it is not there. */
int netlink_delete(struct netlink *n, const char *name, struct err *e);

/* The addresses of a link, but for link-local ones of IPv6. */
typedef int address_visitor(const struct cidr *address, void *arg);	/* -1: out of memory */
int netlink_addresses(struct netlink *n, unsigned index, address_visitor *visit, void *arg,
		      struct err *e);
/*
 * Adds or removes one.  It is not asked whether another has it (no DAD): each host has this
 * one; and no route to its prefix comes with it.
 */
int netlink_add_address(struct netlink *n, unsigned index, struct cidr address, struct err *e);
int netlink_remove_address(struct netlink *n, unsigned index, struct cidr address, struct err *e);

#endif
