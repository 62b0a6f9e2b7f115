/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/guest/setting.h"

#include "base/attr.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define BLANKS " \t\r"

static char *trim(char *text)
{
	size_t len;

	text += strspn(text, BLANKS);
	len = strlen(text);
	while (len && strchr(BLANKS, text[len - 1]))
		text[--len] = '\0';
	return text;
}

static char *unquote(char *value)
{
	size_t len = strlen(value);

	if (len < 2 || (*value != '"' && *value != '\'') || value[len - 1] != *value)
		return value;
	value[len - 1] = '\0';
	return value + 1;
}

static void read_line(char *line, const char **section, setting_visitor *visit, void *arg)
{
	char *equals;

	line = trim(line);
	if (*line == '[') {
		line[strcspn(line, "]")] = '\0';
		*section = line + 1;
		return;
	}
	equals = strchr(line, '=');
	if (!equals || strchr("#;", *line))
		return;
	*equals = '\0';
	visit(&(struct setting){ *section, trim(line), unquote(trim(equals + 1)) }, arg);
}

void settings_read(char *text, setting_visitor *visit, void *arg)
{
	const char *section = "";
	char *next;

	for (char *line = text; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		read_line(line, &section, visit, arg);
	}
}

static bool is_one_of(const char *value, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(value, words[i]) == 0)
			return true;
	return false;
}

bool setting_is_yes(const char *value)
{
	static const char *const words[] = { "yes", "true", "on", "1" };

	return is_one_of(value, words, ARRAY_LEN(words));
}

bool setting_is_no(const char *value)
{
	static const char *const words[] = { "no", "false", "off", "0" };

	return is_one_of(value, words, ARRAY_LEN(words));
}
