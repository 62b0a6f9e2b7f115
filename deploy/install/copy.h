/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An executable of the image, copied onto the node: rwxr-xr-x, whole or not at all.
 */
#ifndef DEPLOY_INSTALL_COPY_H
#define DEPLOY_INSTALL_COPY_H

#include "base/err.h"

#include <stdbool.h>

/* Whether `path` is such a copy: a file with these bytes and these rights. */
bool copy_is(const char *path, const char *of);

/*
 * Replaces `path`, whatever it was; it is on the disk when its name is given.  ERR_IO names
 * the file, and then nothing was changed (base/new_file.h).
 */
int copy_make(const char *from, const char *path, struct err *e);

#endif
