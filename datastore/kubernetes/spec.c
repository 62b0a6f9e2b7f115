/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/kubernetes/spec.h"

#include "base/json.h"

#include <string.h>

/* A field here and there, in the order in which Calico writes records. */
struct renamed {
	const char *record, *spec;
};

static const struct renamed block_fields[] = {
	{ "cidr", "cidr" },
	{ "affinity", "affinity" },
	{ "affinity_claim_time", "affinityClaimTime" },
	{ "allocations", "allocations" },
	{ "unallocated", "unallocated" },
	{ "attributes", "attributes" },
	{ "sequenceNumber", "sequenceNumber" },
	{ "sequenceNumberForAllocation", "sequenceNumberForAllocation" },
	{ "deleted", "deleted" },
	{ "hostAffinity", "hostAffinity" },
};

static const struct renamed affinity_fields[] = {
	{ "state", "state" },
	{ "deleted", "deleted" },
};

static const struct renamed handle_fields[] = {
	{ "block", "block" },
	{ "deleted", "deleted" },
};

static const struct renamed config_fields[] = {
	{ "strict_affinity", "strictAffinity" },
	{ "auto_allocate_blocks", "autoAllocateBlocks" },
	{ "maxBlocksPerHost", "maxBlocksPerHost" },
	{ "kubeVirtVMAddressPersistence", "kubeVirtVMAddressPersistence" },
	{ "ipCooldownSeconds", "ipCooldownSeconds" },
};

static const char *const attribute_fields[] = { "handle_id", "secondary", "alternateOwnerAttrs",
						"releasedAt" };

/* What a spec has that no record has. */
static const char *const block_own[] = { "strictAffinity", NULL };
static const char *const affinity_own[] = { "cidr", "node", "type", NULL };
static const char *const handle_own[] = { "handleID", NULL };
static const char *const no_own[] = { NULL };

static const struct {
	const struct renamed *fields;
	size_t n;
	const char *const *own;
} kinds[N_KINDS] = {
	[KIND_BLOCK] = { block_fields, ARRAY_LEN(block_fields), block_own },
	[KIND_AFFINITY] = { affinity_fields, ARRAY_LEN(affinity_fields), affinity_own },
	[KIND_HANDLE] = { handle_fields, ARRAY_LEN(handle_fields), handle_own },
	[KIND_CONFIG] = { config_fields, ARRAY_LEN(config_fields), no_own },
};

bool spec_is_record(enum kind kind)
{
	return kinds[kind].fields;
}

static void move(struct cJSON *from, const char *name, struct cJSON *to, const char *new_name)
{
	struct cJSON *item = json_field(from, name);

	if (item)
		json_set(to, new_name, json_detach(from, item));
}

static bool is_own(enum kind kind, const char *name)
{
	for (const char *const *own = kinds[kind].own; *own; own++)
		if (strcmp(*own, name) == 0)
			return true;
	return false;
}

/* What nobody here knows. */
static void move_rest(enum kind kind, struct cJSON *from, struct cJSON *to)
{
	for (struct cJSON *item = json_first(from), *next; item; item = next) {
		next = json_next(item);
		if (!is_own(kind, json_name(item)))
			json_append(to, json_detach(from, item));
	}
}

static bool is_attribute_field(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(attribute_fields); i++)
		if (strcmp(attribute_fields[i], name) == 0)
			return true;
	return false;
}

/* The API's order is the alphabet's. */
static void order_attribute(struct cJSON *attribute)
{
	size_t unknown = 0;

	for (size_t i = 0; i < ARRAY_LEN(attribute_fields); i++) {
		struct cJSON *item = json_entry(attribute, attribute_fields[i]);

		if (item)
			json_append(attribute, json_detach(attribute, item));
	}
	for (struct cJSON *item = json_first(attribute);
	     item && !is_attribute_field(json_name(item)); item = json_next(item))
		unknown++;
	while (unknown--)
		json_append(attribute, json_detach(attribute, json_first(attribute)));
}

static bool is_deleted(const struct cJSON *item)
{
	const char *text = json_string(item);

	return json_true(item) || (text && strcmp(text, "true") == 0);
}

/* A zero value is left out of a record in etcd. */
static bool is_zero(const struct cJSON *item)
{
	int64_t n = 1;

	return (json_type(item) == JSON_BOOL && !json_true(item)) ||
	       (json_i64(item, &n) == 0 && n == 0) || json_type(item) == JSON_NULL;
}

static void leave_out_zeros(struct cJSON *record)
{
	for (struct cJSON *item = json_first(record), *next; item; item = next) {
		next = json_next(item);
		if (is_zero(item))
			json_free(json_detach(record, item));
	}
}

void spec_take_record(enum kind kind, struct cJSON *spec, struct cJSON *record, bool *ret_deleted)
{
	*ret_deleted = is_deleted(json_field(spec, "deleted"));
	for (size_t i = 0; i < kinds[kind].n; i++)
		move(spec, kinds[kind].fields[i].spec, record, kinds[kind].fields[i].record);
	move_rest(kind, spec, record);
	if (kind == KIND_CONFIG)
		leave_out_zeros(record);
	else
		json_set(record, "deleted", json_new_bool(*ret_deleted));
	for (struct cJSON *item = json_first(json_field(record, "attributes"));
	     kind == KIND_BLOCK && item; item = json_next(item))
		if (json_type(item) == JSON_OBJECT)
			order_attribute(item);
}

/* A field is there, of this type; else with this value. */
static void demand(struct cJSON *spec, const char *name, enum json_type type,
		   struct cJSON *otherwise)
{
	if (json_type(json_field(spec, name)) == type)
		json_free(otherwise);
	else
		json_set(spec, name, otherwise);
}

static void drop_null(struct cJSON *spec, const char *name)
{
	struct cJSON *item = json_field(spec, name);

	if (json_type(item) == JSON_NULL)
		json_free(json_detach(spec, item));
}

static void complete_block(struct cJSON *spec)
{
	drop_null(spec, "affinity");
	drop_null(spec, "sequenceNumberForAllocation");
	demand(spec, "attributes", JSON_ARRAY, json_new_array());
	demand(spec, "unallocated", JSON_ARRAY, json_new_array());
	demand(spec, "allocations", JSON_ARRAY, json_new_array());
	demand(spec, "strictAffinity", JSON_BOOL, json_new_bool(false));
}

static void set_text(struct cJSON *spec, const char *name, const char *text, size_t len)
{
	char copy[VIEW_KEY_MAX + 1];

	if (len > VIEW_KEY_MAX || json_field(spec, name))
		return;
	memcpy(copy, text, len);
	copy[len] = '\0';
	json_set(spec, name, json_new_string(copy));
}

/* "10.0.0.0-26" in a key is "10.0.0.0/26". */
static void set_cidr(struct cJSON *spec, const char *in_key)
{
	char cidr[VIEW_KEY_MAX + 1], *slash;

	if (strlen(in_key) > VIEW_KEY_MAX)
		return;
	strcpy(cidr, in_key);
	slash = strrchr(cidr, '-');
	if (slash)
		*slash = '/';
	set_text(spec, "cidr", cidr, strlen(cidr));
}

static int complete_affinity(struct cJSON *spec, const char *key, enum group group, bool deleted)
{
	struct affinity_key k = {0};

	if (kind_affinity_key(key, &k) < 0 || !k.cidr)
		return -1;
	demand(spec, "state", JSON_STRING, json_new_string(""));
	set_cidr(spec, k.cidr);
	set_text(spec, "node", k.node, k.node_len);
	set_text(spec, "type", k.type, k.type_len);
	if (group == GROUP_V1)
		json_set(spec, "deleted", json_new_string(deleted ? "true" : "false"));
	return 0;
}

static int complete_handle(struct cJSON *spec, const char *key)
{
	const char *id = strrchr(key, '/');

	if (!id)
		return -1;
	demand(spec, "block", JSON_OBJECT, json_new_object());
	set_text(spec, "handleID", id + 1, strlen(id + 1));
	return 0;
}

static void complete_config(struct cJSON *spec)
{
	demand(spec, "strictAffinity", JSON_BOOL, json_new_bool(false));
	demand(spec, "autoAllocateBlocks", JSON_BOOL, json_new_bool(false));
}

int spec_put_record(enum kind kind, enum group group, const char *key, struct cJSON *record,
		    struct cJSON *spec, bool deleted)
{
	for (size_t i = 0; i < kinds[kind].n; i++)
		move(record, kinds[kind].fields[i].record, spec, kinds[kind].fields[i].spec);
	move_rest(kind, record, spec);
	if (kind != KIND_CONFIG)
		json_set(spec, "deleted", json_new_bool(deleted));
	if (kind == KIND_AFFINITY)
		return complete_affinity(spec, key, group, deleted);
	if (kind == KIND_HANDLE)
		return complete_handle(spec, key);
	if (kind == KIND_BLOCK)
		complete_block(spec);
	else
		complete_config(spec);
	return 0;
}

/* As it stands in a key. */
static void add_cidr(struct buf *out, const char *cidr)
{
	size_t start = out->len;

	buf_puts(out, cidr);
	for (size_t i = start; i < out->len; i++)
		if (out->data[i] == '/')
			out->data[i] = '-';
}

static const char *family_of(const char *cidr)
{
	return strchr(cidr, ':') ? "ipv6" : "ipv4";
}

/* What stands between slashes of a key. */
static bool is_part(const char *text)
{
	return *text && !strchr(text, '/');
}

void spec_key(enum kind kind, const struct cJSON *spec, struct buf *out)
{
	const char *cidr = json_field_text(spec, "cidr"), *node = json_field_text(spec, "node"),
		   *type = json_field_text(spec, "type"), *id = json_field_text(spec, "handleID");

	if (kind == KIND_BLOCK && *cidr) {
		buf_printf(out, "/calico/ipam/v2/assignment/%s/block/", family_of(cidr));
		add_cidr(out, cidr);
	} else if (kind == KIND_AFFINITY && *cidr && is_part(node)) {
		buf_printf(out, "/calico/ipam/v2/%s/%s/%s/block/",
			   strcmp(type, "virtual") == 0 ? "virtual" : "host", node,
			   family_of(cidr));
		add_cidr(out, cidr);
	} else if (kind == KIND_HANDLE && is_part(id)) {
		kind_key(kind, id, out);
	} else if (kind == KIND_CONFIG) {
		kind_key(kind, "", out);
	}
}
