/* SPDX-License-Identifier: Apache-2.0 */
/* What `doctor` looks at, part by part.  Each adds its findings. */
#ifndef CTL_DOCTOR_DOCTOR_H
#define CTL_DOCTOR_DOCTOR_H

#include "ctl/doctor/findings.h"

#define PLUGIN_NAME "calico-ipam"

void doctor_conflists(struct doctor *d);	/* first: fills wanted, list, configs and bridges */
/* Keys of a network of ours that are passed over, and look like ours. */
struct cJSON;
void doctor_keys(struct doctor *d, const char *path, const struct cJSON *plugin,
		 const struct cJSON *ipam);
void doctor_order(struct doctor *d);	/* networks that get in each other's way */
void doctor_plugin(struct doctor *d);
void doctor_network(struct doctor *d);
void doctor_firewall(struct doctor *d);
void doctor_mtu(struct doctor *d);
void doctor_store(struct doctor *d);

/* What mends that the store of this configuration does not answer; NULL: it does. */
const char *doctor_mend_store(const char *config, char out[DOCTOR_MEND]);

/*
 * Of a node that the store of this configuration does not know: the names of those it knows, ""
 * for none; and where one is near, true and what mends it, for which `create` would make another.
 */
bool doctor_known_nodes(const char *config, const char *name, const char *create,
			char ret_known[DOCTOR_TEXT], char mend[DOCTOR_MEND]);

/* Pools that will soon have no address left; the store answers. */
struct store;
void doctor_pools(struct doctor *d, const struct store *s);

/*
 * A kernel setting that is wrong for a family that networks want, and what it is now: noted for
 * doctor_fix(), which asks, writes all of them into a file of /etc/sysctl.d beside what is there,
 * sets them, and answers with the command that takes it back.
 */
void doctor_note_sysctl(struct doctor *d, const char *name, long is, long must_be);
int doctor_fix(struct doctor *d, struct err *e);

/* The number in a file below /proc/sys, "net/ipv4/ip_forward"; -1: not there, or no number. */
long doctor_sysctl(const struct doctor *d, const char *name);

/*
 * A compute host of OpenStack's, beside doctor_network(): the agent, its unit, configuration and
 * store, dnsmasq, the kinds of devices that the kernel makes, and the taps of this host's ports.
 */
void doctor_compute_host(struct doctor *d);

void doctor_runtime(struct doctor *d);	/* fills runtime */

/* Settles cni_path.  wanted: of --cni-path, or NULL. */
void doctor_cni_path(struct doctor *d, const char *wanted);

/* Whether cni_path has an executable of that name; its path, without the root. */
bool doctor_find(const struct doctor *d, const char *type, char ret_path[DOCTOR_PATH]);

/*
 * The command that puts a missing plugin into cni_path: a link to it where it stands in
 * another folder that is usual, else `otherwise` with the folder behind it; for one of the
 * configuration at path the package that it is of, if that is known.
 */
void doctor_bring(const struct doctor *d, const char *type, const char *otherwise,
		  char out[DOCTOR_MEND]);
void doctor_bring_named(const struct doctor *d, const char *type, const char *path,
			char out[DOCTOR_MEND]);

enum verdict {
	VERDICT_NONE,	/* not asked: the plugin is not there, or this is another system */
	VERDICT_GOOD,	/* an ADD would be served now */
	VERDICT_REFUSED,	/* its configuration is no good */
	VERDICT_NOT_READY,
};

/*
 * What the plugin itself says of a network, whose entry in the conflist is `plugin`: its
 * answer to STATUS, with addresses left asked for.  Nothing is changed by it.
 * ret_text: why, unless it is good.
 */
enum verdict doctor_verdict(const struct doctor *d, const struct cJSON *plugin,
			    const char *network, const char *version, char ret_text[DOCTOR_TEXT]);

#endif
