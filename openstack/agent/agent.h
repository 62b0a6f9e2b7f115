/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agent: what the store holds and which links are there becomes what dnsmasq serves.
 *
 * One loop waits for the store's watch, for the kernel's word of links, for dnsmasqs that end
 * and for signals.  What comes within AGENT_BATCH_MS is dealt with at once.  Nothing of its
 * state is needed after its end: it takes over what it finds.
 *
 * While the store is away all that is served goes on.
 */
#ifndef OPENSTACK_AGENT_AGENT_H
#define OPENSTACK_AGENT_AGENT_H

#include "datastore/datastore.h"
#include "openstack/agent/served.h"
#include "openstack/config/agent_config.h"

#define AGENT_BATCH_MS 20	/* from a change to what is done about it */

struct agent {
	struct agent_config config;
	struct serving serving;		/* borrows from config */
	struct settings settings;
	struct datastore *ds;
	struct records records;
	struct links links;
	struct networks networks;
	struct served served;
	struct buf told;		/* of networks, as it was logged last */
	bool dirty;
	struct deadline due;		/* of what is dirty */
	uint64_t changes;		/* of records, seen since the start */
	uint64_t revision;		/* of the last write that was seen, of any record */
	bool connected;			/* the store watches for us */
	int64_t served_at_s;		/* when all was last as it should be */
};

/* Opens links and store; the configuration is the agent's from now on. */
int agent_init(struct agent *a, struct agent_config *config, struct err *e);
void agent_done(struct agent *a);	/* also for __cleanup */

/* Until SIGTERM or SIGINT: 0.  SIGHUP: 1, the caller begins anew. */
int agent_run(struct agent *a, struct err *e);

/*
 * Reads all, writes the files, and prints what changed to `out`; starts and ends nothing.
 */
int agent_once(struct agent *a, struct buf *out, struct err *e);

#endif
