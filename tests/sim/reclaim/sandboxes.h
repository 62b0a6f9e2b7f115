/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sandboxes of containers, each a network namespace on a machine; what an allocation says
 * of it (base/machine/origin.h), and what the machine shows of all that it has.
 *
 * A namespace begins before the first ADD of its container, and ends some time after nothing
 * lives in it any more, whether or not a DEL came; with the boot of its host in any case.  Its
 * cookie is no other's of that boot; on a machine without cookies its inode is handed out
 * again at once.  In some games two machines have the name of the first host.
 *
 * Who looks at a machine may miss a namespace in the first minute of it, while it goes from a
 * process to a mount; and with it the addresses in it.
 */
#ifndef TESTS_SIM_RECLAIM_SANDBOXES_H
#define TESTS_SIM_RECLAIM_SANDBOXES_H

#include "ipam/release/reclaim.h"
#include "tests/sim/world.h"

#define MACHINES 2 /* of one name */
#define GRACE_S 60 /* between two looks; a namespace is missed for less */

/* Before a game. */
void sandboxes_forget(uint64_t seed);
/* Before an ADD: its namespace is there, and a->origin says where. */
void sandbox_begin(struct actor *a);
/* At an event: one may end in which nothing lives, or die with what does. */
void sandboxes_pass(uint64_t seed);
/* Of the host all end in which nothing lives. */
void sandboxes_end(const struct host *host);
void sandboxes_are_booted(const struct host *host);
/* True if two machines have its name. */
bool host_has_twin(const struct host *host);
/* False: inodes alone, one of which may be another's since. */
bool host_has_cookies(const struct host *host);

/* What a machine shows at one moment. */
struct shown {
	struct machine machine;
	struct netns namespaces[CONTAINERS];
	unsigned n_namespaces;
	struct addr addresses[2 * CONTAINERS];
	unsigned n_addresses;
	/* Its CNI cache. */
	struct { char container[72], ifname[16]; } cache[CONTAINERS + CALICOS];
	unsigned n_cache;
};

void machine_show(const struct host *host, unsigned machine, uint64_t *random, struct shown *ret);
/* A reclaim_look(): arg is the struct shown. */
enum verdict shown_judge(const struct reclaim_case *c, void *arg);

#endif
