/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root folder of somebody else's system, such as a mounted image.
 *
 * Paths are as that system has them ("/etc/os-release").  A link within it, absolute or not,
 * leads where it would lead there, and never out of the folder: openat2(2) with
 * RESOLVE_IN_ROOT, of Linux 5.6.  What is no regular file is not opened, and all is bounded.
 */
#ifndef OPENSTACK_GUEST_ROOT_H
#define OPENSTACK_GUEST_ROOT_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define ROOT_FILE_MAX (1 << 20)	/* bytes of a file that is read */
#define ROOT_NAMES_MAX 1000	/* names of a folder that are looked at */
#define ROOT_PATH_MAX 256	/* bytes of a path that is told */

struct root {
	int fd;	/* owned; -1: none */
};

#define NO_ROOT { .fd = -1 }

/* ERR_NOT_FOUND, ERR_UNSUPPORTED (the kernel is too old), ERR_IO. */
int root_open(struct root *r, const char *path, struct err *e);
void root_done(struct root *r);	/* also for __cleanup */

/* Whether there is such a name; a link need not lead anywhere. */
bool root_has(const struct root *r, const char *path);

/* Appends the file's bytes; /dev/null has none.  ERR_NOT_FOUND, ERR_LIMIT, else ERR_IO. */
int root_read(const struct root *r, const char *path, struct buf *out, struct err *e);

struct root_names {
	char **list;	/* owned, in bytewise order */
	size_t n, cap;
};

/* The names of a folder that end so; none of one that is not there. */
int root_list(const struct root *r, const char *folder, const char *suffix,
	      struct root_names *ret, struct err *e);
void root_names_done(struct root_names *names);	/* also for __cleanup */

/*
 * Makes the folders above a file, and counts those that were not there, also where it fails at a
 * later one.
 */
int root_make_parent(const struct root *r, const char *path, unsigned *ret_made, struct err *e);

/* Puts a file there, as base/new_file.h does, with exactly these rights. */
int root_write(const struct root *r, const char *path, const struct buf *text, mode_t mode,
	       struct err *e);

/* Removes up to so many folders above a file, as far as they are there and empty. */
int root_remove_parents(const struct root *r, const char *path, unsigned n, struct err *e);

/* Removes the file, then up to so many folders above it, as far as they are empty. */
int root_remove(const struct root *r, const char *path, unsigned folders, struct err *e);

#endif
