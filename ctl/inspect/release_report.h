/* SPDX-License-Identifier: Apache-2.0 */
/* `release --from-report`: the rules of docs/DATA-MODEL.md 12. */
#ifndef CTL_INSPECT_RELEASE_REPORT_H
#define CTL_INSPECT_RELEASE_REPORT_H

#include "base/err.h"
#include "datastore/datastore.h"
#include "ipam/audit/allocations.h"

#define RELEASE_REPORTS_MAX 16
#define RELEASE_REPORT_ENTRY_MAX (1 << 20)	/* bytes of one address, or of one field */

struct release_handle {
	char *id;	/* owned */
	uint64_t revision;
};

struct release_report {
	struct allocations selection;	/* what all reports call unused */
	struct release_handle *handles;	/* owned: what all reports call leaked */
	size_t n_handles;
};

/*
 * Reads the reports, which may be of any size: only what is unused is kept, in the order
 * of addresses.  ERR_CONFLICT where a rule is broken: another clusterGUID; no report at
 * the revision of the cluster's ClusterInformation; and unless `force`, another version,
 * or a datastore that is not locked.  A cluster without ClusterInformation has neither
 * revision nor lock.  ERR_DECODE, ERR_IO name the file.
 */
int release_report_read(struct datastore *ds, const char *const *paths, unsigned n, bool force,
			struct release_report *ret, struct err *e);
void release_report_done(struct release_report *r);	/* also for __cleanup */

#endif
