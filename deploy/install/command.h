/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calico-ipamctl, beside the plugin on the node.  Nothing depends on it: what goes wrong is
 * told in the log, and that of another is left alone.
 */
#ifndef DEPLOY_INSTALL_COMMAND_H
#define DEPLOY_INSTALL_COMMAND_H

#include "deploy/install/ready.h"

void command_put(const struct node *n);
void command_remove(const struct node *n);

#endif
