/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/resource.h"

#include "base/clock.h"
#include "ipam/record/tree.h"

#include <string.h>

#define NAME_MAX_BYTES 253

struct cJSON *record_parse(const struct record *record, struct err *e)
{
	struct cJSON *root = json_parse(record->value, record->value_len, e);

	if (root && json_type(root) != JSON_OBJECT) {
		err_set(e, ERR_CORRUPT, "must be an object, not %s",
			json_type_name(json_type(root)));
		json_free(root);
		return NULL;
	}
	return root;
}

static void make_corrupt(struct err *e)
{
	if (e->kind != ERR_INTERNAL)
		e->kind = ERR_CORRUPT;
}

int record_corrupt(const struct record *record, struct err *e)
{
	make_corrupt(e);
	return err_wrap(e, "failed to parse datastore entry key=%s (mend or delete it)",
			record->key);
}

int resource_corrupt(const struct record *record, struct err *e)
{
	make_corrupt(e);
	return err_wrap(e, "record %s", record->key);
}

void record_print_comma(struct buf *out)
{
	if (out->len && out->data[out->len - 1] != '{')
		buf_putc(out, ',');
}

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

static int show(struct buf *out, const char *text, size_t len, struct err *e)
{
	if (!out)
		return 0;
	buf_reset(out);
	buf_add(out, text, len);
	return out->failed ? err_set(e, ERR_INTERNAL, "out of memory") : 0;
}

int resource_show(const struct resource_terms *terms, const struct record *before,
		  const struct buf *after, struct err *e)
{
	if (show(terms->before, before ? before->value : "", before ? before->value_len : 0, e) < 0)
		return -1;
	return show(terms->after, after ? after->data : "", after ? after->len : 0, e);
}

int resource_check_revision(const struct resource_terms *terms, const struct record *record,
			    const char *kind, const char *name, struct err *e)
{
	if (!terms->revision || terms->revision == record->revision)
		return 0;
	return err_set(e, ERR_CONFLICT, "update conflict: %s(%s): resourceVersion %llu is not the "
		       "stored one, %llu; get it again, or leave resourceVersion out", kind, name,
		       (unsigned long long)terms->revision, (unsigned long long)record->revision);
}

void resource_set_map(struct cJSON *metadata, const char *field, const struct labels *wanted)
{
	struct cJSON *map;

	if (!wanted)
		return;
	map = json_new_object();
	for (size_t i = 0; i < wanted->n; i++)
		json_set_entry(map, wanted->list[i].key, json_new_string(wanted->list[i].value));
	if (json_equal(map, json_field(metadata, field)))
		json_free(map);
	else if (json_count(map))
		json_set(metadata, field, map);
	else {
		json_remove(metadata, field);
		json_free(map);
	}
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

/* What a field of spec is where it is left out, and is not zero. */
static const struct {
	const char *field, *json[2];	/* of which there may be one a family */
} defaults[] = {
	{ "blockSize", { "26", "122" } },
	{ "allowedUses", { "[\"Workload\",\"Tunnel\"]", NULL } },
	{ "nodeSelector", { "\"all()\"", NULL } },
	{ "vxlanMode", { "\"Never\"", NULL } },
	{ "ipipMode", { "\"Never\"", NULL } },
	{ "assignmentMode", { "\"Automatic\"", NULL } },
};

static bool is_zero(const struct cJSON *item)
{
	enum json_type type = json_type(item);
	int64_t n = 1;

	return type == JSON_NULL || (type == JSON_BOOL && !json_true(item)) ||
	       (type == JSON_STRING && !*json_string(item)) ||
	       ((type == JSON_ARRAY || type == JSON_OBJECT) && !json_first(item)) ||
	       (json_i64(item, &n) == 0 && n == 0);
}

static bool is_json(const struct cJSON *item, const char *text)
{
	struct err ignored = {0};
	struct cJSON *tree __cleanup(json_freep) =
		text ? json_parse(text, strlen(text), &ignored) : NULL;

	return tree && json_equal(item, tree);
}

static bool may_be_left_out(const struct cJSON *item)
{
	if (is_zero(item))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(defaults); i++)
		if (strcmp(defaults[i].field, json_name(item)) == 0)
			return is_json(item, defaults[i].json[0]) ||
			       is_json(item, defaults[i].json[1]);
	return false;
}

/* Metadata of a store's own. */
static bool is_stores_own(const char *name)
{
	static const char *const names[] = { "uid", "creationTimestamp", "resourceVersion",
					     "generation", "managedFields" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* True if b has what a has. */
static bool has_all(const struct cJSON *a, const struct cJSON *b)
{
	for (const struct cJSON *i = json_first(a); i; i = json_next(i)) {
		const struct cJSON *other = json_field(b, json_name(i));

		if (other ? !json_equal(i, other) : !may_be_left_out(i))
			return false;
	}
	return true;
}

static struct cJSON *metadata_of(const struct cJSON *resource)
{
	const struct cJSON *metadata = json_field(resource, "metadata");
	struct cJSON *copy = metadata ? json_copy(metadata) : json_new_object();

	for (struct cJSON *i = json_first(copy), *next; i; i = next) {
		next = json_next(i);
		if (is_stores_own(json_name(i)))
			json_free(json_detach(copy, i));
	}
	return copy;
}

static bool trees_are_alike(const struct cJSON *a, const struct cJSON *b)
{
	struct cJSON *of_a __cleanup(json_freep) = metadata_of(a);
	struct cJSON *of_b __cleanup(json_freep) = metadata_of(b);
	const struct cJSON *spec_a = json_field(a, "spec"), *spec_b = json_field(b, "spec");

	return strcmp(json_field_text(a, "kind"), json_field_text(b, "kind")) == 0 &&
	       has_all(of_a, of_b) && has_all(of_b, of_a) && has_all(spec_a, spec_b) &&
	       has_all(spec_b, spec_a);
}

bool resource_is_alike(const struct record *a, const struct record *b)
{
	struct err ignored = {0};
	struct cJSON *left __cleanup(json_freep) = record_parse(a, &ignored);
	struct cJSON *right __cleanup(json_freep) = record_parse(b, &ignored);

	bool alike = left && right && *json_field_text(left, "kind") &&
		     trees_are_alike(left, right);

	return !json_lost() && alike;
}

bool resource_is_made_by(const struct record *record, const char *uid)
{
	return record && record->value && strstr(record->value, uid);
}

const char *resource_metadata(const struct cJSON *resource, const char *field)
{
	return json_field_text(json_field(resource, "metadata"), field);
}

void resource_rename(struct cJSON *resource, const char *name, const char *uid, int64_t now_ns)
{
	struct cJSON *metadata = resource_object(resource, "metadata");
	char now[CLOCK_RFC3339_LEN];

	clock_rfc3339(now_ns, now);
	json_set(metadata, "name", json_new_string(name));
	json_set(metadata, "uid", json_new_string(uid));
	json_set(metadata, "creationTimestamp", json_new_string(now));
	json_remove(metadata, "generation");
	json_remove(metadata, "resourceVersion");
	json_remove(resource, "status");
}

int resource_print(const struct cJSON *resource, struct buf *out, struct err *e)
{
	json_print(resource, out);
	return out->failed ? err_set(e, ERR_INTERNAL, "out of memory while building a record") : 0;
}

struct cJSON *resource_object(struct cJSON *parent, const char *field)
{
	struct cJSON *object = json_field(parent, field);

	if (json_type(object) == JSON_OBJECT)
		return object;
	json_set(parent, field, json_new_object());
	return json_field(parent, field);
}
