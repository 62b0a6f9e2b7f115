/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in an object's spec, against what etcd's record has, for the kinds that differ.
 * Both ways what is not named moves as it is.
 */
#ifndef DATASTORE_KUBERNETES_SPEC_H
#define DATASTORE_KUBERNETES_SPEC_H

#include "datastore/kubernetes/kind.h"

struct cJSON;

/* True for blocks, affinities, handles and the configuration: no metadata in their records. */
bool spec_is_record(enum kind kind);

/*
 * Moves a record out of a spec into an empty object; what only Kubernetes has stays in the
 * spec.  ret_deleted: it is marked so.
 */
void spec_take_record(enum kind kind, struct cJSON *spec, struct cJSON *record, bool *ret_deleted);

/*
 * Moves a record into a spec that has what spec_take_record() has left, or is empty.
 * -1: the key has another shape, or no memory.
 */
int spec_put_record(enum kind kind, enum group group, const char *key, struct cJSON *record,
		    struct cJSON *spec, bool deleted);

/* The key of a spec's record, "" if it has none of its kind. */
void spec_key(enum kind kind, const struct cJSON *spec, struct buf *out);

#endif
