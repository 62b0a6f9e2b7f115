/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As whom the API server is asked: certificate, token, password or exec plugin.
 */
#ifndef DATASTORE_KUBERNETES_ACCESS_IDENTITY_H
#define DATASTORE_KUBERNETES_ACCESS_IDENTITY_H

#include "base/clock.h"
#include "datastore/kubernetes/access/access.h"
#include "datastore/kubernetes/access/kubeconfig.h"

/*
 * Fills certificate, key, authorization and identity, of a user (NULL: none) and of the
 * settings that go over it.  Server and authority are known.
 */
int identity_take(struct access *a, const struct kubeconfig_entry *user,
		  const struct settings *over, struct deadline deadline, struct err *e);

/* Of a service account: its token's file, unless a setting has a token. */
int identity_take_account(struct access *a, const char *token_file, const struct settings *over,
			  struct err *e);

/* What says a setting: its variable, or the key of "policy" or of "kubernetes". */
const char *identity_setting(const struct settings *s, enum setting which);

#endif
