/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Affinities from before Calico labelled them, which its own lists of a node do not find
 * (docs/DATA-MODEL.md 13): they are given their labels, as its UpgradeHost does.
 */
#ifndef DATASTORE_KUBERNETES_LABELLING_H
#define DATASTORE_KUBERNETES_LABELLING_H

#include "datastore/kubernetes/api.h"
#include "datastore/kubernetes/known.h"

#define LABELLING_MS 2000	/* that a commit waits for it at most */

/*
 * Labels those that the view holds as they are known, all at once, and brings both up to it.
 * Nothing depends on it: what fails is left for the next who reads them, and so is all where
 * the request has no more time left than LABELLING_MS.
 */
void labelling_run(struct api *api, struct knowns *knowns, struct view *view);

#endif
