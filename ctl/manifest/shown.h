/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A resource as it is shown: apiVersion, kind, metadata, spec, status, names in bytewise order,
 * as calicoctl and kubectl write them.
 */
#ifndef CTL_MANIFEST_SHOWN_H
#define CTL_MANIFEST_SHOWN_H

#include "base/buf.h"

struct cJSON;

/* A copy of it in that order, for json_free(). */
struct cJSON *shown_tree(const struct cJSON *resource);

/* Takes what a store made of its metadata: uid, creationTimestamp, resourceVersion, … */
void shown_strip(struct cJSON *resource);

/* Appends the YAML of a resource's JSON, stripped, for comparing; "" stays "". */
void shown_stripped_yaml(const struct buf *json, struct buf *out);

/* A list of kind "IPPoolList" or, for NULL, "List"; takes the items, which are an array. */
struct cJSON *shown_list(const char *kind, struct cJSON *items);

#endif
