/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the agent is told by signals: that it is to end, that it is to begin anew.  They are
 * heard in its loop, but for the time that it spends waiting for the store.
 *
 * As the first process of a container it has the dnsmasqs for its children once they are in
 * the background: those that have ended are reaped.
 */
#ifndef OPENSTACK_AGENT_SIGNALS_H
#define OPENSTACK_AGENT_SIGNALS_H

#include "base/err.h"

#include <stdbool.h>

enum heard { HEARD_NOTHING, HEARD_END, HEARD_ANEW };

/* A file descriptor, owned by the caller, that is readable when there is something to hear. */
int signals_open(struct err *e);

/* Without waiting. */
enum heard signals_hear(int fd);

/*
 * While a caller waits who has nothing else in hand, that it is to end ends the process, with
 * status 0.
 */
void signals_end_at_once(bool yes);

#endif
