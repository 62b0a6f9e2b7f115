/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a power cut leaves of a folder.
 *
 * disk_watch() records what traced processes do to the files below the folder, in order.
 * A write, a size and a name are on the disk for certain once the file, or for a name
 * its folder, was synced after them, or if the file was opened with O_DSYNC, once the
 * write has returned.  What is not may be there or not, in any order, and of a write each
 * sector of 512 bytes by itself: POSIX promises no more.
 *
 * disk_cuts() makes what may be found after a cut at each moment, and has it looked at:
 * of what is not certain all, nothing, each beginning, all but one, one alone, and all
 * with one write torn.
 */
#ifndef TESTS_KILLS_DISK_H
#define TESTS_KILLS_DISK_H

#include "tests/kills/trace.h"

#include <stdbool.h>

struct disk;

/* What is below the folder is on the disk for certain. */
struct disk *disk_new(const char *folder);
void disk_free(struct disk *d);

/* A call_watcher; its argument is the disk.  Aborts on what it does not know. */
int disk_watch(const struct call *call, enum moment moment, void *disk);
/* The next calls are of another process. */
void disk_new_process(struct disk *d);
/* Somebody was told that it is done, for the n-th time. */
void disk_told(struct disk *d);

/* Things done to the disk so far. */
unsigned disk_done(const struct disk *d);

/* The control: syncs that do nothing, of these. */
enum forgotten { NO_SYNC_FORGOTTEN, SYNCS_OF_FILES = 1, SYNCS_OF_FOLDERS = 2, ALL_SYNCS = 3 };

/*
 * Looks at what may be there, in `folder`; `told` so many times that something is done.
 * Returns false to see no more.
 */
typedef bool cut_visitor(const char *folder, unsigned told, void *arg);

/* From the moment on; writes to `folder`, which is emptied.  Returns the states made. */
unsigned disk_cuts(const struct disk *d, unsigned from, enum forgotten forgotten,
		   const char *folder, cut_visitor *visit, void *arg);

#endif
