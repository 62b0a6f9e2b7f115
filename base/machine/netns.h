/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Network namespaces, and the number that tells one from all others of a boot.
 *
 * A namespace's inode is handed out again as soon as it is gone.  Its cookie
 * (SO_NETNS_COOKIE, Linux 5.14) never is, but only a socket within the namespace tells it.
 */
#ifndef BASE_MACHINE_NETNS_H
#define BASE_MACHINE_NETNS_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct netns {
	uint64_t inode; /* 0: not known */
	uint64_t cookie; /* 0: the kernel has none */
};

/*
 * Calls `look` within the namespace that the descriptor is of: in a thread of its own, which
 * ends there, so that no failure can leave the caller's threads in it.  Returns 0 once it was
 * called, or -1 with errno.
 */
int netns_within(int fd, void (*look)(void *arg), void *arg);

/* The cookie of the namespace that the calling thread is in; 0 where the kernel has none. */
uint64_t netns_own_cookie(void);

/*
 * Zero where the path is no network namespace, or cannot be entered.  The calling thread
 * enters it for a moment; ERR_INTERNAL: it could not come back, and must do nothing more.
 */
int netns_read(const char *path, struct netns *ret, struct err *e);

#endif
