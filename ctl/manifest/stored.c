/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/manifest/stored.h"

#include "base/json.h"
#include "ctl/cli/aside.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const kind_names[] = {
	[RESOURCE_POOL] = "IPPool",
	[RESOURCE_RESERVATION] = "IPReservation",
	[RESOURCE_NODE] = "Node",
};

/* Kind and name are those of the record's key, by which all commands go. */
static void complete(struct cJSON *tree, enum resource_kind kind,
		     const struct resource_entry *entry)
{
	struct cJSON *metadata = json_field(tree, "metadata");
	bool other = strcmp(json_field_text(tree, "kind"), kind_names[kind]) != 0;
	char revision[24];

	snprintf(revision, sizeof(revision), "%" PRIu64, entry->revision);
	json_set(metadata, "resourceVersion", json_new_string(revision));
	if (strcmp(json_field_text(metadata, "name"), entry->name) != 0)
		json_set(metadata, "name", json_new_string(entry->name));
	if (other)
		json_set(tree, "kind", json_new_string(kind_names[kind]));
	if (other || !*json_field_text(tree, "apiVersion"))
		json_set(tree, "apiVersion", json_new_string("projectcalico.org/v3"));
}

static int add_entry(const struct resource_entry *entry, enum resource_kind kind,
		     struct cJSON *items, struct err *e)
{
	struct cJSON *tree = json_parse(entry->stored, strlen(entry->stored), e);

	if (!tree)
		return -1;
	if (json_type(json_field(tree, "metadata")) != JSON_OBJECT) {
		json_free(tree);
		return err_set(e, ERR_DECODE, "it has no metadata");
	}
	complete(tree, kind, entry);
	json_append(items, tree);
	return 0;
}

int stored_list(struct datastore *ds, enum resource_kind kind, const char *name,
		struct cJSON *items, struct err *e)
{
	struct resource_list list __cleanup(resource_list_done) = { 0 };
	uint64_t unreadable = 0;

	if (ipam_list_resources(ds, kind, name, &list, e) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		struct err why = { 0 };

		if (add_entry(&list.list[i], kind, items, &why) == 0)
			continue;
		if (name)
			return err_set(e, ERR_DECODE, "%s(%.64s) is stored and cannot be read: %s",
				       kind_names[kind], name, why.text);
		if (aside_names(&unreadable))
			aside("calico-ipamctl: %s cannot be read and is passed over: %s\n",
			      list.list[i].name, why.text);
	}
	aside_rest(unreadable, "cannot be read and are passed over");
	return 0;
}
