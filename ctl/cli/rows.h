/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a command answers, described once and printed in the form that the call asks for:
 * rows are a table or a JSON list of objects, fields a table of two columns or one JSON
 * object, and an answer is a sentence or one JSON object.  (main makes YAML of JSON.)
 *
 *	static const struct column columns[] = {
 *		{ .heading = "BLOCK", .name = "block" },
 *		{ .heading = ">HELD", .name = "held" },
 *		{ .name = "blockIs" },
 *	};
 *	struct rows rows __cleanup(rows_done) = { 0 };
 *
 *	rows_init(&rows, call, columns, ARRAY_LEN(columns));
 *	rows_add(&rows, cell_cidr(b->cidr), cell_number(b->held), cell_text("own"));
 *	rows_print(&rows, &call->out);
 *
 * Cells only point at texts, which are copied when the row is added.
 */
#ifndef CTL_CLI_ROWS_H
#define CTL_CLI_ROWS_H

#include "base/address/addr.h"
#include "base/terminal/printable.h"
#include "ctl/cli/command.h"
#include "ctl/cli/table.h"

#include <stdint.h>

struct cJSON;
struct rows;

enum cell_type { CELL_ABSENT, CELL_TEXT, CELL_NUMBER, CELL_INTEGER, CELL_DIGITS, CELL_BOOL,
		 CELL_YES, CELL_ADDR, CELL_CIDR, CELL_JSON, CELL_TEXTS, CELL_ROWS };

struct cell {
	enum cell_type type;
	enum colour colour;	/* in a table */
	union {
		const char *text;
		uint64_t number;
		int64_t integer;
		bool yes;
		struct addr addr;
		struct cidr cidr;
		struct {
			const char *const *list;
			size_t n;
		} texts;
		struct rows *rows;
	};
};

#define CELL(type, ...) ((struct cell){ type, COLOUR_NONE, { __VA_ARGS__ } })
/* Nothing: left out of a JSON object, and '-' in a table, as whatever else is empty. */
#define cell_absent() CELL(CELL_ABSENT, NULL)
#define cell_text(text_) CELL(CELL_TEXT, .text = (text_))	/* NULL: null in JSON */
#define cell_number(n) CELL(CELL_NUMBER, .number = (n))
#define cell_integer(n) CELL(CELL_INTEGER, .integer = (n))
#define cell_digits(digits) CELL(CELL_DIGITS, .text = (digits))	/* a number of any size */
#define cell_bool(b) CELL(CELL_BOOL, .yes = (b))	/* "true" or "false" in a table */
#define cell_yes(b) CELL(CELL_YES, .yes = (b))	/* "yes" or "no" in a table */
#define cell_addr(addr_) CELL(CELL_ADDR, .addr = (addr_))
#define cell_cidr(cidr_) CELL(CELL_CIDR, .cidr = (cidr_))
/*
 * For JSON alone: a value that is JSON already, NULL for null; a list of texts; all rows,
 * which are taken out of `rows`.
 */
#define cell_json(json) CELL(CELL_JSON, .text = (json))
#define cell_texts(list_, n_) CELL(CELL_TEXTS, .texts = { (list_), (n_) })
#define cell_rows(rows_) CELL(CELL_ROWS, .rows = (rows_))
/* A text, or nothing for NULL. */
struct cell cell_text_if_any(const char *text);
struct cell cell_painted(enum colour colour, struct cell cell);

struct column {
	const char *heading;	/* as in table.h, flush right behind '>'; NULL: in JSON alone */
	const char *name;	/* of the field in JSON; NULL: in tables alone */
	bool wide;	/* in tables only with --output wide */
};

struct rows {
	const struct column *columns;
	unsigned n_columns;
	bool json, wide, headless;
	struct table table;	/* unless json */
	struct cJSON *list;	/* owned; if json */
};

void rows_init(struct rows *r, const struct call *call, const struct column *columns, unsigned n);
/* A table, whatever the call asks for. */
void rows_init_table(struct rows *r, const struct column *columns, unsigned n);
void rows_done(struct rows *r);	/* also for __cleanup; of a zero one too */

/* The cells of one row, in the order of the columns; those not given are absent. */
#define rows_add(rows, ...) \
	rows_add_cells((rows), CELLS(__VA_ARGS__), CELLS_COUNT(__VA_ARGS__))
/* A row whose JSON is that of a record, as it is stored; NULL: none in JSON. */
#define rows_add_stored(rows, json, ...) \
	rows_add_stored_cells((rows), (json), CELLS(__VA_ARGS__), CELLS_COUNT(__VA_ARGS__))

#define CELLS(...) ((const struct cell[]){ __VA_ARGS__ })
#define CELLS_COUNT(...) (sizeof(CELLS(__VA_ARGS__)) / sizeof(struct cell))
void rows_add_cells(struct rows *r, const struct cell *cells, unsigned n);
void rows_add_stored_cells(struct rows *r, const char *json, const struct cell *cells, unsigned n);

/* Appends all. */
void rows_print(struct rows *r, struct buf *out);

struct field {
	const char *name;
	struct cell value;
};

/* FIELDS({ "name", cell_text(name) }, …): a list that ends at a NULL name. */
#define FIELDS(...) ((const struct field[]){ __VA_ARGS__, { 0 } })

/* A JSON object, or a table of the fields that are neither absent nor a text of NULL. */
void fields_print(struct call *call, const struct field *fields);
/* The JSON object. */
void fields_print_json(const struct field *fields, struct buf *out);
/* Any JSON: indented, and ended by a newline. */
void tree_print(const struct cJSON *tree, struct buf *out);

/* The JSON object, or the sentence of a format and its arguments, as printable.h escapes it. */
#define answer_print(call, fields, ...) \
	((call)->json ? fields_print_json((fields), &(call)->out) \
		      : printable_printf(&(call)->out, __VA_ARGS__))

#endif
