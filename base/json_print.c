/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "base/terminal/printable.h"
#include "base/utf8.h"

static void print_escape(uint32_t rune, struct buf *out)
{
	if (rune < 0x10000)
		buf_printf(out, "\\u%04x", (unsigned)rune);
	else
		buf_printf(out, "\\u%04x\\u%04x", 0xd7c0 + (unsigned)(rune >> 10),
			   0xdc00 + (unsigned)(rune & 0x3ff));
}

/* A character beyond ASCII; returns its length. */
static size_t print_wide(const unsigned char *s, bool shown, struct buf *out)
{
	size_t len = utf8_len(s);

	if (!len)
		buf_puts(out, "\\ufffd");
	else if (shown && !printable_len(s))
		print_escape(utf8_rune(s, len), out);
	else if (s[0] == 0xe2 && s[1] == 0x80 && (s[2] == 0xa8 || s[2] == 0xa9))
		buf_printf(out, "\\u202%c", s[2] == 0xa8 ? '8' : '9');
	else
		buf_add(out, s, len);
	return len ? len : 1;
}

/* Stands in a string as it is; DEL is so to Go, and a terminal acts on it. */
static bool is_plain(unsigned char c, bool shown)
{
	return c >= 0x20 && c < 0x80 - shown && c != '"' && c != '\\' && c != '<' && c != '>' &&
	       c != '&';
}

size_t json_plain_len(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	while (is_plain(*s, false))
		s++;
	return (size_t)(s - (const unsigned char *)text);
}

/* shown: to people, so that no terminal acts on it. */
static void print_string(const char *text, bool shown, struct buf *out)
{
	const unsigned char *s = (const unsigned char *)text, *start;

	buf_putc(out, '"');
	for (;; s++) {
		for (start = s; is_plain(*s, shown); s++)
			;
		buf_add(out, start, (size_t)(s - start));
		if (!*s)
			break;
		if (*s == '"' || *s == '\\')
			buf_printf(out, "\\%c", *s);
		else if (*s == '\n')
			buf_puts(out, "\\n");
		else if (*s == '\r')
			buf_puts(out, "\\r");
		else if (*s == '\t')
			buf_puts(out, "\\t");
		else if (*s == '\b')
			buf_puts(out, "\\b");
		else if (*s == '\f')
			buf_puts(out, "\\f");
		else if (*s >= 0x80)
			s += print_wide(s, shown, out) - 1;
		else
			buf_printf(out, "\\u%04x", *s);
	}
	buf_putc(out, '"');
}

void json_print_string(const char *text, struct buf *out)
{
	print_string(text, false, out);
}

static void print_break(struct buf *out, int depth)
{
	if (depth >= 0)
		buf_printf(out, "\n%*s", depth * 4, "");
}

static void print_item(const struct cJSON *item, bool shown, struct buf *out, int depth);

static void print_parent(const struct cJSON *parent, bool shown, struct buf *out, int depth)
{
	bool object = json_type(parent) == JSON_OBJECT;
	const struct cJSON *i = json_first(parent);
	int inner = depth < 0 ? -1 : depth + 1;

	if (!i) {
		buf_puts(out, object ? "{}" : "[]");
		return;
	}
	buf_putc(out, object ? '{' : '[');
	for (; i; i = json_next(i)) {
		print_break(out, inner);
		if (object) {
			print_string(json_name(i), shown, out);
			buf_puts(out, depth < 0 ? ":" : ": ");
		}
		print_item(i, shown, out, inner);
		if (json_next(i))
			buf_putc(out, ',');
	}
	print_break(out, depth);
	buf_putc(out, object ? '}' : ']');
}

/* depth: levels of indentation, or negative for the compact form. */
static void print_item(const struct cJSON *item, bool shown, struct buf *out, int depth)
{
	switch (json_type(item)) {
	case JSON_BOOL:
		buf_puts(out, json_true(item) ? "true" : "false");
		break;
	case JSON_NUMBER:
		json_print_number(item, out);
		break;
	case JSON_STRING:
		print_string(json_string(item), shown, out);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		print_parent(item, shown, out, depth);
		break;
	case JSON_ABSENT:
	case JSON_NULL:
		buf_puts(out, "null");
	}
}

static void print(const struct cJSON *item, bool shown, struct buf *out, int depth)
{
	if (!item || json_lost())
		out->failed = true;
	else
		print_item(item, shown, out, depth);
}

void json_print(const struct cJSON *item, struct buf *out)
{
	print(item, false, out, -1);
}

void json_print_shown(const struct cJSON *item, struct buf *out)
{
	print(item, true, out, -1);
}

void json_print_indented(const struct cJSON *item, struct buf *out)
{
	print(item, true, out, 0);
}
