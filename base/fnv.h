/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FNV-1a, 64 bits: tells texts and files apart where nobody means harm, against noise and
 * truncation and not against malice.
 */
#ifndef BASE_FNV_H
#define BASE_FNV_H

#include <stddef.h>
#include <stdint.h>

static inline uint64_t fnv1a(const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t h = 14695981039346656037ULL;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 1099511628211ULL;
	return h;
}

#endif
