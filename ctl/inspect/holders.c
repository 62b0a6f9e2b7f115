/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/inspect/holders.h"

#include "base/list.h"
#include "ctl/inspect/since.h"
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
	{ .heading = "AGE" },
	{ .heading = "SINCE", .name = "since", .wide = true },
	{ .heading = "HANDLE", .name = "handle", .wide = true },
};

/* Texts of a kept row, each ended by a NUL. */
enum { TEXT_ADDRESS, TEXT_STATE, TEXT_NODE, TEXT_POD, TEXT_IFNAME, TEXT_SINCE, TEXT_HANDLE,
       N_TEXTS };

void holders_done(struct holders *h)
{
	for (size_t i = 0; i < h->n; i++)
		free(h->blocks[i].cells);
	free(h->blocks);
	*h = (struct holders){ .filter = h->filter, .order = h->order };
}

static bool says(const struct attribute *attribute, const char *name, const char *wanted)
{
	const char *text = attribute_secondary(attribute, name);

	return !wanted || (text && strcmp(text, wanted) == 0);
}

/* "web/pod-1" names the namespace too. */
static bool is_of_pod(const struct attribute *attribute, const char *wanted)
{
	const char *slash = wanted ? strchr(wanted, '/') : NULL,
		   *in = attribute_secondary(attribute, "namespace");
	size_t len = slash ? (size_t)(slash - wanted) : 0;

	if (slash && (!in || strlen(in) != len || memcmp(in, wanted, len) != 0))
		return false;
	return says(attribute, "pod", slash ? slash + 1 : wanted);
}

static bool is_wanted(const struct holders_filter *f, const struct block *b,
		      const struct attribute *attribute)
{
	if (!attribute || !says(attribute, "node", f->node) ||
	    !says(attribute, "namespace", f->namespace) || !is_of_pod(attribute, f->pod))
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
	char address[ADDR_TEXT], since[SINCE_TEXT];

	addr_print(block_addr(b, ordinal), address);
	add_cell(cells, address);
	add_cell(cells, cooling ? "cooling" : "assigned");
	add_cell(cells, attribute_secondary(a, "node"));
	add_pod(cells, a);
	add_cell(cells, attribute_secondary(a, "ifname"));
	add_cell(cells, since_of(a, since) ? since : NULL);
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

void holders_add_block(struct holders *h, const struct block *b, const struct pool *pool)
{
	struct buf cells __cleanup(buf_done) = BUF(CELLS_MAX);

	if (h->filter.pool && (!pool || strcmp(pool->name, h->filter.pool) != 0))
		return;
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

static int compare_blocks(const void *left, const void *right)
{
	const struct holders_block *a = left, *b = right;

	return cidr_compare(a->cidr, b->cidr);
}

/* A row that is to be sorted: its texts, one behind the other. */
struct holder {
	const char *texts;
	size_t place;	/* in the order of the addresses */
};

static const char *text_of(const char *texts, unsigned which)
{
	while (which--)
		texts += strlen(texts) + 1;
	return texts;
}

/* qsort() hands over nothing beside. */
static unsigned the_text;

/* What is not told comes last. */
static int compare_holders(const void *left, const void *right)
{
	const struct holder *a = left, *b = right;
	const char *one = text_of(a->texts, the_text), *other = text_of(b->texts, the_text);
	int d = !*one || !*other ? !*one - !*other : strcmp(one, other);

	return d ? d : a->place < b->place ? -1 : a->place > b->place;
}

static struct holder *list_holders(struct holders *h, size_t *ret_n)
{
	struct holder *list = calloc(h->rows + 1, sizeof(*list));
	size_t n = 0;

	if (!list) {
		h->failed = true;
		return NULL;
	}
	for (size_t i = 0; i < h->n; i++) {
		const char *text = h->blocks[i].cells, *end = text + h->blocks[i].len;

		for (; text && text < end; text = text_of(text, N_TEXTS), n++)
			list[n] = (struct holder){ text, n };
	}
	*ret_n = n;
	return list;
}

/* An empty text is a field that is not told. */
static struct cell cell_at(const char *texts, unsigned which)
{
	const char *text = text_of(texts, which);

	return cell_text(*text ? text : NULL);
}

static void add_holder(const char *texts, int64_t now_ns, struct rows *rows)
{
	char age[AGE_TEXT];

	age_of(text_of(texts, TEXT_SINCE), now_ns, age);
	rows_add(rows, cell_at(texts, TEXT_ADDRESS), cell_at(texts, TEXT_STATE),
		 cell_at(texts, TEXT_NODE), cell_at(texts, TEXT_POD), cell_at(texts, TEXT_IFNAME),
		 cell_text(age), cell_at(texts, TEXT_SINCE), cell_at(texts, TEXT_HANDLE));
}

void holders_rows(struct holders *h, const struct call *call, int64_t now_ns, struct rows *ret)
{
	static const unsigned by[] = {
		[HOLDERS_BY_NODE] = TEXT_NODE, [HOLDERS_BY_POD] = TEXT_POD,
		[HOLDERS_BY_AGE] = TEXT_SINCE,
	};
	struct holder *list;
	size_t n = 0;

	if (h->n)
		qsort(h->blocks, h->n, sizeof(*h->blocks), compare_blocks);
	rows_init(ret, call, columns, ARRAY_LEN(columns));
	list = list_holders(h, &n);
	the_text = by[h->order];
	if (list && n && h->order != HOLDERS_BY_ADDRESS)
		qsort(list, n, sizeof(*list), compare_holders);
	for (size_t i = 0; list && i < n; i++)
		add_holder(list[i].texts, now_ns, ret);
	free(list);
}
