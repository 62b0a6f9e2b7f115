/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether texts are the same, by words: musl, of the released executables, compares byte by
 * byte, and whoever works for a crowd compares long keys and whole blocks for each of its members.
 */
#ifndef BASE_SAME_H
#define BASE_SAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline bool same_bytes(const char *a, const char *b, size_t len)
{
	uint64_t word_a, word_b;

	for (size_t n = sizeof(word_a); len >= n; a += n, b += n, len -= n) {
		memcpy(&word_a, a, sizeof(word_a));
		memcpy(&word_b, b, sizeof(word_b));
		if (word_a != word_b)
			return false;
	}
	return memcmp(a, b, len) == 0;
}

static inline bool same_text(const char *a, const char *b)
{
	size_t len = strlen(a);

	return strlen(b) == len && same_bytes(a, b, len);
}

#endif
