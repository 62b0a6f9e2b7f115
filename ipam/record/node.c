/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/node.h"

#include "ipam/record/resource.h"

int node_new(const char *name, const struct cJSON *labels, const char *uid, int64_t now_ns,
	     struct buf *out, struct err *e)
{
	struct cJSON *node __cleanup(json_freep) = NULL;
	struct cJSON *copy;

	if (resource_check_name("node", name, e) < 0)
		return -1;
	node = resource_new("Node", name, uid, now_ns);
	if (json_count(labels)) {
		copy = json_copy(labels);
		json_sort(copy);
		json_set(json_field(node, "metadata"), "labels", copy);
	}
	json_set(node, "status", json_new_object());
	return resource_print(node, out, e);
}

void node_done(struct node *node)
{
	labels_done(&node->labels);
	json_free(node->resource);
	*node = (struct node){ 0 };
}

static int read_labels(struct node *node, struct err *e)
{
	struct cJSON *metadata, *labels = NULL;

	if (json_get_object(node->resource, "metadata", &metadata, e) < 0 ||
	    json_get_object(metadata, "labels", &labels, e) < 0)
		return -1;
	return labels_read(labels, &node->labels, e);
}

int node_read(const struct record *record, struct node *ret, struct err *e)
{
	struct node node __cleanup(node_done) = { .resource = record_parse(record, e) };

	if (!node.resource || read_labels(&node, e) < 0)
		return resource_corrupt(record, e);
	*ret = node;
	node = (struct node){ 0 };
	return 0;
}

static void change_labels(struct cJSON *metadata, const struct cJSON *changes)
{
	struct cJSON *labels = resource_object(metadata, "labels");

	for (const struct cJSON *i = json_first(changes); i; i = json_next(i)) {
		if (json_string(i))
			json_set_entry(labels, json_name(i), json_new_string(json_string(i)));
		else
			json_remove_entry(labels, json_name(i));
	}
	if (!json_count(labels))
		json_remove(metadata, "labels");
}

int node_relabel(const struct record *record, const struct cJSON *changes, struct buf *out,
		 bool *ret_changed, struct err *e)
{
	struct node node __cleanup(node_done) = { 0 };
	struct cJSON *changed __cleanup(json_freep) = NULL;

	if (node_read(record, &node, e) < 0)
		return -1;
	changed = json_copy(node.resource);
	if (json_type(json_field(node.resource, "metadata")) != JSON_OBJECT)
		return err_set(e, ERR_CORRUPT, "record %s has no metadata", record->key);
	change_labels(json_field(changed, "metadata"), changes);
	if (resource_print(changed, out, e) < 0)
		return -1;
	*ret_changed = !json_equal(changed, node.resource);
	return 0;
}
