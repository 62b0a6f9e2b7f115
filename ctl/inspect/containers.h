/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The containers of this machine, as far as the runtime's CNI cache tells: libcni
 * keeps one file for each attachment, <network>-<container id>-<interface>, from ADD
 * to DEL.  The network namespace that it names is looked for: in `netns` since libcni 1.2,
 * before that in the result's `sandbox` of the interface.
 *
 * Runtimes that do not use libcni have no such folder; then nothing is known.
 */
#ifndef CTL_INSPECT_CONTAINERS_H
#define CTL_INSPECT_CONTAINERS_H

#include "base/err.h"
#include "ipam/audit/audit.h"

struct cJSON;

#define CONTAINERS_CACHE "/var/lib/cni/results"
#define CONTAINERS_FILE_MAX (4 << 20)	/* bytes of one file of the cache */

struct container_entry {
	char *name;	/* owned: the file's */
	char *netns;	/* owned: the path of the network namespace; NULL: it names none */
	bool judged;	/* it names a network namespace that can be looked for */
	bool gone;	/* which does not exist, or is the host's own */
};

/* Where to look; all zero: this machine, as far as it has a cache. */
struct containers_place {
	/* NULL: the node that the plugin on this machine goes by (ctl/cli/node_name.h). */
	const char *node;
	const struct cJSON *plugin;	/* its configuration, or NULL */
	/*
	 * Of the plugin, whose places are noted there: from another than these its namespaces
	 * cannot be seen, and with netns_folder NULL no entry is judged.  NULL: as if from here.
	 */
	const char *run_path;
	const char *cache;	/* NULL: CONTAINERS_CACHE */
	/*
	 * NULL: a namespace is looked for at the path the cache names; else by its file
	 * name in this folder, but then those in /proc, which are of the processes of
	 * another machine, not at all.
	 */
	const char *netns_folder;
	bool wanted;	/* a cache that is not there is ERR_NOT_FOUND */
};

struct containers {
	char node[256];		/* the allocations of this node are judged */
	bool known;		/* the folder exists */
	struct container_entry *list;	/* owned; ascending by name */
	size_t n, cap;
	size_t unjudged;	/* entries of the list; they count as alive */
	struct containers_place place;	/* where it was looked; its texts stay the caller's */
	bool elsewhere;		/* allocations are made in another place (base/machine/place.h) */
};

int containers_read(struct containers *c, const struct containers_place *place, struct err *e);
void containers_done(struct containers *c);	/* also for __cleanup */

/*
 * What is known of the container that holds an allocation.  Gone it is if the namespace is
 * that every entry of it names, and is so still: what was read of the store since may be of a
 * container that has come again under its name.  That no entry names it is no evidence:
 * LIFE_UNTOLD, as a container that was attached by hand is in no cache, nor is any in one that
 * was lost.
 * For an audit (ipam/audit/audit.h), whose life_arg is the struct containers.
 */
struct audit_evidence containers_tell(const struct attribute *attribute, const void *containers);

#endif
