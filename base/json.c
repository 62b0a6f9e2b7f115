/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "base/json_syntax.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool lost;

void json_lose(void)
{
	lost = true;
}

bool json_lost(void)
{
	bool was = lost;

	lost = false;
	return was;
}

static struct cJSON *note_loss(struct cJSON *item)
{
	if (!item)
		lost = true;
	return item;
}

/*
 * Numbers stand in the tree in the order of the text, so walking both in step
 * gives each number its own text back.
 */
static int keep_number_texts(struct cJSON *item, const char **p, const char *end)
{
	size_t len;

	for (; item; item = item->next) {
		if (cJSON_IsNumber(item)) {
			const char *text = json_next_number(*p, end, &len);

			if (!text)
				return -1;
			*p = text + len;
			if (json_number_is_plain(text, len))
				continue;
			item->valuestring = strndup(text, len);
			if (!item->valuestring)
				return -1;
			item->type = cJSON_Raw;
		} else if (item->child && keep_number_texts(item->child, p, end) < 0) {
			return -1;
		}
	}
	return 0;
}

struct cJSON *json_build(const char *text, size_t len, bool plain, struct err *e)
{
	const char *end = text, *p = text;
	struct cJSON *tree;

	tree = cJSON_ParseWithLengthOpts(text, len, &end, false);
	if (!tree) {
		if (json_has_half_surrogate_pair(text, len))
			err_set(e, ERR_DECODE, "invalid JSON at byte %zu: bad string",
				end ? (size_t)(end - text) : 0);
		else
			err_set(e, ERR_INTERNAL, "out of memory while reading JSON");
		return NULL;
	}
	if (plain || keep_number_texts(tree, &p, text + len) == 0)
		return tree;
	err_set(e, ERR_INTERNAL, "out of memory while reading JSON");
	cJSON_Delete(tree);
	return NULL;
}

struct cJSON *json_parse(const char *text, size_t len, struct err *e)
{
	static const struct json_limits limits = { .values = JSON_VALUES_MAX };
	const char *wrong;
	bool plain;
	size_t at;

	wrong = json_syntax_error(text, len, &limits, &at, &plain);
	if (!wrong)
		return json_build(text, len, plain, e);
	err_set(e, ERR_DECODE, "invalid JSON at byte %zu: %s", at, wrong);
	return NULL;
}

void json_free(struct cJSON *tree)
{
	cJSON_Delete(tree);
}

void json_freep(struct cJSON **tree)
{
	cJSON_Delete(*tree);
}

struct cJSON *json_copy(const struct cJSON *item)
{
	return note_loss(cJSON_Duplicate(item, true));
}

void json_print_number(const struct cJSON *item, struct buf *out)
{
	double n = item->valuedouble;

	if (cJSON_IsRaw(item)) {
		buf_puts(out, item->valuestring);
		return;
	}
	if (n < 0)
		buf_putc(out, '-');
	buf_number(out, (uint64_t)(n < 0 ? -n : n));
}

bool json_numbers_equal(const struct cJSON *a, const struct cJSON *b)
{
	if (cJSON_IsRaw(a) != cJSON_IsRaw(b))
		return false;
	return cJSON_IsRaw(a) ? strcmp(a->valuestring, b->valuestring) == 0 :
		a->valuedouble == b->valuedouble;
}

enum json_type json_type(const struct cJSON *item)
{
	if (!item)
		return JSON_ABSENT;
	if (cJSON_IsNull(item))
		return JSON_NULL;
	if (cJSON_IsBool(item))
		return JSON_BOOL;
	if (cJSON_IsNumber(item) || cJSON_IsRaw(item))
		return JSON_NUMBER;
	if (cJSON_IsString(item))
		return JSON_STRING;
	return cJSON_IsArray(item) ? JSON_ARRAY : JSON_OBJECT;
}

const char *json_type_name(enum json_type type)
{
	static const char *const names[] = { "nothing", "null", "a boolean", "a number", "a string",
					     "a list", "an object" };

	return names[type];
}

struct cJSON *json_field(const struct cJSON *object, const char *name)
{
	struct cJSON *found = NULL;

	if (!cJSON_IsObject(object))
		return NULL;
	for (struct cJSON *i = object->child; i; i = i->next)
		if (tolower((unsigned char)*i->string) == tolower((unsigned char)*name) &&
		    strcasecmp(i->string, name) == 0)
			found = i;
	return found;
}

struct cJSON *json_entry(const struct cJSON *object, const char *key)
{
	struct cJSON *found = NULL;

	if (!cJSON_IsObject(object))
		return NULL;
	for (struct cJSON *i = object->child; i; i = i->next)
		if (strcmp(i->string, key) == 0)
			found = i;
	return found;
}

struct cJSON *json_first(const struct cJSON *parent)
{
	return parent ? parent->child : NULL;
}

struct cJSON *json_next(const struct cJSON *item)
{
	return item->next;
}

const char *json_name(const struct cJSON *item)
{
	return item->string;
}

size_t json_count(const struct cJSON *parent)
{
	return parent ? (size_t)cJSON_GetArraySize(parent) : 0;
}

const char *json_string(const struct cJSON *item)
{
	return item && cJSON_IsString(item) ? item->valuestring : NULL;
}

const char *json_field_text(const struct cJSON *object, const char *name)
{
	const char *text = json_string(json_field(object, name));

	return text ? text : "";
}

bool json_true(const struct cJSON *item)
{
	return cJSON_IsTrue(item);
}

int json_u64(const struct cJSON *item, uint64_t *ret)
{
	unsigned long long n;
	char *end;

	if (json_type(item) != JSON_NUMBER)
		return -1;
	if (!cJSON_IsRaw(item)) {
		if (item->valuedouble < 0)
			return -1;
		*ret = (uint64_t)item->valuedouble;
		return 0;
	}
	if (item->valuestring[0] == '-')
		return -1;
	errno = 0;
	n = strtoull(item->valuestring, &end, 10);
	if (errno || *end)
		return -1;
	*ret = n;
	return 0;
}

int json_i64(const struct cJSON *item, int64_t *ret)
{
	long long n;
	char *end;

	if (json_type(item) != JSON_NUMBER)
		return -1;
	if (!cJSON_IsRaw(item)) {
		*ret = (int64_t)item->valuedouble;
		return 0;
	}
	errno = 0;
	n = strtoll(item->valuestring, &end, 10);
	if (errno || *end)
		return -1;
	*ret = n;
	return 0;
}

struct cJSON *json_new_object(void)
{
	return note_loss(cJSON_CreateObject());
}

struct cJSON *json_new_array(void)
{
	return note_loss(cJSON_CreateArray());
}

struct cJSON *json_new_string(const char *text)
{
	return note_loss(cJSON_CreateString(text));
}

struct cJSON *json_new_u64(uint64_t n)
{
	char text[24];

	if (n < 1000000000000000ULL)
		return note_loss(cJSON_CreateNumber((double)n));
	snprintf(text, sizeof(text), "%" PRIu64, n);
	return note_loss(cJSON_CreateRaw(text));
}

struct cJSON *json_new_digits(const char *digits)
{
	return note_loss(cJSON_CreateRaw(digits));
}

struct cJSON *json_new_i64(int64_t n)
{
	char text[24];

	if (n >= 0)
		return json_new_u64((uint64_t)n);
	snprintf(text, sizeof(text), "%" PRId64, n);
	return note_loss(cJSON_CreateRaw(text));
}

struct cJSON *json_new_bool(bool b)
{
	return note_loss(cJSON_CreateBool(b));
}

struct cJSON *json_new_null(void)
{
	return note_loss(cJSON_CreateNull());
}

/* Gives an item, which may come out of another object, its name; frees it on failure. */
static bool give_name(struct cJSON *item, const char *name)
{
	char *copy = strdup(name);

	if (!copy) {
		cJSON_Delete(item);
		lost = true;
		return false;
	}
	free(item->string);
	item->string = copy;
	return true;
}

static void replace_or_add(struct cJSON *object, struct cJSON *old, const char *name,
			   struct cJSON *value)
{
	if (!object || !value) {
		cJSON_Delete(value);
		return;
	}
	if (!old) {
		if (!cJSON_AddItemToObject(object, name, value)) {
			cJSON_Delete(value);
			lost = true;
		}
		return;
	}
	if (give_name(value, old->string))
		cJSON_ReplaceItemViaPointer(object, old, value);
}

void json_set(struct cJSON *object, const char *name, struct cJSON *value)
{
	replace_or_add(object, json_field(object, name), name, value);
}

/* Debian 12's cJSON_InsertItemInArray refuses every place but the first. */
static void insert_before(struct cJSON *parent, struct cJSON *after, struct cJSON *item)
{
	item->next = after;
	item->prev = after->prev;
	if (after == parent->child)
		parent->child = item;
	else
		after->prev->next = item;
	after->prev = item;
}

void json_set_entry(struct cJSON *map, const char *key, struct cJSON *value)
{
	struct cJSON *old = json_entry(map, key), *after;

	if (old || !map || !value) {
		replace_or_add(map, old, key, value);
		return;
	}
	for (after = map->child; after && strcmp(after->string, key) < 0; after = after->next)
		;
	if (!after) {
		replace_or_add(map, NULL, key, value);
		return;
	}
	if (give_name(value, key))
		insert_before(map, after, value);
}

void json_add_entry(struct cJSON *map, const char *key, struct cJSON *value)
{
	replace_or_add(map, NULL, key, value);
}

void json_remove(struct cJSON *object, const char *name)
{
	for (struct cJSON *next, *i = json_first(object); i; i = next) {
		next = i->next;
		if (strcasecmp(i->string, name) == 0)
			cJSON_Delete(cJSON_DetachItemViaPointer(object, i));
	}
}

void json_remove_entry(struct cJSON *map, const char *key)
{
	for (struct cJSON *next, *i = json_first(map); i; i = next) {
		next = i->next;
		if (strcmp(i->string, key) == 0)
			cJSON_Delete(cJSON_DetachItemViaPointer(map, i));
	}
}

void json_append(struct cJSON *array, struct cJSON *value)
{
	if (!array || !value || !cJSON_AddItemToArray(array, value))
		cJSON_Delete(value);
}

struct cJSON *json_detach(struct cJSON *parent, struct cJSON *item)
{
	return cJSON_DetachItemViaPointer(parent, item);
}
