/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/kubernetes/access/in_cluster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool in_cluster_find(const char *folder, struct in_cluster *ret)
{
	const char *host = getenv("KUBERNETES_SERVICE_HOST");
	const char *port = getenv("KUBERNETES_SERVICE_PORT");
	struct in_cluster found = { 0 };
	bool six = host && *host != '[' && strchr(host, ':');

	if (!host || !*host || !port || !*port)
		return false;
	snprintf(found.server, sizeof(found.server), "https://%s%.255s%s:%.8s", six ? "[" : "",
		 host, six ? "]" : "", port);
	snprintf(found.token_file, sizeof(found.token_file), "%.150s/token", folder);
	snprintf(found.ca_file, sizeof(found.ca_file), "%.150s/ca.crt", folder);
	if (access(found.token_file, F_OK) < 0)
		return false;
	if (access(found.ca_file, F_OK) < 0)
		found.ca_file[0] = '\0';
	*ret = found;
	return true;
}
