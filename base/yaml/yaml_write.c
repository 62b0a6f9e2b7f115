/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml/yaml_write.h"

#include "base/json.h"
#include "base/terminal/printable.h"

#include <string.h>
#include <strings.h>
#include <yaml.h>

struct writer {
	yaml_emitter_t emitter;
	bool failed;
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Words that YAML 1.1 or 1.2 reads as a truth value or as nothing. */
static bool is_taken(const char *text)
{
	static const char *const words[] = { "null", "true", "false", "yes", "no", "on", "off",
					     "y", "n" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcasecmp(words[i], text) == 0)
			return true;
	return false;
}

static bool may_stand_bare(const char *text)
{
	if (!is_letter(*text) || is_taken(text))
		return false;
	for (; *text; text++)
		if (!is_letter(*text) && !(*text >= '0' && *text <= '9') && !strchr("_./-", *text))
			return false;
	return true;
}

static bool is_printable(const char *text)
{
	for (size_t len; text && *text; text += len) {
		len = printable_len((const unsigned char *)text);
		if (!len)
			return false;
	}
	return true;
}

static bool all_is_printable(const struct cJSON *item)
{
	if (!is_printable(json_name(item)) || !is_printable(json_string(item)))
		return false;
	for (const struct cJSON *i = json_first(item); i; i = json_next(i))
		if (!all_is_printable(i))
			return false;
	return true;
}

/* Takes the event, which the emitter frees. */
static void emit(struct writer *w, int made, yaml_event_t *event)
{
	if (!made)
		w->failed = true;
	else if (w->failed)
		yaml_event_delete(event);
	else
		w->failed = !yaml_emitter_emit(&w->emitter, event);
}

static void emit_scalar(struct writer *w, const char *text, yaml_scalar_style_t style)
{
	yaml_event_t event;

	emit(w, yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text,
					     (int)strlen(text), 1, 1, style), &event);
}

static void emit_text(struct writer *w, const char *text)
{
	emit_scalar(w, text, may_stand_bare(text) ? YAML_PLAIN_SCALAR_STYLE :
						    YAML_DOUBLE_QUOTED_SCALAR_STYLE);
}

/* A number, a truth value or null: in JSON's words. */
static void emit_word(struct writer *w, const struct cJSON *item)
{
	struct buf text __cleanup(buf_done) = BUF(JSON_NUMBER_MAX + 1);

	json_print(item, &text);
	w->failed |= text.failed;
	emit_scalar(w, text.data, YAML_PLAIN_SCALAR_STYLE);
}

static void emit_tree(struct writer *w, const struct cJSON *item);

static void emit_list(struct writer *w, const struct cJSON *list)
{
	yaml_event_t event;

	emit(w, yaml_sequence_start_event_initialize(&event, NULL, NULL, 1,
						     YAML_BLOCK_SEQUENCE_STYLE), &event);
	for (const struct cJSON *i = json_first(list); i; i = json_next(i))
		emit_tree(w, i);
	emit(w, yaml_sequence_end_event_initialize(&event), &event);
}

static void emit_map(struct writer *w, const struct cJSON *map)
{
	yaml_event_t event;

	emit(w, yaml_mapping_start_event_initialize(&event, NULL, NULL, 1,
						    YAML_BLOCK_MAPPING_STYLE), &event);
	for (const struct cJSON *i = json_first(map); i; i = json_next(i)) {
		emit_text(w, json_name(i));
		emit_tree(w, i);
	}
	emit(w, yaml_mapping_end_event_initialize(&event), &event);
}

static void emit_tree(struct writer *w, const struct cJSON *item)
{
	enum json_type type = json_type(item);

	if (type == JSON_OBJECT)
		emit_map(w, item);
	else if (type == JSON_ARRAY)
		emit_list(w, item);
	else if (type == JSON_STRING)
		emit_text(w, json_string(item));
	else
		emit_word(w, item);
}

static void emit_document(struct writer *w, const struct cJSON *tree)
{
	yaml_event_t event;

	emit(w, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING), &event);
	emit(w, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1), &event);
	emit_tree(w, tree);
	emit(w, yaml_document_end_event_initialize(&event, 1), &event);
	emit(w, yaml_stream_end_event_initialize(&event), &event);
}

static int add_bytes(void *out, unsigned char *bytes, size_t len)
{
	buf_add(out, bytes, len);
	return !((struct buf *)out)->failed;
}

void yaml_print(const struct cJSON *tree, struct buf *out)
{
	struct writer w = { .failed = false };

	if (!yaml_emitter_initialize(&w.emitter)) {
		out->failed = true;
		return;
	}
	yaml_emitter_set_output(&w.emitter, add_bytes, out);
	yaml_emitter_set_encoding(&w.emitter, YAML_UTF8_ENCODING);
	yaml_emitter_set_width(&w.emitter, -1);
	yaml_emitter_set_unicode(&w.emitter, all_is_printable(tree));
	emit_document(&w, tree);
	out->failed |= w.failed;
	yaml_emitter_delete(&w.emitter);
}
