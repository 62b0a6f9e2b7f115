/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/pool.h"
#include "base/list.h"
#include "ipam/record/keys.h"
#include "ipam/record/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POOLS_MAX 100000	/* pools in one store */

static const struct {
	const char *name;
	enum pool_use use;
} uses[] = {
	{ "Workload", POOL_USE_WORKLOAD },
	{ "Tunnel", POOL_USE_TUNNEL },
	{ "LoadBalancer", POOL_USE_LOAD_BALANCER },
};

static unsigned use_of_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(uses); i++)
		if (strcmp(uses[i].name, name) == 0)
			return uses[i].use;
	return 0;
}

static unsigned default_block_len(enum family f)
{
	return f == FAMILY_4 ? 26 : 122;
}

static bool block_len_fits(enum family f, int64_t len)
{
	return f == FAMILY_4 ? len >= 20 && len <= 32 : len >= 116 && len <= 128;
}

static int read_block_len(const struct cJSON *spec, struct pool *p, struct err *e)
{
	int64_t len = 0;

	if (json_get_i64(spec, "blockSize", &len, e) < 0)
		return -1;
	if (!len)
		len = default_block_len(p->cidr.base.family);
	if (!block_len_fits(p->cidr.base.family, len))
		return err_set(e, ERR_CORRUPT, "spec.blockSize %lld is not %s", (long long)len,
			       p->cidr.base.family == FAMILY_4 ? "20 to 32" : "116 to 128");
	p->block_len = (unsigned)len;
	return 0;
}

static int read_uses(const struct cJSON *spec, struct pool *p, struct err *e)
{
	struct cJSON *list;

	if (json_get_array(spec, "allowedUses", &list, e) < 0)
		return -1;
	for (const struct cJSON *i = json_first(list); i; i = json_next(i)) {
		if (!json_string(i))
			return err_set(e, ERR_CORRUPT, "spec.allowedUses must hold strings");
		p->uses |= use_of_name(json_string(i));
	}
	if (!json_count(list))
		p->uses = POOL_USE_WORKLOAD | POOL_USE_TUNNEL;
	return 0;
}

static int read_cidr(const struct cJSON *spec, struct pool *p, struct err *e)
{
	const char *cidr = "";

	if (json_get_string(spec, "cidr", &cidr, e) < 0)
		return -1;
	if (cidr_parse(cidr, &p->cidr) < 0)
		return err_set(e, ERR_CORRUPT, "spec.cidr \"%s\" is not a CIDR", cidr);
	p->cidr = cidr_masked(p->cidr);
	return 0;
}

static int read_spec(const struct cJSON *spec, struct pool *p, struct err *e)
{
	const char *mode = "";

	if (read_cidr(spec, p, e) < 0 || read_block_len(spec, p, e) < 0 ||
	    read_uses(spec, p, e) < 0 ||
	    json_get_string(spec, "nodeSelector", &p->node_selector, e) < 0 ||
	    json_get_string(spec, "namespaceSelector", &p->namespace_selector, e) < 0 ||
	    json_get_string(spec, "ipipMode", &p->ipip_mode, e) < 0 ||
	    json_get_string(spec, "vxlanMode", &p->vxlan_mode, e) < 0 ||
	    json_get_string(spec, "assignmentMode", &mode, e) < 0 ||
	    json_get_bool(spec, "natOutgoing", &p->nat_outgoing, e) < 0 ||
	    json_get_bool(spec, "disableBGPExport", &p->disable_bgp_export, e) < 0 ||
	    json_get_bool(spec, "disabled", &p->disabled, e) < 0)
		return -1;
	p->manual = strcmp(mode, "Manual") == 0;
	if (!*p->ipip_mode)
		p->ipip_mode = "Never";
	if (!*p->vxlan_mode)
		p->vxlan_mode = "Never";
	return 0;
}

static bool string_is(const struct cJSON *item, const char *text)
{
	return json_string(item) && strcmp(json_string(item), text) == 0;
}

/* The controller's verdict: a condition Allocatable that is False. */
static bool refused_by_status(const struct cJSON *resource)
{
	const struct cJSON *list = json_field(json_field(resource, "status"), "conditions");

	for (const struct cJSON *i = json_first(list); i; i = json_next(i))
		if (string_is(json_field(i, "type"), "Allocatable") &&
		    string_is(json_field(i, "status"), "False"))
			return true;
	return false;
}

static int read_fields(struct pool *p, struct err *e)
{
	const char *deleted = NULL, *name = NULL;
	struct cJSON *spec, *metadata;

	if (json_get_object(p->kept, "metadata", &metadata, e) < 0 ||
	    json_get_object(p->kept, "spec", &spec, e) < 0 ||
	    json_get_string(metadata, "name", &name, e) < 0 ||
	    json_get_nullable(metadata, "deletionTimestamp", &deleted, e) < 0 ||
	    read_spec(spec, p, e) < 0)
		return -1;
	p->being_deleted = deleted != NULL;
	p->enabled = !p->disabled && !deleted && !refused_by_status(p->kept) &&
		p->cidr.len <= p->block_len;
	return 0;
}

static int take_name(struct pool *p, const char *key, struct err *e)
{
	const char *slash = strrchr(key, '/');

	p->name = strdup(slash ? slash + 1 : key);
	return p->name ? 0 : err_set(e, ERR_INTERNAL, "out of memory");
}

/* On failure the family of what was read before it stands in *ret. */
static int read_pool(const struct record *record, struct pool *ret, struct err *e)
{
	*ret = (struct pool){ .node_selector = "", .namespace_selector = "", .ipip_mode = "",
			      .vxlan_mode = "", .revision = record->revision };
	ret->kept = record_parse(record, e);
	if (ret->kept && read_fields(ret, e) == 0 && take_name(ret, record->key, e) == 0)
		return 0;
	json_free(ret->kept);
	ret->kept = NULL;
	return resource_corrupt(record, e);
}

int pool_read(const struct record *record, struct pool *ret, struct err *e)
{
	struct pool p;

	if (read_pool(record, &p, e) < 0)
		return -1;
	*ret = p;
	return 0;
}

bool pool_tell_unusable(const struct pool *p, struct err *ret)
{
	char text[CIDR_TEXT];

	if (p->enabled || p->disabled)
		return false;
	cidr_print(p->cidr, text);
	if (p->cidr.len > p->block_len)
		err_set(ret, ERR_CORRUPT, "pool \"%s\" (%s) is smaller than its blocks, which are "
			"/%u: delete it, and create it with another block size", p->name, text,
			p->block_len);
	else if (p->being_deleted)
		err_set(ret, ERR_POOL, "pool \"%s\" (%s) is being deleted", p->name, text);
	else
		err_set(ret, ERR_POOL, "pool \"%s\" (%s) is refused by its status, which says that "
			"it is not Allocatable", p->name, text);
	return true;
}

void pool_done(struct pool *p)
{
	free(p->name);
	json_free(p->kept);
	*p = (struct pool){ 0 };
}

static int append(struct pools *pools, struct pool *p, struct err *e)
{
	if (pools->n == POOLS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d pools", POOLS_MAX);
	if (list_room(&pools->list, pools->n, &pools->cap) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	pools->list[pools->n++] = *p;
	return 0;
}

static int note_unreadable(struct pools *pools, size_t *cap, const struct record *record,
			   enum family family, const struct err *why, struct err *e)
{
	struct pool_unreadable one = { .family = family };

	if (why->kind == ERR_INTERNAL)
		return err_set(e, ERR_INTERNAL, "out of memory");
	if (pools->n_unreadable == POOLS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d pools", POOLS_MAX);
	if (list_room(&pools->unreadable, pools->n_unreadable, cap) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	one.name = strdup(record->key + strlen(KEY_POOLS));
	one.why = strdup(why->text);
	pools->unreadable[pools->n_unreadable++] = one;
	return one.name && one.why ? 0 : err_set(e, ERR_INTERNAL, "out of memory");
}

int pools_read(const struct view *view, struct pools *ret, struct err *e)
{
	struct pools pools __cleanup(pools_done) = { 0 };
	size_t cap_unreadable = 0;
	const struct record *record;
	struct pool p;

	for (size_t i = view_first(view, KEY_POOLS); (record = view_at(view, i, KEY_POOLS)); i++) {
		struct err why = { 0 };

		if (!record->value || strchr(record->key + strlen(KEY_POOLS), '/'))
			continue;
		if (read_pool(record, &p, &why) < 0) {
			if (note_unreadable(&pools, &cap_unreadable, record, p.cidr.base.family,
					    &why, e) < 0)
				return -1;
		} else if (append(&pools, &p, e) < 0) {
			pool_done(&p);
			return -1;
		}
	}
	*ret = pools;
	pools = (struct pools){ 0 };
	return 0;
}

int pools_add(struct pools *p, const struct record *record, struct err *e)
{
	struct pool one = { 0 };

	if (pool_read(record, &one, e) == 0 && append(p, &one, e) == 0)
		return 0;
	pool_done(&one);
	return -1;
}

void pools_done(struct pools *p)
{
	for (size_t i = 0; i < p->n; i++)
		pool_done(&p->list[i]);
	free(p->list);
	for (size_t i = 0; i < p->n_unreadable; i++) {
		free(p->unreadable[i].name);
		free(p->unreadable[i].why);
	}
	free(p->unreadable);
	*p = (struct pools){ 0 };
}

const struct pool_unreadable *pools_unreadable(const struct pools *p, enum family family)
{
	for (size_t i = 0; i < p->n_unreadable; i++)
		if (p->unreadable[i].family == family || p->unreadable[i].family == FAMILY_NONE)
			return &p->unreadable[i];
	return NULL;
}

const struct pool *pools_by_name(const struct pools *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->list[i].name, name) == 0)
			return &p->list[i];
	return NULL;
}

const char *pool_state(const struct pool *p)
{
	return p->enabled ? "enabled" : p->disabled ? "disabled" : "unusable";
}

const struct pool *pools_holding(const struct pools *p, struct addr a, bool disabled_too)
{
	for (size_t i = 0; i < p->n; i++)
		if ((p->list[i].enabled || disabled_too) && cidr_holds(p->list[i].cidr, a))
			return &p->list[i];
	return NULL;
}

void pool_print_uses(const struct pool *p, char out[64])
{
	const struct cJSON *list = json_field(json_field(p->kept, "spec"), "allowedUses");
	struct buf text __cleanup(buf_done) = BUF(4096);

	for (const struct cJSON *i = json_first(list); i; i = json_next(i))
		buf_printf(&text, "%s%s", text.len ? " " : "", json_string(i));
	if (!json_count(list))
		buf_puts(&text, "Workload Tunnel");
	snprintf(out, 64, "[%.61s]", text.data);
}

void pool_name_of_cidr(struct cidr c, char out[CIDR_TEXT])
{
	char text[CIDR_TEXT];

	cidr_print_key(c, text);
	for (char *p = text; *p; p++)
		if (*p == '.' || *p == ':')
			*p = '-';
	/* No resource's name begins with a dash: "::" is spelt "0::" here. */
	snprintf(out, CIDR_TEXT, "%s%.48s", *text == '-' ? "0" : "", text);
}
