/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which store is meant, as all commands find it:
 *
 *	1. the environment, and the file of --config
 *	2. where neither speaks of a store: calicoctl's configuration (calicoctl.h)
 *	3. where that is not there: the networks of this host (conflist.h) that use
 *	   calico-ipam, which must all have the same store
 *
 * Else none is: a store of this machine alone is never made because nobody said a word.
 */
#ifndef CTL_SETTINGS_FOUND_H
#define CTL_SETTINGS_FOUND_H

#include "datastore/settings.h"

#include <limits.h>

struct cJSON;

struct found {
	struct settings settings;	/* owned: of the environment and the file together */
	char path[PATH_MAX];		/* of the file; "": none, the environment says it */
	struct cJSON *conf;		/* owned: what is in it, of a network's; else NULL */
	const struct cJSON *plugin;	/* ours in conf */
	bool nowhere;			/* with ERR_CONFIG: nothing names a store */
};

/*
 * given: the file of --config, or NULL.  It is calicoctl's, a conflist, or a single
 * configuration; in a conflist the first plugin counts whose ipam.type is "calico-ipam".
 * ERR_CONFIG, ERR_DECODE, ERR_NOT_FOUND, ERR_IO and ERR_LIMIT name the file.
 */
int found_init(struct found *f, const char *given, struct err *e);
void found_done(struct found *f); /* also for __cleanup, and after a failure */

#endif
