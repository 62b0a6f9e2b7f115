/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/attribute.h"

#include "base/same.h"
#include "ipam/record/tree.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool is_text_or_null(const struct cJSON *item)
{
	return json_string(item) || json_type(item) == JSON_NULL;
}

/* Who lists a block's addresses copies the texts for each, and all may share them. */
static int check_text(const char *name, const char *text, struct err *e)
{
	size_t len = text ? strlen(text) : 0;

	if (len <= ATTRIBUTE_TEXT_MAX)
		return 0;
	return err_set(e, ERR_CORRUPT, "field \"%.60s\" has %zu bytes, more than %d", name, len,
		       ATTRIBUTE_TEXT_MAX);
}

static int check_secondary(const struct cJSON *map, struct err *e)
{
	for (const struct cJSON *i = json_first(map); i; i = json_next(i)) {
		if (!is_text_or_null(i))
			return err_set(e, ERR_CORRUPT,
				       "field \"secondary\": %.60s must be a string, not %s",
				       json_name(i), json_type_name(json_type(i)));
		if (check_text(json_name(i), json_string(i), e) < 0)
			return err_wrap(e, "field \"secondary\"");
	}
	return 0;
}

/* Each address of a block may point at one attribute, and a name is asked for by each. */
static int read_texts(const struct cJSON *root, const char *name, struct attribute_texts *ret,
		      struct err *e)
{
	struct cJSON *map;

	if (json_get_object(root, name, &map, e) < 0)
		return -1;
	ret->map = map;
	if (json_count(map) <= SECONDARY_MAX)
		return 0;
	ret->many = calloc(1, sizeof(*ret->many));
	if (!ret->many || json_entries_of(map, ret->many) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	return 0;
}

static int read_fields(struct attribute *a, struct err *e)
{
	if (json_type(a->kept) != JSON_OBJECT)
		return err_set(e, ERR_CORRUPT, "must be an object, not %s",
			       json_type_name(json_type(a->kept)));
	if (json_get_nullable(a->kept, "handle_id", &a->handle, e) < 0 ||
	    read_texts(a->kept, "secondary", &a->of[ATTRIBUTE_ACTIVE], e) < 0 ||
	    read_texts(a->kept, "alternateOwnerAttrs", &a->of[ATTRIBUTE_ALTERNATE], e) < 0 ||
	    json_get_nullable(a->kept, "releasedAt", &a->released_at, e) < 0 ||
	    check_text("handle_id", a->handle, e) < 0 ||
	    check_text("releasedAt", a->released_at, e) < 0)
		return -1;
	return check_secondary(a->of[ATTRIBUTE_ACTIVE].map, e);
}

int attribute_read(struct cJSON *item, struct attribute *ret, struct err *e)
{
	struct attribute a = { .kept = item };

	if (read_fields(&a, e) < 0) {
		attribute_done(&a);
		return -1;
	}
	*ret = a;
	return 0;
}

/* A copy of a text with the texts in it, each ended where it stands. */
struct room {
	struct secondary_text list[SECONDARY_MAX];
	char text[];
};

static bool take(char **at, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*at, word, len) != 0)
		return false;
	*at += len;
	return true;
}

static bool take_text(char **at, const char **ret)
{
	char *end = *at + json_plain_len(*at);

	if (*end != '"' || end - *at > ATTRIBUTE_TEXT_MAX)
		return false;
	*end = '\0';
	*ret = *at;
	*at = end + 1;
	return true;
}

static bool take_secondary(char **at, struct secondary_text *list, unsigned *ret_n)
{
	unsigned n = 0;

	for (; !take(at, "}"); n++) {
		if (n == SECONDARY_MAX || (n && !take(at, ",")) || !take(at, "\"") ||
		    !take_text(at, &list[n].key) || !take(at, ":\"") ||
		    !take_text(at, &list[n].value) ||
		    (n && strcmp(list[n - 1].key, list[n].key) >= 0))
			return false;
	}
	*ret_n = n;
	return true;
}

/* False: attribute_print() would not write it so. */
static bool take_printed(struct room *room, struct attribute *a)
{
	char *at = room->text;
	const char *released = "{\"releasedAt\":\"";

	if (take(&at, "{\"handle_id\":\"")) {
		if (!take_text(&at, &a->handle) || !take(&at, ",\"secondary\":{") ||
		    !take_secondary(&at, room->list, &a->n_secondary))
			return false;
		released = ",\"releasedAt\":\"";
	}
	if (take(&at, released) ? !take_text(&at, &a->released_at) : !a->handle)
		return false;
	return strcmp(at, "}") == 0;
}

static void keep_text(struct attribute *a, const char *text, size_t len)
{
	a->text = malloc(len + 1);
	a->text_len = len;
	if (a->text)
		memcpy(a->text, text, len);
}

/* 1: read; 0: it needs a tree; -1: out of memory. */
static int read_printed(const char *text, size_t len, struct attribute *ret)
{
	struct room *room = malloc(sizeof(*room) + len + 1);
	struct attribute a = { .room = room };

	if (!room)
		return -1;
	memcpy(room->text, text, len);
	room->text[len] = '\0';
	if (!take_printed(room, &a)) {
		free(room);
		return 0;
	}
	a.secondary = room->list;
	keep_text(&a, text, len);
	*ret = a;
	return 1;
}

int attribute_walk(struct json_walk *w, struct attribute *ret, struct err *e)
{
	struct json_walk value = json_walk_fork(w);
	int rc = read_printed(value.text + value.at, value.len - value.at, ret);
	struct cJSON *tree;

	if (rc < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	if (rc > 0)
		return 0;
	tree = json_walk_parse(&value, e);
	return tree ? attribute_read(tree, ret, e) : -1;
}

void attribute_done(struct attribute *attribute)
{
	for (size_t i = 0; i < ARRAY_LEN(attribute->of); i++) {
		if (attribute->of[i].many)
			json_names_done(attribute->of[i].many);
		free(attribute->of[i].many);
	}
	json_free(attribute->kept);
	free(attribute->room);
	free(attribute->text);
	*attribute = (struct attribute){ 0 };
}

static size_t room_of(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

/* Copies the text into the room at *at and goes on behind it. */
static const char *put(char **at, const char *text)
{
	char *start = *at;

	if (!text)
		return NULL;
	*at = stpcpy(start, text) + 1;
	return start;
}

int attribute_new(const char *handle, const char *released_at, const struct secondary *secondary,
		  struct attribute *ret, struct err *e)
{
	unsigned n = secondary ? secondary->n : 0;
	size_t size = n * sizeof(struct secondary_text) + room_of(handle) + room_of(released_at);
	struct secondary_text *list;
	char *at;

	for (unsigned i = 0; i < n; i++)
		size += room_of(secondary->list[i].key) + room_of(secondary->list[i].value);
	list = malloc(size + 1);
	if (!list)
		return err_set(e, ERR_INTERNAL, "out of memory");
	at = (char *)(list + n);
	for (unsigned i = 0; i < n; i++) {
		list[i].key = put(&at, secondary->list[i].key);
		list[i].value = put(&at, secondary->list[i].value);
	}
	*ret = (struct attribute){ .secondary = list, .n_secondary = n, .room = list };
	ret->handle = put(&at, handle);
	ret->released_at = put(&at, released_at);
	return 0;
}

int attribute_copy(const struct attribute *attribute, struct attribute *ret, struct err *e)
{
	struct secondary secondary = { .n = attribute->n_secondary };
	struct cJSON *copy;

	if (attribute->kept) {
		copy = json_copy(attribute->kept);
		if (!copy)
			return err_set(e, ERR_INTERNAL, "out of memory");
		return attribute_read(copy, ret, e);
	}
	memcpy(secondary.list, attribute->secondary, secondary.n * sizeof(secondary.list[0]));
	return attribute_new(attribute->handle, attribute->released_at, &secondary, ret, e);
}

static void print_secondary(const struct attribute *a, struct buf *out)
{
	buf_puts(out, "\"secondary\":{");
	for (unsigned i = 0; i < a->n_secondary; i++) {
		if (i)
			buf_putc(out, ',');
		json_print_string(a->secondary[i].key, out);
		buf_putc(out, ':');
		json_print_string(a->secondary[i].value, out);
	}
	buf_putc(out, '}');
}

void attribute_print(const struct attribute *attribute, struct buf *out)
{
	if (attribute->kept) {
		json_print(attribute->kept, out);
		return;
	}
	buf_putc(out, '{');
	if (attribute->handle) {
		buf_puts(out, "\"handle_id\":");
		json_print_string(attribute->handle, out);
		buf_putc(out, ',');
		print_secondary(attribute, out);
	}
	if (attribute->released_at) {
		buf_puts(out, attribute->handle ? ",\"releasedAt\":" : "\"releasedAt\":");
		json_print_string(attribute->released_at, out);
	}
	buf_putc(out, '}');
}

void attribute_print_again(struct attribute *attribute, struct buf *out)
{
	size_t from = out->len;

	if (attribute->text) {
		buf_add(out, attribute->text, attribute->text_len);
		return;
	}
	attribute_print(attribute, out);
	if (!out->failed)
		keep_text(attribute, out->data + from, out->len - from);
}

const char *attribute_handle(const struct attribute *attribute)
{
	return attribute ? attribute->handle : NULL;
}

bool attribute_has_handle(const struct attribute *attribute, const char *handle)
{
	const char *stored = attribute_handle(attribute);
	size_t len = stored ? strcspn(stored, "\r") : 0;

	return stored && same_texts(stored, len, handle, strlen(handle));
}

const char *attribute_owner_text(const struct attribute *attribute, enum attribute_owner which,
				 const char *key)
{
	if (!attribute)
		return NULL;
	if (attribute->of[which].many)
		return json_string(json_names_entry(attribute->of[which].many, key));
	if (attribute->kept)
		return json_string(json_entry(attribute->of[which].map, key));
	for (unsigned i = 0; which == ATTRIBUTE_ACTIVE && i < attribute->n_secondary; i++)
		if (strcmp(attribute->secondary[i].key, key) == 0)
			return attribute->secondary[i].value;
	return NULL;
}

const char *attribute_secondary(const struct attribute *attribute, const char *key)
{
	return attribute_owner_text(attribute, ATTRIBUTE_ACTIVE, key);
}

const char *attribute_released_at(const struct attribute *attribute)
{
	return attribute ? attribute->released_at : NULL;
}

bool attribute_is_released(const struct attribute *attribute)
{
	return attribute_released_at(attribute) != NULL;
}

bool attribute_names_owner(const struct attribute *attribute)
{
	return attribute &&
	       ((attribute->handle && *attribute->handle) || attribute->n_secondary ||
		json_first(attribute->of[ATTRIBUTE_ACTIVE].map) ||
		json_first(attribute->of[ATTRIBUTE_ALTERNATE].map));
}

static bool has_text(const struct secondary *secondary, const char *key)
{
	for (unsigned i = 0; i < secondary->n; i++)
		if (strcmp(secondary->list[i].key, key) == 0)
			return true;
	return false;
}

static bool is_same_secondary(const struct attribute *a, const struct secondary *secondary)
{
	const struct cJSON *stored = a->of[ATTRIBUTE_ACTIVE].map;
	const char *value;

	if (a->kept && !stored)
		return false;
	for (const struct cJSON *i = json_first(stored); i; i = json_next(i))
		if (!has_text(secondary, json_name(i)))
			return false;
	for (unsigned i = 0; i < secondary->n; i++) {
		value = attribute_secondary(a, secondary->list[i].key);
		if (!value || strcmp(value, secondary->list[i].value) != 0)
			return false;
	}
	return a->kept || a->n_secondary == secondary->n;
}

bool attribute_is_of(const struct attribute *attribute, const char *handle,
		     const struct secondary *secondary)
{
	return attribute && attribute->handle && same_text(attribute->handle, handle) &&
	       !attribute->released_at && !json_field(attribute->kept, "alternateOwnerAttrs") &&
	       !json_field(attribute->kept, "releasedAt") &&
	       is_same_secondary(attribute, secondary);
}

static bool texts_equal(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool equals_tree(const struct attribute *a, const struct cJSON *tree)
{
	struct buf text __cleanup(buf_done) = BUF(SIZE_MAX / 4);
	struct cJSON *own __cleanup(json_freep) = NULL;
	struct err ignored = {0};

	attribute_print(a, &text);
	own = text.failed ? NULL : json_parse(text.data, text.len, &ignored);
	return own && json_equal(own, tree);
}

bool attribute_equal(const struct attribute *a, const struct attribute *b)
{
	struct secondary secondary = { 0 };

	if (!a || !b)
		return a == b;
	if (a->kept && b->kept)
		return json_equal(a->kept, b->kept);
	if (a->kept || b->kept)
		return a->kept ? equals_tree(b, a->kept) : equals_tree(a, b->kept);
	secondary.n = a->n_secondary;
	memcpy(secondary.list, a->secondary, secondary.n * sizeof(secondary.list[0]));
	return texts_equal(a->handle, b->handle) && texts_equal(a->released_at, b->released_at) &&
	       is_same_secondary(b, &secondary);
}
