/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the dnsmasqs of a network are ended: they are asked to, and killed where they have not
 * ended within SERVED_END_MS.  The loop goes on meanwhile.
 */
#ifndef OPENSTACK_AGENT_ENDING_H
#define OPENSTACK_AGENT_ENDING_H

#include "openstack/agent/served.h"

/* Asks the one that is held; served_become() goes on with it. */
void ending_begin(struct served_network *n);

/* It has ended, as it was asked to. */
void ending_note(struct served *s, struct served_network *n);

/*
 * Asks all of the network, also one that an agent had just started as it was killed, and that
 * was not held since.  1: none of them is left; 0: not yet, and the network is late; -1: one
 * does not end, though it was killed.
 */
int ending_go_on(struct served *s, struct served_network *n, const char *confs, struct err *e);

#endif
