/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The metadata of a v3 resource's record, against that of the object it is in: in group v1
 * Calico keeps its own labels and annotations in one annotation of the object's
 * (docs/DATA-MODEL.md 13).
 */
#ifndef DATASTORE_KUBERNETES_METADATA_H
#define DATASTORE_KUBERNETES_METADATA_H

#include "datastore/kubernetes/kind.h"

#include <stdbool.h>

struct cJSON;

/* The uid of Calico's own objects, as Calico's users see it: as long as it was. */
void metadata_uid(enum group group, const char *uid, char *out);

/* A new tree for the record. */
struct cJSON *metadata_of_record(enum kind kind, enum group group, const struct cJSON *metadata);

/* Puts into an object's metadata what the record's says. */
void metadata_put_record(enum group group, const struct cJSON *record, struct cJSON *metadata);

/* Of a new object of the kind that has no metadata in its record. */
void metadata_begin(enum group group, struct cJSON *metadata);

/*
 * The labels of an affinity, by which Calico finds a node's: whether they are there, and
 * beside those that are.
 */
bool metadata_is_labelled(const struct cJSON *metadata);
void metadata_label(const char *key, struct cJSON *metadata);

#endif
