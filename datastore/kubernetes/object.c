/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/kubernetes/object.h"

#include "base/fnv.h"
#include "base/json.h"
#include "datastore/kubernetes/core.h"
#include "datastore/kubernetes/metadata.h"
#include "datastore/kubernetes/spec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void object_done(struct object *o)
{
	free(o->key);
	buf_done(&o->value);
	buf_done(&o->frame);
	*o = (struct object){ .value = BUF(0), .frame = BUF(0) };
}

static int not_object(struct err *e, enum kind kind, const char *name, const char *what)
{
	return err_set(e, ERR_DECODE, "%s %.100s: %s", kind_name(kind, GROUP_V1), name, what);
}

/* Digits; anything else is told apart from other writes too, but comes from no etcd. */
static uint64_t read_revision(const char *text)
{
	size_t len = strlen(text);
	uint64_t n = 0;

	if (len < 20 && strspn(text, "0123456789") == len)
		n = strtoull(text, NULL, 10);
	return n ? n : fnv1a(text, len) | 1;
}

static int read_identity(struct object *o, const struct cJSON *metadata, struct err *e)
{
	const char *name = json_field_text(metadata, "name"),
		   *uid = json_field_text(metadata, "uid"),
		   *revision = json_field_text(metadata, "resourceVersion");

	if (!*name || strlen(name) > OBJECT_NAME_MAX)
		return not_object(e, o->kind, "", "an object without a name");
	if ((o->kind == KIND_CONFIG || o->kind == KIND_CLUSTER) && strcmp(name, "default") != 0)
		return not_object(e, o->kind, name, "only the one named default counts");
	if (!*revision)
		return not_object(e, o->kind, name, "it has no resourceVersion");
	if (strlen(uid) > OBJECT_UID_MAX)
		return not_object(e, o->kind, name, "its uid is too long");
	strcpy(o->name, name);
	strcpy(o->uid, uid);
	o->revision = read_revision(revision);
	return 0;
}

static void print_key(struct object *o, const struct cJSON *tree, struct buf *key)
{
	if (spec_is_record(o->kind))
		spec_key(o->kind, json_field(tree, "spec"), key);
	else if (o->kind == KIND_POD)
		core_pod_key(tree, key);
	else if (kind_is_by_name(o->kind))
		core_key_by_name(o->kind, tree, key);
	else
		kind_key(o->kind, o->name, key);
}

/* Calico's resource, as etcd has it. */
static struct cJSON *resource(const struct object *o, enum group group, struct cJSON *tree)
{
	struct cJSON *record = json_new_object(), *spec = json_field(tree, "spec"),
		     *status = json_field(tree, "status");

	json_set(record, "kind", json_new_string(kind_name(o->kind, group)));
	json_set(record, "apiVersion", json_new_string("projectcalico.org/v3"));
	json_set(record, "metadata",
		 metadata_of_record(o->kind, group, json_field(tree, "metadata")));
	if (kind_is_core(o->kind))
		json_set(record, "spec", o->kind == KIND_NODE ? core_node_spec(tree)
							      : json_new_object());
	else if (spec)
		json_set(record, "spec", json_detach(tree, spec));
	if (status && !kind_is_core(o->kind))
		json_set(record, "status", json_copy(status));
	if (o->kind == KIND_NODE)
		json_set(record, "status", json_new_object());
	return record;
}

static struct cJSON *take_record(struct object *o, enum group group, struct cJSON *tree)
{
	struct cJSON *record;

	if (o->kind == KIND_POD)
		return core_pod_record(tree);
	if (o->kind == KIND_NODE_BY_NAME)
		return core_noted_record(tree);
	if (kind_is_by_name(o->kind))
		return core_record_by_name(tree);
	if (!spec_is_record(o->kind))
		return resource(o, group, tree);
	record = json_new_object();
	spec_take_record(o->kind, json_field(tree, "spec"), record, &o->deleted);
	return record;
}

/* The server keeps who manages which field, where it is not told otherwise. */
static void print_frame(struct object *o, struct cJSON *tree)
{
	if (kind_is_core(o->kind) && o->kind != KIND_NODE_BY_NAME)
		return;
	json_remove(json_field(tree, "metadata"), "managedFields");
	json_print(tree, &o->frame);
}

static bool keep_key(struct object *o, const struct buf *key)
{
	o->key = key->failed ? NULL : strdup(key->data);
	return o->key;
}

int object_read(struct object *ret, enum kind kind, enum group group, struct cJSON *tree,
		struct err *e)
{
	struct object o __cleanup(object_done) = { .kind = kind, .value = BUF(OBJECT_JSON_MAX),
						   .frame = BUF(OBJECT_JSON_MAX) };
	struct buf key __cleanup(buf_done) = BUF(VIEW_KEY_MAX);
	struct cJSON *record __cleanup(json_freep) = NULL;
	const struct cJSON *spec = json_field(tree, "spec");

	if (read_identity(&o, json_field(tree, "metadata"), e) < 0)
		return -1;
	if (spec_is_record(kind) && json_type(spec) != JSON_OBJECT)
		return not_object(e, kind, o.name, "it has no spec");
	print_key(&o, tree, &key);
	if (!key.len || key.full)
		return not_object(e, kind, o.name, "its spec does not say what it is of");
	o.ending = json_field(json_field(tree, "metadata"), "deletionTimestamp");
	o.unlabelled = kind == KIND_AFFINITY &&
		       !metadata_is_labelled(json_field(tree, "metadata"));
	record = take_record(&o, group, tree);
	json_print(record, &o.value);
	print_frame(&o, tree);
	if (!keep_key(&o, &key) || json_lost() || o.value.failed || o.frame.failed)
		return err_set(e, ERR_INTERNAL, "out of memory for an object");
	*ret = o;
	o = (struct object){ .value = BUF(0), .frame = BUF(0) };
	return 0;
}

/* A new object's, or the one's that is there. */
static struct cJSON *begin(enum group group, const struct object_id *id, const char *frame,
			   struct err *e)
{
	struct cJSON *object, *metadata;

	if (frame)
		return json_parse(frame, strlen(frame), e);
	object = json_new_object();
	metadata = json_new_object();
	json_set(object, "apiVersion", json_new_string(kind_api_version(id->kind, group)));
	json_set(object, "kind", json_new_string(kind_name(id->kind, group)));
	json_set(object, "metadata", metadata);
	json_set(metadata, "name", json_new_string(id->name));
	if (spec_is_record(id->kind))
		metadata_begin(group, metadata);
	json_set(object, "spec", json_new_object());
	return object;
}

static int put_record(enum group group, const struct object_id *id, const char *key,
		      struct cJSON *record, struct cJSON *object, bool deleted)
{
	struct cJSON *spec = json_field(record, "spec");

	if (id->kind == KIND_AFFINITY)
		metadata_label(key, json_field(object, "metadata"));
	if (spec_is_record(id->kind))
		return spec_put_record(id->kind, group, key, record, json_field(object, "spec"),
				       deleted);
	if (id->kind == KIND_NODE_BY_NAME) {
		core_note(record, object);
		return 0;
	}
	metadata_put_record(group, json_field(record, "metadata"), json_field(object, "metadata"));
	if (spec)
		json_set(object, "spec", json_detach(record, spec));
	return 0;
}

static int print(struct buf *out, enum group group, const char *key, struct cJSON *record,
		 const char *frame, bool deleted, struct err *e)
{
	struct cJSON *object __cleanup(json_freep) = NULL;
	struct object_id id;

	if (kind_of_key(key, &id) < 0)
		return err_set(e, ERR_UNSUPPORTED, "%.100s: Kubernetes has no object for it", key);
	if (kind_is_core(id.kind) && !(id.kind == KIND_NODE_BY_NAME && frame))
		return err_set(e, ERR_UNSUPPORTED, "%s %.100s is Kubernetes' own: change it there "
			       "(kubectl label)", kind_name(id.kind, group), id.name);
	object = begin(group, &id, frame, e);
	if (!object)
		return frame ? -1 : err_set(e, ERR_INTERNAL, "out of memory");
	if (put_record(group, &id, key, record, object, deleted) < 0)
		return err_set(e, ERR_DECODE, "%.100s: Kubernetes has no object for it", key);
	json_print(object, out);
	if (json_lost() || out->failed)
		return err_set(e, ERR_INTERNAL, "out of memory for an object");
	return 0;
}

static int print_as(struct buf *out, enum group group, const char *key, const char *value,
		    size_t len, const char *frame, bool deleted, struct err *e)
{
	struct cJSON *record __cleanup(json_freep) = json_parse(value, len, e);

	if (!record)
		return -1;
	if (json_type(record) != JSON_OBJECT)
		return err_set(e, ERR_DECODE, "%.100s: its value is no object", key);
	return print(out, group, key, record, frame, deleted, e);
}

int object_print(struct buf *out, enum group group, const char *key, const char *value, size_t len,
		 const char *frame, struct err *e)
{
	return print_as(out, group, key, value, len, frame, false, e);
}

int object_print_deleted(struct buf *out, enum group group, const char *key, const char *value,
			 size_t len, const char *frame, struct err *e)
{
	return print_as(out, group, key, value, len, frame, true, e);
}
