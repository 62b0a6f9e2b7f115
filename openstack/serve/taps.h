/* SPDX-License-Identifier: Apache-2.0 */
/* Links of this host, as far as they matter here: taps of VMs, and devices of networks. */
#ifndef OPENSTACK_SERVE_TAPS_H
#define OPENSTACK_SERVE_TAPS_H

#include <net/if.h>
#include <stddef.h>

struct tap {
	char name[IFNAMSIZ];
	unsigned index;		/* another one where the link was made anew */
	unsigned mtu;		/* bytes */
};

struct taps {
	struct tap *list;	/* owned, ascending by name */
	size_t n, cap;
};

/* NULL where it is not there. */
const struct tap *taps_find(const struct taps *taps, const char *name);

/* In the place of one of that name.  -1: out of memory. */
int taps_put(struct taps *taps, const struct tap *tap);
void taps_remove(struct taps *taps, const char *name);

#endif
