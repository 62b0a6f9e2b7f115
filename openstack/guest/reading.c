/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/guest/reading.h"

#include "base/list.h"
#include "openstack/guest/own.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool reading_has(const struct reading *r, const char *path)
{
	return (r->own_too || !own_is_path(path)) && root_has(r->root, path);
}

bool reading_text(const struct reading *r, const char *path, struct buf *out)
{
	struct err e = { 0 };

	if (!r->own_too && own_is_path(path)) {
		if (root_read(r->root, path, out, &e) == 0 && !own_is_text(out->data))
			return true;
		return false;
	}
	if (root_read(r->root, path, out, &e) == 0)
		return true;
	if (e.kind != ERR_NOT_FOUND)
		findings_add(r->findings, FINDING_GUEST_UNREADABLE, path, "%s", e.text);
	return false;
}

bool reading_settings(const struct reading *r, const char *path, setting_visitor *visit,
		      void *arg)
{
	struct buf text __cleanup(buf_done) = BUF(ROOT_FILE_MAX);

	if (!reading_text(r, path, &text) || !text.len)
		return false;
	settings_read(text.data, visit, arg);
	return true;
}

struct place {
	char *name;
	size_t folder;
};

static int compare(const void *left, const void *right)
{
	const struct place *a = left, *b = right;
	int order = strcmp(a->name, b->name);

	return order ? order : (a->folder > b->folder) - (a->folder < b->folder);
}

static void show(const struct reading *r, const char *const *folders, struct place *places,
		 size_t n, reading_visitor *visit, void *arg)
{
	char path[ROOT_PATH_MAX + 256];

	if (n)
		qsort(places, n, sizeof(*places), compare);
	for (size_t i = 0; i < n; i++) {
		if (i && strcmp(places[i].name, places[i - 1].name) == 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", folders[places[i].folder], places[i].name);
		visit(r, path, arg);
	}
}

void reading_each(const struct reading *r, const char *const *folders, size_t n,
		  const char *suffix, reading_visitor *visit, void *arg)
{
	struct place *places = NULL;
	size_t n_places = 0, cap = 0;

	for (size_t i = 0; i < n; i++) {
		struct root_names names __cleanup(root_names_done) = { 0 };
		struct err e = { 0 };

		if (root_list(r->root, folders[i], suffix, &names, &e) < 0)
			findings_add(r->findings, FINDING_GUEST_UNREADABLE, folders[i], "%s",
				     e.text);
		for (size_t j = 0; j < names.n; j++) {
			if (list_room(&places, n_places, &cap) < 0) {
				r->guest->failed = true;
				break;
			}
			places[n_places++] = (struct place){ names.list[j], i };
			names.list[j] = NULL;
		}
	}
	show(r, folders, places, n_places, visit, arg);
	for (size_t i = 0; i < n_places; i++)
		free(places[i].name);
	free(places);
}

struct guest_profile *reading_profile(const struct reading *r, const char *file, const char *rank)
{
	struct guest *g = r->guest;
	struct guest_profile *p;

	if (g->n == GUEST_PROFILES_MAX) {
		if (!g->has_more)
			findings_add(r->findings, FINDING_GUEST_UNREADABLE, file, "interfaces are "
				     "configured more than %d times: what comes from here on was "
				     "passed over", GUEST_PROFILES_MAX);
		g->has_more = true;
		return NULL;
	}
	if (list_room(&g->profiles, g->n, &g->cap) < 0) {
		g->failed = true;
		return NULL;
	}
	p = &g->profiles[g->n++];
	*p = (struct guest_profile){ 0 };
	snprintf(p->file, sizeof(p->file), "%s", file);
	snprintf(p->rank, sizeof(p->rank), "%s", rank);
	return p;
}
