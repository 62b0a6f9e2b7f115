/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/inspect/release_report.h"

#include "base/json_file.h"
#include "base/list.h"
#include "ctl/inspect/report.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* One report while it is read. */
struct reading {
	struct json_file file;
	struct cJSON *head;	/* owned: the fields that are no list */
	struct release_report found;
	size_t cap_handles;
	bool has_allocations;
};

static void handles_done(struct release_report *r)
{
	for (size_t i = 0; i < r->n_handles; i++)
		free(r->handles[i].id);
	free(r->handles);
}

void release_report_done(struct release_report *r)
{
	handles_done(r);
	allocations_done(&r->selection);
	*r = (struct release_report){ 0 };
}

static void reading_done(struct reading *r)
{
	json_file_done(&r->file);
	json_free(r->head);
	release_report_done(&r->found);
}

/* The one allocation of an address, if it is told to be unused. */
static const struct cJSON *unused(const struct cJSON *list)
{
	const struct cJSON *item = json_first(list), *in_use = json_field(item, "inUse");

	if (!item || json_next(item) || json_type(in_use) != JSON_BOOL || json_true(in_use) ||
	    json_true(json_field(item, "coolingDown")))
		return NULL;
	return item;
}

static int add_address(struct reading *r, const char *ip, const struct cJSON *list, struct err *e)
{
	const struct cJSON *item = unused(list);
	const char *handle = json_field_text(item, "handle");
	struct allocation selected = {
		.handle = *handle ? handle : NULL,
		.node = json_field_text(item, "node"),
		.pod = json_field_text(item, "pod"),
		.allocated = true,
	};

	if (!item)
		return 0;
	if (addr_parse(ip, &selected.addr) < 0 ||
	    json_u64(json_field(item, "sequenceNumber"), &selected.sequence) < 0)
		return err_set(e, ERR_DECODE, "%s: the entry of %.60s has no address or no "
			       "sequenceNumber", r->file.path, ip);
	return allocations_add(&r->found.selection, &selected, e);
}

static int add_handle(struct reading *r, const struct cJSON *item, struct err *e)
{
	struct release_report *found = &r->found;
	const char *id = json_field_text(item, "ID"), *revision = json_field_text(item, "Revision");
	struct release_handle h = { .revision = strtoull(revision, NULL, 10) };

	if (!*id)
		return 0;
	h.id = strdup(id);
	if (!h.id || list_room(&found->handles, found->n_handles, &r->cap_handles) < 0) {
		free(h.id);
		return err_set(e, ERR_INTERNAL, "out of memory");
	}
	found->handles[found->n_handles++] = h;
	return 0;
}

static int read_allocations(struct reading *r, struct err *e)
{
	int c, rc;

	r->has_allocations = true;
	for (bool first = true; (rc = json_file_next(&r->file, '}', first, &c, e)) > 0;
	     first = false) {
		struct cJSON *ip __cleanup(json_freep) = json_file_name(&r->file, c, e);
		struct cJSON *list __cleanup(json_freep) = NULL;

		if (!ip)
			return -1;
		list = json_file_value(&r->file, json_file_token(&r->file), e);
		if (!list || add_address(r, json_string(ip), list, e) < 0)
			return -1;
	}
	return rc;
}

static int read_handles(struct reading *r, struct err *e)
{
	int c, rc;

	for (bool first = true; (rc = json_file_next(&r->file, ']', first, &c, e)) > 0;
	     first = false) {
		struct cJSON *item __cleanup(json_freep) = json_file_value(&r->file, c, e);

		if (!item || add_handle(r, item, e) < 0)
			return -1;
	}
	return rc;
}

static bool is_of_head(const char *name)
{
	static const char *const names[] = { "version", "clusterGUID", "datastoreLocked",
					     "clusterInformationRevision" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcasecmp(names[i], name) == 0)
			return true;
	return false;
}

static int read_field(struct reading *r, const char *name, struct err *e)
{
	int c = json_file_token(&r->file);
	struct cJSON *value;

	if (c == '{' && strcasecmp(name, "allocations") == 0)
		return read_allocations(r, e);
	if (c == '[' && strcasecmp(name, "leakedHandles") == 0)
		return read_handles(r, e);
	value = json_file_value(&r->file, c, e);
	if (!value)
		return -1;
	if (is_of_head(name))
		json_set(r->head, name, value);
	else
		json_free(value);
	return 0;
}

static int read_fields(struct reading *r, struct err *e)
{
	int c, rc;

	if (json_file_token(&r->file) != '{')
		return json_file_bad(&r->file, "it is no report of a check", e);
	for (bool first = true; (rc = json_file_next(&r->file, '}', first, &c, e)) > 0;
	     first = false) {
		struct cJSON *name __cleanup(json_freep) = json_file_name(&r->file, c, e);

		if (!name || read_field(r, json_string(name), e) < 0)
			return -1;
	}
	if (rc == 0 && json_file_token(&r->file) != EOF)
		return json_file_bad(&r->file, "something stands behind the report", e);
	return rc;
}

static int compare_handles(const void *left, const void *right)
{
	const struct release_handle *a = left, *b = right;
	int order = strcmp(a->id, b->id);

	return order ? order : a->revision < b->revision ? -1 : a->revision > b->revision;
}

/* In order, and each address once. */
static int sort(struct reading *r, struct err *e)
{
	struct allocations *s = &r->found.selection;
	char text[ADDR_TEXT];

	allocations_sort(s);
	for (size_t i = 1; i < s->n; i++) {
		if (!addr_equal(s->list[i - 1].addr, s->list[i].addr))
			continue;
		addr_print(s->list[i].addr, text);
		return err_set(e, ERR_DECODE, "%s: %s stands in it twice", r->file.path, text);
	}
	if (r->found.n_handles)
		qsort(r->found.handles, r->found.n_handles, sizeof(*r->found.handles),
		      compare_handles);
	return 0;
}

static int read_report(struct reading *r, const char *path, struct err *e)
{
	r->head = json_new_object();
	if (json_file_open(&r->file, path, RELEASE_REPORT_ENTRY_MAX, e) < 0 ||
	    read_fields(r, e) < 0)
		return -1;
	if (!r->has_allocations)
		return err_set(e, ERR_DECODE, "%s is no report of a check: it has no allocations",
			       path);
	if (json_lost())
		return err_set(e, ERR_INTERNAL, "out of memory");
	return sort(r, e);
}

static int check_report(const struct cJSON *root, const char *path,
			const struct cluster_information *c, bool force, struct err *e)
{
	const char *version = json_field_text(root, "version"),
		   *guid = json_field_text(root, "clusterGUID");

	if (strcmp(guid, c->guid) != 0)
		return err_set(e, ERR_CONFLICT, "cluster does not match the provided report (%s): "
			       "mismatched cluster GUID: \"%.40s\", not \"%s\"", path, guid,
			       c->guid);
	if (force)
		return 0;
	if (strcmp(version, CALICO_IPAM_VERSION) != 0)
		return err_set(e, ERR_CONFLICT, "the provided report (%s) was produced using a "
			       "different version (%.40s), this is %s; --force uses it all "
			       "the same", path, version, CALICO_IPAM_VERSION);
	if (c->there && !json_true(json_field(root, "datastoreLocked")))
		return err_set(e, ERR_CONFLICT, "the datastore was not locked while %s was made "
			       "(calicoctl datastore migrate lock); --force uses it all the same",
			       path);
	return 0;
}

/* Both are sorted. */
static void keep_common_handles(struct release_report *all, const struct release_report *other)
{
	size_t n = all->n_handles, at = 0;

	all->n_handles = 0;
	for (size_t i = 0; i < n; i++) {
		const struct release_handle *mine = &all->handles[i];

		while (at < other->n_handles && compare_handles(&other->handles[at], mine) < 0)
			at++;
		if (at < other->n_handles && compare_handles(&other->handles[at], mine) == 0)
			all->handles[all->n_handles++] = *mine;
		else
			free(mine->id);
	}
}

/* The next report, of which `all` keeps what it has in common with those before. */
static int add_report(struct release_report *all, bool first, const char *path,
		      const struct cluster_information *c, bool force, bool *ret_current,
		      struct err *e)
{
	struct reading r __cleanup(reading_done) = { 0 };

	if (read_report(&r, path, e) < 0 || check_report(r.head, path, c, force, e) < 0)
		return -1;
	if (first) {
		*all = r.found;
		r.found = (struct release_report){ 0 };
	} else {
		allocations_keep_common(&all->selection, &r.found.selection);
		keep_common_handles(all, &r.found);
	}
	*ret_current |= strcmp(json_field_text(r.head, "clusterInformationRevision"),
			       c->revision) == 0;
	return 0;
}

int release_report_read(struct datastore *ds, const char *const *paths, unsigned n, bool force,
			struct release_report *ret, struct err *e)
{
	struct release_report all __cleanup(release_report_done) = { 0 };
	struct cluster_information c;
	bool current;

	if (n > RELEASE_REPORTS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d reports", RELEASE_REPORTS_MAX);
	if (ipam_get_cluster(ds, &c, e) < 0)
		return -1;
	current = !c.there;
	for (unsigned i = 0; i < n; i++)
		if (add_report(&all, i == 0, paths[i], &c, force, &current, e) < 0)
			return -1;
	if (!current)
		return err_set(e, ERR_CONFLICT, "the provided reports are all stale - at least one "
			       "should be up-to-date: none was made at the cluster's present "
			       "revision %s; check once more", c.revision);
	if (c.there && !c.locked && !force)
		return err_set(e, ERR_CONFLICT, "data store is not locked. Either lock the data "
			       "store (calicoctl datastore migrate lock), or re-run with --force");
	*ret = all;
	all = (struct release_report){ 0 };
	return 0;
}
