/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables for people: columns as wide as their widest cell, two blanks apart, no
 * blanks at the end of a line.  Cells come from a store that others write too: they are
 * escaped as base/terminal/printable.h says.  An empty one is printed as '-'.
 */
#ifndef CTL_CLI_TABLE_H
#define CTL_CLI_TABLE_H

#include "base/buf.h"
#include "ctl/cli/colour.h"

#include <stdbool.h>

#define TABLE_COLUMNS_MAX 12
#define TABLE_TEXT_MAX (128 << 20)	/* bytes of all cells */

struct table {
	unsigned columns;
	bool right[TABLE_COLUMNS_MAX];	/* flush right: numbers */
	unsigned width[TABLE_COLUMNS_MAX];	/* characters */
	unsigned column;	/* of the next cell */
	struct buf cells;	/* each begun by its colour's byte and ended by a NUL */
	bool colours;		/* wanted */
};

/* Headings, of which one that begins with '>' is flush right; headless: they are not shown. */
void table_init(struct table *t, const char *const *headings, unsigned columns, bool headless);
void table_done(struct table *t); /* also for __cleanup */

/* The next cell, row by row; in the colour where colours are wanted. */
void table_add(struct table *t, enum colour colour, const char *text);
void table_print(struct table *t, struct buf *out);

#endif
