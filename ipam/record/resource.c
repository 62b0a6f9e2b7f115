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
