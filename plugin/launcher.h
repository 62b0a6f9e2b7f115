/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pods that run a virtual machine of KubeVirt's (docs/DATA-MODEL.md 14): whose addresses they
 * have, and what their DEL gives back.
 */
#ifndef PLUGIN_LAUNCHER_H
#define PLUGIN_LAUNCHER_H

#include "plugin/crowd/turn.h"
#include "plugin/identity.h"

/*
 * An ADD or DEL, as turn_carry_out() does it; but that of a machine which keeps its addresses
 * is carried out by itself, in no crowd, and no note takes anything from it.
 *
 * A DEL gives back what the container itself holds, of an older Calico's or from before
 * addresses were kept; of a machine's only that the pod is no owner any more, until the machine
 * ends.  Of a pod that is gone only the former is known.
 */
int launcher_carry_out(const struct turn *turn, struct identity *id, struct crowd_member *mine,
		       struct err *e);

/*
 * Where the store is Kubernetes' API, and the pod runs a virtual machine that keeps its
 * addresses, they are asked for and given back in the machine's name: id->owner.vm.
 *
 * For ADD and CHECK ERR_NOT_FOUND: the pod, or what controls it, is not there; ERR_CONFIG: it
 * is what a machine moves to, and the configuration keeps no addresses.  ERR_DENIED: its machine
 * may not be read, and what it keeps is at stake (ipam/vm/vm.h); else that is logged.
 */
int launcher_find(struct datastore *ds, enum command command, struct identity *id, struct err *e);

#endif
