/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/manifest/stored.h"

#include "base/json.h"
#include "ctl/cli/aside.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void add_entry(const struct resource_entry *entry, struct cJSON *items,
		      uint64_t *unreadable)
{
	struct err why = { 0 };
	struct cJSON *tree = json_parse(entry->stored, strlen(entry->stored), &why);
	char revision[24];

	if (json_type(json_field(tree, "metadata")) != JSON_OBJECT) {
		if (aside_names(unreadable))
			aside("calico-ipamctl: %s cannot be read and is passed over: %s\n",
			      entry->name, tree ? "it has no metadata" : why.text);
		json_free(tree);
		return;
	}
	snprintf(revision, sizeof(revision), "%" PRIu64, entry->revision);
	json_set(json_field(tree, "metadata"), "resourceVersion", json_new_string(revision));
	json_append(items, tree);
}

int stored_list(struct datastore *ds, enum resource_kind kind, const char *name,
		struct cJSON *items, struct err *e)
{
	struct resource_list list __cleanup(resource_list_done) = { 0 };
	uint64_t unreadable = 0;

	if (ipam_list_resources(ds, kind, name, &list, e) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++)
		add_entry(&list.list[i], items, &unreadable);
	aside_rest(unreadable, "cannot be read and are passed over");
	return 0;
}
