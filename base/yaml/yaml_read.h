/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The YAML of a configuration file, told value by value.  JSON is YAML too.
 * yaml_read.c is the only file that knows libyaml's parser.
 *
 * Refused, each with FILE:LINE: what is no YAML, what passes one of the limits, anchors
 * and aliases (of which a few lines can stand for gigabytes) and merges by "<<", tags but
 * !!str, a name twice in one map, names that are no text, a NUL, and one document too many.
 */
#ifndef BASE_YAML_YAML_READ_H
#define BASE_YAML_YAML_READ_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define YAML_FILE_MAX (1 << 20)	/* bytes, unless the source says more */
#define YAML_DEPTH_MAX 16	/* maps and lists within each other */
#define YAML_NAMES_MAX 2000	/* names of one map */

enum told_as {
	TOLD_TEXT,
	TOLD_NOTHING,	/* null, or no value */
	TOLD_OTHER,	/* a number or a boolean as YAML 1.1 has them: 0123, yes */
	TOLD_LIST,	/* whose elements come next */
	TOLD_MAP,	/* whose values come next */
};

/* From the document down to a value. */
struct told_step {
	const char *name;	/* within a map; NULL: within a list */
	unsigned index;		/* within a list, from 0 */
};

struct told {
	const struct told_step *path;
	unsigned depth;		/* of the path; 0: the whole document, of which a new one begins */
	enum told_as as;
	const char *text;	/* of a TOLD_TEXT or TOLD_OTHER, as it stands; else "" */
	size_t line;		/* from 1 */
};

/* 0, or -1 with e filled, which ends the reading. */
typedef int told_visitor(const struct told *value, void *arg, struct err *e);

struct yaml_source {
	const char *text;
	size_t len;
	const char *file;	/* its name, for errors */
	unsigned values_max;	/* names, values, maps and lists in all */
	size_t len_max;		/* bytes; 0: YAML_FILE_MAX */
	unsigned documents_max;	/* 0: one */
};

/* ERR_DECODE, ERR_LIMIT. */
int yaml_read(const struct yaml_source *source, told_visitor *visit, void *arg, struct err *e);

/* Whether a TOLD_OTHER is a boolean, and which. */
bool yaml_bool(const struct told *value, bool *ret);

#endif
