/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include <string.h>

size_t utf8_len(const unsigned char *s)
{
	size_t len = s[0] < 0x80 ? 1 :
		     s[0] < 0xc2 ? 0 :
		     s[0] < 0xe0 ? 2 :
		     s[0] < 0xf0 ? 3 :
		     s[0] < 0xf5 ? 4 : 0;

	for (size_t i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong, surrogate, overlong, beyond the last. */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return len;
}

size_t utf8_within(const char *text, size_t most)
{
	size_t len = strnlen(text, most);

	if (!text[len])
		return len;
	while (len && most - len < 3 && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	return len;
}

uint32_t utf8_rune(const unsigned char *s, size_t len)
{
	uint32_t rune = s[0] & (0x7fu >> (len > 1 ? len : 0));

	for (size_t i = 1; i < len; i++)
		rune = rune << 6 | (s[i] & 0x3fu);
	return rune;
}
