/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records as JSON: how those who read them begin and fail; and the envelope of Calico's v3
 * resources (docs/DATA-MODEL.md 5): kind, apiVersion, metadata with uid and
 * creationTimestamp.  Trees stay within the room.
 */
#ifndef IPAM_RECORD_RESOURCE_H
#define IPAM_RECORD_RESOURCE_H

#include "base/json.h"
#include "datastore/view.h"

/* The record's object, owned by the caller; NULL: ERR_DECODE or ERR_CORRUPT says why not. */
struct cJSON *record_parse(const struct record *record, struct err *e);
/* A comma, unless an object has only just begun; also into a buffer that has failed. */
void record_print_comma(struct buf *out);
/* -1, with what e says wrapped in the key; ERR_CORRUPT, unless memory ended. */
int record_corrupt(const struct record *record, struct err *e);
/* The same for resources, which an administrator manages by name. */
int resource_corrupt(const struct record *record, struct err *e);

#define UUID_TEXT 37	/* bytes, NUL included */

/*
 * A new resource {"kind","apiVersion":"projectcalico.org/v3","metadata":{"name",
 * "uid","creationTimestamp"},"spec":{}}.  Owned by the caller; NULL: out of memory.
 */
struct cJSON *resource_new(const char *kind, const char *name, const char *uid, int64_t now_ns);
/*
 * Names of resources are lower-case DNS subdomains of at most 253 bytes.  ERR_CONFIG
 * names the kind ("pool") and the rule.
 */
int resource_check_name(const char *kind, const char *name, struct err *e);
/* True if the record (NULL: it is not there) is the one that was made with this fresh uid. */
bool resource_is_made_by(const struct record *record, const char *uid);
const char *resource_name(const struct cJSON *resource);	/* "" if it has none */
/* metadata.labels, or NULL. */
const struct cJSON *resource_labels(const struct cJSON *resource);
/* metadata.annotations["key"] if it is a string, or NULL. */
const char *resource_annotation(const struct cJSON *resource, const char *key);

/* The same resource under another name, as if made now. */
void resource_rename(struct cJSON *resource, const char *name, const char *uid, int64_t now_ns);
/* Appends its text; ERR_INTERNAL if memory ended while it was built. */
int resource_print(const struct cJSON *resource, struct buf *out, struct err *e);
/* The object that is a field of a resource or of its metadata; made where there is none. */
struct cJSON *resource_object(struct cJSON *parent, const char *field);

#endif
