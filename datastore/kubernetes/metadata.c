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

/* The entries of two maps side by side, in the order of their keys. */
struct pairs {
	struct json_names of[2];
	size_t at[2];
};

static void pairs_done(struct pairs *p)
{
	json_names_done(&p->of[0]);
	json_names_done(&p->of[1]);
}

/* What is no map has no entries. */
static void pairs_begin(struct pairs *p, const struct cJSON *one, const struct cJSON *other)
{
	const struct cJSON *const maps[] = { one, other };

	for (int i = 0; i < 2; i++)
		if (json_type(maps[i]) == JSON_OBJECT && json_entries_of(maps[i], &p->of[i]) < 0)
			json_lose();
}

static const struct cJSON *peek(const struct pairs *p, int i)
{
	return p->at[i] < p->of[i].n ? p->of[i].list[p->at[i]].item : NULL;
}

/* Of the next key, one or both; false: that was all. */
static bool pairs_next(struct pairs *p, const struct cJSON *ret[2])
{
	const struct cJSON *one = peek(p, 0), *other = peek(p, 1);
	int order = !one ? 1 : !other ? -1 : strcmp(json_name(one), json_name(other));

	ret[0] = one && order <= 0 ? one : NULL;
	ret[1] = other && order >= 0 ? other : NULL;
	p->at[0] += ret[0] != NULL;
	p->at[1] += ret[1] != NULL;
	return ret[0] || ret[1];
}

static void add_copy(struct cJSON *map, const struct cJSON *item)
{
	json_add_entry(map, json_name(item), json_copy(item));
}

/* An empty map is none. */
static void set_map(struct cJSON *object, const char *name, struct cJSON *map)
{
	if (json_first(map)) {
		json_set(object, name, map);
		return;
	}
	json_free(map);
	json_remove(object, name);
}

/* Entries of a map, which win over those that are there. */
static void merge(struct cJSON *record, const char *name, const struct cJSON *map)
{
	struct pairs pairs __cleanup(pairs_done) = { 0 };
	struct cJSON *merged = json_new_object();
	const struct cJSON *pair[2];

	pairs_begin(&pairs, json_field(record, name), map);
	while (pairs_next(&pairs, pair)) {
		const struct cJSON *item = pair[1] ? pair[1] : pair[0];

		if (strcmp(json_name(item), ANNOTATION) != 0)
			add_copy(merged, item);
	}
	set_map(record, name, merged);
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
		if (*at != '-' && (strspn(at, "0123456789abcdefABCDEF") < 2 ||
				   sscanf(at, "%2x", &bytes[n++]) != 1))
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

/*
 * In v1 what a map of the object's need not have is not added; and what another wrote there over
 * Calico's copy, which is read in its place, stays while the record is as that copy.
 */
static bool is_to_be_set(enum group group, const struct cJSON *there, const struct cJSON *copied,
			 const struct cJSON *wanted)
{
	if (group == GROUP_V3)
		return true;
	if (!there)
		return is_calicos(json_name(wanted));
	return !copied || !json_equal(copied, wanted);
}

/*
 * A map of the object's has nothing that the record has not, for it would be read as the
 * record's again.
 */
static void settle(enum group group, const struct cJSON *record, const struct cJSON *copy,
		   const char *name, struct cJSON *metadata)
{
	struct json_names copied __cleanup(json_names_done) = { 0 };
	struct pairs pairs __cleanup(pairs_done) = { 0 };
	struct cJSON *settled = json_new_object();
	const struct cJSON *pair[2];

	pairs_begin(&pairs, json_field(metadata, name), json_field(record, name));
	if (json_entries_of(json_field(copy, name), &copied) < 0)
		json_lose();
	while (pairs_next(&pairs, pair)) {
		const struct cJSON *there = pair[0], *wanted = pair[1];

		if (wanted && is_to_be_set(group, there,
					   json_names_entry(&copied, json_name(wanted)), wanted))
			add_copy(settled, wanted);
		else if (there && (wanted || strcmp(json_name(there), ANNOTATION) == 0))
			add_copy(settled, there);
	}
	set_map(metadata, name, settled);
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
