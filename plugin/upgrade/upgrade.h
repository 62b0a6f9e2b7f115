/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calico-ipam -upgrade: Calico's init container upgrade-ipam starts it on a node that gave
 * its pods addresses by host-local (docs/DATA-MODEL.md 16).
 *
 * Which server is asked, the environment says; the store is Kubernetes', as Calico's is.
 */
#ifndef PLUGIN_UPGRADE_UPGRADE_H
#define PLUGIN_UPGRADE_UPGRADE_H

/*
 * Takes over what host-local gave, and tries again each second until it has; what is done
 * stays done, whenever it is killed.  Returns the process's exit status: 1 where trying again
 * mends nothing, which is a wrong environment.
 */
int upgrade_run(void);

#endif
