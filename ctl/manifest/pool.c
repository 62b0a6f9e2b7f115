/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "ctl/cli/uid.h"
#include "ctl/manifest/kind.h"
#include "ctl/manifest/metadata.h"
#include "ctl/manifest/stored.h"
#include "ipam/pool/delete.h"
#include "ipam/pool/pools.h"

#include <stdlib.h>

/* What spec says; "", 0 and false where it says nothing. */
struct said {
	const char *cidr, *node_selector, *namespace_selector, *ipip_mode, *vxlan_mode,
		*assignment_mode;
	const char *uses[3];
	unsigned n_uses;
	uint64_t block_len;
	bool nat_outgoing, disabled, disable_bgp_export;
};

static int read_uses(const struct cJSON *spec, struct said *s, struct err *e)
{
	struct cJSON *list = NULL;

	if (json_get_array(spec, "allowedUses", &list, e) < 0)
		return -1;
	for (const struct cJSON *i = json_first(list); i; i = json_next(i)) {
		if (!json_string(i))
			return err_set(e, ERR_CONFIG, "allowedUses must be a list of texts");
		if (s->n_uses == ARRAY_LEN(s->uses))
			return err_set(e, ERR_CONFIG, "allowedUses names more than %zu uses",
				       ARRAY_LEN(s->uses));
		s->uses[s->n_uses++] = json_string(i);
	}
	if (!s->n_uses) {
		s->uses[s->n_uses++] = "Workload";
		s->uses[s->n_uses++] = "Tunnel";
	}
	return 0;
}

static int read_spec(const struct manifest *m, struct said *s, struct err *e)
{
	const struct cJSON *spec = json_field(m->tree, "spec");

	*s = (struct said){ "", "", "", "", "", "", .n_uses = 0 };
	if (json_get_string(spec, "cidr", &s->cidr, e) < 0 ||
	    json_get_string(spec, "nodeSelector", &s->node_selector, e) < 0 ||
	    json_get_string(spec, "namespaceSelector", &s->namespace_selector, e) < 0 ||
	    json_get_string(spec, "ipipMode", &s->ipip_mode, e) < 0 ||
	    json_get_string(spec, "vxlanMode", &s->vxlan_mode, e) < 0 ||
	    json_get_string(spec, "assignmentMode", &s->assignment_mode, e) < 0 ||
	    json_get_u64(spec, "blockSize", &s->block_len, e) < 0 ||
	    json_get_bool(spec, "natOutgoing", &s->nat_outgoing, e) < 0 ||
	    json_get_bool(spec, "disabled", &s->disabled, e) < 0 ||
	    json_get_bool(spec, "disableBGPExport", &s->disable_bgp_export, e) < 0 ||
	    read_uses(spec, s, e) < 0)
		return err_wrap(e, "spec");
	if (s->block_len > 128)
		return err_set(e, ERR_CONFIG, "spec.blockSize must be 20 to 32 for IPv4, 116 to "
			       "128 for IPv6");
	return 0;
}

/* What a request points into. */
struct wanted {
	struct said said;
	struct metadata metadata;	/* owned */
};

static int read_request(const struct manifest *m, struct writing *w, struct wanted *wanted,
			struct pool_create_request *ret, struct err *e)
{
	const struct said *s = &wanted->said;

	if (read_spec(m, &wanted->said, e) < 0 || metadata_read(m, &wanted->metadata, e) < 0)
		return -1;
	*ret = (struct pool_create_request){ .now_ns = clock_now_ns(), .terms = manifest_terms(w) };
	ret->spec = (struct pool_spec){
		.name = m->name,
		.cidr = s->cidr,
		.block_len = (unsigned)s->block_len,
		.node_selector = s->node_selector,
		.namespace_selector = s->namespace_selector,
		.ipip_mode = s->ipip_mode,
		.vxlan_mode = s->vxlan_mode,
		.assignment_mode = s->assignment_mode,
		.allowed_uses = { s->uses[0], s->uses[1], s->uses[2] },
		.n_allowed_uses = s->n_uses,
		.nat_outgoing = s->nat_outgoing,
		.disabled = s->disabled,
		.disable_bgp_export = s->disable_bgp_export,
		.labels = wanted->metadata.labels_if_any,
		.annotations = wanted->metadata.annotations_if_any,
	};
	uid_new(ret->uid);
	w->changed = true;
	return 0;
}

/* One that cannot be read is left out. */
static void create_those(struct datastore *ds, struct creation *list, size_t n,
			 struct wanted *wanted, struct pool_creation *pools)
{
	size_t n_pools = 0, at = 0;

	for (size_t i = 0; i < n; i++)
		if (read_request(list[i].manifest, list[i].writing, &wanted[i],
				 &pools[n_pools].request, &list[i].error) == 0)
			n_pools++;
	ipam_create_pools(ds, pools, n_pools);
	for (size_t i = 0; i < n; i++)
		if (!list[i].error.kind)
			list[i].error = pools[at++].error;
}

static void create_all(struct datastore *ds, struct creation *list, size_t n)
{
	struct wanted *wanted = calloc(n + 1, sizeof(*wanted));
	struct pool_creation *pools = calloc(n + 1, sizeof(*pools));

	if (wanted && pools)
		create_those(ds, list, n, wanted, pools);
	for (size_t i = 0; i < n; i++)
		if (wanted && pools)
			metadata_done(&wanted[i].metadata);
		else
			err_set(&list[i].error, ERR_INTERNAL, "out of memory");
	free(wanted);
	free(pools);
}

static enum pool_switch switch_of(bool on)
{
	return on ? POOL_SWITCH_ON : POOL_SWITCH_OFF;
}

static int update(struct datastore *ds, const struct manifest *m, struct writing *w, struct err *e)
{
	struct metadata metadata __cleanup(metadata_done) = { 0 };
	struct pool_update_request r = { .name = m->name, .terms = manifest_terms(w) };
	struct pool_update_answer answer = { 0 };
	struct said s;

	if (read_spec(m, &s, e) < 0 || metadata_read(m, &metadata, e) < 0)
		return -1;
	r.change = (struct pool_change){
		.node_selector = s.node_selector,
		.namespace_selector = s.namespace_selector,
		.ipip_mode = s.ipip_mode,
		.vxlan_mode = s.vxlan_mode,
		.assignment_mode = s.assignment_mode,
		.allowed_uses = { s.uses[0], s.uses[1], s.uses[2] },
		.n_allowed_uses = s.n_uses,
		.nat_outgoing = switch_of(s.nat_outgoing),
		.disabled = switch_of(s.disabled),
		.disable_bgp_export = switch_of(s.disable_bgp_export),
		.labels = metadata.labels_if_any,
		.annotations = metadata.annotations_if_any,
		.cidr = s.cidr,
		.block_len = (unsigned)s.block_len,
	};
	if (ipam_update_pool(ds, &r, &answer, e) < 0)
		return -1;
	w->changed = answer.changed;
	return 0;
}

static int list(struct datastore *ds, const char *name, struct cJSON *items, struct err *e)
{
	return stored_list(ds, RESOURCE_POOL, name, items, e);
}

static int delete(struct datastore *ds, const char *name, bool force, bool dry_run, struct err *e)
{
	struct pool_delete_answer answer = { 0 };

	return (dry_run ? ipam_would_delete_pool : ipam_delete_pool)(ds, name, force,
								     clock_now_ns(), &answer, e);
}

const struct kind pool_kind = {
	.name = "IPPool",
	.word = "ippool",
	.spellings = (const char *const[]){ "ippool", "ippools", "ipp", "ipps", "pool", "pools",
					    NULL },
	.spec = (const char *const[]){ "cidr", "vxlanMode", "ipipMode", "natOutgoing", "disabled",
				       "disableBGPExport", "blockSize", "nodeSelector",
				       "namespaceSelector", "allowedUses", "assignmentMode", NULL },
	.columns = {
		{ .heading = "NAME", .path = ".metadata.name" },
		{ .heading = "CIDR", .path = ".spec.cidr" },
		{ .heading = "NAT", .path = ".spec.natOutgoing", .otherwise = "false",
		  .wide = true },
		{ .heading = "IPIPMODE", .path = ".spec.ipipMode", .otherwise = "Never",
		  .wide = true },
		{ .heading = "VXLANMODE", .path = ".spec.vxlanMode", .otherwise = "Never",
		  .wide = true },
		{ .heading = "DISABLED", .path = ".spec.disabled", .otherwise = "false",
		  .wide = true },
		{ .heading = "SELECTOR", .path = ".spec.nodeSelector", .otherwise = "all()" },
	},
	.list = list,
	.create_all = create_all,
	.update = update,
	.delete = delete,
};
