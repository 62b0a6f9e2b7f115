/* SPDX-License-Identifier: Apache-2.0 */
/* The resources that a call names: KIND, KIND NAME..., KIND/NAME, or those of manifests. */
#ifndef CTL_MANIFEST_NAMED_H
#define CTL_MANIFEST_NAMED_H

#include "ctl/cli/command.h"
#include "ctl/cli/store.h"
#include "ctl/manifest/read.h"

struct named {
	const struct kind *kind;
	const char *name;	/* NULL: all of the kind */
};

struct names {
	struct named *list;	/* owned; borrows from the call and the manifests */
	size_t n, cap;
	const struct kind *kind;	/* of all of them; NULL: of several kinds */
	struct manifests manifests;	/* owned */
};

/* Wrong use, ERR_CONFIG, names what is no kind; and the errors of manifests_read(). */
int names_read(struct call *call, struct names *ret, struct err *e);
void names_done(struct names *names);	/* also for __cleanup */

/* Turns ERR_NOT_FOUND of one of them into an error that names a near one.  -1. */
int named_meant(struct store *store, const struct named *named, struct err *e);

#endif
