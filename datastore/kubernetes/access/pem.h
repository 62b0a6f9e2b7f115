/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates and keys, as a kubeconfig or a setting names them.
 */
#ifndef DATASTORE_KUBERNETES_ACCESS_PEM_H
#define DATASTORE_KUBERNETES_ACCESS_PEM_H

#include "datastore/kubernetes/access/access.h"
#include "datastore/kubernetes/access/kubeconfig.h"

/*
 * From the entry's data, which is base64 of PEM, or else its file; neither: pem stays as
 * it is.  ERR_CONFIG names key and kubeconfig, and shows nothing of the data.
 */
int pem_take(struct access_pem *pem, const struct kubeconfig_entry *entry,
	     enum kubeconfig_field file, enum kubeconfig_field data, struct err *e);

/* A file that `name` names, instead of what was there. */
int pem_take_file(struct access_pem *pem, const char *path, const char *name, struct err *e);

/* A text, whose owner is pem from then on. */
void pem_take_text(struct access_pem *pem, char *text, const char *name);

/* Wipes and frees. */
void pem_done(struct access_pem *pem);

#endif
