/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a pod has of its own: the service account that is mounted into it.
 */
#ifndef DATASTORE_KUBERNETES_ACCESS_IN_CLUSTER_H
#define DATASTORE_KUBERNETES_ACCESS_IN_CLUSTER_H

#include "base/err.h"

#include <stdbool.h>

#define IN_CLUSTER_FOLDER "/var/run/secrets/kubernetes.io/serviceaccount"

struct in_cluster {
	char server[300];	/* by KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT */
	char token_file[200];
	char ca_file[200];	/* "": not there, so the system's authorities */
};

/* False outside of a pod: there is no such variable, or no token in the folder. */
bool in_cluster_find(const char *folder, struct in_cluster *ret);

#endif
