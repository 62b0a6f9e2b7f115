/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files, as a one-shot needs them: bounded, close-on-exec, errors that name the file.
 */
#ifndef BASE_IO_H
#define BASE_IO_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"

#include <dirent.h>
#include <stdbool.h>
#include <sys/types.h>

/*
 * Opens without waiting: a FIFO, a socket or a device is refused, for who opens a FIFO
 * waits for its other end, and a device never ends.  Close-on-exec.  Returns NULL and
 * *ret_fd, or why not, in words that stand behind the file's name, with errno; ENXIO is
 * one of those three.
 */
const char *io_open(const char *path, int flags, mode_t mode, int *ret_fd);

/*
 * Opens a file of the kernel's own, below /proc or /sys, for reading.  It is not looked at
 * before and after: such a path is dear to walk, and what it leads to is known.  Returns the
 * descriptor, or -1 with errno.
 */
int io_open_of_kernel(const char *path);

/* "is a FIFO, not a regular file" and the like; NULL of a regular file or a folder. */
const char *io_special(mode_t mode);

/* Appends all of fd to out, whose limit bounds it; `what` names it in the error. */
int io_read_fd(int fd, struct buf *out, const char *what, struct err *e);

/* Appends the file's bytes.  ERR_NOT_FOUND if it does not exist, else ERR_IO. */
int io_read_file(const char *path, struct buf *out, struct err *e);

/*
 * The same of a regular file that belongs to this user; a link, or what another user
 * has put there, is ERR_IO, and a FIFO is not waited for.
 */
int io_read_own_file(const char *path, struct buf *out, struct err *e);

/* Waits for bytes or the end: above 0; 0 when the deadline passed, -1 with errno. */
int io_wait_readable(int fd, struct deadline until);

/* False: it is a pipe or a socket whose other end is closed, so that nobody will read. */
bool io_has_reader(int fd);

int io_write_fd(int fd, const void *data, size_t len, const char *what, struct err *e);

/* Replaces the file, so that a reader sees the old bytes or the new (base/new_file.h). */
int io_replace_file(const char *path, const void *data, size_t len, mode_t mode, struct err *e);
/*
 * Writes over a regular file that belongs to this user and has no other name, or makes it: a
 * reader may see some of the old bytes and some of the new, and so does whoever comes after
 * one that was killed.  For what has a checksum, at a third of the price.
 */
int io_overwrite_own_file(const char *path, const void *data, size_t len, mode_t mode,
			  struct err *e);

/* For `DIR *folder __cleanup(close_folder)`: closes it unless it is NULL. */
void close_folder(DIR **folder);

/* Makes the folder and its parents. */
int io_make_folders(const char *path, mode_t mode, struct err *e);
/* Makes the folders above a file. */
int io_make_parent(const char *path, mode_t mode, struct err *e);

/*
 * Takes an exclusive flock(2) on the file, waiting in the kernel's queue until the
 * deadline.  The file is made if need be, and never removed.  The lock is held
 * until *ret_fd is closed or the process ends.  ERR_DEADLINE names the file.  Of one that
 * somebody has removed meanwhile, that which has the name then is locked.
 * Uses SIGALRM and the real-time interval timer while it waits.
 */
int io_lock_file(const char *path, struct deadline until, int *ret_fd, struct err *e);

/*
 * The same of one byte of the file, which need not have it: a lock for one thing of many,
 * without a file for each.  Whoever locks another byte, or the file by io_lock_file(),
 * neither waits for it nor holds it up.
 */
int io_lock_byte(const char *path, off_t at, struct deadline until, int *ret_fd, struct err *e);

/*
 * The same in steps, of a lock file that is open with a byte locked by io_lock_byte(), or
 * otherwise to be tried only.  False also where it was removed.  The wait leaves it open,
 * whatever comes of it; where it was removed the descriptor is of the next file of that name
 * then, of which the byte `at` is locked too.
 */
bool io_try_lock(int fd, const char *path);
int io_wait_for_lock(int fd, const char *path, off_t at, struct deadline until, struct err *e);

/* The same of a file that has another use, and that need only be readable; none is made. */
int io_lock_existing(const char *path, struct deadline until, int *ret_fd, struct err *e);

#endif
