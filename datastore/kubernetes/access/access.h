/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How to reach the API server of a cluster, and as whom: found as Calico's client finds it
 * (docs/DATA-MODEL.md 7.2), which is client-go.
 *
 * First of these that says anything:
 *
 *	kubeconfig_inline		calicoctl's file alone; nothing overrides it
 *	kubeconfig			one file, which must be there, or a list by ":", of
 *					which those that are not there are passed over
 *	$HOME/.kube/config		if it is there and no endpoint is set
 *	the pod's service account	if the kubeconfigs are empty and no endpoint is set
 *
 * Of the kubeconfigs k8s_current_context or the current context is taken, and over it:
 * k8s_api_endpoint (and with it no tls-server-name), k8s_ca_file, k8s_cert_file,
 * k8s_key_file, k8sapitoken, and k8s_insecure_skip_tls_verify, which drops the authority.
 * With k8s_api_endpoint they do without a kubeconfig.  Of a service account's, the token
 * and the authority are replaced.
 *
 * Data beat a file; a tokenFile beats a token, unless it cannot be read or is empty.  An
 * exec plugin is asked only if there is neither token, nor password, nor certificate.
 * Nothing of this is sent to a server without TLS.
 */
#ifndef DATASTORE_KUBERNETES_ACCESS_ACCESS_H
#define DATASTORE_KUBERNETES_ACCESS_ACCESS_H

#include "base/clock.h"
#include "base/err.h"
#include "datastore/settings.h"

#include <stdbool.h>
#include <stddef.h>

#define ACCESS_TOKEN_MAX 65536	/* bytes of a token file */
#define ACCESS_PEM_MAX (1 << 20)	/* bytes of PEM */

/* Where one kind of PEM is: a file, or else the bytes; neither: not given. */
struct access_pem {
	char *file;		/* owned */
	char *text;		/* owned */
	size_t len;
	char name[160];		/* what messages call it; "" if not given */
};

struct access {
	char *server;		/* "https://host:port/path" without a slash at its end */
	char *server_name;	/* whose name the certificate must have; NULL: the host's */
	bool insecure;		/* the certificate is not looked at; never with a CA */
	struct access_pem ca;	/* else the system's */
	struct access_pem certificate, key; /* both or neither */
	char *authorization;	/* the value of the header, or NULL */
	char where[224];	/* for messages: "kubeconfig /x, context y", "in-cluster" */
	char identity[200];	/* and as whom: "tokenFile /x", "exec plugin aws", … */
	bool ahead;		/* what an exec plugin answers is kept (exec.h) */
};

/*
 * Reads files, and runs an exec plugin until the deadline at most.  ERR_CONFIG and
 * ERR_DECODE say where, which key, and what to do; ERR_IO names a file; ERR_UNAVAILABLE and
 * ERR_DEADLINE are an exec plugin's.
 */
int access_find(struct access *ret, const struct settings *settings, struct deadline deadline,
		struct err *e);

/*
 * Runs the exec plugin, if access_find() would, and keeps its answer for it, as long as this
 * process lives.  Errors as there; but where no kubeconfig speaks of an exec plugin, none is.
 */
int access_prepare(const struct settings *settings, struct deadline deadline, struct err *e);

/* Wipes and frees.  Also for __cleanup. */
void access_done(struct access *a);

/* Whether there is PEM of that kind. */
bool access_pem_given(const struct access_pem *pem);

#endif
