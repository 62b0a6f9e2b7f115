/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A real kube-apiserver with Calico's kinds and an etcd of its own, on free loopback ports, in a
 * folder under /tmp: tests/kubernetes/by_hand.sh, which dies with the test program.  Failing to
 * start it fails the test.
 *
 * The kinds are of the group that KUBE_GROUP names: v1 (crd.projectcalico.org/v1), which it is
 * where nobody says, or v3 (projectcalico.org/v3); by the definitions in KUBE_CRDS, if that is set.
 */
#ifndef TESTS_CONTRACT_FIXTURE_KUBERNETES_H
#define TESTS_CONTRACT_FIXTURE_KUBERNETES_H

#include <stdbool.h>

/* Whether tests/kubernetes/build.sh has built it.  If not it says so, and fails where CI is set. */
bool kubernetes_is_built(void);

void kubernetes_start(void);
void kubernetes_stop(void);

/* Paths of kubeconfigs, while it runs: the plugin's, who may do what Calico's manifests let it,
 * and of who may do everything. */
const char *kubernetes_kubeconfig(void);
const char *kubernetes_admin(void);
/* "https://127.0.0.1:<port>" */
const char *kubernetes_url(void);

/* What its etcd holds is kept, and comes back as from a backup; servers are the same then. */
void kubernetes_keep(void);
void kubernetes_come_back(void);

/* Takes away all objects of Calico's kinds, and all nodes. */
void kubernetes_empty(void);
/* A node without labels of its own. */
void kubernetes_make_node(const char *name);

#endif
