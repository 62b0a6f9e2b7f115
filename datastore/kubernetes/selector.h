/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of a list is meant, where that is not all of its kind: a part of the query, which is
 * nothing where it is all.
 */
#ifndef DATASTORE_KUBERNETES_SELECTOR_H
#define DATASTORE_KUBERNETES_SELECTOR_H

#include "base/buf.h"
#include "base/err.h"
#include "datastore/kubernetes/kind.h"

#define SELECTOR_MAX 1024	/* bytes */

/* The affinities of a node, by their labels; and those of any node that have no labels yet. */
int selector_of_affinities(const struct affinity_key *k, struct buf *out, struct err *e);
#define SELECTOR_UNLABELLED "&labelSelector=%21projectcalico.org%2Fhostname-hash"

/* The pods that run on the node; NULL: all.  Of a name that no node can have, all too. */
int selector_of_pods(const char *node, struct buf *out, struct err *e);

#endif
