/* SPDX-License-Identifier: Apache-2.0 */
/* What is told on standard error, beside the command's output. */
#ifndef CTL_CLI_ASIDE_H
#define CTL_CLI_ASIDE_H

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

#define ASIDE_NAMED_MAX 10

/*
 * A sentence of at most 64 KiB, which fmt ends with '\n': all else that is no plain text is
 * escaped (base/terminal/printable.h), for it may speak of what others stored or sent.
 */
void aside(const char *fmt, ...) __printf_like(1, 2);

/*
 * Of many that are alike: counts one more, and tells whether it is among the first
 * ASIDE_NAMED_MAX, which are named.  Of those beyond, aside_rest() then says how many more
 * there are: "and 7 more <what>".
 */
bool aside_names(uint64_t *n);
void aside_rest(uint64_t n, const char *what);

/* A sentence where standard error is a terminal, so that somebody looks on. */
void aside_on_terminal(const char *fmt, ...) __printf_like(1, 2);
bool aside_is_on_terminal(void);

#endif
