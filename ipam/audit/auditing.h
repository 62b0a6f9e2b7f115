/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An audit under way: what its parts share.
 *
 * Of audit_read(): auditing_read() streams all records by, auditing_look_again() examines
 * what seemed to disagree; both find (auditing_find_record(), auditing_find_address()).
 */
#ifndef IPAM_AUDIT_AUDITING_H
#define IPAM_AUDIT_AUDITING_H

#include "ipam/audit/audit.h"
#include "ipam/audit/index.h"
#include "ipam/audit/workloads.h"

struct auditing {
	struct datastore *ds;
	const struct audit_options *options;
	struct audit audit;	/* owned */
	struct audit_index index;	/* owned */
	struct workloads workloads;	/* owned */
	bool failed;	/* sticky: out of memory */
};

/* The store's own errors; what does not parse is a finding. */
int auditing_read(struct auditing *a, struct err *e);
/* After auditing_read(); waits for the options' patience first. */
int auditing_look_again(struct auditing *a, struct err *e);

/* Adds a finding, of a record or an address.  NULL: counted, and not kept. */
struct audit_finding *auditing_find_record(struct auditing *a, enum problem_kind kind,
					   const char *key, const char *text);
struct audit_finding *auditing_find_address(struct auditing *a, enum problem_kind kind,
					    struct addr addr, const char *fmt, ...)
					    __printf_like(4, 5);
/* NULL of NULL, or without memory, which is noted. */
char *auditing_copy(struct auditing *a, const char *text);

void auditing_progress(const struct auditing *a, const char *what, uint64_t n, uint64_t total);

void audit_finding_done(struct audit_finding *f);

#endif
