/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network configuration on stdin (docs/DATA-MODEL.md 7.1).
 *
 * Unknown keys are ignored, the case of keys is, and null is "not given".  A known
 * key of the wrong type is ERR_DECODE and is named.  What only ADD and STATUS need
 * is read by demand.h, so that a DEL is not stopped by it.
 *
 *	netconf_init(&conf);
 *	netconf_parse(&conf, text, len, e);	ERR_DECODE, ERR_CONFIG (the name)
 *	… the version is compared, the log opened …
 *	netconf_read(&conf, e);
 */
#ifndef PLUGIN_NETCONF_H
#define PLUGIN_NETCONF_H

#include "base/log.h"
#include "datastore/settings.h"
#include "plugin/version.h"

#include <stddef.h>

#define TIMEOUT_MS_DEFAULT 90000
/* Of a DEL: containerd ends the main plugin after 60 s, and who waits on waits for nobody. */
#define TIMEOUT_MS_DEL 55000
#define TIMEOUT_MS_MIN 100
#define TIMEOUT_MS_MAX 600000
#define LOCK_FILE_DEFAULT "/var/run/calico/ipam.lock"

/* Texts live as long as the tree; "" when not given. */
struct netconf {
	struct cJSON *tree;	/* owned: the whole configuration */
	struct cJSON *ipam;	/* its `ipam`, or NULL */
	const char *version_text;	/* cniVersion as given */
	enum cni_version version;	/* CNI_UNKNOWN: not one of ours */
	const char *name;	/* of the network, checked */
	const char *type;	/* the main plugin */
	const char *nodename, *nodename_file, *hostname;
	const char *ipam_lock_file;
	bool single_block;	/* windows_use_single_network */
	bool create_node;	/* an unknown node makes itself known (own_node.h) */
	int64_t timeout_ms;
	struct log_config log;
	struct settings settings;	/* where the store is */
};

void netconf_init(struct netconf *conf);
void netconf_done(struct netconf *conf); /* also for __cleanup */

/*
 * The JSON, cniVersion and the network's name, which must be of
 * [a-zA-Z0-9][a-zA-Z0-9_.-]*, and the log file's absolute path; fills tree,
 * version_text, version, name and log.
 */
int netconf_parse(struct netconf *conf, const char *text, size_t len, struct err *e);

/* The rest, and the environment's say in where the store is.  ERR_DECODE, ERR_CONFIG. */
int netconf_read(struct netconf *conf, struct err *e);

/* The version that answers are written in: the configuration's, or the newest. */
enum cni_version netconf_answer_version(const struct netconf *conf);

/* True for Calico's own main plugin, whose results are Calico's to the letter. */
bool netconf_is_calico(const struct netconf *conf);

#endif
