/* SPDX-License-Identifier: Apache-2.0 */
#include "base/terminal/shell_word.h"
#include "base/buf.h"
#include "base/terminal/printable.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool is_bare(const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_./:@%+,=-";

	return *text && text[strspn(text, plain)] == '\0';
}

static bool is_printable(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t len;

	for (; *s; s += len) {
		len = printable_len(s);
		if (!len)
			return false;
	}
	return true;
}

static void add_quoted(const char *text, struct buf *out)
{
	buf_putc(out, '\'');
	for (; *text; text++)
		if (*text == '\'')
			buf_puts(out, "'\\''");
		else
			buf_putc(out, *text);
	buf_putc(out, '\'');
}

/* Three octal digits end by themselves, whatever stands behind. */
static void add_escaped(const char *text, struct buf *out)
{
	buf_puts(out, "$'");
	for (; *text; text++)
		if (*text == '\'' || *text == '\\')
			buf_printf(out, "\\%c", *text);
		else if (*text >= ' ' && *text < 0x7f)
			buf_putc(out, *text);
		else
			buf_printf(out, "\\%03o", (unsigned char)*text);
	buf_putc(out, '\'');
}

static void add_word(const char *text, struct buf *out)
{
	if (is_bare(text))
		buf_puts(out, text);
	else if (is_printable(text))
		add_quoted(text, out);
	else
		add_escaped(text, out);
}

const char *shell_word(const char *text, char *room, size_t size)
{
	struct buf word __cleanup(buf_done) = BUF(size - 1);

	add_word(text, &word);
	snprintf(room, size, "%s", word.failed ? "NAME" : word.data);
	return room;
}

const char *shell_command(char *room, size_t size, const char *fmt, ...)
{
	struct buf command __cleanup(buf_done) = BUF(size - 1);
	const char *word;
	va_list words;

	va_start(words, fmt);
	while ((word = strstr(fmt, "%s"))) {
		buf_add(&command, fmt, (size_t)(word - fmt));
		add_word(va_arg(words, const char *), &command);
		fmt = word + strlen("%s");
	}
	va_end(words);
	buf_puts(&command, fmt);
	snprintf(room, size, "%s", command.failed ? "" : command.data);
	return room;
}
