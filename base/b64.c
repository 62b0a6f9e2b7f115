/* SPDX-License-Identifier: Apache-2.0 */
#include "base/b64.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

/* A multiple of 3 and of 4, so that both ways work in whole chunks. */
#define CHUNK 3072

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Of at most three bytes. */
static void encode_group(char out[4], const unsigned char *in, size_t n)
{
	uint32_t bits = (uint32_t)in[0] << 16;

	if (n > 1)
		bits |= (uint32_t)in[1] << 8;
	if (n > 2)
		bits |= in[2];
	out[0] = alphabet[bits >> 18];
	out[1] = alphabet[bits >> 12 & 63];
	out[2] = n > 1 ? alphabet[bits >> 6 & 63] : '=';
	out[3] = n > 2 ? alphabet[bits & 63] : '=';
}

/* Two groups at once as far as there are eight bytes to take them from.  Returns their length. */
static size_t encode(char *out, const unsigned char *in, size_t n)
{
	size_t at = 0, used = 0;
	uint64_t bits;

	for (; n - at >= sizeof(bits); at += 6, used += 8) {
		memcpy(&bits, in + at, sizeof(bits));
		bits = be64toh(bits);
#pragma GCC unroll 8
		for (int i = 0; i < 8; i++)
			out[used + (size_t)i] = alphabet[bits >> (58 - 6 * i) & 63];
	}
	for (; at < n; at += 3, used += 4)
		encode_group(out + used, in + at, n - at < 3 ? n - at : 3);
	return used;
}

void b64_encode(struct buf *out, const void *data, size_t len)
{
	const unsigned char *in = data;
	char text[B64_LEN(CHUNK)];

	while (len) {
		size_t n = len < CHUNK ? len : CHUNK;

		buf_add(out, text, encode(text, in, n));
		in += n;
		len -= n;
	}
}

/* Of a character, or -1. */
static const signed char *all_values(void)
{
	static signed char values[256];

	if (!values[0]) {
		memset(values, -1, sizeof(values));
		for (signed char i = 0; i < 64; i++)
			values[(unsigned char)alphabet[i]] = i;
	}
	return values;
}

/* The bytes of one group, padding allowed if it is the last; their number, or -1. */
static int decode_group(unsigned char out[3], const char *in, const signed char *values, bool last)
{
	int n = 4, digit;
	uint32_t bits = 0;

	if (last && in[3] == '=')
		n = in[2] == '=' ? 2 : 3;
	for (int i = 0; i < 4; i++) {
		digit = i < n ? values[(unsigned char)in[i]] : 0;
		if (digit < 0)
			return -1;
		bits = bits << 6 | (uint32_t)digit;
	}
	if (bits & ((1u << (8 * (4 - n))) - 1))
		return -1;
	out[0] = (unsigned char)(bits >> 16);
	out[1] = (unsigned char)(bits >> 8);
	out[2] = (unsigned char)bits;
	return n - 1;
}

int b64_decode(struct buf *out, const char *text, size_t len)
{
	const signed char *values = all_values();
	unsigned char bytes[CHUNK];
	size_t used = 0;

	if (len % 4)
		return -1;
	for (size_t i = 0; i < len; i += 4) {
		int n = decode_group(bytes + used, text + i, values, i + 4 == len);

		if (n < 0)
			return -1;
		used += (size_t)n;
		if (used == sizeof(bytes)) {
			buf_add(out, bytes, used);
			used = 0;
		}
	}
	buf_add(out, bytes, used);
	return 0;
}
