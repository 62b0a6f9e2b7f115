/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file as oslo.config reads it (its documentation, "Configuration files"):
 *
 *	[section]		what stands before the first is [DEFAULT]
 *	key = value		or key: value
 *	    continued		a line that begins with a blank goes on with the value
 *	# comment		also ';', at the beginning of a line
 *
 * Blanks around a value, and a pair of quotes, are not part of it.  A key may come more than
 * once: whoever takes single values uses the last.
 */
#ifndef OPENSTACK_CONFIG_OSLO_FILE_H
#define OPENSTACK_CONFIG_OSLO_FILE_H

#include "base/err.h"

#define OSLO_FILE_MAX (1 << 20)	/* bytes */

/* -1, with *e filled, ends the reading; `where` is "<file>:<line>". */
typedef int oslo_visitor(const char *section, const char *key, const char *value,
			 const char *where, void *arg, struct err *e);

/* ERR_NOT_FOUND, ERR_IO; ERR_CONFIG names file and line. */
int oslo_file_read(const char *path, oslo_visitor *visit, void *arg, struct err *e);

/* The same of a text, which it cuts into pieces. */
int oslo_text_read(char *text, const char *name, oslo_visitor *visit, void *arg, struct err *e);

#endif
