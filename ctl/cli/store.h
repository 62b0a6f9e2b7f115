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
#define STORE_RECORD_MAX (1 << 20)	/* bytes of one record written */
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

/* Builds the record's text from what was read. */
typedef int store_build(const struct view *view, const void *arg, struct buf *out, struct err *e);

/*
 * Creates one record that does not exist.  `wants` is read first; `uid` is a text
 * that only this record holds, by which it is known again when the answer of its
 * commit was lost.  `prefix`, if not NULL, is guarded: nothing under it was written
 * meanwhile.
 */
int store_create(struct store *s, const char *key, struct wants *wants, const char *prefix,
		 const char *uid, store_build *build, const void *arg, struct err *e);

/* Lists what is to be written, from what was read; nothing listed: all is as wanted. */
typedef int store_plan(struct view *view, void *arg, struct changes *changes, struct err *e);

/*
 * Reads, plans and commits, again while others come first.  A plan made after a lost
 * answer must know what it wrote.
 */
int store_change(struct store *s, const struct wants *wants, store_plan *plan, void *arg,
		 struct err *e);

/* Another STORE_TIMEOUT_MS from now on, for work in many steps. */
void store_go_on(struct store *s);

#endif
