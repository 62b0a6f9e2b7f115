/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/manifest/jsonpath.h"

#include "base/json.h"
#include "base/list.h"
#include "base/terminal/printable.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 512
#define RANGES_MAX 8	/* within each other */

struct nodes {
	const struct cJSON **list;	/* owned list, the items are the tree's */
	size_t n, cap;
};

struct cursor {
	const char *at, *end;
	struct err *e;
};

static void nodes_done(struct nodes *nodes)
{
	free(nodes->list);
	*nodes = (struct nodes){ 0 };
}

static int add(struct nodes *nodes, const struct cJSON *item, struct err *e)
{
	if (!item)
		return 0;
	if (nodes->n == JSONPATH_NODES_MAX)
		return err_set(e, ERR_LIMIT, "the path finds more than %d values",
			       JSONPATH_NODES_MAX);
	if (list_room(&nodes->list, nodes->n, &nodes->cap) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	nodes->list[nodes->n++] = item;
	return 0;
}

static int not_understood(const struct cursor *c)
{
	return err_set(c->e, ERR_CONFIG, "the path is not understood at \"%.*s\"; there are .name, "
		       "['name'], [number], [*] and [?(@.name==\"value\")]",
		       (int)(c->end - c->at < 40 ? c->end - c->at : 40), c->at);
}

static bool take(struct cursor *c, const char *text)
{
	size_t len = strlen(text);

	if ((size_t)(c->end - c->at) < len || memcmp(c->at, text, len) != 0)
		return false;
	c->at += len;
	return true;
}

static void skip_blanks(struct cursor *c)
{
	while (c->at < c->end && (*c->at == ' ' || *c->at == '\t'))
		c->at++;
}

/* Replaces the nodes by those that `step` finds for each. */
typedef int step_from(const struct cJSON *item, const void *what, struct nodes *found,
		      struct err *e);

static int step(struct nodes *nodes, step_from *from, const void *what, struct err *e)
{
	struct nodes found __cleanup(nodes_done) = { 0 };
	struct nodes old;

	for (size_t i = 0; i < nodes->n; i++)
		if (from(nodes->list[i], what, &found, e) < 0)
			return -1;
	old = *nodes;
	*nodes = found;
	found = old;
	return 0;
}

static int by_name(const struct cJSON *item, const void *name, struct nodes *found, struct err *e)
{
	return add(found, json_entry(item, name), e);
}

static int by_index(const struct cJSON *item, const void *index, struct nodes *found,
		    struct err *e)
{
	long at = *(const long *)index;
	const struct cJSON *i;

	if (json_type(item) != JSON_ARRAY)
		return 0;
	if (at < 0)
		at += (long)json_count(item);
	for (i = at < 0 ? NULL : json_first(item); i && at; at--)
		i = json_next(i);
	return add(found, i, e);
}

static int all_of(const struct cJSON *item, const void *what __unused_arg, struct nodes *found,
		  struct err *e)
{
	for (const struct cJSON *i = json_first(item); i; i = json_next(i))
		if (add(found, i, e) < 0)
			return -1;
	return 0;
}

static int read_bare_name(struct cursor *c, char name[NAME_MAX_BYTES])
{
	size_t n = 0;

	while (c->at < c->end && !strchr(".[]()=!<> \t", *c->at) && n < NAME_MAX_BYTES - 1) {
		c->at += *c->at == '\\' && c->at + 1 < c->end;
		name[n++] = *c->at++;
	}
	name[n] = '\0';
	return n ? 0 : not_understood(c);
}

/* Behind the opening quote, to behind the closing one. */
static int read_quoted(struct cursor *c, char quote, char name[NAME_MAX_BYTES])
{
	size_t n = 0;

	while (c->at < c->end && *c->at != quote && n < NAME_MAX_BYTES - 1) {
		c->at += *c->at == '\\' && c->at + 1 < c->end;
		name[n++] = *c->at++;
	}
	name[n] = '\0';
	if (c->at == c->end || *c->at != quote)
		return not_understood(c);
	c->at++;
	return 0;
}

struct filter {
	const char *path;
	size_t len;
	bool has_value, differs;
	struct cJSON *value;	/* owned */
};

static int walk(struct cursor *c, struct nodes *nodes);

static int by_filter(const struct cJSON *item, const void *what, struct nodes *found,
		     struct err *e)
{
	const struct filter *f = what;

	for (const struct cJSON *i = json_first(item); i; i = json_next(i)) {
		struct cursor c = { f->path, f->path + f->len, e };
		struct nodes nodes __cleanup(nodes_done) = { 0 };
		bool equal = false;

		if (add(&nodes, i, e) < 0 || walk(&c, &nodes) < 0)
			return -1;
		for (size_t k = 0; k < nodes.n; k++)
			equal |= !f->has_value || json_equal(nodes.list[k], f->value);
		if (equal != f->differs && add(found, i, e) < 0)
			return -1;
	}
	return 0;
}

static int read_value(struct cursor *c, struct filter *f)
{
	char text[NAME_MAX_BYTES];
	struct err ignored = { 0 };

	skip_blanks(c);
	if (c->at < c->end && (*c->at == '"' || *c->at == '\'')) {
		char quote = *c->at++;

		if (read_quoted(c, quote, text) < 0)
			return -1;
		f->value = json_new_string(text);
	} else {
		size_t len = 0;

		while (c->at + len < c->end && c->at[len] != ')' && c->at[len] != ' ')
			len++;
		f->value = json_parse(c->at, len, &ignored);
		if (!f->value)
			return not_understood(c);
		c->at += len;
	}
	f->has_value = true;
	return f->value ? 0 : err_set(c->e, ERR_INTERNAL, "out of memory");
}

/* Behind "?(". */
static int take_filter(struct cursor *c, struct nodes *nodes)
{
	struct filter f = { .len = 0 };
	int rc = 0;

	skip_blanks(c);
	if (!take(c, "@"))
		return not_understood(c);
	f.path = c->at;
	while (c->at < c->end && !strchr("=!<>) ", *c->at))
		c->at++;
	f.len = (size_t)(c->at - f.path);
	skip_blanks(c);
	f.differs = take(c, "!=");
	if (f.differs || take(c, "=="))
		rc = read_value(c, &f);
	skip_blanks(c);
	if (rc == 0 && !take(c, ")]"))
		rc = not_understood(c);
	if (rc == 0)
		rc = step(nodes, by_filter, &f, c->e);
	json_free(f.value);
	return rc;
}

static int take_index(struct cursor *c, struct nodes *nodes)
{
	char *end;
	long index;

	if (c->at == c->end || (*c->at != '-' && !isdigit((unsigned char)*c->at)))
		return not_understood(c);
	index = strtol(c->at, &end, 10);
	if (end >= c->end || *end != ']')
		return not_understood(c);
	c->at = end + 1;
	return step(nodes, by_index, &index, c->e);
}

static int take_bracket(struct cursor *c, struct nodes *nodes)
{
	char name[NAME_MAX_BYTES];

	if (take(c, "*]"))
		return step(nodes, all_of, NULL, c->e);
	if (take(c, "?("))
		return take_filter(c, nodes);
	if (c->at < c->end && (*c->at == '\'' || *c->at == '"')) {
		char quote = *c->at++;

		if (read_quoted(c, quote, name) < 0)
			return -1;
		return take(c, "]") ? step(nodes, by_name, name, c->e) : not_understood(c);
	}
	return take_index(c, nodes);
}

/* To the end of the path. */
static int walk(struct cursor *c, struct nodes *nodes)
{
	char name[NAME_MAX_BYTES];
	int rc = 0;

	while (rc == 0 && c->at < c->end) {
		if (take(c, "["))
			rc = take_bracket(c, nodes);
		else if (!take(c, "."))
			rc = not_understood(c);
		else if (c->at == c->end || *c->at == '[')
			continue;
		else if (take(c, "*"))
			rc = step(nodes, all_of, NULL, c->e);
		else
			rc = read_bare_name(c, name) < 0 ? -1 : step(nodes, by_name, name, c->e);
	}
	return rc;
}

static int find(const char *path, size_t len, const struct cJSON *tree, struct nodes *nodes,
		struct err *e)
{
	struct cursor c = { path, path + len, e };

	skip_blanks(&c);
	while (c.end > c.at && (c.end[-1] == ' ' || c.end[-1] == '\t'))
		c.end--;
	if (!take(&c, "$"))
		take(&c, "@");
	return add(nodes, tree, e) < 0 ? -1 : walk(&c, nodes);
}

static void print_nodes(const struct nodes *nodes, const char *between, struct buf *out)
{
	for (size_t i = 0; i < nodes->n; i++) {
		if (i)
			buf_puts(out, between);
		if (json_string(nodes->list[i]))
			printable_add(json_string(nodes->list[i]), out);
		else
			json_print_shown(nodes->list[i], out);
	}
}

static int print_path(const char *path, size_t len, const struct cJSON *tree, const char *between,
		      struct buf *out, struct err *e)
{
	struct nodes nodes __cleanup(nodes_done) = { 0 };

	if (find(path, len, tree, &nodes, e) < 0)
		return -1;
	print_nodes(&nodes, between, out);
	return 0;
}

int jsonpath_print(const char *path, const struct cJSON *tree, const char *between,
		   struct buf *out, struct err *e)
{
	return print_path(path, strlen(path), tree, between, out, e);
}

/* A text in quotes, with Go's usual escapes. */
static void print_text(const char *at, const char *end, struct buf *out)
{
	for (; at < end; at++) {
		if (*at != '\\' || at + 1 == end) {
			buf_putc(out, *at);
			continue;
		}
		at++;
		buf_putc(out, *at == 'n' ? '\n' : *at == 't' ? '\t' : *at == 'r' ? '\r' : *at);
	}
}

/* The brace that ends what begins here, quotes passed over; NULL: none does. */
static const char *end_of_braces(const char *at)
{
	char quote = 0;

	for (; *at; at++) {
		if (quote && *at == '\\' && at[1])
			at++;
		else if (quote)
			quote = *at == quote ? 0 : quote;
		else if (*at == '"' || *at == '\'')
			quote = *at;
		else if (*at == '}')
			return at;
	}
	return NULL;
}

static bool begins_with_word(const char *at, const char *end, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(end - at) >= len && memcmp(at, word, len) == 0 &&
	       (at + len == end || at[len] == ' ');
}

/* Prints from *at to the end, or to behind the {end} of a range; dry: only finds it. */
static int print_part(const char **at, const struct cJSON *tree, unsigned depth, bool dry,
		      struct buf *out, struct err *e);

static int print_range(const char **at, const char *path, const char *end,
		       const struct cJSON *tree, unsigned depth, bool dry, struct buf *out,
		       struct err *e)
{
	struct nodes nodes __cleanup(nodes_done) = { 0 };
	const char *body = *at;

	if (depth == RANGES_MAX)
		return err_set(e, ERR_LIMIT, "more than %d ranges are within each other",
			       RANGES_MAX);
	if (print_part(at, tree, depth + 1, true, out, e) < 0 ||
	    (!dry && find(path, (size_t)(end - path), tree, &nodes, e) < 0))
		return -1;
	for (size_t i = 0; i < nodes.n; i++) {
		const char *again = body;

		if (print_part(&again, nodes.list[i], depth + 1, false, out, e) < 0)
			return -1;
	}
	return 0;
}

/* What stands between braces; *ret_ended: it was {end}. */
static int print_braces(const char **at, const struct cJSON *tree, unsigned depth, bool dry,
			bool *ret_ended, struct buf *out, struct err *e)
{
	const char *begin = *at + 1, *end = end_of_braces(begin);

	if (!end)
		return err_set(e, ERR_CONFIG, "\"{\" is not closed at \"%.40s\"", *at);
	*at = end + 1;
	while (begin < end && *begin == ' ')
		begin++;
	while (begin < end && end[-1] == ' ')
		end--;
	if (begins_with_word(begin, end, "range"))
		return print_range(at, begin + strlen("range"), end, tree, depth, dry, out, e);
	*ret_ended = begins_with_word(begin, end, "end");
	if (*ret_ended)
		return depth ? 0 : err_set(e, ERR_CONFIG, "{end} has no {range} before it");
	if (dry)
		return 0;
	if (end - begin >= 2 && (*begin == '"' || *begin == '\'') && end[-1] == *begin)
		print_text(begin + 1, end - 1, out);
	else
		return print_path(begin, (size_t)(end - begin), tree, " ", out, e);
	return 0;
}

static int print_part(const char **at, const struct cJSON *tree, unsigned depth, bool dry,
		      struct buf *out, struct err *e)
{
	while (**at) {
		size_t len = strcspn(*at, "{");
		bool ended = false;

		if (!dry)
			buf_add(out, *at, len);
		*at += len;
		if (**at && print_braces(at, tree, depth, dry, &ended, out, e) < 0)
			return -1;
		if (ended)
			return 0;
	}
	return depth ? err_set(e, ERR_CONFIG, "a {range} has no {end}") : 0;
}

int jsonpath_print_template(const char *text, const struct cJSON *tree, struct buf *out,
			    struct err *e)
{
	if (!strchr(text, '{'))
		return jsonpath_print(text, tree, " ", out, e);
	return print_part(&text, tree, 0, false, out, e);
}
