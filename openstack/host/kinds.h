/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of devices of which a network's may be, and which of them this kernel makes. */
#ifndef OPENSTACK_HOST_KINDS_H
#define OPENSTACK_HOST_KINDS_H

#include "base/err.h"

#include <net/if.h>

/* In the order in which they are tried, ending at NULL. */
extern const char *const device_kinds[];

/*
 * The first that can be made, tried in a network namespace of its own, which ends with the call;
 * that needs root.  ERR_UNSUPPORTED: none can; ERR_IO: it could not be tried.
 */
int kinds_first(char ret[IFNAMSIZ], struct err *e);

#endif
