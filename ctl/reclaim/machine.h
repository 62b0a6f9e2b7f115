/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this machine shows of the containers that its node's allocations were made for
 * (ipam/release/judge.h): its boot, its live network namespaces, the runtime's CNI cache.
 */
#ifndef CTL_RECLAIM_MACHINE_H
#define CTL_RECLAIM_MACHINE_H

#include "ctl/inspect/containers.h"
#include "ctl/reclaim/live.h"
#include "ipam/release/reclaim.h"

struct machine_view {
	struct machine machine;
	struct judge judge; /* points at the machine */
	const char *node, *run_path, *cache; /* borrowed; cache NULL: the usual one */
	struct containers containers; /* owned, and so is: */
	struct live live;
};

/*
 * node, run_path and cache are set already.  Errors name what cannot be seen, and then nothing
 * is to be judged.  May be called again.
 */
int machine_look(struct machine_view *v, struct err *e);
void machine_done(struct machine_view *v); /* also for __cleanup */

/* A reclaim_look(): arg is the machine_view. */
enum verdict machine_judge(const struct reclaim_case *c, void *arg);

#endif
