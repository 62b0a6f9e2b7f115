/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps our executables on a node: puts them there once they would serve its pods, puts
 * them back when somebody writes over them, and gives the name back when it is told to end.
 */
#ifndef DEPLOY_INSTALL_KEEP_H
#define DEPLOY_INSTALL_KEEP_H

#include "deploy/install/ready.h"

/*
 * Until SIGTERM or SIGINT; the caller has started nothing that needs these.  The plugin of
 * another is replaced only after ready_is() of ours, once in this process: from then on
 * what is written over it is answered at once.  What goes wrong meanwhile is told in the log
 * and tried again.  -1: the folder cannot be watched or is gone, or the name
 * could not be given back.
 */
int keep_run(const struct node *n, struct err *e);

#endif
