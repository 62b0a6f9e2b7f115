/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/pool.h"
#include "ipam/record/keys.h"
#include "ipam/record/resource.h"
#include "ipam/record/selector.h"
#include "ipam/record/tree.h"

#include <string.h>

#define SELECTOR_MAX_CHARS 1024

/* What is being made: the user's words, with defaults, and their meaning. */
struct draft_pool {
	const struct pool_spec *spec;
	struct cidr cidr;
	char cidr_text[CIDR_TEXT];
	unsigned block_len;
	const char *node_selector, *namespace_selector;
	const char *ipip_mode, *vxlan_mode, *assignment_mode;
	const char *uses[3];
	unsigned n_uses;
};

static const char *or_default(const char *text, const char *otherwise)
{
	return text && *text ? text : otherwise;
}

static bool has_use(const struct draft_pool *p, const char *use)
{
	for (unsigned i = 0; i < p->n_uses; i++)
		if (strcmp(p->uses[i], use) == 0)
			return true;
	return false;
}

static bool is_on(const char *mode)
{
	return strcmp(mode, "Never") != 0;
}

static int check_cidr(struct draft_pool *p, struct err *e)
{
	static const struct cidr link_local[] = {
		{ { FAMILY_4, (u128)0xa9fe0000 }, 16 },
		{ { FAMILY_6, (u128)0xfe80 << 112 }, 10 },
	};
	const char *text = or_default(p->spec->cidr, "");

	if (!*text)
		return err_set(e, ERR_CONFIG, "cidr is missing; give the pool's addresses, such as "
			       "10.0.0.0/16");
	if (cidr_parse(text, &p->cidr) < 0)
		return err_set(e, ERR_CONFIG, "cidr \"%s\" is not a CIDR; write it as 10.0.0.0/16 "
			       "or fd00::/64", text);
	cidr_print(cidr_masked(p->cidr), p->cidr_text);
	if (!cidr_is_masked(p->cidr))
		return err_set(e, ERR_CONFIG, "cidr \"%s\": IP pool CIDR is not strictly "
			       "masked; did you mean %s?", text, p->cidr_text);
	for (size_t i = 0; i < ARRAY_LEN(link_local); i++)
		if (cidr_overlaps(link_local[i], p->cidr))
			return err_set(e, ERR_CONFIG, "cidr %s overlaps the link-local addresses "
				       "(169.254.0.0/16, fe80::/10); choose another", p->cidr_text);
	return 0;
}

static int check_block_size(struct draft_pool *p, struct err *e)
{
	bool four = p->cidr.base.family == FAMILY_4;
	unsigned len = p->spec->block_len ? p->spec->block_len : four ? 26 : 122;

	if (len < (four ? 20u : 116u) || len > (four ? 32u : 128u))
		return err_set(e, ERR_CONFIG, "blockSize %u: %s block size must be between %s", len,
			       four ? "IPv4" : "IPv6", four ? "20 and 32" : "116 and 128");
	if (p->cidr.len > len && !p->spec->disabled)
		return err_set(e, ERR_CONFIG, "IP pool size is too small for use with Calico "
			       "IPAM. It must be equal to or greater than the block size: the pool "
			       "is %s; set blockSize (--block-size) to at least %u", p->cidr_text,
			       p->cidr.len);
	p->block_len = len;
	return 0;
}

static int check_mode(const char *field, const char *mode, struct err *e)
{
	if (strcmp(mode, "Never") && strcmp(mode, "Always") && strcmp(mode, "CrossSubnet"))
		return err_set(e, ERR_CONFIG, "%s \"%s\" must be Never, Always or CrossSubnet",
			       field, mode);
	return 0;
}

static int check_modes(struct draft_pool *p, struct err *e)
{
	p->ipip_mode = or_default(p->spec->ipip_mode, "Never");
	p->vxlan_mode = or_default(p->spec->vxlan_mode, "Never");
	p->assignment_mode = or_default(p->spec->assignment_mode, "Automatic");
	if (check_mode("ipipMode", p->ipip_mode, e) < 0 ||
	    check_mode("vxlanMode", p->vxlan_mode, e) < 0)
		return -1;
	if (strcmp(p->assignment_mode, "Automatic") && strcmp(p->assignment_mode, "Manual"))
		return err_set(e, ERR_CONFIG, "assignmentMode \"%s\" must be Automatic or Manual",
			       p->assignment_mode);
	if (is_on(p->ipip_mode) && is_on(p->vxlan_mode))
		return err_set(e, ERR_CONFIG, "ipipMode and vxlanMode are both on; set one of them "
			       "to Never");
	if (is_on(p->ipip_mode) && p->cidr.base.family == FAMILY_6)
		return err_set(e, ERR_CONFIG, "ipipMode must be Never for an IPv6 pool");
	return 0;
}

static int check_selector(const char *field, const char *text, struct err *e)
{
	struct selector *selector __cleanup(selector_freep) = NULL;

	if (strlen(text) > SELECTOR_MAX_CHARS)
		return err_set(e, ERR_CONFIG, "%s is longer than %d characters", field,
			       SELECTOR_MAX_CHARS);
	if (selector_parse(text, &selector, e) < 0)
		return err_wrap(e, "%s", field);
	if (selector_names_global(selector))
		return err_set(e, ERR_CONFIG, "%s must not use global()", field);
	return 0;
}

static int check_selectors(struct draft_pool *p, struct err *e)
{
	p->node_selector = or_default(p->spec->node_selector, "all()");
	p->namespace_selector = or_default(p->spec->namespace_selector, "");
	if (check_selector("nodeSelector", p->node_selector, e) < 0)
		return -1;
	return check_selector("namespaceSelector", p->namespace_selector, e);
}

static int check_load_balancer(const struct draft_pool *p, struct err *e)
{
	if (!has_use(p, "LoadBalancer"))
		return 0;
	if (has_use(p, "Workload") || has_use(p, "Tunnel"))
		return err_set(e, ERR_CONFIG, "allowedUses LoadBalancer must stand alone; make a "
			       "second pool for the others");
	if (is_on(p->ipip_mode) || is_on(p->vxlan_mode))
		return err_set(e, ERR_CONFIG, "ipipMode and vxlanMode must be Never for "
			       "allowedUses LoadBalancer");
	if (p->spec->disable_bgp_export)
		return err_set(e, ERR_CONFIG, "disableBGPExport must be off for allowedUses "
			       "LoadBalancer");
	if (strcmp(p->node_selector, "all()") != 0)
		return err_set(e, ERR_CONFIG, "nodeSelector must be all() for allowedUses "
			       "LoadBalancer");
	return 0;
}

static int check_uses(struct draft_pool *p, struct err *e)
{
	static const char *const known[] = { "Workload", "Tunnel", "LoadBalancer" };

	for (unsigned i = 0; i < p->spec->n_allowed_uses; i++) {
		const char *use = p->spec->allowed_uses[i];
		size_t k = 0;

		while (k < ARRAY_LEN(known) && strcmp(known[k], use) != 0)
			k++;
		if (k == ARRAY_LEN(known))
			return err_set(e, ERR_CONFIG, "allowedUses \"%s\" must be Workload, Tunnel "
				       "or LoadBalancer", use);
		if (!has_use(p, use))
			p->uses[p->n_uses++] = use;
	}
	if (!p->n_uses) {
		p->uses[p->n_uses++] = "Workload";
		p->uses[p->n_uses++] = "Tunnel";
	}
	if (has_use(p, "Tunnel") && *p->namespace_selector)
		return err_set(e, ERR_CONFIG, "namespaceSelector cannot go with allowedUses Tunnel "
			       "(which the default includes); set allowedUses to Workload alone");
	return check_load_balancer(p, e);
}

static int check_other_pools(const struct draft_pool *p, const struct pools *beside,
			     const struct view *view, struct err *e)
{
	char key[KEY_TEXT], other[CIDR_TEXT];

	if (!view_knows_prefix(view, KEY_POOLS, RANGE_PREFIX))
		return err_set(e, ERR_INTERNAL, "the pools have not been read");
	if (key_of_pool(p->spec->name, key, e) < 0)
		return -1;
	if (view_peek(view, key) || pools_by_name(beside, p->spec->name))
		return err_set(e, ERR_EXISTS, "resource already exists: IPPool(%s); choose another "
			       "name or delete it first", p->spec->name);
	for (size_t i = 0; i < beside->n; i++) {
		if (!cidr_overlaps(beside->list[i].cidr, p->cidr))
			continue;
		cidr_print(beside->list[i].cidr, other);
		return err_set(e, ERR_EXISTS, "IPPool(%s) CIDR overlaps with IPPool(%s) CIDR %s: "
			       "choose another cidr than %s", p->spec->name, beside->list[i].name,
			       other, p->cidr_text);
	}
	return 0;
}

static int check_blocks(const struct draft_pool *p, const struct view *view, struct err *e)
{
	const char *prefix = key_of_blocks(p->cidr.base.family);
	const struct record *record;
	char text[CIDR_TEXT];
	struct cidr block;

	if (!view_knows_prefix(view, prefix, RANGE_PREFIX_KEYS))
		return err_set(e, ERR_INTERNAL, "the blocks have not been read");
	for (size_t i = view_first(view, prefix); (record = view_at(view, i, prefix)); i++) {
		if (key_cidr(record->key, prefix, &block) < 0 || block.len == p->block_len ||
		    !cidr_overlaps(block, p->cidr))
			continue;
		cidr_print(block, text);
		return err_set(e, ERR_EXISTS, "IPPool blocksSize conflicts with existing "
			       "allocations that use a different blockSize: block %s lies in "
			       "%s; set blockSize to %u, or release the block's addresses "
			       "first", text, p->cidr_text, block.len);
	}
	return 0;
}

static struct cJSON *build_spec(const struct draft_pool *p)
{
	struct cJSON *spec = json_new_object(), *list = json_new_array();

	json_set(spec, "cidr", json_new_string(p->cidr_text));
	json_set(spec, "vxlanMode", json_new_string(p->vxlan_mode));
	json_set(spec, "ipipMode", json_new_string(p->ipip_mode));
	if (p->spec->nat_outgoing)
		json_set(spec, "natOutgoing", json_new_bool(true));
	if (p->spec->disabled)
		json_set(spec, "disabled", json_new_bool(true));
	if (p->spec->disable_bgp_export)
		json_set(spec, "disableBGPExport", json_new_bool(true));
	json_set(spec, "blockSize", json_new_u64(p->block_len));
	json_set(spec, "nodeSelector", json_new_string(p->node_selector));
	if (*p->namespace_selector)
		json_set(spec, "namespaceSelector", json_new_string(p->namespace_selector));
	for (unsigned i = 0; i < p->n_uses; i++)
		json_append(list, json_new_string(p->uses[i]));
	json_set(spec, "allowedUses", list);
	json_set(spec, "assignmentMode", json_new_string(p->assignment_mode));
	return spec;
}

int pool_check(const struct pool_spec *spec, struct err *e)
{
	struct draft_pool p = { .spec = spec };

	if (check_cidr(&p, e) < 0 || check_block_size(&p, e) < 0 || check_modes(&p, e) < 0 ||
	    check_selectors(&p, e) < 0)
		return -1;
	return check_uses(&p, e);
}

int pool_new(const struct pool_spec *spec, const struct pools *beside, const struct view *view,
	     const char *uid, int64_t now_ns, struct buf *out, struct err *e)
{
	struct draft_pool p = { .spec = spec };
	struct cJSON *resource __cleanup(json_freep) = NULL;

	if (resource_check_name("pool", spec->name, e) < 0 || check_cidr(&p, e) < 0 ||
	    check_block_size(&p, e) < 0 ||
	    check_modes(&p, e) < 0 || check_selectors(&p, e) < 0 || check_uses(&p, e) < 0 ||
	    check_other_pools(&p, beside, view, e) < 0 || check_blocks(&p, view, e) < 0)
		return -1;
	resource = resource_new("IPPool", spec->name, uid, now_ns);
	resource_set_map(json_field(resource, "metadata"), "labels", spec->labels);
	resource_set_map(json_field(resource, "metadata"), "annotations", spec->annotations);
	json_set(resource, "spec", build_spec(&p));
	return resource_print(resource, out, e);
}

/* The pool's record as it is to be, and what it means, for pool_check(). */
struct update {
	const struct pool_change *change;
	struct cJSON *spec;	/* in the copy of the resource */
	char cidr[CIDR_TEXT];
	struct pool_spec checked;
};

/* Sets a string unless it has that meaning already; "" and absent stand for the default. */
static void set_text(struct cJSON *spec, const char *field, const char *text,
		     const char *otherwise)
{
	if (!text)
		return;
	text = or_default(text, otherwise);
	if (strcmp(or_default(json_field_text(spec, field), otherwise), text) == 0)
		return;
	if (*text)
		json_set(spec, field, json_new_string(text));
	else
		json_remove(spec, field);
}

static void set_switch(struct cJSON *spec, const char *field, enum pool_switch wanted)
{
	bool on = json_true(json_field(spec, field));

	if (wanted == POOL_SWITCH_ON && !on)
		json_set(spec, field, json_new_bool(true));
	if (wanted == POOL_SWITCH_OFF && on)
		json_remove(spec, field);
}

static bool is_default_of_uses(const struct pool_change *c)
{
	return c->n_allowed_uses == 2 && strcmp(c->allowed_uses[0], "Workload") == 0 &&
	       strcmp(c->allowed_uses[1], "Tunnel") == 0;
}

static void set_uses(struct update *u)
{
	const struct pool_change *c = u->change;
	struct cJSON *list;

	if (!c->n_allowed_uses ||
	    (!json_count(json_field(u->spec, "allowedUses")) && is_default_of_uses(c)))
		return;
	list = json_new_array();
	for (unsigned i = 0; i < c->n_allowed_uses; i++)
		json_append(list, json_new_string(c->allowed_uses[i]));
	json_set(u->spec, "allowedUses", list);
}

static void apply(struct update *u)
{
	const struct pool_change *c = u->change;

	set_text(u->spec, "nodeSelector", c->node_selector, "all()");
	set_text(u->spec, "namespaceSelector", c->namespace_selector, "");
	set_text(u->spec, "ipipMode", c->ipip_mode, "Never");
	set_text(u->spec, "vxlanMode", c->vxlan_mode, "Never");
	set_text(u->spec, "assignmentMode", c->assignment_mode, "Automatic");
	set_switch(u->spec, "natOutgoing", c->nat_outgoing);
	set_switch(u->spec, "disabled", c->disabled);
	set_switch(u->spec, "disableBGPExport", c->disable_bgp_export);
	set_uses(u);
}

static bool only_disables(const struct pool_change *c)
{
	return c->disabled == POOL_SWITCH_ON && !c->node_selector && !c->namespace_selector &&
	       !c->ipip_mode && !c->vxlan_mode && !c->assignment_mode && !c->n_allowed_uses &&
	       !c->nat_outgoing && !c->disable_bgp_export && !c->labels && !c->annotations;
}

static int check_uses_stay(const struct update *u, unsigned old_uses, struct err *e)
{
	const struct pool_spec *s = &u->checked;
	bool balances = false;

	if (!(old_uses & POOL_USE_LOAD_BALANCER))
		return 0;
	for (unsigned i = 0; i < s->n_allowed_uses; i++)
		balances |= strcmp(s->allowed_uses[i], "LoadBalancer") == 0;
	if (!balances)
		return err_set(e, ERR_CONFIG, "allowedUses LoadBalancer cannot be changed back; "
			       "make another pool");
	return 0;
}

static int check(struct update *u, const struct pool *pool, struct err *e)
{
	struct pool_spec *s = &u->checked;
	const struct cJSON *uses = json_field(u->spec, "allowedUses");

	cidr_print(pool->cidr, u->cidr);
	*s = (struct pool_spec){
		.name = pool->name,
		.cidr = u->cidr,
		.block_len = pool->block_len,
		.node_selector = json_field_text(u->spec, "nodeSelector"),
		.namespace_selector = json_field_text(u->spec, "namespaceSelector"),
		.ipip_mode = json_field_text(u->spec, "ipipMode"),
		.vxlan_mode = json_field_text(u->spec, "vxlanMode"),
		.assignment_mode = json_field_text(u->spec, "assignmentMode"),
		.disabled = json_true(json_field(u->spec, "disabled")),
		.disable_bgp_export = json_true(json_field(u->spec, "disableBGPExport")),
	};
	for (const struct cJSON *i = json_first(uses); i; i = json_next(i)) {
		if (s->n_allowed_uses == ARRAY_LEN(s->allowed_uses) || !json_string(i))
			return err_set(e, ERR_CONFIG, "allowedUses names more than three uses");
		s->allowed_uses[s->n_allowed_uses++] = json_string(i);
	}
	if (pool_check(s, e) < 0)
		return -1;
	return check_uses_stay(u, pool->uses, e);
}

static int check_fixed(const struct pool_change *change, const struct pool *pool, struct err *e)
{
	char text[CIDR_TEXT];
	struct cidr c;

	cidr_print(pool->cidr, text);
	if (change->cidr && (cidr_parse(change->cidr, &c) < 0 || cidr_compare(c, pool->cidr) != 0))
		return err_set(e, ERR_CONFIG, "cidr \"%.60s\": IPPool CIDR cannot be modified: it "
			       "is %s; make another pool", change->cidr, text);
	if (change->block_len && change->block_len != pool->block_len)
		return err_set(e, ERR_CONFIG, "blockSize %u: IPPool BlockSize cannot be modified: "
			       "it is %u; make another pool", change->block_len, pool->block_len);
	return 0;
}

int pool_update(const struct pool *pool, const struct pool_change *change, struct buf *out,
		bool *ret_changed, struct err *e)
{
	struct cJSON *resource __cleanup(json_freep) = json_copy(pool->kept);
	struct update u = { .change = change, .spec = json_field(resource, "spec") };
	struct cJSON *metadata = resource_object(resource, "metadata");
	bool changed;

	if (json_type(u.spec) != JSON_OBJECT || json_type(metadata) != JSON_OBJECT)
		return err_set(e, ERR_INTERNAL, "out of memory");
	if (check_fixed(change, pool, e) < 0)
		return -1;
	apply(&u);
	resource_set_map(metadata, "labels", change->labels);
	resource_set_map(metadata, "annotations", change->annotations);
	changed = !json_equal(resource, pool->kept);
	if (changed && !only_disables(change) && check(&u, pool, e) < 0)
		return -1;
	if (resource_print(resource, out, e) < 0)
		return -1;
	*ret_changed = changed;
	return 0;
}

int pool_print_disabled(const struct pool *pool, struct buf *out, struct err *e)
{
	struct cJSON *resource __cleanup(json_freep) = json_copy(pool->kept);

	json_set(json_field(resource, "spec"), "disabled", json_new_bool(true));
	return resource_print(resource, out, e);
}

int pool_print_part(const struct pool *pool, const char *name, struct cidr cidr, const char *uid,
		    int64_t now_ns, struct buf *out, struct err *e)
{
	struct cJSON *resource __cleanup(json_freep) = json_copy(pool->kept);
	char text[CIDR_TEXT];

	cidr_print(cidr, text);
	resource_rename(resource, name, uid, now_ns);
	json_set(json_field(resource, "spec"), "cidr", json_new_string(text));
	return resource_print(resource, out, e);
}
