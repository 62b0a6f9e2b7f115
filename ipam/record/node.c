/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/node.h"

#include "ipam/record/keys.h"
#include "ipam/record/resource.h"
#include "ipam/record/tree.h"

#include <stdlib.h>
#include <string.h>

static void set_label(struct cJSON *map, const struct label *label)
{
	if (label->value)
		json_set_entry(map, label->key, json_new_string(label->value));
	else
		json_remove_entry(map, label->key);
}

static void change_labels(struct cJSON *metadata, const struct labels *changes)
{
	struct cJSON *map = resource_object(metadata, "labels");

	for (size_t i = 0; i < changes->n; i++)
		set_label(map, &changes->list[i]);
	if (!json_count(map))
		json_remove(metadata, "labels");
}

bool node_is(const struct record *record)
{
	return strncmp(record->key, KEY_NODES, strlen(KEY_NODES)) == 0;
}

static void set_maps(struct cJSON *node, const struct node_spec *spec)
{
	struct cJSON *metadata = json_field(node, "metadata");

	resource_set_map(metadata, "labels", spec->labels);
	resource_set_map(metadata, "annotations", spec->annotations);
}

int node_new(const struct node_spec *spec, const char *uid, int64_t now_ns, struct buf *out,
	     struct err *e)
{
	struct cJSON *node __cleanup(json_freep) = NULL;

	if (resource_check_name("node", spec->name, e) < 0)
		return -1;
	node = resource_new("Node", spec->name, uid, now_ns);
	set_maps(node, spec);
	json_set(node, "status", json_new_object());
	return resource_print(node, out, e);
}

void node_done(struct node *node)
{
	labels_done(&node->labels);
	json_free(node->kept);
	*node = (struct node){ 0 };
}

static int read_label(const struct cJSON *item, struct label *ret, struct err *e)
{
	const char *value = json_type(item) == JSON_NULL ? "" : json_string(item);

	if (!value)
		return err_set(e, ERR_CORRUPT, "label \"%.60s\" must be a string, not %s",
			       json_name(item), json_type_name(json_type(item)));
	*ret = (struct label){ json_name(item), value };
	return 0;
}

static int read_labels(struct node *node, struct err *e)
{
	struct json_names entries __cleanup(json_names_done) = { 0 };
	struct cJSON *metadata, *map = NULL;
	struct labels *labels = &node->labels;

	if (json_get_object(node->kept, "metadata", &metadata, e) < 0 ||
	    json_get_object(metadata, "labels", &map, e) < 0)
		return -1;
	labels->list = calloc(json_count(map) + 1, sizeof(*labels->list));
	if (!labels->list || json_entries_of(map, &entries) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	for (size_t i = 0; i < entries.n; i++)
		if (read_label(entries.list[i].item, &labels->list[labels->n++], e) < 0)
			return -1;
	labels->sorted = true;
	return 0;
}

int node_read(const struct record *record, struct node *ret, struct err *e)
{
	struct node node __cleanup(node_done) = { .kept = record_parse(record, e) };

	if (!node.kept || read_labels(&node, e) < 0)
		return resource_corrupt(record, e);
	node.name = resource_metadata(node.kept, "name");
	node.created = resource_metadata(node.kept, "creationTimestamp");
	*ret = node;
	node = (struct node){ 0 };
	return 0;
}

/* Either of the two is NULL. */
static int rewrite(const struct record *record, const struct labels *changes,
		   const struct node_spec *spec, struct buf *out, bool *ret_changed, struct err *e)
{
	struct node node __cleanup(node_done) = { 0 };
	struct cJSON *changed __cleanup(json_freep) = NULL;

	if (node_read(record, &node, e) < 0)
		return -1;
	changed = json_copy(node.kept);
	if (json_type(json_field(node.kept, "metadata")) != JSON_OBJECT)
		return err_set(e, ERR_CORRUPT, "record %s has no metadata", record->key);
	if (changes)
		change_labels(json_field(changed, "metadata"), changes);
	if (spec)
		set_maps(changed, spec);
	if (resource_print(changed, out, e) < 0)
		return -1;
	*ret_changed = !json_equal(changed, node.kept);
	return 0;
}

int node_relabel(const struct record *record, const struct labels *changes, struct buf *out,
		 bool *ret_changed, struct err *e)
{
	return rewrite(record, changes, NULL, out, ret_changed, e);
}

int node_update(const struct record *record, const struct node_spec *spec, struct buf *out,
		bool *ret_changed, struct err *e)
{
	return rewrite(record, NULL, spec, out, ret_changed, e);
}

int node_read_tunnel(const struct record *record, struct node_tunnel *ret, struct err *e)
{
	struct cJSON *root __cleanup(json_freep) = record_parse(record, e);
	const struct cJSON *bgp = json_field(json_field(root, "spec"), "bgp");
	const struct cJSON *cidrs = json_field(json_field(root, "status"), "podCIDRs");
	struct node_tunnel t = { .noted = *json_field_text(bgp, "ipv4IPIPTunnelAddr") };
	struct cidr c;

	if (!root)
		return record_corrupt(record, e);
	for (const struct cJSON *i = json_first(cidrs); i && !t.first.family; i = json_next(i)) {
		if (!json_string(i) || cidr_parse(json_string(i), &c) < 0)
			return err_set(e, ERR_CORRUPT, "record %s: podCIDRs holds what is no CIDR",
				       record->key);
		if (c.base.family == FAMILY_4)
			t.first = cidr_nth(cidr_masked(c), 1);
	}
	*ret = t;
	return 0;
}

int node_note_tunnel(const struct record *record, struct addr address, struct buf *out,
		     struct err *e)
{
	struct cJSON *root __cleanup(json_freep) = record_parse(record, e);
	char text[ADDR_TEXT];

	if (!root)
		return record_corrupt(record, e);
	addr_print(address, text);
	json_set(resource_object(resource_object(root, "spec"), "bgp"), "ipv4IPIPTunnelAddr",
		 json_new_string(text));
	return resource_print(root, out, e);
}
