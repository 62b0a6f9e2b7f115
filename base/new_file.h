/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file being written, which takes its name once it is whole: a reader of the name
 * sees the old bytes or the new, and who dies before leaves the old.
 *
 *	struct new_file f __cleanup(new_file_done) = NO_NEW_FILE;
 *
 *	if (new_file_begin(&f, path, 0600, e) < 0 || io_write_fd(f.fd, …) < 0)
 *		return -1;
 *	return new_file_publish(&f, path, e);
 *
 * A FIFO, a socket or a device in its place is refused.
 *
 * It is written beside the file that it will replace, under a name that nobody can
 * guess, never through a link and never into what was there.  What the name stood for
 * is replaced, a link too, and not what the link leads to.
 *
 * Its writer holds a flock(2) on it as long as it lives.  What the killed have left is
 * so told from what is being written, and removed by whoever next writes a file into
 * the same folder.
 *
 * All that this project writes whole, is written here; a log and the local store,
 * which grow, are not.
 */
#ifndef BASE_NEW_FILE_H
#define BASE_NEW_FILE_H

#include "base/err.h"

#include <limits.h>
#include <stdio.h>
#include <sys/types.h>

#define NEW_FILE_MARK ".calico-ipam-new-"	/* with which such a file's name begins */

struct new_file {
	int fd;			/* owned, for reading and writing; -1: none */
	FILE *stream;		/* owned, of fd, once it was asked for */
	char name[PATH_MAX];	/* until it is whole; "": none */
};

#define NO_NEW_FILE { .fd = -1 }

/* Makes the file, in the folder of `path`.  ERR_LIMIT, or ERR_IO that names `path`. */
int new_file_begin(struct new_file *f, const char *path, mode_t mode, struct err *e);

/* Sets f->stream, for reading and writing; it then takes the place of f->fd. */
int new_file_open_stream(struct new_file *f, const char *path, struct err *e);

/* Writes what was written to the disk: with it, a power cut leaves the old or the new. */
int new_file_sync(struct new_file *f, const char *path, struct err *e);

/* Gives it its name.  Of a stream: flush it, or sync, before. */
int new_file_publish(struct new_file *f, const char *path, struct err *e);

/* Closes it, and removes what was not published.  Also for __cleanup. */
void new_file_done(struct new_file *f);

#endif
