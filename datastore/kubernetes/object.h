/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An object of the Kubernetes API as the record that etcd would hold, and the record as the
 * object (docs/DATA-MODEL.md 13).
 *
 * A record's value is etcd's to the byte where the same was written: fields in Calico's
 * order, then those that nobody here knows.  What an object has beside its record (labels,
 * annotations, finalizers, status, fields that Kubernetes alone has) is its frame, which
 * is kept as it was read and goes with the next write.
 */
#ifndef DATASTORE_KUBERNETES_OBJECT_H
#define DATASTORE_KUBERNETES_OBJECT_H

#include "base/buf.h"
#include "base/err.h"
#include "datastore/kubernetes/kind.h"

#define OBJECT_JSON_MAX (8 << 20)	/* bytes of one object; Kubernetes' limit is 3 MiB */

struct cJSON;

struct object {
	enum kind kind;
	char name[OBJECT_NAME_MAX + 1];
	char uid[OBJECT_UID_MAX + 1];
	uint64_t revision;	/* its resourceVersion */
	bool deleted;		/* marked so: whoever meets it finishes its deletion */
	bool ending;		/* the server deletes it: something holds it yet */
	bool unlabelled;	/* an affinity from before Calico labelled them */
	char *key;		/* of its record; owned */
	struct buf value;
	struct buf frame;	/* JSON */
};

/* -1 with ERR_DECODE: it is no such object.  Takes apart what stays the caller's. */
int object_read(struct object *ret, enum kind kind, enum group group, struct cJSON *tree,
		struct err *e);
void object_done(struct object *o);	/* also for __cleanup */

/*
 * The object that has the record: with the frame of the one that is there, or, where that
 * is NULL, a new one.  ERR_DECODE where the value is no record of that kind.
 */
int object_print(struct buf *out, enum group group, const char *key, const char *value, size_t len,
		 const char *frame, struct err *e);

/* The object as it is, but marked as deleted; value and frame as they were read. */
int object_print_deleted(struct buf *out, enum group group, const char *key, const char *value,
			 size_t len, const char *frame, struct err *e);

#endif
