/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing beyond U+10FFFF. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the character at s, 1 to 4; 0 if none is there, or a NUL cuts it. */
size_t utf8_len(const unsigned char *s);

/* Bytes of the text, at most so many, that end where a character does. */
size_t utf8_within(const char *text, size_t most);

/* The character of utf8_len() bytes at s. */
uint32_t utf8_rune(const unsigned char *s, size_t len);

#endif
