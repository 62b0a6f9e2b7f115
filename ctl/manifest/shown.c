/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/manifest/shown.h"

#include "base/json.h"
#include "base/yaml/yaml_write.h"
#include "ctl/manifest/check.h"

#include <stdio.h>

struct cJSON *shown_tree(const struct cJSON *resource)
{
	enum json_type type = json_type(resource);
	struct cJSON *copy;

	if (type != JSON_OBJECT && type != JSON_ARRAY)
		return json_copy(resource);
	copy = type == JSON_OBJECT ? json_new_object() : json_new_array();
	for (const struct cJSON *i = json_first(resource); i; i = json_next(i)) {
		if (type == JSON_OBJECT)
			json_set_entry(copy, json_name(i), shown_tree(i));
		else
			json_append(copy, shown_tree(i));
	}
	return copy;
}

void shown_strip(struct cJSON *resource)
{
	struct cJSON *metadata = json_field(resource, "metadata");

	for (struct cJSON *next, *i = json_first(metadata); i; i = next) {
		next = json_next(i);
		if (check_is_stores_own(json_name(i)))
			json_free(json_detach(metadata, i));
	}
	json_remove(resource, "status");
}

void shown_stripped_yaml(const struct buf *json, struct buf *out)
{
	struct err ignored = { 0 };
	struct cJSON *tree __cleanup(json_freep) = NULL;
	struct cJSON *shown __cleanup(json_freep) = NULL;

	if (!json->len)
		return;
	tree = json_parse(json->data, json->len, &ignored);
	shown = shown_tree(tree);
	shown_strip(shown);
	if (shown)
		yaml_print(shown, out);
}

struct cJSON *shown_list(const char *kind, struct cJSON *items)
{
	struct cJSON *list = json_new_object();
	char name[64];

	snprintf(name, sizeof(name), "%sList", kind ? kind : "");
	json_set(list, "apiVersion", json_new_string(kind ? "projectcalico.org/v3" : "v1"));
	json_set(list, "items", items);
	json_set(list, "kind", json_new_string(name));
	json_set(list, "metadata", json_new_object());
	return list;
}
