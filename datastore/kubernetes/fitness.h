/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether an API server has Calico's kinds, and lets whoever asks do what the plugin does
 * (SelfSubjectAccessReview); what Calico's own CNI role has beside that is told apart.
 */
#ifndef DATASTORE_KUBERNETES_FITNESS_H
#define DATASTORE_KUBERNETES_FITNESS_H

#include "datastore/fitness.h"
#include "datastore/kubernetes/group.h"

/* As datastore_tell_fitness(). */
int kubernetes_tell_fitness_of(struct api *api, struct group_choice *choice,
			       const struct fitness_teller *teller, struct err *e);

#endif
