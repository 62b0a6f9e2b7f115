/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/yaml.h"
#include "base/json.h"
#include "base/terminal/printable.h"
#include "base/utf8.h"

#include <string.h>
#include <strings.h>

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Words that YAML 1.1 or 1.2 reads as a truth value or as nothing. */
static bool is_taken(const char *text)
{
	static const char *const words[] = { "null", "true", "false", "yes", "no", "on", "off",
					     "y", "n" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcasecmp(words[i], text) == 0)
			return true;
	return false;
}

static bool may_stand_bare(const char *text)
{
	if (!is_letter(*text) || is_taken(text))
		return false;
	for (; *text; text++)
		if (!is_letter(*text) && !(*text >= '0' && *text <= '9') && !strchr("_./-", *text))
			return false;
	return true;
}

/* What may not be seen, in YAML's spelling; returns its bytes. */
static size_t print_escape(const char *s, struct buf *out)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t len = utf8_len(u);

	if (*u == '\n' || *u == '\t')
		buf_puts(out, *u == '\n' ? "\\n" : "\\t");
	else
		buf_printf(out, len < 2 ? "\\x%02x" : len < 4 ? "\\u%04x" : "\\U%08x",
			   (unsigned)utf8_rune(u, len));
	return len ? len : 1;
}

static void print_quoted(const char *text, struct buf *out)
{
	size_t len;

	buf_putc(out, '"');
	while (*text) {
		len = printable_len((const unsigned char *)text);
		if (*text == '"' || *text == '\\')
			buf_putc(out, '\\');
		if (len)
			buf_add(out, text, len);
		text += len ? len : print_escape(text, out);
	}
	buf_putc(out, '"');
}

static void print_string(const char *text, struct buf *out)
{
	if (may_stand_bare(text))
		buf_puts(out, text);
	else
		print_quoted(text, out);
}

static void print_scalar(const struct cJSON *item, struct buf *out)
{
	enum json_type type = json_type(item);

	if (type == JSON_STRING)
		print_string(json_string(item), out);
	else if (type == JSON_ARRAY)
		buf_puts(out, "[]");
	else if (type == JSON_OBJECT)
		buf_puts(out, "{}");
	else
		json_print(item, out);
}

static bool is_block(const struct cJSON *item)
{
	enum json_type type = json_type(item);

	return (type == JSON_ARRAY || type == JSON_OBJECT) && json_first(item);
}

static void indent(unsigned depth, struct buf *out)
{
	for (unsigned i = 0; i < depth; i++)
		buf_puts(out, "  ");
}

/* A list or map, one line an item; the first line's indent is there already. */
static void print_block(const struct cJSON *parent, unsigned depth, struct buf *out)
{
	bool list = json_type(parent) == JSON_ARRAY;

	for (const struct cJSON *i = json_first(parent); i; i = json_next(i)) {
		if (i != json_first(parent))
			indent(depth, out);
		if (list)
			buf_puts(out, "- ");
		else
			print_string(json_name(i), out);
		if (!list)
			buf_puts(out, is_block(i) ? ":\n" : ": ");
		if (!is_block(i)) {
			print_scalar(i, out);
			buf_putc(out, '\n');
			continue;
		}
		if (!list)
			indent(depth + 1, out);
		print_block(i, depth + 1, out);
	}
}

void yaml_print(const struct cJSON *tree, struct buf *out)
{
	if (is_block(tree)) {
		print_block(tree, 0, out);
		return;
	}
	print_scalar(tree, out);
	buf_putc(out, '\n');
}

int yaml_from_json(struct buf *text, struct err *e)
{
	struct cJSON *tree __cleanup(json_freep) = NULL;

	if (text->failed || !text->len)
		return 0;
	tree = json_parse(text->data, text->len, e);
	if (!tree)
		return err_wrap(e, "the output as YAML");
	buf_reset(text);
	yaml_print(tree, text);
	return 0;
}
