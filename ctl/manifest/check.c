/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/manifest/check.h"

#include "base/json.h"
#include "base/terminal/nearest.h"
#include "ctl/cli/meant.h"
#include "ctl/manifest/kinds.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const of_resource[] = { "apiVersion", "kind", "metadata", "spec", "status",
					   NULL };
static const char *const of_metadata[] = { "name", "labels", "annotations", NULL };
static const char *const of_store[] = {
	"uid", "creationTimestamp", "resourceVersion", "generation", "managedFields", "selfLink",
	"deletionTimestamp", "deletionGracePeriodSeconds", "ownerReferences", "finalizers", NULL
};

static bool is_one_of(const char *const *names, const char *name)
{
	for (; *names; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

bool check_is_stores_own(const char *name)
{
	return is_one_of(of_store, name);
}

/* "" where it is absent. */
static int read_text(const struct cJSON *object, const char *within, const char *name,
		     const char **ret, struct err *e)
{
	const struct cJSON *item = json_entry(object, name);
	enum json_type type = json_type(item);

	if (type != JSON_STRING && type != JSON_NULL && type != JSON_ABSENT)
		return err_set(e, ERR_CONFIG, "%s%s must be a text, not %s: write it in quotes",
			       within, name, json_type_name(type));
	*ret = type == JSON_STRING ? json_string(item) : "";
	return 0;
}

static int check_version(const struct manifest *m, struct err *e)
{
	const char *version;

	if (read_text(m->tree, "", "apiVersion", &version, e) < 0)
		return -1;
	if (strcmp(version, "projectcalico.org/v3") == 0 ||
	    strcmp(version, "crd.projectcalico.org/v1") == 0)
		return 0;
	if (!*version)
		return err_set(e, ERR_CONFIG, "apiVersion is missing; it is projectcalico.org/v3");
	return err_set(e, ERR_CONFIG, "apiVersion \"%.60s\" must be projectcalico.org/v3 or "
		       "crd.projectcalico.org/v1", version);
}

static int check_kind(struct manifest *m, struct err *e)
{
	const char *name;

	if (read_text(m->tree, "", "kind", &name, e) < 0)
		return -1;
	if (!*name)
		return err_set(e, ERR_CONFIG, "kind is missing; there are IPPool, IPReservation, "
			       "IPAMConfiguration and Node");
	m->kind = kind_of(name, strlen(name));
	if (!m->kind)
		return err_wrap((kind_unknown(name, e), e), "kind");
	return 0;
}

static int check_objects(const struct manifest *m, struct err *e)
{
	struct cJSON *ignored;

	return json_get_object(m->tree, "metadata", &ignored, e) < 0 ? -1 :
	       json_get_object(m->tree, "spec", &ignored, e);
}

static int check_metadata(struct manifest *m, struct err *e)
{
	const struct cJSON *metadata = json_field(m->tree, "metadata");
	const char *namespace, *revision;

	if (read_text(metadata, "metadata.", "name", &m->name, e) < 0 ||
	    read_text(metadata, "metadata.", "namespace", &namespace, e) < 0 ||
	    read_text(metadata, "metadata.", "resourceVersion", &revision, e) < 0)
		return -1;
	if (!*m->name)
		return err_set(e, ERR_CONFIG, "metadata.name is missing");
	if (*namespace)
		return err_set(e, ERR_CONFIG, "metadata.namespace: %s is in no namespace; leave it "
			       "out", m->kind->name);
	return 0;
}

int manifest_check(struct manifest *m, struct err *e)
{
	if (json_type(m->tree) != JSON_OBJECT)
		return err_set(e, ERR_CONFIG, "a resource must be an object, not %s",
			       json_type_name(json_type(m->tree)));
	if (check_kind(m, e) < 0 || check_version(m, e) < 0 || check_objects(m, e) < 0)
		return -1;
	return check_metadata(m, e);
}

/* One level of a resource: which names are known there. */
struct level {
	const char *name;	/* "" at the top */
	const char *const *known;
};

static int refuse(const struct level *level, const char *field, struct err *e)
{
	struct nearest nearest = nearest_to(field);
	const char *dot = *level->name ? "." : "";

	for (const char *const *k = level->known; *k; k++)
		nearest_offer(&nearest, *k);
	err_set(e, ERR_CONFIG, "%s%s%.60s is not known", level->name, dot, field);
	return meant_add(&nearest, "", e);
}

static bool is_known(const struct level *level, const char *field)
{
	return is_one_of(level->known, field) || (level->known == of_metadata &&
						  (check_is_stores_own(field) ||
						   strcmp(field, "namespace") == 0));
}

static const struct cJSON *within(const struct cJSON *tree, const struct level *level)
{
	return *level->name ? json_entry(tree, level->name) : tree;
}

/* The first that is neither known nor stored just so; NULL: there is none. */
static const struct cJSON *first_unknown(const struct manifest *m, const struct level *level,
					 const struct cJSON *stored)
{
	const struct cJSON *beside = within(stored, level);

	for (const struct cJSON *i = json_first(within(m->tree, level)); i; i = json_next(i)) {
		bool fixed = m->kind->spec_is_fixed && strcmp(level->name, "spec") == 0;

		if (!fixed && is_known(level, json_name(i)))
			continue;
		if (!json_equal(i, json_entry(beside, json_name(i))))
			return i;
	}
	return NULL;
}

static int check_level(const struct manifest *m, const struct level *level,
		       const struct cJSON *stored, struct err *e)
{
	const struct cJSON *field = first_unknown(m, level, stored);

	if (!field)
		return 0;
	if (!is_known(level, json_name(field)))
		return refuse(level, json_name(field), e);
	return err_set(e, ERR_CONFIG, "spec.%.60s: what is in the spec of a %s is calico-node's to "
		       "write; leave spec out, or say it as it is stored", json_name(field),
		       m->kind->name);
}

static int check_levels(const struct manifest *m, const struct cJSON *stored, bool spec_too,
			struct err *e)
{
	const struct level levels[] = { { "", of_resource }, { "metadata", of_metadata },
					{ "spec", m->kind->spec } };

	for (size_t i = 0; i < ARRAY_LEN(levels) - !spec_too; i++)
		if (check_level(m, &levels[i], stored, e) < 0)
			return -1;
	return 0;
}

int manifest_check_fields(const struct manifest *m, struct datastore *ds, struct err *e)
{
	struct cJSON *items __cleanup(json_freep) = json_new_array();
	struct err seldom = { 0 };
	/* Where the cluster makes the spec, it is of more than the records say. */
	bool spec_too = !(m->kind->spec_is_fixed && datastore_traits(ds)->pods);

	if (check_levels(m, NULL, spec_too, &seldom) == 0)
		return 0;
	if (m->kind->list(ds, m->name, items, e) < 0)
		return -1;
	return check_levels(m, json_first(items), spec_too, e);
}

int manifest_revision(const struct manifest *m, uint64_t *ret, struct err *e)
{
	const char *text = json_field_text(json_field(m->tree, "metadata"), "resourceVersion");
	size_t len = strlen(text);

	if (len >= 20 || strspn(text, "0123456789") != len)
		return err_set(e, ERR_CONFIG, "metadata.resourceVersion \"%.40s\" is none of this "
			       "store's; leave it out", text);
	*ret = strtoull(text, NULL, 10);
	return 0;
}
