/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/kubernetes/metadata.h"

#include "base/json.h"

#include <stdio.h>
#include <string.h>

#define ANNOTATION "projectcalico.org/metadata"
#define LABELS_ANNOTATION "projectcalico.org/labels"	/* of a node */
#define ANNOTATION_MAX (256 << 10)	/* bytes; Kubernetes' limit of all of them */
#define UID_BYTES 16

static void copy(struct cJSON *to, const struct cJSON *from, const char *name)
{
	const struct cJSON *item = json_field(from, name);

	if (item)
		json_set(to, name, json_copy(item));
}

/* The tree that an annotation holds as text; NULL: none. */
static struct cJSON *annotated(const struct cJSON *metadata, const char *name)
{
	const char *text = json_string(json_entry(json_field(metadata, "annotations"), name));
	struct err ignored = {0};

	return text ? json_parse(text, strlen(text), &ignored) : NULL;
}

/* Entries of a map, which win over those that are there. */
static void merge(struct cJSON *record, const char *name, const struct cJSON *map)
{
	struct cJSON *item = json_type(map) == JSON_OBJECT ? json_first(map) : NULL;

	for (; item; item = json_next(item)) {
		if (strcmp(json_name(item), ANNOTATION) == 0)
			continue;
		if (json_type(json_field(record, name)) != JSON_OBJECT)
			json_set(record, name, json_new_object());
		json_set_entry(json_field(record, name), json_name(item), json_copy(item));
	}
}

static unsigned reverse_bits(unsigned byte)
{
	unsigned reversed = 0;

	for (int i = 0; i < 8; i++)
		reversed |= (byte >> i & 1) << (7 - i);
	return reversed;
}

/* Users of Calico see another uid than users of Kubernetes, so that the two are no twins. */
static void reverse_uid(const char *uid, char out[2 * UID_BYTES + 5])
{
	unsigned bytes[UID_BYTES];
	int n = 0, dash[] = { 8, 12, 16, 20 };
	char *p = out;

	out[0] = '\0';
	for (const char *at = uid; *at && n < UID_BYTES; at += *at == '-' ? 1 : 2)
		if (*at != '-' && sscanf(at, "%2x", &bytes[n++]) != 1)
			return;
	if (n < UID_BYTES)
		return;
	for (int i = 0, d = 0; i < UID_BYTES; i++) {
		if (d < 4 && 2 * i == dash[d]) {
			*p++ = '-';
			d++;
		}
		p += snprintf(p, 3, "%02x", i == 6 || i == 8 ? bytes[i] & 0xff
							      : reverse_bits(bytes[i] & 0xff));
	}
}

void metadata_uid(enum group group, const char *uid, char *out)
{
	char reversed[2 * UID_BYTES + 5] = "";

	if (group == GROUP_V1)
		reverse_uid(uid, reversed);
	strcpy(out, *reversed ? reversed : uid);
}

static void set_uid(struct cJSON *record, enum group group, const struct cJSON *metadata)
{
	const char *uid = json_field_text(metadata, "uid");
	char seen[OBJECT_UID_MAX + 1];

	if (!*uid || strlen(uid) > OBJECT_UID_MAX)
		return;
	metadata_uid(group, uid, seen);
	json_set(record, "uid", json_new_string(seen));
}

/* Kubernetes' labels win over Calico's. */
static void set_node_labels(struct cJSON *record, const struct cJSON *metadata)
{
	struct cJSON *own __cleanup(json_freep) = annotated(metadata, LABELS_ANNOTATION);

	merge(record, "labels", own);
	merge(record, "labels", json_field(metadata, "labels"));
}

struct cJSON *metadata_of_record(enum kind kind, enum group group, const struct cJSON *metadata)
{
	struct cJSON *own __cleanup(json_freep) = NULL;
	struct cJSON *record = json_new_object();

	json_set(record, "name", json_new_string(json_field_text(metadata, "name")));
	if (kind_is_core(kind)) {
		copy(record, metadata, "uid");
		copy(record, metadata, "creationTimestamp");
		set_node_labels(record, metadata);
		return record;
	}
	own = group == GROUP_V1 ? annotated(metadata, ANNOTATION) : NULL;
	set_uid(record, group, metadata);
	copy(record, metadata, "creationTimestamp");
	copy(record, metadata, "deletionTimestamp");
	merge(record, "labels", json_field(metadata, "labels"));
	merge(record, "labels", json_field(own, "labels"));
	merge(record, "annotations", json_field(metadata, "annotations"));
	merge(record, "annotations", json_field(own, "annotations"));
	copy(record, metadata, "ownerReferences");
	copy(record, metadata, "finalizers");
	return record;
}

static void annotate(struct cJSON *metadata, const char *text)
{
	if (json_type(json_field(metadata, "annotations")) != JSON_OBJECT)
		json_set(metadata, "annotations", json_new_object());
	json_set_entry(json_field(metadata, "annotations"), ANNOTATION, json_new_string(text));
}

/* What Calico keeps on its objects of v1 too, for others to select by. */
static bool is_calicos(const char *name)
{
	return strstr(name, "projectcalico.org/") || strstr(name, "operator.tigera.io/");
}

static void drop_unwanted(struct cJSON *map, const struct cJSON *wanted)
{
	for (struct cJSON *item = json_first(map), *next; item; item = next) {
		next = json_next(item);
		if (strcmp(json_name(item), ANNOTATION) != 0 &&
		    !json_entry(wanted, json_name(item)))
			json_free(json_detach(map, item));
	}
}

/*
 * In v1 what a map of the object's need not have is not added; and what another wrote there over
 * Calico's copy, which is read in its place, stays while the record is as that copy.
 */
static bool is_to_be_set(enum group group, const struct cJSON *map, const struct cJSON *copied,
			 const struct cJSON *item)
{
	const char *name = json_name(item);

	if (group == GROUP_V3)
		return true;
	if (!json_entry(map, name))
		return is_calicos(name);
	return !json_entry(copied, name) || !json_equal(json_entry(copied, name), item);
}

/*
 * A map of the object's has nothing that the record has not, for it would be read as the
 * record's again.
 */
static void settle(enum group group, const struct cJSON *record, const struct cJSON *copy,
		   const char *name, struct cJSON *metadata)
{
	const struct cJSON *wanted = json_field(record, name);
	struct cJSON *map = json_field(metadata, name), *item;

	if (json_type(map) != JSON_OBJECT) {
		map = json_new_object();
		json_set(metadata, name, map);
	}
	drop_unwanted(map, wanted);
	item = json_type(wanted) == JSON_OBJECT ? json_first(wanted) : NULL;
	for (; item; item = json_next(item))
		if (is_to_be_set(group, map, json_field(copy, name), item))
			json_set_entry(map, json_name(item), json_copy(item));
	if (!json_first(map))
		json_remove(metadata, name);
}

void metadata_put_record(enum group group, const struct cJSON *record, struct cJSON *metadata)
{
	static const char *const not_kept[] = { "name", "namespace", "resourceVersion", "uid" };
	struct buf text __cleanup(buf_done) = BUF(ANNOTATION_MAX);
	struct cJSON *before __cleanup(json_freep) =
		group == GROUP_V1 ? annotated(metadata, ANNOTATION) : NULL;
	struct cJSON *own __cleanup(json_freep) = NULL;

	settle(group, record, before, "labels", metadata);
	settle(group, record, before, "annotations", metadata);
	if (group == GROUP_V3)
		return;
	own = json_copy(record);
	for (size_t i = 0; i < ARRAY_LEN(not_kept); i++)
		json_remove(own, not_kept[i]);
	json_print(own, &text);
	if (text.failed)
		json_lose();
	else
		annotate(metadata, text.data);
}

#define HOSTNAME_HASH "projectcalico.org/hostname-hash"
#define AFFINITY_TYPE "projectcalico.org/affinity-type"
#define IP_VERSION "projectcalico.org/ip-version"

bool metadata_is_labelled(const struct cJSON *metadata)
{
	const struct cJSON *labels = json_field(metadata, "labels");

	return json_entry(labels, HOSTNAME_HASH) && json_entry(labels, AFFINITY_TYPE) &&
	       json_entry(labels, IP_VERSION);
}

void metadata_label(const char *key, struct cJSON *metadata)
{
	struct affinity_key k = {0};
	char hash[HOSTNAME_HASH_LEN];
	struct cJSON *labels;

	if (kind_affinity_key(key, &k) < 0 || !k.cidr)
		return;
	if (kind_hostname_hash(k.node, k.node_len, hash) < 0) {
		json_lose();
		return;
	}
	if (json_type(json_field(metadata, "labels")) != JSON_OBJECT)
		json_set(metadata, "labels", json_new_object());
	labels = json_field(metadata, "labels");
	json_set_entry(labels, AFFINITY_TYPE, json_new_string(k.type));
	json_set_entry(labels, HOSTNAME_HASH, json_new_string(hash));
	json_set_entry(labels, IP_VERSION, json_new_string(strchr(k.cidr, ':') ? "6" : "4"));
}

void metadata_begin(enum group group, struct cJSON *metadata)
{
	if (group == GROUP_V1)
		annotate(metadata, "{\"creationTimestamp\":null}");
}
