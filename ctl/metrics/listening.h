/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Metrics at /metrics, for a Prometheus that scrapes them (ctl/serve/server.h).
 *
 * A scrape is a reading of the store, which ends before the scraper's patience does: it says
 * how long that is (X-Prometheus-Scrape-Timeout-Seconds), or it is Prometheus' usual 10 s.  Who
 * asks within a second of the end of a reading, as all do that came while it went on, gets the
 * same, so that any number of scrapers cost the store one reading at a time.  A store that
 * cannot be read makes a page that says so, and no error.
 */
#ifndef CTL_METRICS_LISTENING_H
#define CTL_METRICS_LISTENING_H

#include "ctl/metrics/page.h"
#include "ctl/serve/listen_address.h"

/* Until SIGTERM or SIGINT.  config: --config, or NULL. */
int listening_run(struct listen_address at, const char *config,
		  const struct page_options *options, struct err *e);

#endif
