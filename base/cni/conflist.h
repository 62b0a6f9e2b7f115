/* SPDX-License-Identifier: Apache-2.0 */
/* Network configurations: conflists, and single ones, as runtimes read them. */
#ifndef BASE_CNI_CONFLIST_H
#define BASE_CNI_CONFLIST_H

#include "base/err.h"

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct cJSON;

#define CONFLIST_FOLDER "/etc/cni/net.d"	/* where runtimes look for them */
#define CONFLIST_MAX (1 << 20)	/* bytes of one */

/* Our plugin in a conflist, the first one, or the single configuration itself; NULL: none is. */
const struct cJSON *conflist_plugin(const struct cJSON *conf);

/*
 * The tree of a text, joined with its folder's plugins (conflist_join), and our plugin in it or
 * NULL, which lives as long as the tree.  `path` is the file it was read from, for errors too:
 * ERR_DECODE, ERR_IO.
 */
int conflist_parse(const char *text, size_t len, const char *path, struct cJSON **ret_conf,
		   const struct cJSON **ret_plugin, struct err *e);

/*
 * Since libcni 1.3 (CNI 1.1.0, "loadOnlyInlinedPlugins") plugins of a list also stand in a folder
 * of the network's name beside it: each *.conf there, by name, comes behind those of the list,
 * unless the list says that its own are all.  Puts them into conf, which was read from path;
 * a single configuration has none.  ret may be NULL.  ERR_DECODE and ERR_IO name the file.
 */
struct conflist_joined {
	char folder[PATH_MAX];	/* "" where there can be none */
	unsigned n;		/* files in it that are plugins */
	bool left_out;		/* the list says so: none of them was put into conf */
};

int conflist_join(struct cJSON *conf, const char *path, struct conflist_joined *ret,
		  struct err *e);

/*
 * What a plugin is handed on its standard input to be asked for its STATUS: its entry, with the
 * network's name and in CONFLIST_STATUS_VERSION, whatever the configuration says, and without
 * a log file, since looking writes nothing into it.  NULL: out of memory.
 */
#define CONFLIST_STATUS_VERSION "1.1.0"	/* the first that has STATUS */
struct cJSON *conflist_status_request(const struct cJSON *plugin, const char *network);

/*
 * The names in a folder that a runtime takes for configurations, in its order; the caller
 * frees each and the list.  Returns how many, or -1 with errno.
 */
int conflist_names(const char *folder, struct dirent ***ret);

#endif
