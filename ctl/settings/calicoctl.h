/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration file of calicoctl, for those who have one: a CalicoAPIConfig of
 * projectcalico.org/v3, in YAML or JSON.
 */
#ifndef CTL_SETTINGS_CALICOCTL_H
#define CTL_SETTINGS_CALICOCTL_H

#include "datastore/settings.h"

#include <stddef.h>

#define CALICOCTL_FILE "/etc/calico/calicoctl.cfg"	/* where calicoctl looks for it */
#define CALICOCTL_VALUES_MAX 2000	/* names, values, maps and lists in it */

/* Whether a text is such a file rather than a network configuration, which is JSON. */
bool calicoctl_is_config(const char *text);

/*
 * Takes what its spec says of etcd and of Kubernetes, as strong as the keys of a
 * configuration.  A name of spec that begins with "etcd", "datastore", "k8s", "kube" or
 * "calico" must be known; the others are passed over, as are k8sClientQPS and
 * k8sDisableNodePoll.  Without datastoreType it is etcdv3 if there are etcdEndpoints, else
 * kubernetes, as calicoctl has it.  `file` is its name, for errors: ERR_CONFIG, ERR_DECODE
 * and ERR_LIMIT, which name the line where there is one.
 */
int calicoctl_take(struct settings *s, const char *text, size_t len, const char *file,
		   struct err *e);

#endif
