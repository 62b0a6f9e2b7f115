/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text as one word of a command that is shown to be run: bare where no shell makes
 * anything of it, else within single quotes, and $'…' (POSIX.1-2024, bash, zsh, ksh) for what
 * printable.h escapes, so that the word can be copied from a terminal.
 */
#ifndef BASE_TERMINAL_SHELL_WORD_H
#define BASE_TERMINAL_SHELL_WORD_H

#include "base/attr.h"

#include <stddef.h>

/* Bytes with the NUL: of any name of a record, and of one within an error's text. */
#define SHELL_WORD_TEXT 2112
#define SHELL_WORD_SHORT 264

/*
 * The word, in room, which is returned.  One of size bytes or more is not cut, for a part
 * of a name may be another's: it becomes NAME, as help calls it.  size: 5 or more.
 */
const char *shell_word(const char *text, char *room, size_t size);

/*
 * A command: each %s of fmt, which knows no other conversion, is a word or a part of one,
 * quoted apart.  Empty if it does not fit.  Returns room.
 */
const char *shell_command(char *room, size_t size, const char *fmt, ...) __printf_like(3, 4);

#endif
