/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/config/oslo_file.h"

#include "base/io.h"

#include <stdio.h>
#include <string.h>

#define SECTION_TEXT 64
#define WHERE_TEXT 512
#define BLANKS " \t\r\f\v"

struct reading {
	oslo_visitor *visit;
	void *arg;
	const char *name;
	char section[SECTION_TEXT];
	unsigned line;		/* that was read last, from 1 */
	char *key;		/* of the value that may go on; NULL: none */
	struct buf *value;
	unsigned key_line;
};

static int bad(const struct reading *r, unsigned line, const char *what, struct err *e)
{
	return err_set(e, ERR_CONFIG, "%s:%u: %s", r->name, line, what);
}

static char *trimmed(char *text)
{
	size_t len;

	text += strspn(text, BLANKS);
	len = strlen(text);
	while (len && strchr(BLANKS, text[len - 1]))
		text[--len] = 0;
	return text;
}

static char *unquoted(char *text)
{
	size_t len = strlen(text);

	if (len < 2 || text[0] != text[len - 1] || (text[0] != '"' && text[0] != '\''))
		return text;
	text[len - 1] = 0;
	return text + 1;
}

static int flush(struct reading *r, struct err *e)
{
	char where[WHERE_TEXT], *key = r->key;

	if (!key)
		return 0;
	r->key = NULL;
	if (r->value->failed)
		return bad(r, r->key_line, "the value is too long", e);
	snprintf(where, sizeof(where), "%s:%u", r->name, r->key_line);
	return r->visit(r->section, key, unquoted(r->value->data), where, r->arg, e);
}

static int take_section(struct reading *r, char *line, struct err *e)
{
	char *end = strchr(line, ']');

	if (!end || (size_t)(end - line) >= sizeof(r->section) || *trimmed(end + 1))
		return bad(r, r->line, "a section is [name]", e);
	*end = 0;
	stpcpy(r->section, line + 1);
	return 0;
}

static int take_pair(struct reading *r, char *line, struct err *e)
{
	size_t at = strcspn(line, "=:");

	if (!line[at])
		return bad(r, r->line, "neither a section nor \"key = value\"", e);
	line[at] = 0;
	r->key = trimmed(line);
	r->key_line = r->line;
	if (!*r->key)
		return bad(r, r->line, "no key before the \"=\"", e);
	buf_reset(r->value);
	buf_puts(r->value, trimmed(line + at + 1));
	return 0;
}

static int take_continued(struct reading *r, char *line, struct err *e)
{
	char *text = trimmed(line);

	if (!*text)
		return flush(r, e);
	if (!r->key)
		return bad(r, r->line, "goes on with a value where none is", e);
	buf_putc(r->value, '\n');
	buf_puts(r->value, text);
	return 0;
}

static int take_line(struct reading *r, char *line, struct err *e)
{
	if (*line == '#' || *line == ';')
		return 0;
	if (!*line || strchr(BLANKS, *line))
		return take_continued(r, line, e);
	if (flush(r, e) < 0)
		return -1;
	return *line == '[' ? take_section(r, line, e) : take_pair(r, line, e);
}

int oslo_text_read(char *text, const char *name, oslo_visitor *visit, void *arg, struct err *e)
{
	struct buf value __cleanup(buf_done) = BUF(OSLO_FILE_MAX);
	struct reading r = { visit, arg, name, "DEFAULT", 0, NULL, &value, 0 };
	int rc = 0;

	while (*text && rc == 0) {
		size_t len = strcspn(text, "\n");
		char *next = text + len + !!text[len];

		text[len] = 0;
		r.line++;
		rc = take_line(&r, text, e);
		text = next;
	}
	return rc < 0 ? rc : flush(&r, e);
}

int oslo_file_read(const char *path, oslo_visitor *visit, void *arg, struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(OSLO_FILE_MAX);

	if (io_read_file(path, &text, e) < 0)
		return -1;
	if (strlen(text.data) != text.len)
		return err_set(e, ERR_CONFIG, "%s holds a NUL: it is no configuration", path);
	return oslo_text_read(text.data, path, visit, arg, e);
}
