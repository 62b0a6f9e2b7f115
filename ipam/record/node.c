/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/node.h"

#include "ipam/record/parse.h"
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

int node_read(const struct record *record, struct cJSON **ret_resource, struct err *e)
{
	struct cJSON *node __cleanup(json_freep) = record_parse(record, e);
	struct cJSON *metadata, *labels;

	if (!node || json_get_object(node, "metadata", &metadata, e) < 0 ||
	    (metadata && json_get_object(metadata, "labels", &labels, e) < 0))
		return resource_corrupt(record, e);
	*ret_resource = node;
	node = NULL;
	return 0;
}
