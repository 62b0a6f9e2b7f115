/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_syntax.h"

#include "base/json.h"

#include <string.h>

/* Digits that a double surely keeps. */
#define EXACT_DIGITS 15
#define CLOCK_EVERY 10000	/* values */

/* Each skip_ function leaves `at` behind what it read, or sets `wrong` and returns false. */
struct scan {
	const char *text;
	size_t len, at;
	size_t values, names;
	const struct json_limits *limits;
	const char *wrong;
	bool odd_number;
};

/* The next byte, or -1 at the end. */
static int peek(const struct scan *s)
{
	return s->at < s->len ? (unsigned char)s->text[s->at] : -1;
}

static bool fail(struct scan *s, const char *wrong)
{
	s->wrong = s->at < s->len ? wrong : "it ends too soon";
	return false;
}

static bool accept(struct scan *s, char c)
{
	if (peek(s) != (unsigned char)c)
		return false;
	s->at++;
	return true;
}

static void skip_blanks(struct scan *s)
{
	int c = peek(s);

	while (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
		s->at++;
		c = peek(s);
	}
}

static bool skip_word(struct scan *s, const char *word)
{
	for (; *word; word++)
		if (!accept(s, *word))
			return fail(s, "unexpected character");
	return true;
}

/* Four hexadecimal digits that are not all zero. */
static bool skip_hex(struct scan *s)
{
	size_t start = s->at;

	for (int i = 0; i < 4; i++, s->at++)
		if (peek(s) < 0 || !strchr("0123456789abcdefABCDEF", peek(s)) || !peek(s))
			return fail(s, "bad \\u escape");
	if (memcmp(s->text + start, "0000", 4) != 0)
		return true;
	s->at = start;
	return fail(s, "\\u0000 is not supported");
}

static bool skip_escape(struct scan *s)
{
	if (accept(s, 'u'))
		return skip_hex(s);
	if (peek(s) <= 0 || !strchr("\"\\/bfnrt", peek(s)))
		return fail(s, "bad escape");
	s->at++;
	return true;
}

/* What stands for itself in a string; most of an answer is that. */
static void skip_plain(struct scan *s)
{
	static const bool special[256] = {
		[0 ... 0x1f] = true, ['"'] = true, ['\\'] = true
	};
	size_t at = s->at;

	while (at < s->len && !special[(unsigned char)s->text[at]])
		at++;
	s->at = at;
}

static bool skip_string(struct scan *s)
{
	if (!accept(s, '"'))
		return fail(s, "a name in quotes is missing");
	while (!accept(s, '"')) {
		if (accept(s, '\\')) {
			if (!skip_escape(s))
				return false;
		} else if (peek(s) < 0x20) {
			return fail(s, "control character in a string");
		} else {
			skip_plain(s);
		}
	}
	return true;
}

static bool skip_digits(struct scan *s)
{
	size_t start = s->at;

	while (peek(s) >= '0' && peek(s) <= '9')
		s->at++;
	return s->at > start || fail(s, "a digit is missing");
}

bool json_number_is_plain(const char *text, size_t len)
{
	if (len > EXACT_DIGITS || (*text == '0' && len > 1) ||
	    (*text == '-' && len > 1 && text[1] == '0'))
		return false;
	for (size_t i = 1; i < len; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return true;
}

static bool skip_number(struct scan *s)
{
	size_t start = s->at;

	accept(s, '-');
	if (!accept(s, '0') && !skip_digits(s))
		return false;
	if (accept(s, '.') && !skip_digits(s))
		return false;
	if (accept(s, 'e') || accept(s, 'E')) {
		if (!accept(s, '+'))
			accept(s, '-');
		if (!skip_digits(s))
			return false;
	}
	if (!json_number_is_plain(s->text + start, s->at - start))
		s->odd_number = true;
	if (s->at - start <= JSON_NUMBER_MAX)
		return true;
	s->at = start;
	return fail(s, "number too long");
}

static bool skip_value(struct scan *s, int depth);

static bool skip_members(struct scan *s, char close, int depth)
{
	skip_blanks(s);
	if (accept(s, close))
		return true;
	for (;;) {
		skip_blanks(s);
		if (close == '}') {
			if (!skip_string(s))
				return false;
			skip_blanks(s);
			if (!accept(s, ':'))
				return fail(s, "':' is missing");
			s->names++;
		}
		if (!skip_value(s, depth))
			return false;
		if (accept(s, close))
			return true;
		if (!accept(s, ','))
			return fail(s, "',' or the end of the list is missing");
	}
}

/* With the blanks on both sides. */
static bool skip_value(struct scan *s, int depth)
{
	bool good;

	if (depth > JSON_DEPTH_MAX)
		return fail(s, "nested too deep");
	if (s->values++ + s->names >= s->limits->values)
		return fail(s, "more values than the limit");
	if (!(s->values % CLOCK_EVERY) && s->limits->until.at_ms &&
	    deadline_passed(s->limits->until))
		return fail(s, "the time is over before its end");
	skip_blanks(s);
	if (accept(s, '{'))
		good = skip_members(s, '}', depth + 1);
	else if (accept(s, '['))
		good = skip_members(s, ']', depth + 1);
	else if (peek(s) == '"')
		good = skip_string(s);
	else if (peek(s) == '-' || (peek(s) >= '0' && peek(s) <= '9'))
		good = skip_number(s);
	else
		good = skip_word(s, peek(s) == 't' ? "true" : peek(s) == 'f' ? "false" : "null");
	skip_blanks(s);
	return good;
}

const char *json_syntax_error(const char *text, size_t len, const struct json_limits *limits,
			      size_t *ret_at, bool *ret_plain)
{
	struct scan s = { .text = text, .len = len, .limits = limits };

	if (skip_value(&s, 0) && s.at < len)
		s.wrong = "text after the end";
	if (s.wrong)
		*ret_at = s.at;
	*ret_plain = !s.odd_number && s.values + s.names <= JSON_VALUES_MAX;
	return s.wrong;
}

static bool in_number(char c)
{
	return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

const char *json_next_number(const char *p, const char *end, size_t *ret_len)
{
	const char *start;

	while (p < end) {
		if (*p == '"') {
			for (p++; p < end && *p != '"'; p++)
				p += *p == '\\';
			p++;
		} else if (*p == '-' || (*p >= '0' && *p <= '9')) {
			for (start = p; p < end && in_number(*p); p++)
				;
			*ret_len = (size_t)(p - start);
			return start;
		} else {
			p++;
		}
	}
	return NULL;
}

/* Which half of a surrogate pair the escape at p stands for: 1, 2, or 0 for none. */
static int surrogate_half(const char *p, const char *end)
{
	if (end - p < 6 || p[0] != '\\' || p[1] != 'u' || (p[2] | 0x20) != 'd')
		return 0;
	if (strchr("89abAB", p[3]))
		return 1;
	return strchr("cdefCDEF", p[3]) ? 2 : 0;
}

bool json_has_half_surrogate_pair(const char *text, size_t len)
{
	const char *end = text + len;

	for (const char *p = text; p < end; p++) {
		int half = surrogate_half(p, end);

		if (half == 2 || (half == 1 && surrogate_half(p + 6, end) != 2))
			return true;
		if (*p == '\\')
			p += half ? 11 : 1;
	}
	return false;
}
