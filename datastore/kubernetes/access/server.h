/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The URL of an API server.
 */
#ifndef DATASTORE_KUBERNETES_ACCESS_SERVER_H
#define DATASTORE_KUBERNETES_ACCESS_SERVER_H

#include "base/err.h"

#define SERVER_MAX 2048	/* bytes */

/*
 * Checks it and takes the slashes off its end.  http and https, a host or an address (of
 * IPv6 in brackets), a port, a path; no user, for it would be told in every message, and no
 * query.  Brackets around another host, as Calico's installer writes them into the plugin's
 * kubeconfig, are taken off.  `name` is the key that says it.  ERR_CONFIG.
 */
int server_read(const char *url, const char *name, char **ret, struct err *e);

#endif
