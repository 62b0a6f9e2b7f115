/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/pool.h"
#include "ipam/record/resource.h"

#include <string.h>

/* The pool's record as it is to be, and what it means, for pool_check(). */
struct update {
	const struct pool_change *change;
	struct cJSON *spec;	/* in the copy of the resource */
	char cidr[CIDR_TEXT];
	struct pool_spec checked;
};

/* Sets a string unless it has that meaning already; "" stands for absent. */
static void set_text(struct cJSON *spec, const char *field, const char *text)
{
	if (!text || strcmp(json_field_text(spec, field), text) == 0)
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

static void set_uses(struct update *u)
{
	struct cJSON *list;

	if (!u->change->n_allowed_uses)
		return;
	list = json_new_array();
	for (unsigned i = 0; i < u->change->n_allowed_uses; i++)
		json_append(list, json_new_string(u->change->allowed_uses[i]));
	json_set(u->spec, "allowedUses", list);
}

static void apply(struct update *u)
{
	const struct pool_change *c = u->change;

	set_text(u->spec, "nodeSelector", c->node_selector && !*c->node_selector ? "all()" :
		 c->node_selector);
	set_text(u->spec, "namespaceSelector", c->namespace_selector);
	set_text(u->spec, "ipipMode", c->ipip_mode);
	set_text(u->spec, "vxlanMode", c->vxlan_mode);
	set_text(u->spec, "assignmentMode", c->assignment_mode);
	set_switch(u->spec, "natOutgoing", c->nat_outgoing);
	set_switch(u->spec, "disabled", c->disabled);
	set_switch(u->spec, "disableBGPExport", c->disable_bgp_export);
	set_uses(u);
}

static bool only_disables(const struct pool_change *c)
{
	return c->disabled == POOL_SWITCH_ON && !c->node_selector && !c->namespace_selector &&
	       !c->ipip_mode && !c->vxlan_mode && !c->assignment_mode && !c->n_allowed_uses &&
	       !c->nat_outgoing && !c->disable_bgp_export;
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

int pool_update(const struct pool *pool, const struct pool_change *change, struct buf *out,
		bool *ret_changed, struct err *e)
{
	struct cJSON *resource __cleanup(json_freep) = json_copy(pool->resource);
	struct update u = { .change = change, .spec = json_field(resource, "spec") };

	if (json_type(u.spec) != JSON_OBJECT)
		return err_set(e, ERR_INTERNAL, "out of memory");
	apply(&u);
	if (!only_disables(change) && check(&u, pool, e) < 0)
		return -1;
	if (resource_print(resource, out, e) < 0)
		return -1;
	*ret_changed = !json_equal(resource, pool->resource);
	return 0;
}

int pool_print_disabled(const struct pool *pool, struct buf *out, struct err *e)
{
	struct cJSON *resource __cleanup(json_freep) = json_copy(pool->resource);

	json_set(json_field(resource, "spec"), "disabled", json_new_bool(true));
	return resource_print(resource, out, e);
}

int pool_print_part(const struct pool *pool, const char *name, struct cidr cidr, const char *uid,
		    int64_t now_ns, struct buf *out, struct err *e)
{
	struct cJSON *resource __cleanup(json_freep) = json_copy(pool->resource);
	char text[CIDR_TEXT];

	cidr_print(cidr, text);
	resource_rename(resource, name, uid, now_ns);
	json_set(json_field(resource, "spec"), "cidr", json_new_string(text));
	return resource_print(resource, out, e);
}
