/* SPDX-License-Identifier: Apache-2.0 */
/* Network configurations: conflists, and single ones, as runtimes read them. */
#ifndef BASE_CNI_CONFLIST_H
#define BASE_CNI_CONFLIST_H

#include "base/err.h"

#include <dirent.h>
#include <stddef.h>

struct cJSON;

#define CONFLIST_FOLDER "/etc/cni/net.d"	/* where runtimes look for them */
#define CONFLIST_MAX (1 << 20)	/* bytes of one */

/* Our plugin in a conflist, the first one, or the single configuration itself; NULL: none is. */
const struct cJSON *conflist_plugin(const struct cJSON *conf);

/*
 * The tree of a text, and our plugin in it or NULL, which lives as long as the tree.  `path`
 * is its name, for errors: ERR_DECODE.
 */
int conflist_parse(const char *text, size_t len, const char *path, struct cJSON **ret_conf,
		   const struct cJSON **ret_plugin, struct err *e);

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
