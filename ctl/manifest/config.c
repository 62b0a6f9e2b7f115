/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPAMConfiguration: the one record of the configuration, which has neither a name nor a uid,
 * shown and taken as Calico's resource named default.
 */
#include "base/json.h"
#include "ctl/manifest/kind.h"
#include "ipam/cluster/config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NAME "default"

/* As manifests spell the fields, and as config set and the record do; and where it is absent. */
static const struct {
	const char *said, *field, *otherwise;
} fields[] = {
	{ "strictAffinity", "strict_affinity", "false" },
	{ "autoAllocateBlocks", "auto_allocate_blocks", "true" },
	{ "maxBlocksPerHost", "maxBlocksPerHost", "0" },
	{ "kubeVirtVMAddressPersistence", "kubeVirtVMAddressPersistence", "Enabled" },
	{ "ipCooldownSeconds", "ipCooldownSeconds", "0" },
};

static struct cJSON *tree_of(const struct ipam_config *c, uint64_t revision)
{
	struct cJSON *tree = json_new_object(), *metadata = json_new_object();
	struct cJSON *spec = json_new_object();
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, revision);
	json_set(metadata, "name", json_new_string(NAME));
	if (revision)
		json_set(metadata, "resourceVersion", json_new_string(text));
	json_set(spec, "autoAllocateBlocks", json_new_bool(c->auto_allocate_blocks));
	json_set(spec, "ipCooldownSeconds", json_new_i64(c->cooldown_s));
	json_set(spec, "kubeVirtVMAddressPersistence",
		 json_new_string(ipam_config_persistence(c)));
	json_set(spec, "maxBlocksPerHost", json_new_i64(c->max_blocks_per_host));
	json_set(spec, "strictAffinity", json_new_bool(c->strict_affinity));
	json_set(tree, "apiVersion", json_new_string("projectcalico.org/v3"));
	json_set(tree, "kind", json_new_string("IPAMConfiguration"));
	json_set(tree, "metadata", metadata);
	json_set(tree, "spec", spec);
	return tree;
}

static int list(struct datastore *ds, const char *name, struct cJSON *items, struct err *e)
{
	struct ipam_config config;
	uint64_t revision;

	if (name && strcmp(name, NAME) != 0)
		return 0;
	if (ipam_get_config(ds, &config, &revision, e) < 0)
		return -1;
	json_append(items, tree_of(&config, revision));
	return 0;
}

static void show(const struct ipam_config *c, struct buf *out)
{
	struct cJSON *tree __cleanup(json_freep) = tree_of(c, 0);

	buf_reset(out);
	json_print(tree, out);
}

/* A value as a person writes it, in `text` if it is no string; NULL: of no such type. */
static const char *text_of(const struct cJSON *item, struct buf *text)
{
	enum json_type type = json_type(item);

	if (type == JSON_STRING)
		return json_string(item);
	if (type != JSON_BOOL && type != JSON_NUMBER)
		return NULL;
	buf_reset(text);
	json_print(item, text);
	return text->data;
}

struct settings_read {
	struct config_setting list[ARRAY_LEN(fields)];
	struct buf texts[ARRAY_LEN(fields)];
};

static void settings_read_done(struct settings_read *s)
{
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		buf_done(&s->texts[i]);
}

static int read_settings(const struct manifest *m, struct settings_read *ret, struct err *e)
{
	const struct cJSON *spec = json_field(m->tree, "spec");

	if (strcmp(m->name, NAME) != 0)
		return err_set(e, ERR_CONFIG, "Cannot create a IPAMConfiguration resource with a "
			       "name other than \"default\"");
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		const struct cJSON *said = json_entry(spec, fields[i].said);
		const struct cJSON *item = said ? said : json_entry(spec, fields[i].field);

		buf_init(&ret->texts[i], JSON_NUMBER_MAX + 1);
		snprintf(ret->list[i].field, sizeof(ret->list[i].field), "%s", fields[i].field);
		ret->list[i].value = !item || json_type(item) == JSON_NULL ?
			fields[i].otherwise : text_of(item, &ret->texts[i]);
		if (!ret->list[i].value)
			return err_set(e, ERR_CONFIG, "spec.%s must be a single value",
				       fields[i].said);
	}
	return 0;
}

static int set(struct datastore *ds, const struct manifest *m, struct writing *w, struct err *e)
{
	struct settings_read settings __cleanup(settings_read_done) = { .texts = { BUF(0) } };
	struct config_set_request r = { .settings = settings.list, .n = ARRAY_LEN(fields),
					.unless_in_force = true, .revision = w->revision,
					.dry_run = w->dry_run };
	struct config_set_answer answer = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		buf_init(&settings.texts[i], 0);
	if (read_settings(m, &settings, e) < 0)
		return -1;
	if (ipam_set_config(ds, &r, &answer, e) < 0)
		return err_wrap(e, "spec");
	show(&answer.before, &w->before);
	show(&answer.after, &w->after);
	w->changed = answer.changed;
	return 0;
}

/* Nobody creates what is always in force. */
static int create(struct datastore *ds __unused_arg, const struct manifest *m __unused_arg,
		  struct writing *w __unused_arg, struct err *e)
{
	return err_set(e, ERR_EXISTS, "resource already exists: IPAMConfiguration(" NAME "): apply "
		       "or replace changes it");
}

static int delete(struct datastore *ds __unused_arg, const char *name __unused_arg,
		  bool force __unused_arg, bool dry_run __unused_arg, struct err *e)
{
	return err_set(e, ERR_UNSUPPORTED, "the IPAM configuration is always in force and is not "
		       "deleted; apply one with an empty spec to have Calico's defaults");
}

const struct kind config_kind = {
	.name = "IPAMConfiguration",
	.word = "ipamconfiguration",
	.spellings = (const char *const[]){ "ipamconfiguration", "ipamconfigurations",
					    "ipamconfig", "ipamconfigs", NULL },
	.spec = (const char *const[]){ "strictAffinity", "strict_affinity", "autoAllocateBlocks",
				       "auto_allocate_blocks", "maxBlocksPerHost",
				       "kubeVirtVMAddressPersistence", "ipCooldownSeconds", NULL },
	.columns = {
		{ .heading = "NAME", .path = ".metadata.name" },
		{ .heading = "STRICTAFFINITY", .path = ".spec.strictAffinity" },
		{ .heading = "AUTOALLOCATEBLOCKS", .path = ".spec.autoAllocateBlocks" },
		{ .heading = "MAXBLOCKSPERHOST", .path = ".spec.maxBlocksPerHost" },
		{ .heading = "IPCOOLDOWNSECONDS", .path = ".spec.ipCooldownSeconds" },
		{ .heading = "KUBEVIRTVMADDRESSPERSISTENCE",
		  .path = ".spec.kubeVirtVMAddressPersistence", .wide = true },
	},
	.list = list,
	.create = create,
	.update = set,
	.delete = delete,
};
