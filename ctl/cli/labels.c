/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/labels.h"

#include "ipam/record/resource.h"

#include <stdio.h>
#include <string.h>

#define PART_MAX 63	/* bytes of a value, and of a name behind its prefix */
#define PREFIX_MAX 253	/* bytes */
#define WORD \
	"consist of alphanumeric characters, '-', '_' or '.', and must start and end with an " \
	"alphanumeric character"
#define A_NAME WORD " (e.g. 'MyName', or 'my.name', or '123-abc')"

static bool is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_word(const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++)
		if (!is_alphanumeric(text[i]) &&
		    (!i || i + 1 == len || !strchr("-_.", text[i])))
			return false;
	return len > 0;
}

static int check_prefix(const char *name, size_t len, struct err *e)
{
	char prefix[PREFIX_MAX + 1];
	struct err ignored = { 0 };

	if (!len)
		return err_set(e, ERR_CONFIG, "prefix part must be non-empty");
	if (len > PREFIX_MAX)
		return err_set(e, ERR_CONFIG, "prefix part must be no more than %d characters",
			       PREFIX_MAX);
	snprintf(prefix, sizeof(prefix), "%.*s", (int)len, name);
	if (resource_check_name("", prefix, &ignored) == 0)
		return 0;
	return err_set(e, ERR_CONFIG, "prefix part a lowercase RFC 1123 subdomain must consist of "
		       "lower case alphanumeric characters, '-' or '.', and must start and end "
		       "with an alphanumeric character (e.g. 'example.com')");
}

int label_check_name(const char *name, struct err *e)
{
	const char *slash = strchr(name, '/'), *part = slash ? slash + 1 : name;

	if (strchr(part, '/'))
		return err_set(e, ERR_CONFIG, "a qualified name must " A_NAME " with an optional "
			       "DNS subdomain prefix and '/' (e.g. 'example.com/MyName')");
	if (slash && check_prefix(name, (size_t)(slash - name), e) < 0)
		return -1;
	if (!*part)
		return err_set(e, ERR_CONFIG, "name part must be non-empty");
	if (strlen(part) > PART_MAX)
		return err_set(e, ERR_CONFIG, "name part must be no more than %d characters",
			       PART_MAX);
	return is_word(part) ? 0 : err_set(e, ERR_CONFIG, "name part must " A_NAME);
}

int label_check_value(const char *value, struct err *e)
{
	if (strlen(value) > PART_MAX)
		return err_set(e, ERR_CONFIG, "must be no more than %d characters", PART_MAX);
	if (!*value || is_word(value))
		return 0;
	return err_set(e, ERR_CONFIG, "a valid label must be an empty string or " WORD " (e.g. "
		       "'MyValue', or 'my_value', or '12345')");
}

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

int label_set(struct call *call, struct label_words *words, const char *where, const char *text,
	      struct err *e)
{
	char *name = words->names[words->n];
	size_t len = strcspn(text, "=");
	struct err why = { 0 };

	if (!text[len])
		return call_wrong_use(call, e, "%s\"%.64s\" must be NAME=VALUE", where, text);
	/* One that is cut here is too long for the rule. */
	snprintf(name, LABEL_NAME_MAX + 1, "%.*s", (int)len, text);
	if (label_check_name(name, &why) < 0 || label_check_value(text + len + 1, &why) < 0)
		return call_wrong_use(call, e, "%s\"%.64s\": %s", where, text, why.text);
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
