/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store that a call is about: opened by the settings of environment and --config.
 */
#ifndef CTL_CLI_STORE_H
#define CTL_CLI_STORE_H

#include "ctl/cli/command.h"
#include "datastore/datastore.h"
#include "datastore/settings.h"

struct cJSON;

#define STORE_TIMEOUT_MS 60000	/* for a whole call */
#define STORE_RECORD_MAX (1 << 20)	/* bytes of one record */
#define STORE_CONFIG_MAX (1 << 20)	/* bytes of the file of --config */

struct store {
	struct settings settings;
	struct datastore *ds;
};

/*
 * The file of --config is a conflist or a single configuration; its first plugin whose
 * ipam.type is "calico-ipam" counts.
 */
int store_open(struct store *s, const struct call *call, enum datastore_purpose purpose,
	       struct err *e);
void store_close(struct store *s); /* also for __cleanup */

/* Of a command that writes, but not with --dry-run. */
enum datastore_purpose store_purpose(bool dry_run);

/* Our plugin in a conflist, or the single configuration itself; NULL: none is ours. */
const struct cJSON *store_plugin_of(const struct cJSON *conf);

/* A file of --config, and our plugin in it, which lives as long as the whole. */
int store_read_config(const char *path, struct cJSON **ret_conf, const struct cJSON **ret_plugin,
		      struct err *e);

/* Another STORE_TIMEOUT_MS from now on, for work in many steps. */
void store_go_on(struct store *s);

#endif
