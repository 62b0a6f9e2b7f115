/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/openstack/found.h"

size_t found_faults(const struct findings *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		n += !finding_is_a_note(f->list[i].kind);
	return n;
}

void found_rows(const struct findings *f, const struct call *call, struct rows *ret)
{
	static const struct column columns[] = {
		{ .heading = "PROBLEM", .name = "problem" },
		{ .heading = "WHERE", .name = "where" },
		{ .heading = "WHAT", .name = "what" },
		{ .name = "remedy" },
		{ .name = "isFault" },
	};

	rows_init(ret, call, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < f->n; i++)
		rows_add(ret, cell_text(finding_name(f->list[i].kind)),
			 cell_text(f->list[i].where), cell_text(f->list[i].text),
			 cell_text(finding_remedy(f->list[i].kind)),
			 cell_bool(!finding_is_a_note(f->list[i].kind)));
}

/* Sorted by kind: each remedy once, behind the last of its kind. */
static void print_remedies(const struct findings *f, struct buf *out)
{
	size_t n = 0;

	buf_puts(out, "\nWhat mends it:\n");
	for (size_t i = 0; i < f->n; i++) {
		n++;
		if (i + 1 < f->n && f->list[i + 1].kind == f->list[i].kind)
			continue;
		buf_printf(out, "  %s (%zu): %s\n", finding_name(f->list[i].kind), n,
			   finding_remedy(f->list[i].kind));
		n = 0;
	}
	buf_putc(out, '\n');
}

void found_print(const struct findings *f, struct rows *rows, struct buf *out)
{
	if (!f->n)
		return;
	rows_print(rows, out);
	print_remedies(f, out);
}

void found_print_sum(const struct findings *f, struct buf *out)
{
	size_t n = found_faults(f);

	if (!n)
		buf_puts(out, "no problem");
	else
		buf_printf(out, "%zu problem%s", n, n == 1 ? "" : "s");
}
