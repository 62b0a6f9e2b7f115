/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report of a check: a file in the JSON form of calicoctl's (docs/DATA-MODEL.md
 * 12), written while the scan goes on, so that its size costs no memory.
 *
 * `inUse` is false only where it is known that nobody uses the address.
 */
#ifndef CTL_INSPECT_REPORT_H
#define CTL_INSPECT_REPORT_H

#include "base/new_file.h"
#include "ipam/audit/audit.h"
#include "ipam/cluster/information.h"

#define REPORT_TEXT_MAX (1 << 20)	/* bytes of one allocation */

struct report {
	const char *path;
	struct new_file file;
	struct cluster_information cluster;
	bool some;	/* an allocation was written */
	bool failed;
};

#define NO_REPORT { .file = NO_NEW_FILE }

/* Reads the cluster's information and begins the file. */
int report_begin(struct report *r, const char *path, struct datastore *ds, struct err *e);
void report_allocation(struct report *r, const struct audit_allocation *a);
/* The leaked handles, and the file takes its name. */
int report_end(struct report *r, const struct audit *audit, struct err *e);
/* Removes what was not ended.  Also for __cleanup. */
void report_done(struct report *r);

#endif
