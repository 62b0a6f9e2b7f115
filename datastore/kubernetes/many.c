/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/kubernetes/many.h"

#include "base/list.h"
#include "datastore/kubernetes/spec.h"

#include <stdlib.h>
#include <string.h>

static bool is_of(const struct range *r, struct object_id *ret)
{
	return r->kind == RANGE_KEY && kind_of_key(r->key, ret) == 0;
}

static size_t count(enum kind kind, const struct range *ranges, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		struct object_id id;

		count += is_of(&ranges[i], &id) && id.kind == kind;
	}
	return count;
}

void many_kinds(const struct range *ranges, size_t n, bool many[N_KINDS])
{
	for (enum kind kind = 0; kind < N_KINDS; kind++)
		many[kind] = n >= MANY_KEYS_A_PAGE && spec_is_record(kind) &&
			     count(kind, ranges, n) >= MANY_KEYS_A_PAGE;
}

bool many_has(const bool many[N_KINDS], const struct range *range)
{
	struct object_id id;

	return is_of(range, &id) && many[id.kind];
}

static int compare_wanted(const void *left, const void *right)
{
	const struct wanted *a = left, *b = right;

	return strcmp(a->name, b->name);
}

struct wanted *many_of_kind(enum kind kind, const struct range *ranges, size_t n, size_t *ret_n)
{
	struct wanted *list = calloc(n + 1, sizeof(*list));
	size_t found = 0;

	for (size_t i = 0; list && i < n; i++) {
		struct object_id id;

		if (!is_of(&ranges[i], &id) || id.kind != kind)
			continue;
		list[found] = (struct wanted){ .key = ranges[i].key, .name = strdup(id.name) };
		if (!list[found++].name) {
			many_free(list, found);
			return NULL;
		}
	}
	if (list)
		qsort(list, found, sizeof(*list), compare_wanted);
	*ret_n = found;
	return list;
}

void many_free(struct wanted *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i].name);
	free(list);
}

static int compare_name(const void *name, const void *element)
{
	const struct wanted *wanted = element;

	return strcmp(name, wanted->name);
}

struct wanted *many_find(struct wanted *list, size_t n, const char *name)
{
	size_t i = list_place(list, n, name, compare_name);

	return i < n && strcmp(list[i].name, name) == 0 ? &list[i] : NULL;
}
