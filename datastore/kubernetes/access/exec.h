/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Credentials from an exec plugin: client.authentication.k8s.io/v1 or v1beta1.
 *
 * It is told of itself by KUBERNETES_EXEC_INFO, with the cluster if it wants to know, and
 * never that it may ask somebody: interactiveMode Always is an error.  It answers with an
 * ExecCredential of the same version on its standard output.
 */
#ifndef DATASTORE_KUBERNETES_ACCESS_EXEC_H
#define DATASTORE_KUBERNETES_ACCESS_EXEC_H

#include "base/clock.h"
#include "datastore/kubernetes/access/access.h"
#include "datastore/kubernetes/access/kubeconfig.h"

#define EXEC_TIME_MS 30000	/* after which it is killed */
#define EXEC_ANSWER_MAX (1 << 18)	/* bytes of its answer */

struct exec_answer {
	char *token, *certificate, *key; /* owned; NULL: none.  Both of the pair, or neither */
};

/*
 * Asks the plugin of this user for the server, CA and name of `cluster`.  ERR_CONFIG,
 * ERR_UNAVAILABLE with what it says on its standard error, ERR_DEADLINE,
 * ERR_DECODE; with the name of its command, and nothing of its answer.
 */
int exec_ask(const struct kubeconfig_entry *user, const struct access *cluster,
	     struct deadline deadline, struct exec_answer *ret, struct err *e);

/*
 * What it answered is kept: exec_ask() has it for the same user and server from then on, without
 * the plugin, as long as this process lives.  For a process that lives as long as one request.
 */
void exec_keep(const struct kubeconfig_entry *user, const struct access *cluster,
	       const struct exec_answer *answer);

/* Wipes and frees.  Also for __cleanup. */
void exec_answer_done(struct exec_answer *answer);

#endif
