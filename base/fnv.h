/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FNV-1a, 64 bits: tells texts and files apart where nobody means harm, against noise and
 * truncation and not against malice.
 */
#ifndef BASE_FNV_H
#define BASE_FNV_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t fnv1a(const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t h = 14695981039346656037ULL;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 1099511628211ULL;
	return h;
}

/*
 * Of long data, by words: a byte waits for the one before it otherwise, which takes as long as
 * all else that is done with it.  Another sum on a machine of another byte order.
 */
static inline uint64_t fnv1a_words(const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t h = 14695981039346656037ULL, word;

	for (; len >= sizeof(word); p += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		h = (h ^ word) * 1099511628211ULL;
		h ^= h >> 32;
	}
	return h ^ fnv1a(p, len);
}

#endif
