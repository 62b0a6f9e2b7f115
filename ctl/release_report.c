#include "ctl/release_report.h"

#include "base/io.h"
#include "base/json.h"
#include "ctl/report.h"

#include <stdlib.h>
#include <string.h>

#define REPORTS_MAX 16

struct reports {
	struct cJSON *roots[REPORTS_MAX];
	/* The allocations' lists by their address, for look-ups; owned. */
	const struct cJSON **sorted[REPORTS_MAX];
	size_t n_sorted[REPORTS_MAX];
	const char *const *paths;
	unsigned n;
};

static void reports_done(struct reports *r)
{
	for (unsigned i = 0; i < r->n; i++) {
		json_free(r->roots[i]);
		free(r->sorted[i]);
	}
}

static int compare(const void *left, const void *right)
{
	const struct cJSON *const *a = left, *const *b = right;

	return strcmp(json_name(*a), json_name(*b));
}

static int compare_name(const void *name, const void *item)
{
	const struct cJSON *const *i = item;

	return strcmp(name, json_name(*i));
}

static int sort(struct reports *r, unsigned k, const struct cJSON *all, struct err *e)
{
	r->sorted[k] = calloc(json_count(all) + 1, sizeof(struct cJSON *));
	if (!r->sorted[k])
		return err_set(e, ERR_INTERNAL, "out of memory");
	for (const struct cJSON *i = json_first(all); i; i = json_next(i))
		r->sorted[k][r->n_sorted[k]++] = i;
	qsort(r->sorted[k], r->n_sorted[k], sizeof(struct cJSON *), compare);
	return 0;
}

static const struct cJSON *find(const struct reports *r, unsigned k, const char *ip)
{
	const struct cJSON *const *found = bsearch(ip, r->sorted[k], r->n_sorted[k],
						   sizeof(struct cJSON *), compare_name);

	return found ? *found : NULL;
}

void release_report_done(struct release_report *r)
{
	for (size_t i = 0; i < r->n_handles; i++)
		free(r->handles[i].id);
	free(r->handles);
	selection_done(&r->selection);
	*r = (struct release_report){ 0 };
}

static int read_report(struct reports *r, const char *path, struct err *e)
{
	struct buf text __cleanup(buf_done);
	struct cJSON *root;

	buf_init(&text, RELEASE_REPORT_MAX);
	if (io_read_file(path, &text, e) < 0)
		return -1;
	root = json_parse(text.data, text.len, e);
	if (!root)
		return err_wrap(e, "%s", path);
	r->roots[r->n++] = root;
	if (json_type(json_field(root, "allocations")) != JSON_OBJECT)
		return err_set(e, ERR_DECODE, "%s is no report of a check: it has no allocations",
			       path);
	return sort(r, r->n - 1, json_field(root, "allocations"), e);
}

static const char *text_of(const struct cJSON *object, const char *name)
{
	const char *text = json_string(json_field(object, name));

	return text ? text : "";
}

static int check_report(const struct cJSON *root, const char *path,
			const struct cluster_information *c, bool force, struct err *e)
{
	const char *version = text_of(root, "version");

	if (strcmp(text_of(root, "clusterGUID"), c->guid) != 0)
		return err_set(e, ERR_CONFLICT, "%s is of another cluster: its clusterGUID is "
			       "\"%.40s\", not \"%s\"", path, text_of(root, "clusterGUID"),
			       c->guid);
	if (force)
		return 0;
	if (strcmp(version, CALICO_IPAM_VERSION) != 0)
		return err_set(e, ERR_CONFLICT, "%s was written by version \"%.40s\", this is %s; "
			       "--force uses it all the same", path, version,
			       CALICO_IPAM_VERSION);
	if (c->there && !json_true(json_field(root, "datastoreLocked")))
		return err_set(e, ERR_CONFLICT, "the datastore was not locked while %s was made "
			       "(calicoctl datastore migrate lock); --force uses it all the same",
			       path);
	return 0;
}

static int check_all(const struct reports *r, const struct cluster_information *c, bool force,
		     struct err *e)
{
	bool current = !c->there;

	for (unsigned i = 0; i < r->n; i++) {
		if (check_report(r->roots[i], r->paths[i], c, force, e) < 0)
			return -1;
		current |= strcmp(text_of(r->roots[i], "clusterInformationRevision"),
				  c->revision) == 0;
	}
	if (!current)
		return err_set(e, ERR_CONFLICT, "no report was made at the cluster's present "
			       "revision %s; check once more", c->revision);
	if (c->there && !c->locked && !force)
		return err_set(e, ERR_CONFLICT, "the datastore is not locked any more; --force "
			       "releases all the same");
	return 0;
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

static bool is_same(const struct cJSON *a, const struct cJSON *b)
{
	return a && b && strcmp(text_of(a, "handle"), text_of(b, "handle")) == 0 &&
	       json_equal(json_field(a, "sequenceNumber"), json_field(b, "sequenceNumber"));
}

static int add_unused(struct selection *s, const struct cJSON *item, const char *ip, struct err *e)
{
	const char *handle = text_of(item, "handle");
	struct selected selected = {
		.handle = *handle ? (char *)handle : NULL,
		.node = (char *)text_of(item, "node"), .pod = (char *)text_of(item, "pod"),
		.allocated = true,
	};

	if (addr_parse(ip, &selected.addr) < 0 ||
	    json_u64(json_field(item, "sequenceNumber"), &selected.sequence) < 0)
		return err_set(e, ERR_DECODE, "the report's entry of %.60s has no address or no "
			       "sequenceNumber", ip);
	return selection_add(s, &selected, e);
}

static int add_all_unused(const struct reports *r, struct selection *s, struct err *e)
{
	const struct cJSON *all = json_field(r->roots[0], "allocations");

	for (const struct cJSON *i = json_first(all); i; i = json_next(i)) {
		const char *ip = json_name(i);
		const struct cJSON *item = unused(i);
		bool agreed = item != NULL;

		for (unsigned k = 1; agreed && k < r->n; k++)
			agreed = is_same(item, unused(find(r, k, ip)));
		if (agreed && add_unused(s, item, ip, e) < 0)
			return -1;
	}
	return 0;
}

static bool lists_handle(const struct cJSON *root, const char *id, const char *revision)
{
	const struct cJSON *list = json_field(root, "leakedHandles");

	for (const struct cJSON *i = json_first(list); i; i = json_next(i))
		if (strcmp(text_of(i, "ID"), id) == 0 &&
		    strcmp(text_of(i, "Revision"), revision) == 0)
			return true;
	return false;
}

static int add_handles(const struct reports *r, struct release_report *ret, struct err *e)
{
	const struct cJSON *list = json_field(r->roots[0], "leakedHandles");

	ret->handles = calloc(json_count(list) + 1, sizeof(*ret->handles));
	if (!ret->handles)
		return err_set(e, ERR_INTERNAL, "out of memory");
	for (const struct cJSON *i = json_first(list); i; i = json_next(i)) {
		const char *id = text_of(i, "ID"), *revision = text_of(i, "Revision");
		struct release_handle *h = &ret->handles[ret->n_handles];
		bool agreed = *id != '\0';

		for (unsigned k = 1; agreed && k < r->n; k++)
			agreed = lists_handle(r->roots[k], id, revision);
		if (!agreed)
			continue;
		h->id = strdup(id);
		h->revision = strtoull(revision, NULL, 10);
		if (!h->id)
			return err_set(e, ERR_INTERNAL, "out of memory");
		ret->n_handles++;
	}
	return 0;
}

int release_report_read(struct datastore *ds, const char *const *paths, unsigned n, bool force,
			struct release_report *ret, struct err *e)
{
	struct release_report all __cleanup(release_report_done) = { 0 };
	struct reports r __cleanup(reports_done) = { .paths = paths };
	struct cluster_information c;

	if (n > REPORTS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d reports", REPORTS_MAX);
	for (unsigned i = 0; i < n; i++)
		if (read_report(&r, paths[i], e) < 0)
			return -1;
	if (cluster_information_read(ds, &c, e) < 0 || check_all(&r, &c, force, e) < 0 ||
	    add_all_unused(&r, &all.selection, e) < 0 || add_handles(&r, &all, e) < 0)
		return -1;
	*ret = all;
	all = (struct release_report){ 0 };
	return 0;
}
