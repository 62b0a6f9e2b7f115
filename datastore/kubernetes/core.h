/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kubernetes' own objects as Calico's records, as Calico's client makes them: of a node its
 * tunnel addresses, and of a pod its WorkloadEndpoint (docs/DATA-MODEL.md 13).
 */
#ifndef DATASTORE_KUBERNETES_CORE_H
#define DATASTORE_KUBERNETES_CORE_H

#include "base/buf.h"
#include "datastore/kubernetes/kind.h"

struct cJSON;

/* A new tree: the record's spec, of what the node's annotations say. */
struct cJSON *core_node_spec(const struct cJSON *node);

/*
 * A node that is asked for by its name.  A new tree: that spec, and as its status the
 * podCIDRs; and the other way round, the annotations of the node as the record's spec has it.
 */
struct cJSON *core_noted_record(const struct cJSON *node);
void core_note(const struct cJSON *record, struct cJSON *node);

/*
 * The key of a pod's WorkloadEndpoint.  "": it has none.  Such are pods of the host's own
 * network, those that no node runs yet, and those that have finished, whose addresses are
 * given back.
 */
void core_pod_key(const struct cJSON *pod, struct buf *out);

/* A new tree: the WorkloadEndpoint of a pod that has one. */
struct cJSON *core_pod_record(const struct cJSON *pod);

/*
 * Of pods, and of KubeVirt's kinds, that are asked for by their names: key, and a new tree
 * with what of their metadata says whose they are.
 */
void core_key_by_name(enum kind kind, const struct cJSON *object, struct buf *out);
struct cJSON *core_record_by_name(const struct cJSON *object);

#endif
