/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The metrics of one reading, or of one that failed: then only that it did, and when the last
 * one did not.  On a node also what the plugin has counted there, for which no store is asked.
 */
#ifndef CTL_METRICS_PAGE_H
#define CTL_METRICS_PAGE_H

#include "ctl/metrics/reading.h"

struct page_options {
	bool checked;	/* what check finds is part of the reading */
	bool own;	/* it is of one node's blocks */
	bool as_calico;	/* beside our names, Calico's */
};

/* up: it did not fail.  success_s: when one last did not, since 1970; 0: never yet. */
void page_put(const struct page_options *options, const struct reading *r, bool up,
	      int64_t success_s, struct buf *out);

/* What such a page says of the last success; 0: nothing. */
int64_t page_success_s(const char *text);

#endif
