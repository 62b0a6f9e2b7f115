/* SPDX-License-Identifier: Apache-2.0 */
/* Each name of an object once, and what stands on that: equality. */
#include "base/json.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int compare_places(const void *a, const void *b)
{
	const struct json_place *one = a, *other = b;

	return (one->at > other->at) - (one->at < other->at);
}

static int compare_entries(const void *a, const void *b)
{
	const struct json_place *one = a, *other = b;
	int order = strcmp(json_name(one->item), json_name(other->item));

	return order ? order : compare_places(a, b);
}

static int compare_fields(const void *a, const void *b)
{
	const struct json_place *one = a, *other = b;
	int order = strcasecmp(json_name(one->item), json_name(other->item));

	return order ? order : compare_places(a, b);
}

static int list_all(const struct cJSON *object, struct json_names *names)
{
	size_t n = json_count(object);

	names->list = calloc(n + 1, sizeof(*names->list));
	if (!names->list)
		return -1;
	for (struct cJSON *i = json_first(object); i; i = json_next(i), names->n++)
		names->list[names->n] = (struct json_place){ i, names->n };
	return 0;
}

static void keep_last_ones(struct json_names *names,
			   int (*compare)(const char *a, const char *b))
{
	size_t kept = 0;

	for (size_t i = 0; i < names->n; i++)
		if (i + 1 == names->n || compare(json_name(names->list[i].item),
						 json_name(names->list[i + 1].item)) != 0)
			names->list[kept++] = names->list[i];
	names->n = kept;
}

int json_fields_of(const struct cJSON *object, struct json_names *ret)
{
	struct json_names names = { 0 };

	if (list_all(object, &names) < 0)
		return -1;
	qsort(names.list, names.n, sizeof(*names.list), compare_fields);
	keep_last_ones(&names, strcasecmp);
	qsort(names.list, names.n, sizeof(*names.list), compare_places);
	*ret = names;
	return 0;
}

int json_entries_of(const struct cJSON *map, struct json_names *ret)
{
	struct json_names names = { 0 };

	if (list_all(map, &names) < 0)
		return -1;
	qsort(names.list, names.n, sizeof(*names.list), compare_entries);
	keep_last_ones(&names, strcmp);
	*ret = names;
	return 0;
}

static int compare_key(const void *key, const void *element)
{
	const struct json_place *place = element;

	return strcmp(key, json_name(place->item));
}

struct cJSON *json_names_entry(const struct json_names *entries, const char *key)
{
	const struct json_place *found = entries->n ? bsearch(key, entries->list, entries->n,
							      sizeof(*found), compare_key)
						    : NULL;

	return found ? found->item : NULL;
}

void json_names_done(struct json_names *names)
{
	free(names->list);
	*names = (struct json_names){ 0 };
}

static bool objects_equal(const struct cJSON *a, const struct cJSON *b)
{
	struct json_names of_a __cleanup(json_names_done) = { 0 };
	struct json_names of_b __cleanup(json_names_done) = { 0 };

	if (json_entries_of(a, &of_a) < 0 || json_entries_of(b, &of_b) < 0) {
		json_lose();
		return false;
	}
	if (of_a.n != of_b.n)
		return false;
	for (size_t i = 0; i < of_a.n; i++) {
		const struct cJSON *one = of_a.list[i].item, *other = of_b.list[i].item;

		if (strcmp(json_name(one), json_name(other)) != 0 || !json_equal(one, other))
			return false;
	}
	return true;
}

static bool lists_equal(const struct cJSON *a, const struct cJSON *b)
{
	const struct cJSON *i = json_first(a), *j = json_first(b);

	for (; i && j; i = json_next(i), j = json_next(j))
		if (!json_equal(i, j))
			return false;
	return !i && !j;
}

bool json_equal(const struct cJSON *a, const struct cJSON *b)
{
	enum json_type type = json_type(a);

	if (type != json_type(b))
		return false;
	switch (type) {
	case JSON_BOOL:
		return json_true(a) == json_true(b);
	case JSON_NUMBER:
		return json_numbers_equal(a, b);
	case JSON_STRING:
		return strcmp(json_string(a), json_string(b)) == 0;
	case JSON_ARRAY:
		return lists_equal(a, b);
	case JSON_OBJECT:
		return objects_equal(a, b);
	case JSON_ABSENT:
	case JSON_NULL:
		break;
	}
	return true;
}
