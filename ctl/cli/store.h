/* SPDX-License-Identifier: Apache-2.0 */
/* The store that a call is about. */
#ifndef CTL_CLI_STORE_H
#define CTL_CLI_STORE_H

#include "ctl/cli/command.h"
#include "ctl/settings/found.h"
#include "datastore/datastore.h"

#define STORE_TIMEOUT_MS 60000	/* for a whole call */
#define STORE_RECORD_MAX (1 << 20)	/* bytes of one record */

struct store {
	struct found found;	/* which it is, and who says so */
	struct datastore *ds;
};

/* Finds it (ctl/settings/found.h), opens it and says which it is. */
int store_open(struct store *s, const struct call *call, enum datastore_purpose purpose,
	       struct err *e);
/* Wrong use where --context is given, which calicoctl has. */
int store_refuse_context(struct call *call, struct err *e);
void store_close(struct store *s); /* also for __cleanup, and after a failure */

/* The same of --config alone, for who opens several and says of each what is to be said. */
int store_open_unsaid(struct store *s, const char *config, enum datastore_purpose purpose,
		      struct err *e);
/*
 * Where people look on, names it.  Of a local store that nobody has made yet that is said to
 * everybody: its path may be mistyped.
 */
void store_say(const struct store *s);

/* Of a command that writes, `otherwise`, but not with --dry-run. */
enum datastore_purpose store_purpose(bool dry_run, enum datastore_purpose otherwise);

/* Another STORE_TIMEOUT_MS from now on, for work in many steps. */
void store_go_on(struct store *s);

#endif
