/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two ends of each plan that updates a resource: the record that is to be there, and the
 * record as it is to be.
 *
 *	if (rewrite_open(p, key, &of, &record, e) < 0)
 *		return -1;
 *	if (record && (… text and changed, by the rules of its kind … ||
 *	    rewrite_record(p, record, &of, &text, changed, &answer->changed, e) < 0))
 */
#ifndef IPAM_REQUEST_REWRITE_H
#define IPAM_REQUEST_REWRITE_H

#include "ipam/record/resource.h"
#include "ipam/request/plan.h"

/* Which resource, for messages in Calico's words, and on what terms. */
struct rewrite {
	const char *kind, *name;	/* "IPPool" */
	const struct resource_terms *terms;
};

/*
 * The record, or NULL: it has to be read first, and the plan says so.  ERR_NOT_FOUND where it is
 * known not to be there.
 */
int rewrite_open(struct plan *p, const char *key, const struct rewrite *of,
		 const struct record **ret, struct err *e);

/*
 * Puts the text in the record's place if it changes it, and tells it on the terms.  Where an
 * earlier plan may have done it, before its answer was lost, *ret_changed is true too, and the
 * revision is not asked for any more.
 */
int rewrite_record(struct plan *p, const struct record *record, const struct rewrite *of,
		   const struct buf *text, bool changed, bool *ret_changed, struct err *e);

#endif
