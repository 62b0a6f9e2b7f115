/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/cluster/information.h"

#include "base/json.h"
#include "ipam/record/keys.h"

#include <inttypes.h>
#include <stdio.h>

static void copy_text(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text ? text : "");
}

static int read_information(const struct record *record, struct cluster_information *c,
			    struct err *e)
{
	struct cJSON *root __cleanup(json_freep) = json_parse(record->value, record->value_len, e);
	const struct cJSON *spec = json_field(root, "spec");
	const struct cJSON *ready = json_field(spec, "datastoreReady");

	if (!root)
		return err_wrap(e, "the record at key %s cannot be read", record->key);
	c->there = true;
	c->locked = json_type(ready) == JSON_BOOL && !json_true(ready);
	copy_text(c->guid, sizeof(c->guid), json_string(json_field(spec, "clusterGUID")));
	copy_text(c->type, sizeof(c->type), json_string(json_field(spec, "clusterType")));
	snprintf(c->revision, sizeof(c->revision), "%" PRIu64, record->revision);
	return 0;
}

int ipam_get_cluster(struct datastore *ds, struct cluster_information *ret, struct err *e)
{
	struct wants wants __cleanup(wants_done) = { 0 };
	struct view view __cleanup(view_done) = { 0 };
	struct cluster_information c = { 0 };
	const struct record *record;

	wants_add(&wants, KEY_CLUSTER, RANGE_KEY);
	if (datastore_read(ds, &view, &wants, e) < 0)
		return -1;
	record = view_peek(&view, KEY_CLUSTER);
	if (record && read_information(record, &c, e) < 0)
		return -1;
	*ret = c;
	return 0;
}

int ipam_reach(struct datastore *ds, struct err *e)
{
	struct wants wants __cleanup(wants_done) = { 0 };
	struct view view __cleanup(view_done) = { 0 };

	wants_add(&wants, KEY_CONFIG, RANGE_KEY);
	return datastore_read(ds, &view, &wants, e);
}
