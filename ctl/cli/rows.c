/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/rows.h"
#include "base/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct cell cell_text_if_any(const char *text)
{
	return text ? cell_text(text) : cell_absent();
}

struct cell cell_painted(enum colour colour, struct cell cell)
{
	cell.colour = colour;
	return cell;
}

static bool is_shown(const struct rows *r, const struct column *c)
{
	return c->heading && (r->wide || !c->wide);
}

static void begin_table(struct rows *r)
{
	const char *headings[TABLE_COLUMNS_MAX];
	unsigned shown = 0;

	for (unsigned i = 0; i < r->n_columns && shown < TABLE_COLUMNS_MAX; i++)
		if (is_shown(r, &r->columns[i]))
			headings[shown++] = r->columns[i].heading;
	table_init(&r->table, headings, shown, r->headless);
}

void rows_init(struct rows *r, const struct call *call, const struct column *columns, unsigned n)
{
	*r = (struct rows){ .columns = columns, .n_columns = n, .json = call->json,
			    .wide = call->wide, .headless = call->no_headers };
	if (r->json)
		r->list = json_new_array();
	else
		begin_table(r);
}

void rows_init_table(struct rows *r, const struct column *columns, unsigned n)
{
	*r = (struct rows){ .columns = columns, .n_columns = n };
	begin_table(r);
}

void rows_done(struct rows *r)
{
	table_done(&r->table);
	json_free(r->list);
}

/* In `text` if it must be printed there. */
static const char *cell_as_text(const struct cell *c, char text[CIDR_TEXT])
{
	switch (c->type) {
	case CELL_TEXT:
	case CELL_DIGITS:
		return c->text ? c->text : "";
	case CELL_NUMBER:
		snprintf(text, CIDR_TEXT, "%" PRIu64, c->number);
		return text;
	case CELL_INTEGER:
		snprintf(text, CIDR_TEXT, "%" PRId64, c->integer);
		return text;
	case CELL_BOOL:
		return c->yes ? "true" : "false";
	case CELL_YES:
		return c->yes ? "yes" : "no";
	case CELL_ADDR:
		addr_print(c->addr, text);
		return text;
	case CELL_CIDR:
		cidr_print(c->cidr, text);
		return text;
	case CELL_ABSENT:
	case CELL_JSON:
	case CELL_TEXTS:
	case CELL_ROWS:
		break;
	}
	return "";
}

static struct cJSON *take_list(struct rows *r)
{
	struct cJSON *list = r->list;

	r->list = NULL;
	return list;
}

static struct cJSON *parse(const char *json)
{
	struct err ignored = { 0 };
	struct cJSON *tree = json ? json_parse(json, strlen(json), &ignored) : json_new_null();

	if (!tree)
		json_lose();
	return tree;
}

static struct cJSON *list_of(const char *const *texts, size_t n)
{
	struct cJSON *list = json_new_array();

	for (size_t i = 0; i < n; i++)
		json_append(list, json_new_string(texts[i]));
	return list;
}

/* NULL, which json_set() passes over: absent. */
static struct cJSON *cell_as_json(const struct cell *c)
{
	char text[CIDR_TEXT];

	switch (c->type) {
	case CELL_NUMBER:
		return json_new_u64(c->number);
	case CELL_INTEGER:
		return json_new_i64(c->integer);
	case CELL_DIGITS:
		return json_new_digits(c->text);
	case CELL_BOOL:
	case CELL_YES:
		return json_new_bool(c->yes);
	case CELL_JSON:
		return parse(c->text);
	case CELL_TEXTS:
		return list_of(c->texts.list, c->texts.n);
	case CELL_ROWS:
		return take_list(c->rows);
	case CELL_TEXT:
		return c->text ? json_new_string(c->text) : json_new_null();
	case CELL_ADDR:
	case CELL_CIDR:
		return json_new_string(cell_as_text(c, text));
	case CELL_ABSENT:
		break;
	}
	return NULL;
}

static void set_field(struct cJSON *object, const char *name, const struct cell *c)
{
	if (name)
		json_set(object, name, cell_as_json(c));
}

static void add_object(struct rows *r, const struct cell *cells, unsigned n)
{
	struct cJSON *object = json_new_object();

	for (unsigned i = 0; i < n; i++)
		set_field(object, r->columns[i].name, &cells[i]);
	json_append(r->list, object);
}

static void add_line(struct rows *r, const struct cell *cells, unsigned n)
{
	char text[CIDR_TEXT];

	for (unsigned i = 0; i < r->n_columns; i++)
		if (is_shown(r, &r->columns[i]))
			table_add(&r->table, i < n ? cells[i].colour : COLOUR_NONE,
				  i < n ? cell_as_text(&cells[i], text) : "");
}

void rows_add_cells(struct rows *r, const struct cell *cells, unsigned n)
{
	n = n < r->n_columns ? n : r->n_columns;
	if (r->json)
		add_object(r, cells, n);
	else
		add_line(r, cells, n);
}

void rows_add_stored_cells(struct rows *r, const char *json, const struct cell *cells, unsigned n)
{
	if (!r->json)
		rows_add_cells(r, cells, n);
	else if (json)
		json_append(r->list, parse(json));
}

void rows_print(struct rows *r, struct buf *out)
{
	if (r->json)
		tree_print(r->list, out);
	else
		table_print(&r->table, out);
}

void fields_print_json(const struct field *fields, struct buf *out)
{
	struct cJSON *object __cleanup(json_freep) = json_new_object();

	for (; fields->name; fields++)
		set_field(object, fields->name, &fields->value);
	tree_print(object, out);
}

static bool is_empty(const struct cell *c)
{
	return c->type == CELL_ABSENT || (c->type == CELL_TEXT && !c->text);
}

static void fields_print_table(const struct field *fields, bool headless, struct buf *out)
{
	static const char *const headings[] = { "FIELD", "VALUE" };
	struct table t __cleanup(table_done) = { 0 };
	char text[CIDR_TEXT];

	table_init(&t, headings, ARRAY_LEN(headings), headless);
	for (; fields->name; fields++) {
		if (is_empty(&fields->value))
			continue;
		table_add(&t, COLOUR_NONE, fields->name);
		table_add(&t, COLOUR_NONE, cell_as_text(&fields->value, text));
	}
	table_print(&t, out);
}

void fields_print(struct call *call, const struct field *fields)
{
	if (call->json)
		fields_print_json(fields, &call->out);
	else
		fields_print_table(fields, call->no_headers, &call->out);
}

void tree_print(const struct cJSON *tree, struct buf *out)
{
	json_print_indented(tree, out);
	buf_putc(out, '\n');
}
