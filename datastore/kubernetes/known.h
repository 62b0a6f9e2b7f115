/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of the objects behind records that were read or written: which object it
 * is, and what goes with its next write.  By key; of the last reading or write.
 */
#ifndef DATASTORE_KUBERNETES_KNOWN_H
#define DATASTORE_KUBERNETES_KNOWN_H

#include "datastore/kubernetes/object.h"

/* More is not kept: who writes such a record asks for its object once more. */
#define KNOWN_MAX 512
#define KNOWN_FRAMES_MAX (1 << 20)	/* bytes */

struct known {
	char *key;
	uint64_t revision;
	bool deleted;	/* marked so, and not gone yet: the record is absent */
	bool ending;	/* and that the server knows */
	bool unlabelled;	/* an affinity from before Calico labelled them */
	char name[OBJECT_NAME_MAX + 1];
	char uid[OBJECT_UID_MAX + 1];
	char *frame;	/* or NULL */
};

struct knowns {
	struct known *list;	/* ascending by key */
	size_t n, cap;
	size_t frame_bytes;
	bool failed;	/* sticky: out of memory */
};

void knowns_done(struct knowns *k);
/* Takes what is to be known, and leaves key and value. */
void knowns_put(struct knowns *k, const struct object *o);
void knowns_remove(struct knowns *k, const char *key);
/* Lives until the list is changed. */
const struct known *knowns_find(const struct knowns *k, const char *key);

#endif
