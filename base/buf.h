/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one growing byte buffer.
 *
 * Every buffer has a limit in bytes, given at birth.  A write that would pass it,
 * or for which memory is lacking, sets `failed` and is dropped with all that
 * follow, so that a caller checks once, at the end.  The data is always followed
 * by a NUL that len does not count; data is "" when nothing was written.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/attr.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	char *data;	/* owned; never NULL after buf_init */
	size_t len;	/* bytes */
	size_t cap;	/* bytes allocated, 0 while nothing is */
	size_t limit;	/* bytes */
	bool failed;	/* sticky */
	bool full;	/* it failed at its limit, and not for want of memory */
};

/* What an empty buffer points at. */
extern char buf_empty[1];

/* An empty buffer, at its declaration: `struct buf text __cleanup(buf_done) = BUF(64);` */
#define BUF(bytes) { .data = buf_empty, .limit = (bytes) }

void buf_init(struct buf *b, size_t limit);
void buf_add(struct buf *b, const void *data, size_t len);
void buf_puts(struct buf *b, const char *text);
void buf_putc(struct buf *b, char c);
/* Decimal digits, for what is printed by the hundred. */
void buf_number(struct buf *b, uint64_t n);
void buf_printf(struct buf *b, const char *fmt, ...) __printf_like(2, 3);
void buf_vprintf(struct buf *b, const char *fmt, va_list args) __printf_like(2, 0);

/* Empties the buffer and clears `failed`; keeps the memory and the limit. */
void buf_reset(struct buf *b);

/*
 * Empties the buffer and has it hold these bytes, which are not its own, outlive it and
 * end in a NUL: what is to be said where there is no memory.  Nothing can be added.
 */
void buf_borrow(struct buf *b, char *data, size_t len);

/* Frees.  Also for __cleanup. */
void buf_done(struct buf *b);

#endif
