/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Calico's v3 resources have in common (docs/DATA-MODEL.md 5): names, and uids.
 */
#ifndef IPAM_RECORD_RESOURCE_H
#define IPAM_RECORD_RESOURCE_H

#include "base/buf.h"
#include "base/err.h"
#include "datastore/view.h"
#include "ipam/record/selector.h"

#define UUID_TEXT 37	/* bytes, NUL included */

/* What whoever writes a resource may ask for beside its settings; all zero: nothing. */
struct resource_terms {
	uint64_t revision;	/* the record must be of this one; 0: of any */
	bool dry_run;	/* only tell what would be done */
	struct buf *before, *after;	/* emptied and given the record's JSON; NULL: not wanted */
};

/*
 * Tells a record to who asked for it, as it is and as it is to be; either may be NULL.
 * ERR_INTERNAL if memory ended.
 */
int resource_show(const struct resource_terms *terms, const struct record *before,
		  const struct buf *after, struct err *e);
/* ERR_CONFLICT, in Calico's words, unless the record is of the revision that is asked for. */
int resource_check_revision(const struct resource_terms *terms, const struct record *record,
			    const char *kind, const char *name, struct err *e);

/*
 * Names of resources are lower-case DNS subdomains of at most 253 bytes.  ERR_CONFIG
 * names the kind ("pool") and the rule.
 */
int resource_check_name(const char *kind, const char *name, struct err *e);
/* True if the record (NULL: it is not there) is the one that was made with this fresh uid. */
bool resource_is_made_by(const struct record *record, const char *uid);

/*
 * True if both say the same in different words: whatever their uid, creation time, status
 * and order of fields, and though one says what the other leaves out, where that is zero or
 * Calico's default (docs/DATA-MODEL.md 5.1).
 */
bool resource_is_alike(const struct record *a, const struct record *b);

#endif
