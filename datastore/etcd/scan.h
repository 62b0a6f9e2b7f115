/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A prefix, page by page.  Pages grow and shrink with what their records weigh; all are
 * read at the revision of the first.
 */
#ifndef DATASTORE_ETCD_SCAN_H
#define DATASTORE_ETCD_SCAN_H

#include "datastore/etcd/client.h"

#define SCAN_PAGE_RECORDS 400	/* in the first page */
/*
 * etcd counts all that is left of the range for each page, so that a million small
 * records in small pages would take it minutes.
 */
#define SCAN_PAGE_RECORDS_MAX 12800
#define SCAN_PAGE_BYTES (12 << 20)	/* of an answer; a larger one halves the next page */

struct scan {
	const char *prefix;
	record_visitor *visit;
	void *arg;
	/* Else it goes on at a newer revision, once its own has been compacted away. */
	bool one_moment;
	/* Set by scan_pages(): */
	uint64_t revision;	/* of the store, at which it read */
	bool lost;	/* the error is that the moment was compacted away */
};

int scan_pages(struct client *c, struct scan *scan, struct err *e);

#endif
