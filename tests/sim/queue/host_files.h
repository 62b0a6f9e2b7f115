/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of a host that its processes meet at, as the kernel keeps them: the lock file, the
 * queue (plugin/crowd/queue.h) and the notes (plugin/crowd/note.h).  An open file outlives its
 * name, a lock ends with whoever holds it, and a dead process writes nothing.
 *
 * Whoever waits for a lock stops, and others come in; so does who is about to look at an
 * entry, to take it, or to write an answer, and who has made one and has no lock on it yet.
 */
#ifndef TESTS_SIM_QUEUE_HOST_FILES_H
#define TESTS_SIM_QUEUE_HOST_FILES_H

#include "tests/sim/world.h"

#define HOST_LOCK_FILE "/run/ipam.lock"

/* The next in a folder of the current actor's host: its name there; NULL: no more. */
const char *host_files_next(const char *folder, unsigned *at);
/* Before a game. */
void host_files_forget(void);
/* The host was booted anew; all that ran there is dead. */
void host_files_are_gone(const struct host *host);
/* How many the host has in a folder of this kind that readers see (plugin/crowd/folder.h). */
unsigned host_files_count(const struct host *host, const char *kind);
/* Takes the host's lock as Calico's own plugin does; -1: the actor has died. */
int host_files_lock(void);
/* Who has the lock that the actor waits for; NULL: it does not wait, or need not any more. */
struct actor *host_files_blocker(const struct actor *a);
/* True if the actor holds the host's lock. */
bool host_files_are_locked_by(const struct actor *a);
/* True, and done, if there is such a file. */
bool host_files_unlink(const char *path);

#endif
