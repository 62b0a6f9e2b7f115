/* SPDX-License-Identifier: Apache-2.0 */
/* Network namespaces that live, and the addresses that are configured in them. */
#ifndef CTL_RECLAIM_LIVE_H
#define CTL_RECLAIM_LIVE_H

#include "base/address/addr.h"
#include "base/err.h"
#include "base/machine/netns.h"

#include <limits.h>
#include <stddef.h>
#include <sys/types.h>

/* A mount namespace, as seen from one root within it. */
struct live_mounts {
	ino_t space, root;
	dev_t root_device;
};

struct live {
	struct netns *list; /* owned; in order of their inodes */
	size_t n, cap;
	struct addr *addresses; /* owned; ascending */
	size_t n_addresses, cap_addresses;
	struct live_mounts *mounts; /* owned: those that were looked through */
	size_t n_mounts, cap_mounts;
	dev_t device; /* that all namespaces are files of */
	bool no_cookies; /* of one at least: the kernel has none */
	char missed[PATH_MAX]; /* a mount that could not be reached; "": none */
};

/* What is added between the two can be asked for behind them.  ERR_IO. */
int live_begin(struct live *ret, struct err *e);
void live_end(struct live *l);
void live_done(struct live *l); /* also for __cleanup */

/*
 * Adds the namespace of a path, if it is one of a network and not known, with its addresses.
 * 0 too where it is gone; ERR_DENIED, ERR_IO: it cannot be entered.
 */
int live_add_path(struct live *l, const char *path, struct err *e);

bool live_has_cookie(const struct live *l, uint64_t cookie);
bool live_has_inode(const struct live *l, uint64_t inode);
bool live_has_address(const struct live *l, struct addr a);

#endif
