/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's turn: one process at a time carries out ADDs and DELs on a node, and with its
 * own all that wait for their turn meanwhile (docs/DESIGN.md 4.1).
 *
 * Whoever finds the lock free takes it, opens the store and carries out its request, with those
 * that lie in the queue.  Whoever finds it held lays its request there and waits for the lock:
 * once it has it, either its answer is there, and it has opened no store, or it carries out its
 * request and what then waits.  What may take longest before a store can be opened, an exec
 * plugin, is done before any of it (datastore_prepare()): nobody waits for that with the lock
 * held.  DNS is asked with it held, where servers are found by SRV records: 6 s at most.
 *
 * With what it carries out it settles what others have left behind (note.h).
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
#include "plugin/crowd/note.h"

#include <sys/types.h>

struct turn {
	const struct settings *settings;
	const char *node;
	const char *lock_file;
	struct deadline deadline;
	/* Filled. */
	int lock; /* owned: that file, open; -1 at first, and where it cannot be used */
	off_t byte; /* of that file: the turn of one interface of a container */
	struct crowd_folder notes; /* without a crowd: none are written, none are settled */
	struct note note; /* of the request that this process carries out (turn_note.h) */
};

/*
 * Waits for the turn of the interface of the container with this handle: a runtime that was
 * killed leaves the ADD that it began, and the one that comes after it asks for the DEL of
 * the same container.  A DEL that overtook the ADD would find nothing, and what the ADD
 * writes afterwards would stay for ever.  So they take turns, from before either has looked
 * at anything.  Of two that wait either may come first, so other interfaces have turns of
 * their own: an ADD finds nobody before it, unless its runtime has begun two requests for
 * one interface.  ERR_DEADLINE: in vain.
 */
int turn_begin(struct turn *turn, const char *handle, const char *ifname, struct err *e);
/* Leaves its note, if it was not taken back.  Also for __cleanup. */
void turn_done(struct turn *turn);

/* Opens the store that the turn is about, with its mirror; what only releases makes none. */
int turn_open_store(const struct turn *turn, bool to_create, struct datastore **ret,
		    struct err *e);

/*
 * Waits for the host's turn, if there is a lock to wait for; *ret_held: it has the lock, which
 * nobody has where it cannot be used.  ERR_DEADLINE: in vain.
 */
int turn_await(const struct turn *turn, bool *ret_held, struct err *e);

/*
 * Settles the notes that are left (note.h), if nobody has the lock, who would do it: for a
 * request that takes no turn, which is not begun.  Errors are logged.
 */
void turn_settle(struct turn *turn);

/*
 * Fills what an answer fills of the member, and settles notes beside it.  make_pools of an
 * ADD is set here, from the store's traits.  ERR_DEADLINE: the lock was held until then;
 * nothing was changed, unless the text says that another process has taken the request.
 */
int turn_carry_out(const struct turn *turn, struct crowd_member *mine, struct err *e);
/* The same in a store that turn_open_store() has opened for it, which it takes over. */
int turn_carry_out_in(const struct turn *turn, struct datastore **ds, struct crowd_member *mine,
		      struct err *e);

#endif
