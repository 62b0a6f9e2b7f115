/* SPDX-License-Identifier: Apache-2.0 */
/* One reading of a store, for its metrics. */
#ifndef CTL_METRICS_READING_H
#define CTL_METRICS_READING_H

#include "base/clock.h"
#include "ctl/cli/node_name.h"
#include "ipam/audit/audit.h"
#include "ipam/audit/own_blocks.h"

#include <limits.h>

struct reading_wish {
	const char *config;	/* --config, or NULL */
	bool checks;	/* what check finds, too */
	bool own;	/* only the blocks of this machine's node */
	bool looked_on;	/* progress is shown, and which store it is */
	struct deadline until;
};

struct reading {
	struct audit audit;	/* owned; unless own */
	struct own_blocks own;	/* owned; if own */
	/* What is known even where the store cannot be read; "" where it is not. */
	const char *store;	/* "etcd", "kubernetes", "local": a constant */
	char node[NODE_NAME_TEXT];	/* this machine's, by the plugin's rule */
	char run_path[PATH_MAX];	/* the plugin's */
	double seconds;	/* that it took */
};

/* -1: the store's own errors, and those of found_init(); ret has what is known. */
int reading_take(const struct reading_wish *wish, struct reading *ret, struct err *e);
void reading_done(struct reading *r);	/* also for __cleanup */

#endif
