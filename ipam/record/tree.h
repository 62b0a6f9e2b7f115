/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the files of this room alone: records as JSON trees, and how those who read them
 * begin and fail; the envelope of Calico's v3 resources (docs/DATA-MODEL.md 5): kind,
 * apiVersion, metadata with uid and creationTimestamp.
 *
 * A struct of a record owns the tree that it was read from as `kept`, which is never
 * changed: its texts are in it, and so is what this project does not know.  What is to be
 * written is a copy.
 */
#ifndef IPAM_RECORD_TREE_H
#define IPAM_RECORD_TREE_H

#include "base/json_walk.h"
#include "datastore/view.h"

struct attribute;
struct labels;

/* The record's object, owned by the caller; NULL: ERR_DECODE or ERR_CORRUPT says why not. */
struct cJSON *record_parse(const struct record *record, struct err *e);
/* A comma, unless an object has only just begun; also into a buffer that has failed. */
void record_print_comma(struct buf *out);
/* -1, with what e says wrapped in the key; ERR_CORRUPT, unless memory ended. */
int record_corrupt(const struct record *record, struct err *e);
/* The same for resources, which an administrator manages by name. */
int resource_corrupt(const struct record *record, struct err *e);

/*
 * A new resource {"kind","apiVersion":"projectcalico.org/v3","metadata":{"name",
 * "uid","creationTimestamp"},"spec":{}}.  Owned by the caller; NULL: out of memory.
 */
struct cJSON *resource_new(const char *kind, const char *name, const char *uid, int64_t now_ns);
/* A text of metadata; "" if there is none. */
const char *resource_metadata(const struct cJSON *resource, const char *field);
/* The same resource under another name, as if made now. */
void resource_rename(struct cJSON *resource, const char *name, const char *uid, int64_t now_ns);
/* Appends its text; ERR_INTERNAL if memory ended while it was built. */
int resource_print(const struct cJSON *resource, struct buf *out, struct err *e);
/* The object that is a field of a resource or of its metadata; made where there is none. */
struct cJSON *resource_object(struct cJSON *parent, const char *field);
/* Labels or annotations of metadata: these and no others; NULL: they stay as they are. */
void resource_set_map(struct cJSON *metadata, const char *field, const struct labels *wanted);

/*
 * An attribute of a block, which then owns the item; on failure it is freed.  ERR_CORRUPT
 * names the field: handle_id and releasedAt are texts, secondary an object of texts,
 * alternateOwnerAttrs an object; each may be null or absent.  No text of the first three is
 * longer than ATTRIBUTE_TEXT_MAX.
 */
int attribute_read(struct cJSON *item, struct attribute *ret, struct err *e);
/* The same of the value at hand.  One that is written as attribute_print() does needs no tree. */
int attribute_walk(struct json_walk *w, struct attribute *ret, struct err *e);

#endif
