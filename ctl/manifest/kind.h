/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kinds of resources that get shows and manifests speak of: IPPool, IPReservation, Node and
 * the one IPAMConfiguration.  Each is a file of this room; what it does to the store are the
 * verbs of ipam/ by which its own commands go, so that their rules hold for manifests too.
 */
#ifndef CTL_MANIFEST_KIND_H
#define CTL_MANIFEST_KIND_H

#include "base/buf.h"
#include "datastore/datastore.h"

struct cJSON;
struct kind;

/* One resource of a manifest. */
struct manifest {
	struct cJSON *tree;	/* owned; an object that manifest_check() has found whole */
	const struct kind *kind;
	const char *name;	/* in the tree */
	const char *file;	/* where it stands, for errors */
	size_t line;		/* of its document */
};

#define WRITTEN_MAX (8 << 20)	/* bytes of a resource as JSON */

/* How it is to be written, and what came of it. */
struct writing {
	bool dry_run;
	uint64_t revision;	/* the stored one must be of; 0: any */
	bool changed;	/* else all was so already */
	struct buf before, after;	/* the resource as JSON; empty: there is none */
};

/* One of several that are to be created. */
struct creation {
	const struct manifest *manifest;
	struct writing *writing;
	struct err error;	/* ERR_NONE: it was */
};

/* A column of its table: the value at a path (jsonpath.h). */
struct kind_column {
	const char *heading, *path;
	const char *otherwise;	/* where there is none; NULL: nothing */
	bool wide;	/* only with --output wide */
};

#define KIND_COLUMNS_MAX 8

struct kind {
	const char *name;	/* "IPPool" */
	const char *word;	/* "ippool" */
	const char *const *spellings;	/* all of them, in lower case; ends in NULL */
	const char *const *spec;	/* the fields of its spec; ends in NULL */
	bool spec_is_fixed;	/* a manifest may not say another than is stored */
	struct kind_column columns[KIND_COLUMNS_MAX];	/* ends at a NULL heading */

	/* Appends all, or those of the name, with their resourceVersion, to a JSON array. */
	int (*list)(struct datastore *ds, const char *name, struct cJSON *items, struct err *e);
	/* ERR_EXISTS; and the verb's own. */
	int (*create)(struct datastore *ds, const struct manifest *m, struct writing *w,
		      struct err *e);
	/* In its place, where each of a kind is compared with all: several of different names. */
	void (*create_all)(struct datastore *ds, struct creation *list, size_t n);
	/* ERR_NOT_FOUND, ERR_CONFLICT; and the verb's own. */
	int (*update)(struct datastore *ds, const struct manifest *m, struct writing *w,
		      struct err *e);
	/* ERR_NOT_FOUND, ERR_CONFLICT; and the verb's own. */
	int (*delete)(struct datastore *ds, const char *name, bool force, bool dry_run,
		      struct err *e);
};

extern const struct kind pool_kind, reservation_kind, config_kind, node_kind;

#endif
