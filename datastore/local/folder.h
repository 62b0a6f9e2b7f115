/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folder of a local store: its files, made so that a power cut leaves either
 * no store or a whole one.
 *
 *	data.mdb	the records (LMDB); locked (flock) while a process opens them
 *	lock.mdb	LMDB's table of readers
 *	lock		taken with a time limit by whoever writes
 *	new.mdb		a store being made, under `lock`
 *	unsynced	there while a power cut might still take data.mdb's name, or the folder's
 */
#ifndef DATASTORE_LOCAL_FOLDER_H
#define DATASTORE_LOCAL_FOLDER_H

#include "base/err.h"

#include <limits.h>
#include <stdbool.h>

struct folder {
	char path[PATH_MAX];
	char data[PATH_MAX];
	char readers[PATH_MAX];
	char lock[PATH_MAX];
	char fresh[PATH_MAX];
	char unsynced[PATH_MAX];
};

/* Names the files.  A NULL or empty path is SETTINGS_LOCAL_PATH.  ERR_LIMIT if too long. */
int folder_init(struct folder *f, const char *path, struct err *e);

/* Says whether data.mdb is there.  ERR_IO if that cannot be told, or it is no file. */
int folder_has_store(const struct folder *f, bool *ret_has, struct err *e);

/* Makes nothing, and says whether folder_make() could.  ERR_IO if not. */
int folder_could_be_made(const struct folder *f, struct err *e);

/* Makes the folder, mode 0700, unless it is there. */
int folder_make(const struct folder *f, struct err *e);

/* Gives new.mdb its name, durably. */
int folder_adopt(const struct folder *f, struct err *e);

/*
 * False if whoever gave it its name died before that was durable: nothing may be
 * acknowledged before folder_settle(), under `lock`, has made it so.
 */
bool folder_is_settled(const struct folder *f);
int folder_settle(const struct folder *f, struct err *e);

#endif
