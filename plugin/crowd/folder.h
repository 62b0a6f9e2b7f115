/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folders in run_path that the requests of one crowd share: those of one node, one lock file
 * and one store, asked in the same way.
 *
 * A folder is named after what its requests have in common, secrets left out: the store's
 * settings, the node and the lock file.  It is the user's alone (0700); where another user
 * could have written, it is as if it were not there.  Nothing in it is a secret.
 */
#ifndef PLUGIN_CROWD_FOLDER_H
#define PLUGIN_CROWD_FOLDER_H

#include "base/buf.h"
#include "base/err.h"
#include "datastore/settings.h"

#include <dirent.h>
#include <limits.h>

struct crowd_folder {
	char *crowd; /* owned: what its requests have in common; NULL: there is none */
	char path[PATH_MAX];
};

/*
 * "<run_path>/<kind>-<16 digits>".  Nothing is made yet.  -1: out of memory, or too long; or an
 * endpoint has a user, with whom no store is opened.
 */
int crowd_folder_init(struct crowd_folder *f, const char *kind, const struct settings *settings,
		      const char *node, const char *lock_file);
void crowd_folder_done(struct crowd_folder *f); /* also for __cleanup */

/* Makes it, if need be.  -1: it cannot be, or is not this user's alone. */
int crowd_folder_make(const struct crowd_folder *f, struct err *e);
/* It is there, and this user's alone. */
bool crowd_folder_is_ours(const struct crowd_folder *f);
/* NULL: it is not, or cannot be read. */
DIR *crowd_folder_open(const struct crowd_folder *f);

/* Of an entry: its name, and what stands behind it.  -1: too long. */
int crowd_folder_path(const struct crowd_folder *f, const char *name, const char *mark,
		      char ret[PATH_MAX]);

/*
 * Makes an entry of this text, which this process holds a flock(2) on as long as it lives:
 * so others tell it from a dead process's.  It has its lock and its text before it has its
 * name: until then it has one that begins with a dot, which readers pass over.
 */
int crowd_folder_lay(const struct crowd_folder *f, const char *name, const struct buf *text,
		     int *ret_fd, struct err *e);
/*
 * Reads an entry that this user has made, *ret_fd open on it; *ret_held: its process lives.
 * The lock is this process's else.  One that its process removed before it let go of the lock
 * is none: ERR_NOT_FOUND, as of what is no entry of ours.  Any other error may pass.
 */
int crowd_folder_read(const struct crowd_folder *f, const char *name, struct buf *out,
		      int *ret_fd, bool *ret_held, struct err *e);
/* Removes one whose name begins with a dot, if it was left so by a process that was killed. */
void crowd_folder_drop_begun(const struct crowd_folder *f, const char *name);

#endif
