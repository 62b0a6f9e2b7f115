/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/cluster.h"

#include "ipam/record/tree.h"

#include <inttypes.h>
#include <stdio.h>

static void copy_text(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text ? text : "");
}

int cluster_information_read(const struct record *record, struct cluster_information *ret,
			     struct err *e)
{
	struct cJSON *root __cleanup(json_freep) = record_parse(record, e);
	const struct cJSON *spec = json_field(root, "spec");
	const struct cJSON *ready = json_field(spec, "datastoreReady");
	struct cluster_information c = { .there = true };

	if (!root)
		return err_wrap(e, "failed to parse datastore entry key=%s", record->key);
	c.locked = json_type(ready) == JSON_BOOL && !json_true(ready);
	copy_text(c.guid, sizeof(c.guid), json_string(json_field(spec, "clusterGUID")));
	copy_text(c.type, sizeof(c.type), json_string(json_field(spec, "clusterType")));
	snprintf(c.revision, sizeof(c.revision), "%" PRIu64, record->revision);
	*ret = c;
	return 0;
}

int cluster_information_rewrite(const struct record *record, bool ready, struct buf *out,
				struct err *e)
{
	struct cJSON *root __cleanup(json_freep) = record_parse(record, e);

	if (!root)
		return err_wrap(e, "failed to parse datastore entry key=%s", record->key);
	json_set(resource_object(root, "spec"), "datastoreReady", json_new_bool(ready));
	return resource_print(root, out, e);
}
