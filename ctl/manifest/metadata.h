/* SPDX-License-Identifier: Apache-2.0 */
/* What a manifest says beside its spec, and what a request to write it needs. */
#ifndef CTL_MANIFEST_METADATA_H
#define CTL_MANIFEST_METADATA_H

#include "ctl/manifest/kind.h"
#include "ipam/record/resource.h"
#include "ipam/record/selector.h"

/* Labels and annotations; what a manifest does not name stays as it is. */
struct metadata {
	struct labels labels, annotations;	/* owned; their texts are the manifest's */
	const struct labels *labels_if_any, *annotations_if_any;	/* NULL: not named */
};

/* ERR_CONFIG names the field.  m->tree outlives it; the struct must not move. */
int metadata_read(const struct manifest *m, struct metadata *ret, struct err *e);
void metadata_done(struct metadata *m);	/* also for __cleanup */

struct resource_terms manifest_terms(struct writing *w);

#endif
