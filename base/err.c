/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A text that fills its room was cut, maybe within a UTF-8 character, which then goes. */
static void drop_half_character(char *text, size_t size)
{
	size_t len = strlen(text), start = len;
	unsigned char lead;

	if (len + 1 < size)
		return;
	while (start && len - start < 3 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
		start--;
	if (!start)
		return;
	lead = (unsigned char)text[start - 1];
	if (len - start < (size_t)(lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0))
		text[start - 1] = '\0';
}

int (err_set)(struct err *e, enum err_kind kind, const char *fmt, ...)
{
	char text[sizeof(e->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	drop_half_character(text, sizeof(text));
	e->kind = kind;
	e->may_stand = false;
	memcpy(e->text, text, sizeof(text));
	return -1;
}

/* Cuts what does not fit. */
static void append(char *text, size_t size, const char *more)
{
	size_t len = strlen(text), n = strnlen(more, size - 1 - len);

	memcpy(text + len, more, n);
	text[len + n] = '\0';
}

int (err_wrap)(struct err *e, const char *fmt, ...)
{
	char text[sizeof(e->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	append(text, sizeof(text), ": ");
	append(text, sizeof(text), e->text);
	drop_half_character(text, sizeof(text));
	memcpy(e->text, text, sizeof(text));
	return -1;
}

int (err_add)(struct err *e, const char *fmt, ...)
{
	char text[sizeof(e->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	append(e->text, sizeof(e->text), text);
	drop_half_character(e->text, sizeof(e->text));
	return -1;
}

void err_reset(struct err *e)
{
	e->kind = ERR_NONE;
	e->may_stand = false;
	e->text[0] = '\0';
}
