/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/inspect/holders.h"

#include "base/list.h"
#include "ipam/audit/utilization.h"

#include <stdlib.h>
#include <string.h>

#define CELLS_MAX (64 << 20)	/* bytes of one block's rows */

static const struct column columns[] = {
	{ .heading = "ADDRESS", .name = "address" },
	{ .heading = "STATE", .name = "state" },
	{ .heading = "NODE", .name = "node" },
	{ .heading = "POD", .name = "pod" },
	{ .heading = "IFNAME", .name = "ifname" },
	{ .heading = "SINCE", .name = "since" },
	{ .heading = "HANDLE", .name = "handle" },
};

void holders_done(struct holders *h)
{
	for (size_t i = 0; i < h->n; i++)
		free(h->blocks[i].cells);
	free(h->blocks);
	*h = (struct holders){ .filter = h->filter };
}

static bool is_wanted(const struct holders_filter *f, const struct block *b,
		      const struct attribute *attribute)
{
	const char *node = attribute_secondary(attribute, "node");

	if (!attribute || (f->node && (!node || strcmp(node, f->node) != 0)))
		return false;
	if (f->handle && !attribute_has_handle(attribute, f->handle))
		return false;
	return !f->borrowed || utilization_is_borrowed(b, attribute);
}

static void add_cell(struct buf *cells, const char *text)
{
	if (text)
		buf_puts(cells, text);
	buf_putc(cells, '\0');
}

static void add_pod(struct buf *cells, const struct attribute *attribute)
{
	const char *pod = attribute_secondary(attribute, "pod"),
		   *in = attribute_secondary(attribute, "namespace");

	if (pod && in)
		buf_printf(cells, "%s/", in);
	add_cell(cells, pod);
}

static void add_row(struct buf *cells, const struct block *b, unsigned ordinal)
{
	const struct attribute *a = block_attribute(b, ordinal);
	bool cooling = attribute_is_released(a);
	char address[ADDR_TEXT];

	addr_print(block_addr(b, ordinal), address);
	add_cell(cells, address);
	add_cell(cells, cooling ? "cooling" : "assigned");
	add_cell(cells, attribute_secondary(a, "node"));
	add_pod(cells, a);
	add_cell(cells, attribute_secondary(a, "ifname"));
	add_cell(cells, cooling ? attribute_released_at(a)
				: attribute_secondary(a, "timestamp"));
	add_cell(cells, attribute_handle(a));
}

static void keep(struct holders *h, struct cidr cidr, struct buf *cells)
{
	if (list_room(&h->blocks, h->n, &h->cap) < 0) {
		h->failed = true;
		return;
	}
	h->blocks[h->n] = (struct holders_block){ cidr, NULL, cells->len };
	h->blocks[h->n].cells = malloc(cells->len);
	if (!h->blocks[h->n].cells) {
		h->failed = true;
		return;
	}
	memcpy(h->blocks[h->n++].cells, cells->data, cells->len);
}

void holders_add_block(struct holders *h, const struct block *b)
{
	struct buf cells __cleanup(buf_done) = BUF(CELLS_MAX);

	for (unsigned i = 0; i < b->size; i++) {
		if (!is_wanted(&h->filter, b, block_attribute(b, i)))
			continue;
		add_row(&cells, b, i);
		h->rows++;
	}
	h->failed |= cells.failed;
	if (cells.len)
		keep(h, b->cidr, &cells);
}

static int compare(const void *left, const void *right)
{
	const struct holders_block *a = left, *b = right;

	return cidr_compare(a->cidr, b->cidr);
}

/* An empty text is a field that is not told. */
static void add_rows(const struct holders_block *b, struct rows *rows)
{
	struct cell cells[ARRAY_LEN(columns)];
	const char *text = b->cells, *end = text + b->len;

	while (text < end) {
		for (unsigned i = 0; i < ARRAY_LEN(columns); i++) {
			cells[i] = cell_text(*text ? text : NULL);
			text += strlen(text) + 1;
		}
		rows_add_cells(rows, cells, ARRAY_LEN(columns));
	}
}

void holders_rows(struct holders *h, const struct call *call, struct rows *ret)
{
	if (h->n)
		qsort(h->blocks, h->n, sizeof(*h->blocks), compare);
	rows_init(ret, call, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < h->n; i++)
		add_rows(&h->blocks[i], ret);
}
