/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network namespaces of all processes: those of every thread, those that a mount keeps in
 * any of their mount namespaces, those that an open file keeps.
 *
 * Only what is seen whole is told.  That takes root's rights over all processes, and a /proc
 * that shows them.
 */
#ifndef CTL_RECLAIM_PROCESSES_H
#define CTL_RECLAIM_PROCESSES_H

#include "ctl/reclaim/live.h"

/*
 * Adds them.  ERR_DENIED, ERR_IO: what could not be seen, and what to do.  What ends meanwhile
 * is among them or not; to->missed: a mount was there, and could not be reached.
 */
int processes_add(struct live *to, struct err *e);

#endif
