/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One thing that may disagree: a handle with its blocks, an affinity with its block, a block
 * with itself.
 *
 * One plan judges and mends: it looks at one handle, one affinity or one block, tells
 * what is wrong, and lists the changes that make it right, guarded by all that was looked
 * at.  So what is mended is what is wrong at that moment, and never what a report of
 * yesterday says.  Who has many of them plans them together: repairs.h.
 *
 * Blocks are held to be right: an address is never released or given here.
 */
#ifndef IPAM_AUDIT_REPAIR_H
#define IPAM_AUDIT_REPAIR_H

#include "base/address/addr.h"
#include "datastore/datastore.h"
#include "ipam/audit/problem.h"
#include "ipam/request/plan.h"

enum repair_subject { REPAIR_HANDLE, REPAIR_AFFINITY, REPAIR_BLOCK };

struct repair_request {
	enum repair_subject subject;
	const char *handle;	/* REPAIR_HANDLE: its id */
	const struct cidr *blocks;	/* REPAIR_HANDLE: some that hold addresses of it */
	unsigned n_blocks;
	/*
	 * REPAIR_HANDLE: blocks that its record named a while ago, to be read beside it where a
	 * reading is of one moment.
	 */
	const struct cidr *named;
	unsigned n_named;
	const char *owner;	/* REPAIR_AFFINITY: "host:<node>" or "virtual:<name>" */
	struct cidr block;	/* REPAIR_AFFINITY, REPAIR_BLOCK */
	int64_t now_ns;
};

#define REPAIR_FAULTS_MAX 16

struct repair_answer {
	struct {
		enum problem_kind kind;
		char text[256];
	} faults[REPAIR_FAULTS_MAX];
	unsigned n;		/* those beyond the limit are mended too, and not told */
	uint64_t revision;	/* of the handle's record, 0: it has none */
	char uid[DATASTORE_UID];	/* of the same, after ipam_examine(); or "" */
};

/*
 * A rehearsal of it tells what is wrong; else the answer tells what is mended.  ERR_CORRUPT
 * where a record in question does not parse; then nothing is judged.
 */
int plan_repair(struct plan *p, const struct repair_request *request,
		struct repair_answer *ret_answer, struct err *e);

#endif
