/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts that others wrote, on their way to somebody's terminal or log.
 *
 * What a terminal acts on, what turns or hides the text around it, and what is no UTF-8
 * is written as Go's strconv.Quote writes it: \n, \x1b, \u009b, \u202e, \U000e0041, and
 * \xff for a byte.  Those are the control characters (C0, DEL, C1), blanks other than
 * ' ', what has no width, the marks, overrides and isolates of bidirectional text, and
 * tags.  All else stays as it is, backslashes too: whoever needs the text again to the
 * letter reads it from JSON.
 */
#ifndef BASE_TERMINAL_PRINTABLE_H
#define BASE_TERMINAL_PRINTABLE_H

#include "base/buf.h"

#include <stdarg.h>

/* Bytes of the character at s; 0 if it, or the byte that is none, must be escaped. */
size_t printable_len(const unsigned char *s);

/* Appends the escape of what printable_len() refuses at s; returns the bytes it stands for. */
size_t printable_escape(const unsigned char *s, struct buf *out);

void printable_add(const char *text, struct buf *out);

/*
 * A sentence: line ends at the end of fmt end it, any other, in fmt or in an argument, is
 * escaped as the rest is.
 */
void printable_printf(struct buf *out, const char *fmt, ...) __printf_like(2, 3);
void printable_vprintf(struct buf *out, const char *fmt, va_list args) __printf_like(2, 0);

#endif
