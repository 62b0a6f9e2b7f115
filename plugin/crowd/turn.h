/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's turn: one process at a time carries out ADDs and DELs on a node, and with its
 * own all that wait for their turn meanwhile (docs/DESIGN.md 4.1).
 *
 * Whoever finds the lock free opens the store, takes the lock and carries out its request,
 * with those that lie in the queue.  Whoever finds it held lays its request there and waits
 * for the lock: once it has it, either its answer is there, and it has opened no store, or it
 * carries out its request and what then waits.
 *
 * The lock eases the competition for a node's blocks, and what is committed is checked
 * against the store all the same: a lock file that cannot be used is logged and done
 * without.
 */
#ifndef PLUGIN_CROWD_TURN_H
#define PLUGIN_CROWD_TURN_H

#include "base/clock.h"
#include "datastore/settings.h"
#include "ipam/crowd/crowd.h"

struct turn {
	const struct settings *settings;
	const char *node;
	const char *lock_file;
	int lock; /* that file, open; -1: it cannot be used */
	struct deadline deadline;
};

/* Opens the store that the turn is about, with its mirror; what only releases makes none. */
int turn_open_store(const struct turn *turn, bool to_create, struct datastore **ret,
		    struct err *e);

/* Waits for the host's turn, if there is a lock to wait for.  ERR_DEADLINE: in vain. */
int turn_await(const struct turn *turn, struct err *e);

/*
 * Fills what an answer fills of the member.  make_pools of an ADD is set here, from the
 * store's traits.  ERR_DEADLINE: the lock was held until then; nothing was changed, unless
 * the text says that another process has taken the request.
 */
int turn_carry_out(const struct turn *turn, struct crowd_member *mine, struct err *e);

#endif
