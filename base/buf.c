/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char buf_empty[1];

void buf_init(struct buf *b, size_t limit)
{
	*b = (struct buf)BUF(limit);
}

/* Never more bytes than the limit are in it. */
static bool has_room(const struct buf *b, size_t more)
{
	return !b->failed && b->len + more < b->cap && more <= b->limit - b->len;
}

static bool grow(struct buf *b, size_t more)
{
	size_t want, cap;
	char *data;

	if (b->failed)
		return false;
	if (more > b->limit || b->len > b->limit - more || b->len + more >= SIZE_MAX / 2) {
		b->failed = b->full = true;
		return false;
	}
	if (b->len && !b->cap) {	/* borrowed */
		b->failed = true;
		return false;
	}
	want = b->len + more + 1;
	cap = b->cap ? b->cap : 64;
	while (cap < want)
		cap *= 2;
	data = realloc(b->cap ? b->data : NULL, cap);
	if (!data) {
		b->failed = true;
		return false;
	}
	b->data = data;
	b->cap = cap;
	return true;
}

static inline bool buf_reserve(struct buf *b, size_t more)
{
	return has_room(b, more) || grow(b, more);
}

void buf_add(struct buf *b, const void *data, size_t len)
{
	if (!len || !buf_reserve(b, len))
		return;
	memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void buf_puts(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void buf_putc(struct buf *b, char c)
{
	if (!buf_reserve(b, 1))
		return;
	b->data[b->len++] = c;
	b->data[b->len] = '\0';
}

void buf_number(struct buf *b, uint64_t n)
{
	char digits[20];
	size_t at = sizeof(digits);

	if (n < 100 && has_room(b, 2)) {
		if (n >= 10)
			b->data[b->len++] = (char)('0' + n / 10);
		b->data[b->len++] = (char)('0' + n % 10);
		b->data[b->len] = '\0';
		return;
	}
	do
		digits[--at] = (char)('0' + n % 10);
	while (n /= 10);
	buf_add(b, digits + at, sizeof(digits) - at);
}

/* Formatted into the room at hand first: most texts fit, and are formatted once. */
void buf_vprintf(struct buf *b, const char *fmt, va_list args)
{
	size_t room = b->cap ? b->cap - b->len : 0;
	va_list again;
	int n;

	va_copy(again, args);
	n = vsnprintf(room ? b->data + b->len : NULL, room, fmt, args);
	if (n < 0 || !buf_reserve(b, (size_t)n)) {
		b->failed = true;
		if (room)
			b->data[b->len] = '\0';
	} else {
		if ((size_t)n >= room)
			vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	buf_vprintf(b, fmt, args);
	va_end(args);
}

void buf_borrow(struct buf *b, char *data, size_t len)
{
	buf_done(b);
	b->data = data;
	b->len = len;
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = b->full = false;
	if (b->cap)
		b->data[0] = '\0';
	else
		b->data = buf_empty;
}

void buf_done(struct buf *b)
{
	if (b->cap)
		free(b->data);
	buf_init(b, b->limit);
}
