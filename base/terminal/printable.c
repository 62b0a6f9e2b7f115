/* SPDX-License-Identifier: Apache-2.0 */
#include "base/terminal/printable.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SENTENCE_MAX (1 << 20)	/* bytes */

/* Beyond ASCII, in order. */
static const struct { uint32_t first, last; } hidden[] = {
	{ 0x80, 0xa0 },		/* C1 controls, no-break space */
	{ 0xad, 0xad },		/* soft hyphen */
	{ 0x34f, 0x34f },	/* combining grapheme joiner */
	{ 0x61c, 0x61c },	/* Arabic letter mark */
	{ 0x115f, 0x1160 },	/* Hangul fillers */
	{ 0x1680, 0x1680 },	/* Ogham space */
	{ 0x17b4, 0x17b5 },	/* Khmer inherent vowels */
	{ 0x180b, 0x180f },	/* Mongolian selectors and separator */
	{ 0x2000, 0x200f },	/* spaces, zero width, marks of direction */
	{ 0x2028, 0x202f },	/* separators, embeddings and overrides, narrow space */
	{ 0x205f, 0x206f },	/* spaces, invisible operators, isolates */
	{ 0x3000, 0x3000 },	/* ideographic space */
	{ 0x3164, 0x3164 },	/* Hangul filler */
	{ 0xfe00, 0xfe0f },	/* variation selectors */
	{ 0xfeff, 0xfeff },	/* byte order mark */
	{ 0xffa0, 0xffa0 },	/* Hangul filler */
	{ 0xfff0, 0xfffb },	/* annotations */
	{ 0x1bca0, 0x1bca3 },	/* shorthand controls */
	{ 0x1d173, 0x1d17a },	/* musical controls */
	{ 0xe0000, 0xe0fff },	/* tags, more selectors */
};

static bool is_hidden(uint32_t rune)
{
	size_t i = 0;

	while (i < ARRAY_LEN(hidden) && hidden[i].last < rune)
		i++;
	return i < ARRAY_LEN(hidden) && hidden[i].first <= rune;
}

size_t printable_len(const unsigned char *s)
{
	size_t len;

	if (*s < 0x7f)
		return *s >= 0x20;
	len = utf8_len(s);
	return *s == 0x7f || is_hidden(utf8_rune(s, len)) ? 0 : len;
}

size_t printable_escape(const unsigned char *s, struct buf *out)
{
	static const char names[] = "abtnvfr";	/* 0x07 to 0x0d */
	size_t len = utf8_len(s);
	uint32_t rune = utf8_rune(s, len);

	if (*s >= 0x07 && *s <= 0x0d)
		buf_printf(out, "\\%c", names[*s - 0x07]);
	else if (len < 2)
		buf_printf(out, "\\x%02x", *s);
	else
		buf_printf(out, len < 4 ? "\\u%04" PRIx32 : "\\U%08" PRIx32, rune);
	return len ? len : 1;
}

static void add_range(const char *text, size_t n, struct buf *out)
{
	const unsigned char *s = (const unsigned char *)text, *end = s + n;
	size_t len;

	while (s < end) {
		len = printable_len(s);
		if (len)
			buf_add(out, s, len);
		s += len ? len : printable_escape(s, out);
	}
}

void printable_add(const char *text, struct buf *out)
{
	add_range(text, strlen(text), out);
}

static size_t line_ends_of(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && text[len - 1 - n] == '\n')
		n++;
	return n;
}

void printable_vprintf(struct buf *out, const char *fmt, va_list args)
{
	struct buf text __cleanup(buf_done) = BUF(SENTENCE_MAX);
	size_t ends = line_ends_of(fmt, strlen(fmt));

	buf_vprintf(&text, fmt, args);
	if (text.failed || text.len < ends) {
		out->failed = true;
		return;
	}
	add_range(text.data, text.len - ends, out);
	buf_add(out, text.data + text.len - ends, ends);
}

void printable_printf(struct buf *out, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	printable_vprintf(out, fmt, args);
	va_end(args);
}
