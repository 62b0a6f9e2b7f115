/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where this node's allocations are made: the PID and the mount namespace of whoever makes
 * them.  From elsewhere other processes and other mounts are seen, so that a network
 * namespace that cannot be found there need not be gone.
 *
 * The folder `places` in run_path has an empty file for each place, named by the boot and the
 * two namespaces.  It is root's alone: what another could have written tells nothing.
 */
#ifndef BASE_MACHINE_PLACE_H
#define BASE_MACHINE_PLACE_H

#include "base/err.h"

/* boot: of machine.h.  Notes this place, if it is not noted yet.  ERR_IO: it cannot be. */
int place_note(const char *run_path, const char *boot, struct err *e);

enum place {
	PLACE_NOT_NOTED, /* nothing is known of this boot */
	PLACE_HERE, /* this is the only one */
	PLACE_ELSEWHERE, /* there are others */
};

/* ERR_IO: the folder is another's, or cannot be read. */
int place_find(const char *run_path, const char *boot, enum place *ret, struct err *e);

#endif
