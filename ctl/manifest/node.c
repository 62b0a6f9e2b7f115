/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "ctl/cli/uid.h"
#include "ctl/manifest/kind.h"
#include "ctl/manifest/metadata.h"
#include "ctl/manifest/stored.h"
#include "ipam/node/nodes.h"

static int create(struct datastore *ds, const struct manifest *m, struct writing *w, struct err *e)
{
	struct metadata metadata __cleanup(metadata_done) = { 0 };
	struct node_create_request r = { .spec.name = m->name, .now_ns = clock_now_ns(),
					 .terms = manifest_terms(w) };
	const struct cJSON *said = json_first(json_field(m->tree, "spec"));

	if (said)
		return err_set(e, ERR_CONFIG, "spec.%.60s: what is in the spec of a Node is "
			       "calico-node's to write; leave spec out", json_name(said));
	if (metadata_read(m, &metadata, e) < 0)
		return -1;
	r.spec.labels = metadata.labels_if_any;
	r.spec.annotations = metadata.annotations_if_any;
	uid_new(r.uid);
	w->changed = true;
	return ipam_create_node(ds, &r, e);
}

static int update(struct datastore *ds, const struct manifest *m, struct writing *w, struct err *e)
{
	struct metadata metadata __cleanup(metadata_done) = { 0 };
	struct node_update_request r = { .spec.name = m->name, .terms = manifest_terms(w) };
	struct node_update_answer answer = { 0 };

	if (metadata_read(m, &metadata, e) < 0)
		return -1;
	r.spec.labels = metadata.labels_if_any;
	r.spec.annotations = metadata.annotations_if_any;
	if (ipam_update_node(ds, &r, &answer, e) < 0)
		return -1;
	w->changed = answer.changed;
	return 0;
}

static int list(struct datastore *ds, const char *name, struct cJSON *items, struct err *e)
{
	return stored_list(ds, RESOURCE_NODE, name, items, e);
}

static int delete(struct datastore *ds, const char *name, bool force, bool dry_run, struct err *e)
{
	struct node_delete_request r = { .name = name, .force = force, .dry_run = dry_run };
	struct node_delete_answer answer = { 0 };

	return ipam_delete_node(ds, &r, &answer, e);
}

const struct kind node_kind = {
	.name = "Node",
	.word = "node",
	.spellings = (const char *const[]){ "node", "nodes", "no", "nos", NULL },
	.spec = (const char *const[]){ "addresses", "bgp", "ipv4VXLANTunnelAddr",
				       "ipv6VXLANTunnelAddr", "vxlanTunnelMACAddr",
				       "vxlanTunnelMACAddrV6", "orchRefs", "wireguard", NULL },
	.spec_is_fixed = true,
	.columns = {
		{ .heading = "NAME", .path = ".metadata.name" },
		{ .heading = "CREATED", .path = ".metadata.creationTimestamp" },
		{ .heading = "IPV4", .path = ".spec.bgp.ipv4Address", .wide = true },
		{ .heading = "IPV6", .path = ".spec.bgp.ipv6Address", .wide = true },
		{ .heading = "LABELS", .path = ".metadata.labels" },
	},
	.list = list,
	.create = create,
	.update = update,
	.delete = delete,
};
