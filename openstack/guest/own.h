/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of our own with which a guest is mended: all paths that there are, and their texts.
 */
#ifndef OPENSTACK_GUEST_OWN_H
#define OPENSTACK_GUEST_OWN_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define OWN_MARK "# calico-ipamctl openstack guest"	/* with which each of them begins */

enum own_file {
	OWN_CLOUD_INIT,		/* has cloud-init leave the network alone */
	OWN_NETPLAN,
	OWN_NETWORKD,
	OWN_NETWORK_MANAGER,
	OWN_INTERFACES,		/* ifupdown's */
	OWN_INTERFACES_CFG,
	OWN_SYSCTL,
	OWN_HOOK_DEBIAN,	/* dhclient's enter hook */
	OWN_HOOK_RED_HAT,
	N_OWN_FILES
};

struct own {
	const char *path;
	mode_t mode;
	const char *text;	/* behind the mark; NULL: it is made for the guest */
};

extern const struct own own_files[N_OWN_FILES];

/* Whether the path is one of them. */
bool own_is_path(const char *path);

/* Whether a text begins as ours do. */
bool own_is_text(const char *text);

#endif
