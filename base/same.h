/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether texts are the same, and which comes first, by words: musl, of the released executables,
 * compares byte by byte, and whoever works for a crowd compares long keys and whole blocks for each
 * of its members.
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

/* As strcmp() has it, of texts whose lengths are known. */
static inline int compare_texts(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t len = a_len < b_len ? a_len : b_len;
	int first;

	for (size_t n = sizeof(uint64_t); len > n && same_bytes(a, b, n); len -= n) {
		a += n;
		b += n;
	}
	first = memcmp(a, b, len < sizeof(uint64_t) ? len : sizeof(uint64_t));
	return first ? first : (a_len > b_len) - (a_len < b_len);
}

/* Of texts whose lengths are known. */
static inline bool same_texts(const char *a, size_t a_len, const char *b, size_t b_len)
{
	return a_len == b_len && same_bytes(a, b, a_len);
}

static inline bool same_text(const char *a, const char *b)
{
	return same_texts(a, strlen(a), b, strlen(b));
}

#endif
