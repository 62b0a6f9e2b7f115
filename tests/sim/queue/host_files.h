/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of a host that its processes meet at, as the kernel keeps them: the lock file and
 * the queue (plugin/crowd/queue.h).  An open file outlives its name, a lock ends with whoever
 * holds it, and a dead process writes nothing.
 *
 * Whoever waits for a lock stops, and others come in; so does who is about to look at an
 * entry, to take it, or to write an answer.
 */
#ifndef TESTS_SIM_QUEUE_HOST_FILES_H
#define TESTS_SIM_QUEUE_HOST_FILES_H

#include "tests/sim/world.h"

#define HOST_LOCK_FILE "/run/ipam.lock"

/* Before a game. */
void host_files_forget(void);
/* Takes the host's lock as Calico's own plugin does; -1: the actor has died. */
int host_files_lock(void);
/* Who has the lock that the actor waits for; NULL: it does not wait, or need not any more. */
struct actor *host_files_blocker(const struct actor *a);
/* True if the actor holds the host's lock. */
bool host_files_are_locked_by(const struct actor *a);
/* True, and done, if there is such a file. */
bool host_files_unlink(const char *path);

#endif
