/* SPDX-License-Identifier: Apache-2.0 */
/* A root folder as an image has it, in a temporary folder. */
#ifndef TESTS_OPENSTACK_FIXTURE_ROOT_H
#define TESTS_OPENSTACK_FIXTURE_ROOT_H

#include "base/buf.h"

extern char root_folder[256];

void root_begin(void);
void root_end(void);

/* Makes the file, and the folders above it; whatever was there is replaced. */
void root_put(const char *path, const char *text);
void root_link(const char *path, const char *target);
void root_unput(const char *path);

/* All names below, with their rights and what they hold, into `out`. */
void root_describe(struct buf *out);

#endif
