/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_walk.h"

#include "base/buf.h"
#include "base/json_syntax.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void pass_blanks(struct json_walk *w)
{
	while (w->at < w->len && is_blank(w->text[w->at]))
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

static bool ends_word(char c)
{
	return c == ',' || c == ']' || c == '}' || is_blank(c);
}

static void pass_word(struct json_walk *w)
{
	while (w->at < w->len && !ends_word(w->text[w->at]))
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
	char c = w->text[w->at];

	if (c == '{' || c == '[' || c == '"')
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

static bool means(const struct json_walk *w, const char *name)
{
	struct err bad = {0};
	struct cJSON *item __cleanup(json_freep) =
		json_build(w->name - 1, w->name_len + 2, true, &bad);

	return item && strcasecmp(json_string(item), name) == 0;
}

bool json_walk_is(const struct json_walk *w, const char *name)
{
	if (memchr(w->name, '\\', w->name_len))
		return means(w, name);
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

static size_t find_name(const struct json_walk *w, const char *const *names, size_t n)
{
	size_t i = 0;

	while (i < n && !json_walk_is(w, names[i]))
		i++;
	return i;
}

/* The text of the object without what is named, which is left to be walked through. */
static void print_without(struct json_walk *w, const char *const *names, size_t n,
			  struct json_walk *ret, struct buf *out)
{
	buf_putc(out, '{');
	while (json_walk_next(w)) {
		const char *from = w->name - 1;
		size_t which = find_name(w, names, n);
		struct json_walk value = json_walk_fork(w);

		if (which < n) {
			ret[which] = value;
			continue;
		}
		if (out->len > 1)
			buf_putc(out, ',');
		buf_add(out, from, (size_t)(w->text + w->at - from));
	}
	buf_putc(out, '}');
}

struct cJSON *json_walk_parse_without(struct json_walk *w, const char *const *names, size_t n,
				      struct json_walk *ret, struct err *e)
{
	struct buf rest __cleanup(buf_done) = BUF(SIZE_MAX / 4);

	memset(ret, 0, n * sizeof(*ret));
	if (!json_walk_enter(w, JSON_OBJECT)) {
		err_set(e, ERR_DECODE, "must be an object, not %s",
			json_type_name(json_walk_type(w)));
		return NULL;
	}
	print_without(w, names, n, ret, &rest);
	if (rest.failed) {
		err_set(e, ERR_INTERNAL, "out of memory while reading JSON");
		return NULL;
	}
	return w->plain ? json_build(rest.data, rest.len, true, e)
			: json_parse(rest.data, rest.len, e);
}

/* A number ends within the text, since what it is in does. */
static bool is_whole(const struct json_walk *w, const char *end)
{
	return !errno && end > w->text + w->at && *end != '.' && (*end | 0x20) != 'e';
}

int json_walk_u64(const struct json_walk *w, uint64_t *ret)
{
	char *end;

	if (json_walk_type(w) != JSON_NUMBER || w->text[w->at] == '-')
		return -1;
	errno = 0;
	*ret = strtoull(w->text + w->at, &end, 10);
	return is_whole(w, end) ? 0 : -1;
}

int json_walk_i64(const struct json_walk *w, int64_t *ret)
{
	char *end;

	if (json_walk_type(w) != JSON_NUMBER)
		return -1;
	errno = 0;
	*ret = strtoll(w->text + w->at, &end, 10);
	return is_whole(w, end) ? 0 : -1;
}
