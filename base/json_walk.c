/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_walk.h"

#include "base/json_syntax.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

static void pass_blanks(struct json_walk *w)
{
	while (w->at < w->len && strchr(" \t\r\n", w->text[w->at]) && w->text[w->at])
		w->at++;
}

/* The syntax is known to be good: each of these ends within the text. */

/* A quote is escaped by an odd number of backslashes, of which there are few. */
static bool is_escaped(const char *quote)
{
	const char *p = quote;

	while (p[-1] == '\\')
		p--;
	return (quote - p) % 2;
}

static void pass_string(struct json_walk *w)
{
	const char *end = w->text + w->at;

	do {
		end = memchr(end + 1, '"', (size_t)(w->text + w->len - end) - 1);
	} while (is_escaped(end));
	w->at = (size_t)(end - w->text) + 1;
}

static void pass_word(struct json_walk *w)
{
	while (w->at < w->len && !strchr(",]} \t\r\n", w->text[w->at]))
		w->at++;
}

static void pass_value(struct json_walk *w)
{
	size_t depth = 0;

	w->at_value = false;
	do {
		char c = w->text[w->at];

		if (c == '"') {
			pass_string(w);
		} else {
			depth += c == '{' || c == '[';
			depth -= c == '}' || c == ']';
			w->at++;
		}
	} while (depth);
}

static void pass_any(struct json_walk *w)
{
	if (strchr("{[\"", w->text[w->at]))
		pass_value(w);
	else
		pass_word(w);
	w->at_value = false;
}

int json_walk_begin(struct json_walk *w, const char *text, size_t len, struct deadline until,
		    struct err *e)
{
	struct json_limits limits = { .values = SIZE_MAX, .until = until };
	const char *wrong;
	bool plain;
	size_t at;

	wrong = json_syntax_error(text, len, &limits, &at, &plain);
	if (wrong)
		return err_set(e, ERR_DECODE, "invalid JSON at byte %zu: %s", at, wrong);
	*w = (struct json_walk){ .text = text, .len = len, .at_value = true, .plain = plain };
	pass_blanks(w);
	return 0;
}

enum json_type json_walk_type(const struct json_walk *w)
{
	switch (w->text[w->at]) {
	case '{':
		return JSON_OBJECT;
	case '[':
		return JSON_ARRAY;
	case '"':
		return JSON_STRING;
	case 't':
	case 'f':
		return JSON_BOOL;
	case 'n':
		return JSON_NULL;
	default:
		return JSON_NUMBER;
	}
}

bool json_walk_is(const struct json_walk *w, const char *name)
{
	return strlen(name) == w->name_len && strncasecmp(w->name, name, w->name_len) == 0;
}

bool json_walk_enter(struct json_walk *w, enum json_type type)
{
	if (json_walk_type(w) != type)
		return false;
	w->at_value = false;
	w->at++;
	return true;
}

static void take_name(struct json_walk *w)
{
	w->name = w->text + w->at + 1;
	pass_string(w);
	w->name_len = (size_t)(w->text + w->at - 1 - w->name);
	pass_blanks(w);
	w->at++;
	pass_blanks(w);
}

/* A string that is followed by a colon is a name. */
static bool at_name(const struct json_walk *w)
{
	struct json_walk ahead = *w;

	if (ahead.text[ahead.at] != '"')
		return false;
	pass_string(&ahead);
	pass_blanks(&ahead);
	return ahead.at < ahead.len && ahead.text[ahead.at] == ':';
}

bool json_walk_next(struct json_walk *w)
{
	if (w->at_value)
		pass_any(w);
	pass_blanks(w);
	if (w->text[w->at] == ',')
		w->at++;
	pass_blanks(w);
	if (w->text[w->at] == ']' || w->text[w->at] == '}') {
		w->at++;
		return false;
	}
	w->name_len = 0;
	if (at_name(w))
		take_name(w);
	w->at_value = true;
	return true;
}

struct json_walk json_walk_fork(struct json_walk *w)
{
	struct json_walk fork = *w;

	pass_any(w);
	fork.len = w->at;
	return fork;
}

struct cJSON *json_walk_parse(struct json_walk *w, struct err *e)
{
	size_t from = w->at;

	pass_any(w);
	/* What is not plain must be looked through again, for its own numbers and limits. */
	return w->plain ? json_build(w->text + from, w->at - from, true, e)
			: json_parse(w->text + from, w->at - from, e);
}
