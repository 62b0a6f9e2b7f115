/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/table.h"
#include "base/terminal/printable.h"

#include <string.h>

void table_init(struct table *t, const char *const *headings, unsigned columns, bool headless)
{
	*t = (struct table){ .columns = columns };
	buf_init(&t->cells, TABLE_TEXT_MAX);
	t->colours = colours_wanted();
	for (unsigned i = 0; i < columns; i++) {
		t->right[i] = headings[i][0] == '>';
		if (!headless)
			table_add(t, COLOUR_BOLD, headings[i] + t->right[i]);
	}
}

void table_done(struct table *t)
{
	buf_done(&t->cells);
}

/* Characters, not bytes: UTF-8's continuation bytes do not count. */
static unsigned width_of(const char *text)
{
	unsigned n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

void table_add(struct table *t, enum colour colour, const char *text)
{
	size_t at;
	unsigned width;

	buf_putc(&t->cells, (char)colour);
	at = t->cells.len;
	printable_add(*text ? text : "-", &t->cells);
	width = width_of(t->cells.data + at);
	if (width > t->width[t->column])
		t->width[t->column] = width;
	t->column = (t->column + 1) % t->columns;
	buf_putc(&t->cells, '\0');
}

static void print_text(const struct table *t, enum colour colour, const char *text,
		       struct buf *out)
{
	bool painted = t->colours && colour != COLOUR_NONE;

	buf_printf(out, "%s%s%s", painted ? colour_text(colour) : "", text,
		   painted ? colour_text(COLOUR_NONE) : "");
}

static void print_cell(const struct table *t, unsigned column, const char *cell, struct buf *out)
{
	enum colour colour = (enum colour)cell[0];
	int pad = (int)(t->width[column] - width_of(cell + 1));

	if (column)
		buf_puts(out, "  ");
	if (t->right[column])
		buf_printf(out, "%*s", pad, "");
	print_text(t, colour, cell + 1, out);
	if (!t->right[column] && column + 1 < t->columns)
		buf_printf(out, "%*s", pad, "");
}

void table_print(struct table *t, struct buf *out)
{
	const char *cell = t->cells.data, *end = t->cells.data + t->cells.len;

	if (t->cells.failed)
		out->failed = true;
	for (unsigned column = 0; t->columns && cell < end; column = (column + 1) % t->columns) {
		print_cell(t, column, cell, out);
		if (column + 1 == t->columns)
			buf_putc(out, '\n');
		cell += 1 + strlen(cell + 1) + 1;
	}
}
