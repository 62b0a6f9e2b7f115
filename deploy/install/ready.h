/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether an executable of ours would serve this node's pods: what it says itself, asked
 * as a container runtime asks, with the node's own network configuration.
 */
#ifndef DEPLOY_INSTALL_READY_H
#define DEPLOY_INSTALL_READY_H

#include "base/err.h"

/* Where things are, as this process sees them. */
struct node {
	const char *bin_dir;	/* of CNI plugins */
	const char *net_dir;	/* of network configurations */
	const char *from;	/* folder of the executables that are installed */
};

/*
 * `executable` runs here (VERSION), speaks the version of the first network in net_dir that
 * uses calico-ipam, and would serve an ADD of it (STATUS).
 *
 * ERR_NOT_FOUND: no network uses calico-ipam.  ERR_CONFIG: such a network is refused, and
 * the text says why.  ERR_NOT_READY: the plugin's own words.  ERR_UNSUPPORTED: it does not
 * run here.
 */
int ready_is(const struct node *n, const char *executable, struct err *e);

/* ready_is() of what is installed; ERR_CONFLICT if that is not ours. */
int ready_installed(const struct node *n, struct err *e);

#endif
