/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/labels.h"

#include <string.h>

static bool copy_name(const char *text, size_t len, char out[LABEL_NAME_MAX + 1])
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";

	if (!len || len > LABEL_NAME_MAX || strspn(text, allowed) < len)
		return false;
	memcpy(out, text, len);
	out[len] = '\0';
	return true;
}

bool label_fits(const char *name, const char *value)
{
	char copy[LABEL_NAME_MAX + 1];

	return copy_name(name, strlen(name), copy) && strlen(value) <= LABEL_VALUE_MAX;
}

int label_set(struct call *call, struct label_words *words, const char *where, const char *text,
	      struct err *e)
{
	char *name = words->names[words->n];
	size_t len = strcspn(text, "=");

	if (!text[len] || !copy_name(text, len, name) || strlen(text + len + 1) > LABEL_VALUE_MAX)
		return call_wrong_use(call, e, "%s\"%.64s\" must be NAME=VALUE, the name of "
				      "letters, digits, '_', '.', '/' and '-'", where, text);
	words->list[words->n++] = (struct label){ name, text + len + 1 };
	return 0;
}

int label_change(struct call *call, struct label_words *words, const char *text, struct err *e)
{
	char *name = words->names[words->n];
	size_t len = strlen(text);

	if (strchr(text, '=') || !len || text[len - 1] != '-')
		return label_set(call, words, "", text, e);
	if (!copy_name(text, len - 1, name))
		return call_wrong_use(call, e, "\"%.64s\" must be NAME=VALUE, or NAME- to remove "
				      "the label", text);
	words->list[words->n++] = (struct label){ name, NULL };
	return 0;
}
