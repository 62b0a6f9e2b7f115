/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/resource.h"
#include "base/clock.h"
#include "base/list.h"
#include "ipam/record/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 253
#define RESERVED_MAX 1000000	/* reserved CIDRs in all reservations together */

struct cJSON *resource_new(const char *kind, const char *name, const char *uid, int64_t now_ns)
{
	struct cJSON *resource = json_new_object(), *metadata = json_new_object();
	char now[CLOCK_RFC3339_LEN];

	clock_rfc3339(now_ns, now);
	json_set(metadata, "name", json_new_string(name));
	json_set(metadata, "uid", json_new_string(uid));
	json_set(metadata, "creationTimestamp", json_new_string(now));
	json_set(resource, "kind", json_new_string(kind));
	json_set(resource, "apiVersion", json_new_string("projectcalico.org/v3"));
	json_set(resource, "metadata", metadata);
	json_set(resource, "spec", json_new_object());
	return resource;
}

static bool is_lower_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Labels of letters, digits and inner dashes, with single dots between them. */
static bool is_dns_subdomain(const char *name)
{
	for (const char *p = name; *p; p++) {
		bool first = p == name || p[-1] == '.';
		bool last = p[1] == '\0' || p[1] == '.';

		if (is_lower_or_digit(*p) || (*p == '-' && !first && !last))
			continue;
		if (*p != '.' || first || p[1] == '\0')
			return false;
	}
	return *name != '\0';
}

int resource_check_name(const char *kind, const char *name, struct err *e)
{
	if (!name || !*name)
		return err_set(e, ERR_CONFIG, "the %s has no name; give it one", kind);
	if (strlen(name) > NAME_MAX_BYTES)
		return err_set(e, ERR_CONFIG, "name of the %s is longer than %d bytes", kind,
			       NAME_MAX_BYTES);
	if (!is_dns_subdomain(name))
		return err_set(e, ERR_CONFIG,
			       "name of the %s \"%s\" must be lower-case letters, digits, '-' and "
			       "'.', each part beginning and ending with a letter or digit",
			       kind, name);
	return 0;
}

bool resource_is_made_by(const struct record *record, const char *uid)
{
	return record && record->value && strstr(record->value, uid);
}

const char *resource_name(const struct cJSON *resource)
{
	return json_field_text(json_field(resource, "metadata"), "name");
}

const struct cJSON *resource_labels(const struct cJSON *resource)
{
	const struct cJSON *labels = json_field(json_field(resource, "metadata"), "labels");

	return json_type(labels) == JSON_OBJECT ? labels : NULL;
}

const char *resource_annotation(const struct cJSON *resource, const char *key)
{
	return json_string(json_entry(json_field(json_field(resource, "metadata"), "annotations"),
				      key));
}

static int print_resource(const struct cJSON *resource, struct buf *out, struct err *e)
{
	json_print(resource, out);
	return out->failed ? err_set(e, ERR_INTERNAL, "out of memory while building a record") : 0;
}

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
	return print_resource(node, out, e);
}

static int parse_object(const struct record *record, struct cJSON **ret, struct err *e)
{
	struct cJSON *tree __cleanup(json_freep) = json_parse(record->value, record->value_len, e);

	if (!tree || json_type(tree) != JSON_OBJECT) {
		if (tree)
			err_set(e, ERR_CORRUPT, "must be an object, not %s",
				json_type_name(json_type(tree)));
		e->kind = ERR_CORRUPT;
		return err_wrap(e, "record %s", record->key);
	}
	*ret = tree;
	tree = NULL;
	return 0;
}

int node_read(const struct record *record, struct cJSON **ret_resource, struct err *e)
{
	struct cJSON *node __cleanup(json_freep) = NULL;
	struct cJSON *metadata, *labels;

	if (parse_object(record, &node, e) < 0)
		return -1;
	if (json_get_object(node, "metadata", &metadata, e) < 0 ||
	    (metadata && json_get_object(metadata, "labels", &labels, e) < 0)) {
		e->kind = ERR_CORRUPT;
		return err_wrap(e, "record %s", record->key);
	}
	*ret_resource = node;
	node = NULL;
	return 0;
}

static int read_config_fields(const struct cJSON *tree, struct ipam_config *c, struct err *e)
{
	const char *persistence = "";

	if (json_get_bool(tree, "strict_affinity", &c->strict_affinity, e) < 0 ||
	    json_get_bool(tree, "auto_allocate_blocks", &c->auto_allocate_blocks, e) < 0 ||
	    json_get_i64(tree, "maxBlocksPerHost", &c->max_blocks_per_host, e) < 0 ||
	    json_get_string(tree, "kubeVirtVMAddressPersistence", &persistence, e) < 0 ||
	    json_get_i64(tree, "ipCooldownSeconds", &c->cooldown_s, e) < 0)
		return -1;
	c->kubevirt_persistence = !strcmp(persistence, "Disabled") ? "Disabled" :
				  *persistence ? "Enabled" : "";
	return 0;
}

int ipam_config_read(const struct record *record, struct ipam_config *ret, struct err *e)
{
	struct cJSON *tree __cleanup(json_freep) = NULL;
	struct ipam_config c = { .kubevirt_persistence = "" };

	if (!record) {
		*ret = (struct ipam_config){ .auto_allocate_blocks = true,
					      .kubevirt_persistence = "Enabled" };
		return 0;
	}
	if (parse_object(record, &tree, e) < 0)
		return -1;
	if (read_config_fields(tree, &c, e) < 0) {
		e->kind = ERR_CORRUPT;
		return err_wrap(e, "record %s", record->key);
	}
	*ret = c;
	return 0;
}

static int compare_cidrs(const void *left, const void *right)
{
	const struct cidr *a = left, *b = right;

	return cidr_compare(*a, *b);
}

static int append(struct reserved *r, struct cidr c, struct err *e)
{
	if (r->n == RESERVED_MAX)
		return err_set(e, ERR_LIMIT, "more than %d reserved CIDRs", RESERVED_MAX);
	if (list_room(&r->list, r->n, &r->cap) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	r->list[r->n++] = cidr_masked(c);
	return 0;
}

/* Blanks around the entry do not count, as with Go's TrimSpace. */
static int parse_entry(const char *text, struct cidr *ret)
{
	static const char white[] = " \t\n\v\f\r";
	char copy[2 * CIDR_TEXT];
	size_t len;

	text += strspn(text, white);
	len = strlen(text);
	while (len && strchr(white, text[len - 1]))
		len--;
	if (len >= sizeof(copy))
		return -1;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return cidr_parse_lenient(copy, ret);
}

static int read_reservation(const struct record *record, struct reserved *r, struct err *e)
{
	struct err skipped = { 0 };
	struct cJSON *tree __cleanup(json_freep) = NULL;
	const struct cJSON *list;
	struct cidr c;

	if (!record->value)
		return 0;
	tree = json_parse(record->value, record->value_len, &skipped);
	list = json_field(json_field(tree, "spec"), "reservedCIDRs");
	if (json_type(list) != JSON_ARRAY)
		return 0;
	for (const struct cJSON *i = json_first(list); i; i = json_next(i))
		if (json_string(i) && parse_entry(json_string(i), &c) == 0 && append(r, c, e) < 0)
			return -1;
	return 0;
}

int reserved_read(const struct view *view, struct reserved *ret, struct err *e)
{
	struct reserved r __cleanup(reserved_done) = { 0 };
	size_t i = view_first(view, KEY_RESERVATIONS);
	const struct record *record;

	for (; (record = view_at(view, i, KEY_RESERVATIONS)); i++)
		if (read_reservation(record, &r, e) < 0)
			return -1;
	if (r.n)
		qsort(r.list, r.n, sizeof(*r.list), compare_cidrs);
	*ret = r;
	r = (struct reserved){ 0 };
	return 0;
}

void reserved_done(struct reserved *r)
{
	free(r->list);
	*r = (struct reserved){ 0 };
}

int reserved_add(struct reserved *r, struct cidr c)
{
	struct err e = { 0 };
	size_t at;

	if (append(r, c, &e) < 0)
		return -1;
	c = cidr_masked(c);
	for (at = r->n - 1; at && cidr_compare(r->list[at - 1], c) > 0; at--)
		r->list[at] = r->list[at - 1];
	r->list[at] = c;
	return 0;
}

/* Entries ascend by base, so what covers `from` onwards can be joined in one pass. */
static bool covers(const struct reserved *r, struct addr from, struct addr to)
{
	for (size_t i = 0; i < r->n; i++) {
		struct cidr c = r->list[i];
		struct addr last = cidr_last(c);

		if (c.base.family < from.family)
			continue;
		if (c.base.family != from.family || c.base.n > from.n)
			return false;
		if (last.n >= to.n)
			return true;
		if (last.n >= from.n)
			from.n = last.n + 1;
	}
	return false;
}

bool reserved_holds(const struct reserved *r, struct addr a)
{
	return covers(r, a, a);
}

bool reserved_covers(const struct reserved *r, struct cidr c)
{
	return covers(r, cidr_first(c), cidr_last(c));
}
