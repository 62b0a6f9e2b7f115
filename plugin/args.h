/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CNI_ARGS: "K=V;K=V…" (docs/DATA-MODEL.md 7.4).
 *
 * A piece without exactly one '=' is an error, an empty one too.  Known keys are IP,
 * K8S_POD_NAME, K8S_POD_NAMESPACE, K8S_POD_INFRA_CONTAINER_ID and IgnoreUnknown
 * (1, true, 0, false); keys are compared exactly, the last of one kind wins.  Any
 * other is an error unless IgnoreUnknown is on.
 *
 * On ADD, Calico reads the text a second time knowing only IP and IgnoreUnknown, so
 * there the K8S_ keys need IgnoreUnknown too.
 */
#ifndef PLUGIN_ARGS_H
#define PLUGIN_ARGS_H

#include "base/err.h"
#include "ipam/ipam.h"

#define ARGS_TEXT_MAX 131072	/* bytes of CNI_ARGS: what Linux passes in one variable */

struct cni_args {
	char *text;	/* owned: what the pointers point into */
	const char *pod, *namespace_name;	/* "" when not given */
	struct addr exact[N_FAMILIES];	/* IP=: FAMILY_NONE when not given */
	bool ignore_unknown;
};

/* ERR_ENVIRONMENT names the piece.  `add`: by ADD's rule. */
int cni_args_read(const char *text, bool add, struct cni_args *ret, struct err *e);
/*
 * The pod's names alone, out of a text that cni_args_read() refuses: DEL needs no more of it.
 * A name whose own pair is malformed is "".
 */
int cni_args_find_names(const char *text, struct cni_args *ret, struct err *e);
void cni_args_done(struct cni_args *args); /* also for __cleanup */

/*
 * One exact address more, with or without a prefix length, which is not looked at.
 * `where` names its source.  Malformed, or the second of its family: an error of the kind.
 */
int exact_add(struct addr exact[N_FAMILIES], const char *text, const char *where,
	      enum err_kind kind, struct err *e);

#endif
