/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The YAML of a configuration file, told value by value.  JSON is YAML too.
 * calicoctl_yaml.c is the only file that knows libyaml.
 *
 * Refused, each with FILE:LINE: what is no YAML, what passes one of the limits, anchors
 * and aliases (of which a few lines can stand for gigabytes) and merges by "<<", tags but
 * !!str, a name twice in one map, names that are no text, a NUL, and a second document.
 */
#ifndef CTL_SETTINGS_CALICOCTL_YAML_H
#define CTL_SETTINGS_CALICOCTL_YAML_H

#include "base/err.h"

#include <stddef.h>

#define YAML_FILE_MAX (1 << 20)	/* bytes */
#define YAML_DEPTH_MAX 16	/* maps and lists within each other */
#define YAML_VALUES_MAX 2000	/* names, values, maps and lists in all */

enum told_as {
	TOLD_TEXT,
	TOLD_NOTHING,	/* null, or no value */
	TOLD_OTHER,	/* a number or a boolean as YAML 1.1 has them: 0123, yes */
	TOLD_LIST,	/* whose elements are not told */
	TOLD_MAP,	/* whose values come next */
};

struct told {
	const char *const *names;	/* from the outermost map down */
	unsigned depth;			/* of the names; 0: the whole document */
	enum told_as as;
	const char *text;		/* of a TOLD_TEXT; else "" */
	size_t line;			/* from 1 */
};

/* 0, or -1 with e filled, which ends the reading. */
typedef int told_visitor(const struct told *value, void *arg, struct err *e);

/* `file` is its name, for errors.  ERR_DECODE, ERR_LIMIT. */
int calicoctl_yaml_read(const char *text, size_t len, const char *file, told_visitor *visit,
			void *arg, struct err *e);

#endif
