/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/manifest/print.h"

#include "base/json.h"
#include "ctl/cli/rows.h"
#include "ctl/manifest/jsonpath.h"
#include "ctl/manifest/kinds.h"
#include "ctl/manifest/shown.h"

#include <string.h>
#include <strings.h>

#define CELL_TEXT_MAX (1 << 20)	/* bytes */
#define COLUMNS_TEXT_MAX 4096

static const struct kind *kind_of_item(const struct cJSON *item)
{
	const char *name = json_field_text(item, "kind");

	return kind_of(name, strlen(name));
}

/* A table of columns, in which a value is what a path finds. */
struct sheet {
	struct column columns[TABLE_COLUMNS_MAX];
	struct kind_column paths[TABLE_COLUMNS_MAX];
	unsigned n;
};

static int add_row(struct rows *rows, const struct sheet *sheet, const struct cJSON *item,
		   struct err *e)
{
	struct buf texts[TABLE_COLUMNS_MAX];
	struct cell cells[TABLE_COLUMNS_MAX];
	int rc = 0;

	for (unsigned i = 0; i < sheet->n; i++) {
		buf_init(&texts[i], CELL_TEXT_MAX);
		if (rc == 0)
			rc = jsonpath_print(sheet->paths[i].path, item, ",", &texts[i], e);
		cells[i] = cell_text(!texts[i].len && sheet->paths[i].otherwise ?
				     sheet->paths[i].otherwise : texts[i].data);
	}
	if (rc == 0)
		rows_add_cells(rows, cells, sheet->n);
	for (unsigned i = 0; i < sheet->n; i++)
		buf_done(&texts[i]);
	return rc;
}

static int print_sheet(struct call *call, const struct sheet *sheet, const struct kind *kind,
		       const struct cJSON *items, struct err *e)
{
	struct rows rows __cleanup(rows_done) = { 0 };
	int rc = 0;

	rows_init(&rows, call, sheet->columns, sheet->n);
	for (const struct cJSON *i = json_first(items); rc == 0 && i; i = json_next(i))
		if (!kind || kind_of_item(i) == kind)
			rc = add_row(&rows, sheet, i, e);
	rows_print(&rows, &call->out);
	return rc;
}

static int print_kind(struct call *call, const struct kind *kind, const struct cJSON *items,
		      struct err *e)
{
	struct sheet sheet = { .n = 0 };

	for (const struct kind_column *c = kind->columns; c->heading; c++) {
		sheet.columns[sheet.n] = (struct column){ .heading = c->heading, .wide = c->wide };
		sheet.paths[sheet.n++] = *c;
	}
	return print_sheet(call, &sheet, kind, items, e);
}

/* A table for each kind there is. */
static int print_tables(struct call *call, const struct cJSON *items, struct err *e)
{
	for (const struct kind *const *k = kinds; *k; k++) {
		const struct cJSON *i = json_first(items);

		while (i && kind_of_item(i) != *k)
			i = json_next(i);
		if (i && call->out.len)
			buf_putc(&call->out, '\n');
		if (i && print_kind(call, *k, items, e) < 0)
			return -1;
	}
	return 0;
}

/* calicoctl's: the heading of a column alone. */
static const char *path_of_heading(const struct kind *kind, const char *heading)
{
	for (const struct kind_column *c = kind ? kind->columns : NULL; c && c->heading; c++)
		if (strcasecmp(c->heading, heading) == 0)
			return c->path;
	return NULL;
}

/* Commas within brackets are a path's. */
static char *end_of_column(char *text)
{
	unsigned depth = 0;

	for (; *text; text++) {
		depth += *text == '[';
		depth -= *text == ']' && depth;
		if (*text == ',' && !depth)
			break;
	}
	return text;
}

static int add_column(struct call *call, struct sheet *sheet, const struct kind *kind, char *text,
		      struct err *e)
{
	char *colon = strchr(text, ':');
	const char *path = colon ? colon + 1 : path_of_heading(kind, text);

	if (!path || !*text || text == colon)
		return call_wrong_use(call, e, "custom-columns: \"%.60s\" must be HEADING:PATH, "
				      "such as NAME:.metadata.name", text);
	if (sheet->n == TABLE_COLUMNS_MAX)
		return call_wrong_use(call, e, "custom-columns: more than %d columns",
				      TABLE_COLUMNS_MAX);
	if (colon)
		*colon = '\0';
	sheet->columns[sheet->n].heading = text;
	sheet->paths[sheet->n++] = (struct kind_column){ .path = path, .otherwise = "<none>" };
	return 0;
}

static int print_custom(struct call *call, const char *spec, const struct kind *kind,
			const struct cJSON *items, struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(COLUMNS_TEXT_MAX);
	struct sheet sheet = { .n = 0 };
	char *at, *end;

	buf_puts(&text, spec);
	if (text.failed)
		return call_wrong_use(call, e, "custom-columns: longer than %d bytes",
				      COLUMNS_TEXT_MAX);
	for (at = text.data; ; at = end + 1) {
		bool last;

		end = end_of_column(at);
		last = !*end;
		*end = '\0';
		if (add_column(call, &sheet, kind, at, e) < 0)
			return -1;
		if (last)
			break;
	}
	if (print_sheet(call, &sheet, NULL, items, e) == 0)
		return 0;
	call->wrong_use = true;
	return err_wrap(e, "custom-columns");
}

static void print_names(struct call *call, const struct cJSON *items)
{
	for (const struct cJSON *i = json_first(items); i; i = json_next(i)) {
		const struct kind *kind = kind_of_item(i);

		printable_printf(&call->out, "%s/%s\n", kind ? kind->word : "",
				 json_field_text(json_field(i, "metadata"), "name"));
	}
}

static struct cJSON *whole(const struct kind *kind, const struct cJSON *items, bool single)
{
	struct cJSON *copy = shown_tree(single ? json_first(items) : items);

	return single ? copy : shown_list(kind ? kind->name : NULL, copy);
}

static int print_form(struct call *call, const struct kind *kind, const struct cJSON *items,
		      bool single, struct err *e)
{
	static const char columns[] = "custom-columns=", path[] = "jsonpath=";
	struct cJSON *tree __cleanup(json_freep) = NULL;

	if (strcmp(call->form, "name") == 0) {
		print_names(call, items);
		return 0;
	}
	if (strncmp(call->form, columns, strlen(columns)) == 0)
		return print_custom(call, call->form + strlen(columns), kind, items, e);
	tree = whole(kind, items, single);
	if (jsonpath_print_template(call->form + strlen(path), tree, &call->out, e) == 0)
		return 0;
	call->wrong_use = true;
	return err_wrap(e, "jsonpath");
}

int print_resources(struct call *call, const struct kind *kind, const struct cJSON *items,
		    bool single, struct err *e)
{
	struct cJSON *tree __cleanup(json_freep) = NULL;

	if (call->form)
		return print_form(call, kind, items, single, e);
	if (!call->json)
		return kind ? print_kind(call, kind, items, e) : print_tables(call, items, e);
	tree = whole(kind, items, single);
	tree_print(tree, &call->out);
	return 0;
}
