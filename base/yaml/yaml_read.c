/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml/yaml_read.h"

#include "base/buf.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

/* A map or a list that has begun and not ended. */
struct level {
	bool is_map;
	char *name;		/* owned: whose value comes next; NULL: a name does */
	struct buf names;	/* those of a map so far, each with a NUL behind it */
	unsigned n_names;
	unsigned index;		/* of the element of a list that comes next */
};

struct reader {
	yaml_parser_t parser;
	const struct yaml_source *source;
	struct level levels[YAML_DEPTH_MAX];
	unsigned depth;
	unsigned values;
	unsigned documents;	/* that have begun */
	told_visitor *visit;
	void *arg;
	struct err *e;
};

static size_t len_max(const struct yaml_source *source)
{
	return source->len_max ? source->len_max : YAML_FILE_MAX;
}

static size_t line_of(const yaml_mark_t *mark)
{
	return mark->line + 1;
}

static int refuse(struct reader *r, size_t line, const char *why)
{
	return err_set(r->e, ERR_DECODE, "%s:%zu: %s", r->source->file, line, why);
}

/* Where the bytes are no text, libyaml knows the place but not its line. */
static size_t line_at(const char *text, size_t offset)
{
	size_t line = 1;

	for (size_t i = 0; i < offset; i++)
		line += text[i] == '\n';
	return line;
}

static int refuse_syntax(struct reader *r)
{
	const yaml_parser_t *p = &r->parser;

	if (p->error == YAML_MEMORY_ERROR)
		return err_set(r->e, ERR_INTERNAL, "out of memory");
	return err_set(r->e, ERR_DECODE, "%s:%zu: invalid YAML: %s", r->source->file,
		       p->error == YAML_READER_ERROR ? line_at(r->source->text, p->problem_offset) :
						       line_of(&p->problem_mark),
		       p->problem ? p->problem : "cannot be read");
}

static bool is_one_of(const char *text, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(text, words[i]) == 0)
			return true;
	return false;
}

static const char *behind_sign(const char *text)
{
	return text + (*text == '+' || *text == '-');
}

static bool is_based_number(const char *text)
{
	static const struct {
		const char *prefix, *digits;
	} bases[] = { { "0x", "0123456789abcdefABCDEF" }, { "0o", "01234567" }, { "0b", "01" } };

	text = behind_sign(text);
	for (size_t i = 0; i < ARRAY_LEN(bases); i++)
		if (strncasecmp(text, bases[i].prefix, 2) == 0)
			return text[2] && !text[2 + strspn(text + 2, bases[i].digits)];
	return false;
}

/* As Go's YAML has it, "_" between digits included. */
static bool is_number(const char *text)
{
	struct buf digits __cleanup(buf_done) = BUF(YAML_FILE_MAX);
	const char *first = behind_sign(text);
	char *end;

	if (!strchr("0123456789.", *first) || !*first)
		return false;
	for (const char *p = text; *p; p++)
		if (*p != '_')
			buf_putc(&digits, *p);
	if (digits.failed || is_based_number(digits.data))
		return true;
	strtod(digits.data, &end);
	return end != digits.data && !*end;
}

static enum told_as classify(const char *text)
{
	static const char *const nothing[] = { "", "~", "null" };
	static const char *const other[] = { "y", "n", "yes", "no", "on", "off", "true", "false",
					     ".nan", ".inf", "+.inf", "-.inf" };

	if (is_one_of(text, nothing, ARRAY_LEN(nothing)))
		return TOLD_NOTHING;
	return is_one_of(text, other, ARRAY_LEN(other)) || is_number(text) ? TOLD_OTHER :
									     TOLD_TEXT;
}

bool yaml_bool(const struct told *value, bool *ret)
{
	static const char *const yes[] = { "y", "yes", "on", "true" };
	static const char *const no[] = { "n", "no", "off", "false" };
	bool is_yes = is_one_of(value->text, yes, ARRAY_LEN(yes));

	if (value->as != TOLD_OTHER || (!is_yes && !is_one_of(value->text, no, ARRAY_LEN(no))))
		return false;
	*ret = is_yes;
	return true;
}

static int tell(struct reader *r, enum told_as as, const char *text, const yaml_mark_t *mark)
{
	struct told_step path[YAML_DEPTH_MAX];
	struct told value = { .path = path, .depth = r->depth, .as = as, .text = text,
			      .line = line_of(mark) };

	for (unsigned i = 0; i < r->depth; i++)
		path[i] = (struct told_step){ r->levels[i].name, r->levels[i].index };
	return r->visit(&value, r->arg, r->e);
}

static struct level *innermost(struct reader *r)
{
	return r->depth ? &r->levels[r->depth - 1] : NULL;
}

/* The map whose next name comes now, or NULL. */
static struct level *awaits_name(struct reader *r)
{
	struct level *in = innermost(r);

	return in && in->is_map && !in->name ? in : NULL;
}

static bool has_name(const struct level *in, const char *name)
{
	for (const char *p = in->names.data; p < in->names.data + in->names.len; p += strlen(p) + 1)
		if (strcmp(p, name) == 0)
			return true;
	return false;
}

static int take_name(struct reader *r, struct level *in, const char *name, bool plain,
		     size_t line)
{
	if (plain && strcmp(name, "<<") == 0)
		return refuse(r, line, "merges by \"<<\" are not supported");
	if (has_name(in, name))
		return err_set(r->e, ERR_DECODE, "%s:%zu: \"%.60s\" is given twice",
			       r->source->file, line, name);
	if (++in->n_names > YAML_NAMES_MAX)
		return err_set(r->e, ERR_LIMIT, "%s:%zu: more than %d names are in one map",
			       r->source->file, line, YAML_NAMES_MAX);
	buf_add(&in->names, name, strlen(name) + 1);
	in->name = strdup(name);
	if (!in->name || in->names.failed)
		return err_set(r->e, ERR_INTERNAL, "out of memory");
	return 0;
}

/* The value of the name at hand is over, or the element. */
static void go_on(struct reader *r)
{
	struct level *in = innermost(r);

	if (in) {
		free(in->name);
		in->name = NULL;
		in->index += !in->is_map;
	}
}

static int take_scalar(struct reader *r, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;
	const char *tag = (const char *)event->data.scalar.tag;
	bool plain = event->data.scalar.plain_implicit;
	size_t line = line_of(&event->start_mark);
	enum told_as as = plain ? classify(text) : TOLD_TEXT;
	struct level *in = awaits_name(r);

	if (tag && strcmp(tag, YAML_STR_TAG) != 0)
		return refuse(r, line, "tags but !!str are not supported");
	if (strlen(text) != event->data.scalar.length)
		return refuse(r, line, "a NUL is within a text");
	if (in)
		return take_name(r, in, text, plain, line);
	if (tell(r, as, as == TOLD_NOTHING ? "" : text, &event->start_mark) < 0)
		return -1;
	go_on(r);
	return 0;
}

static int begin_level(struct reader *r, bool is_map, const yaml_char_t *tag,
		       const yaml_mark_t *mark)
{
	if (tag)
		return refuse(r, line_of(mark), "tags but !!str are not supported");
	if (awaits_name(r))
		return refuse(r, line_of(mark), "a name must be a text");
	if (tell(r, is_map ? TOLD_MAP : TOLD_LIST, "", mark) < 0)
		return -1;
	if (r->depth == YAML_DEPTH_MAX)
		return err_set(r->e, ERR_LIMIT, "%s:%zu: more than %d maps and lists are within "
			       "each other", r->source->file, line_of(mark), YAML_DEPTH_MAX);
	r->levels[r->depth] = (struct level){ .is_map = is_map, .names = BUF(len_max(r->source)) };
	r->depth++;
	return 0;
}

static void end_level(struct reader *r)
{
	struct level *in = &r->levels[--r->depth];

	free(in->name);
	buf_done(&in->names);
	go_on(r);
}

static int take_value(struct reader *r, const yaml_event_t *event)
{
	if (++r->values > r->source->values_max)
		return err_set(r->e, ERR_LIMIT, "%s:%zu: more than %u names and values",
			       r->source->file, line_of(&event->start_mark),
			       r->source->values_max);
	if (event->type == YAML_SCALAR_EVENT)
		return take_scalar(r, event);
	if (event->type == YAML_MAPPING_START_EVENT)
		return begin_level(r, true, event->data.mapping_start.tag, &event->start_mark);
	return begin_level(r, false, event->data.sequence_start.tag, &event->start_mark);
}

static bool has_anchor(const yaml_event_t *event)
{
	return event->type == YAML_ALIAS_EVENT ||
		(event->type == YAML_SCALAR_EVENT && event->data.scalar.anchor) ||
		(event->type == YAML_MAPPING_START_EVENT && event->data.mapping_start.anchor) ||
		(event->type == YAML_SEQUENCE_START_EVENT && event->data.sequence_start.anchor);
}

static int begin_document(struct reader *r, const yaml_event_t *event)
{
	unsigned max = r->source->documents_max;

	if (r->documents++ < (max ? max : 1))
		return 0;
	if (max <= 1)
		return refuse(r, line_of(&event->start_mark), "a second document begins");
	return err_set(r->e, ERR_LIMIT, "%s:%zu: more than %u documents", r->source->file,
		       line_of(&event->start_mark), max);
}

static int take(struct reader *r, const yaml_event_t *event)
{
	if (has_anchor(event))
		return refuse(r, line_of(&event->start_mark),
			      "anchors and aliases (& and *) are not supported");
	if (event->type == YAML_SCALAR_EVENT || event->type == YAML_MAPPING_START_EVENT ||
	    event->type == YAML_SEQUENCE_START_EVENT)
		return take_value(r, event);
	if (event->type == YAML_MAPPING_END_EVENT || event->type == YAML_SEQUENCE_END_EVENT)
		end_level(r);
	return event->type == YAML_DOCUMENT_START_EVENT ? begin_document(r, event) : 0;
}

static int read_all(struct reader *r)
{
	bool end = false;

	while (!end) {
		yaml_event_t event;
		int rc;

		if (!yaml_parser_parse(&r->parser, &event))
			return refuse_syntax(r);
		rc = take(r, &event);
		end = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
		if (rc < 0)
			return -1;
	}
	return 0;
}

int yaml_read(const struct yaml_source *source, told_visitor *visit, void *arg, struct err *e)
{
	struct reader r = { .source = source, .visit = visit, .arg = arg, .e = e };
	int rc;

	if (source->len > len_max(source))
		return err_set(e, ERR_LIMIT, "%s is larger than the limit of %zu bytes",
			       source->file, len_max(source));
	if (!yaml_parser_initialize(&r.parser))
		return err_set(e, ERR_INTERNAL, "out of memory");
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)source->text, source->len);
	rc = read_all(&r);
	while (r.depth)
		end_level(&r);
	yaml_parser_delete(&r.parser);
	return rc;
}
