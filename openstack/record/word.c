/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/record/word.h"

#include <string.h>

bool word_is_good(const char *text, size_t room)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789-_.";
	size_t len = strspn(text, good);

	return len && len < room && !text[len] && strcmp(text, ".") != 0 &&
	       strcmp(text, "..") != 0;
}

bool word_has_labels(const char *text)
{
	while (*text) {
		size_t len = strcspn(text, ".");

		if (!len || len > LABEL_MAX)
			return false;
		text += len + !!text[len];
	}
	return true;
}

bool word_copy(const char *text, char *out, size_t room)
{
	if (!word_is_good(text, room))
		return false;
	memcpy(out, text, strlen(text) + 1);
	return true;
}
