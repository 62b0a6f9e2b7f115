/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_file.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

int json_file_open(struct json_file *f, const char *path, size_t value_max, struct err *e)
{
	*f = (struct json_file){ .path = path };
	buf_init(&f->text, value_max);
	f->file = fopen(path, "re");
	if (f->file)
		return 0;
	return err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
		       strerror(errno));
}

void json_file_done(struct json_file *f)
{
	if (f->file)
		fclose(f->file);
	f->file = NULL;
	buf_done(&f->text);
}

int json_file_rewind(struct json_file *f, struct err *e)
{
	if (fseek(f->file, 0, SEEK_SET) != 0)
		return err_set(e, ERR_IO, "%s: %s", f->path, strerror(errno));
	f->at = 0;
	return 0;
}

int json_file_bad(const struct json_file *f, const char *what, struct err *e)
{
	if (ferror(f->file))
		return err_set(e, ERR_IO, "%s: cannot be read", f->path);
	return err_set(e, ERR_DECODE, "%s: %s, at byte %" PRIu64, f->path, what, f->at);
}

static int next_byte(struct json_file *f)
{
	int c = getc_unlocked(f->file);

	f->at += c != EOF;
	return c;
}

int json_file_token(struct json_file *f)
{
	int c;

	do
		c = next_byte(f);
	while (c == ' ' || c == '\t' || c == '\n' || c == '\r');
	return c;
}

int json_file_next(struct json_file *f, char close, bool first, int *ret_begin, struct err *e)
{
	int c = json_file_token(f);

	if (c == close)
		return 0;
	if (!first) {
		if (c != ',')
			return json_file_bad(f, c == EOF ? "the file ends early" :
					     "an element is not followed by a comma", e);
		c = json_file_token(f);
	}
	*ret_begin = c;
	return 1;
}

static bool ends_scalar(int c)
{
	return c == EOF || strchr(",]} \t\r\n:", c) != NULL;
}

/* Collects the text of one value; json_parse() judges it. */
static int collect(struct json_file *f, int c, struct err *e)
{
	bool in_string = false, escaped = false;
	int depth = 0;

	buf_reset(&f->text);
	for (;; c = next_byte(f)) {
		if (!in_string && depth == 0 && f->text.len && ends_scalar(c)) {
			ungetc(c, f->file);
			f->at -= c != EOF;
			break;
		}
		if (c == EOF)
			return json_file_bad(f, "the file ends early", e);
		buf_putc(&f->text, (char)c);
		if (f->text.failed)
			return json_file_bad(f, "a value is too large", e);
		if (in_string) {
			in_string = escaped || c != '"';
			escaped = !escaped && c == '\\';
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			depth++;
		} else if (c == '}' || c == ']') {
			depth--;
		}
		if (!in_string && depth == 0 && strchr("\"}]", c))
			break;
	}
	return 0;
}

struct cJSON *json_file_value(struct json_file *f, int begin, struct err *e)
{
	struct cJSON *value;

	if (collect(f, begin, e) < 0)
		return NULL;
	value = json_parse(f->text.data, f->text.len, e);
	if (!value)
		json_file_bad(f, "the value before is no JSON", e);
	return value;
}

struct cJSON *json_file_name(struct json_file *f, int begin, struct err *e)
{
	struct cJSON *name = begin == '"' ? json_file_value(f, begin, e) : NULL;

	if (name && json_file_token(f) == ':')
		return name;
	json_free(name);
	json_file_bad(f, "a name is missing", e);
	return NULL;
}
