/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/kubernetes/known.h"

#include "base/list.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *key, const void *element)
{
	const struct known *known = element;

	return strcmp(key, known->key);
}

static size_t place(const struct knowns *k, const char *key)
{
	return list_place(k->list, k->n, key, compare);
}

static bool is_at(const struct knowns *k, size_t i, const char *key)
{
	return i < k->n && strcmp(k->list[i].key, key) == 0;
}

static void forget_frame(struct knowns *k, struct known *known)
{
	if (known->frame)
		k->frame_bytes -= strlen(known->frame);
	free(known->frame);
	known->frame = NULL;
}

void knowns_done(struct knowns *k)
{
	for (size_t i = 0; i < k->n; i++) {
		free(k->list[i].key);
		free(k->list[i].frame);
	}
	free(k->list);
	*k = (struct knowns){0};
}

/* The one of the key, born if need be; NULL: no room. */
static struct known *get(struct knowns *k, const char *key)
{
	size_t i = place(k, key);
	char *copy;

	if (is_at(k, i, key))
		return &k->list[i];
	if (k->n == KNOWN_MAX)
		return NULL;
	copy = strdup(key);
	if (!copy || list_room(&k->list, k->n, &k->cap) < 0) {
		free(copy);
		k->failed = true;
		return NULL;
	}
	memmove(&k->list[i + 1], &k->list[i], (k->n - i) * sizeof(*k->list));
	k->list[i] = (struct known){ .key = copy };
	k->n++;
	return &k->list[i];
}

void knowns_put(struct knowns *k, const struct object *o)
{
	struct known *known = get(k, o->key);

	if (!known)
		return;
	forget_frame(k, known);
	known->revision = o->revision;
	known->deleted = o->deleted;
	known->ending = o->ending;
	known->unlabelled = o->unlabelled;
	strcpy(known->name, o->name);
	strcpy(known->uid, o->uid);
	if (!o->frame.len || k->frame_bytes + o->frame.len > KNOWN_FRAMES_MAX)
		return;
	known->frame = strdup(o->frame.data);
	k->frame_bytes += known->frame ? o->frame.len : 0;
}

void knowns_remove(struct knowns *k, const char *key)
{
	size_t i = place(k, key);

	if (!is_at(k, i, key))
		return;
	forget_frame(k, &k->list[i]);
	free(k->list[i].key);
	k->n--;
	memmove(&k->list[i], &k->list[i + 1], (k->n - i) * sizeof(*k->list));
}

const struct known *knowns_find(const struct knowns *k, const char *key)
{
	size_t i = place(k, key);

	return is_at(k, i, key) ? &k->list[i] : NULL;
}
