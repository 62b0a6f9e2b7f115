/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/metrics/plugin.h"

#include "base/counters/counters.h"
#include "ctl/metrics/exposition.h"

#include <stdio.h>

#define PREFIX "calico_ipam_plugin_"
#define DURATION PREFIX "duration_seconds"

/* A word for each kind of error (base/err.h). */
static const char *const outcomes[ERR_KINDS] = {
	[ERR_NONE] = "ok", [ERR_VERSION] = "version", [ERR_UNSUPPORTED] = "unsupported",
	[ERR_ENVIRONMENT] = "environment", [ERR_IO] = "file", [ERR_DECODE] = "decode",
	[ERR_CONFIG] = "config", [ERR_OWN_NETNS] = "own-netns",
	[ERR_UNAVAILABLE] = "unavailable", [ERR_NO_SPACE] = "store-full",
	[ERR_REFUSED] = "refused", [ERR_DEADLINE] = "deadline",
	[ERR_UNKNOWN_OUTCOME] = "unknown-outcome", [ERR_DENIED] = "denied",
	[ERR_CORRUPT] = "corrupt", [ERR_EXHAUSTED] = "exhausted", [ERR_POOL] = "no-pool",
	[ERR_EXISTS] = "exists", [ERR_NOT_FOUND] = "not-found", [ERR_CONFLICT] = "conflict",
	[ERR_LIMIT] = "limit", [ERR_NOT_READY] = "not-ready", [ERR_INTERNAL] = "internal",
};

/* Success always; of failures those that there were, and their sum. */
static void put_requests(const struct counters *c, struct buf *out)
{
	metric_begin(out, PREFIX "requests_total", "counter",
		     "Requests of the runtime by what came of them.");
	for (unsigned v = 0; v < N_COUNTED; v++)
		for (unsigned k = 0; k < ERR_KINDS; k++)
			if (!k || c->requests[v][k])
				metric_put(out, PREFIX "requests_total",
					   LABELS({ "command", counted_names[v] },
						  { "outcome", outcomes[k] }), c->requests[v][k]);
	metric_begin(out, PREFIX "failures_total", "counter",
		     "Requests of the runtime that failed, for any reason.");
	for (unsigned v = 0; v < N_COUNTED; v++) {
		uint64_t n = 0;

		for (unsigned k = ERR_NONE + 1; k < ERR_KINDS; k++)
			n += c->requests[v][k];
		metric_put(out, PREFIX "failures_total", LABELS({ "command", counted_names[v] }),
			   n);
	}
}

static void put_histogram(const struct counters *c, enum counted v, struct buf *out)
{
	char text[32];
	uint64_t n = 0;

	for (unsigned i = 0; i < COUNTERS_BUCKETS; i++) {
		n += c->buckets[v][i];
		snprintf(text, sizeof(text), "%g", (double)counters_bounds_us[i] / 1e6);
		metric_put(out, DURATION "_bucket",
			   LABELS({ "command", counted_names[v] },
				  { "le", i == COUNTERS_BUCKETS - 1 ? "+Inf" : text }), n);
	}
	snprintf(text, sizeof(text), "%.6f", (double)c->sum_us[v] / 1e6);
	metric_put_text(out, DURATION "_sum", LABELS({ "command", counted_names[v] }), text);
	metric_put(out, DURATION "_count", LABELS({ "command", counted_names[v] }), n);
}

int plugin_put(const char *run_path, struct buf *out, struct err *e)
{
	struct counters c = { 0 };

	if (counters_read(run_path, &c, e) < 0) {
		if (e->kind != ERR_NOT_FOUND)
			return -1;
		err_reset(e);
	}
	put_requests(&c, out);
	metric_begin(out, DURATION, "histogram", "How long a request took, waiting included.");
	for (enum counted v = 0; v < N_TIMED; v++)
		put_histogram(&c, v, out);
	metric_one(out, PREFIX "store_requests_total", "counter",
		   "Requests that the plugin sent to the store.", c.store_requests);
	metric_one(out, PREFIX "conflicts_total", "counter",
		   "Commits that others came before, so that the plugin planned again.",
		   c.conflicts);
	return 0;
}
