/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the plugin's requests came to on this machine, counted without a daemon: since the file
 * was begun, which in /run is the machine's start.
 *
 * One file, RUN_PATH/counters, is one record of fixed size, which each request reads and writes
 * under a lock of its own, waiting a few milliseconds at most: for whoever was stopped there
 * nobody waits longer, and is not counted.  A file that is no such record (of another size or
 * version) begins anew, and what is no file of this user's alone is replaced by one.  Whatever
 * goes wrong, a request does not fail by it: these are numbers for people, not for decisions.
 */
#ifndef BASE_COUNTERS_COUNTERS_H
#define BASE_COUNTERS_COUNTERS_H

#include "base/err.h"

#include <stdint.h>

#define COUNTERS_NAME "counters"
#define COUNTERS_KINDS 32	/* room for ERR_KINDS */
#define COUNTERS_BUCKETS 16

enum counted {	/* commands of CNI */
	COUNTED_ADD,
	COUNTED_DEL,
	COUNTED_CHECK,
	COUNTED_GC,
	COUNTED_STATUS,
	N_COUNTED
};

#define N_TIMED (COUNTED_DEL + 1)	/* ADD and DEL have a histogram */

/* "ADD" */
extern const char *const counted_names[N_COUNTED];
/* A request of at most so many microseconds is in the bucket; in the last is any. */
extern const uint64_t counters_bounds_us[COUNTERS_BUCKETS];

struct counters {
	uint64_t version;	/* of the layout, COUNTERS_VERSION */
	uint64_t requests[N_COUNTED][COUNTERS_KINDS];	/* by enum err_kind; 0: it succeeded */
	uint64_t buckets[N_TIMED][COUNTERS_BUCKETS];	/* each request in one */
	uint64_t sum_us[N_TIMED];
	uint64_t store_requests;	/* that all have sent to the store */
	uint64_t conflicts;	/* commits that came too late, because of others */
};

/* Another order of errors or commands, or another size, is another layout. */
#define COUNTERS_VERSION \
	(UINT64_C(0x6370616d00000000) | (uint64_t)sizeof(struct counters) << 8 | ERR_KINDS)

struct counted_request {
	enum counted command;
	enum err_kind outcome;	/* ERR_NONE: it succeeded */
	uint64_t took_us;
	uint64_t store_requests, conflicts;
};

/* The folder is made for an ADD alone: where nothing was ever assigned, nothing is counted. */
void counters_add(const char *run_path, const struct counted_request *r);

/* ERR_NOT_FOUND: nothing was counted yet.  ERR_IO, ERR_CORRUPT. */
int counters_read(const char *run_path, struct counters *ret, struct err *e);

#endif
