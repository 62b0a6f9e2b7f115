/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/metrics/page.h"

#include "ctl/metrics/cluster.h"
#include "ctl/metrics/exposition.h"
#include "ctl/metrics/own.h"
#include "ctl/metrics/plugin.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SUCCESS "calico_ipam_last_success_timestamp_seconds"
#define SECONDS "calico_ipam_read_duration_seconds"

static void put_state(const struct reading *r, bool up, int64_t success_s, struct buf *out)
{
	char number[32];

	metric_one(out, "calico_ipam_up", "gauge", "1 if the store could be read, else 0.", up);
	metric_begin(out, "calico_ipam_info", "gauge", "What tells these metrics, of which store.");
	metric_put(out, "calico_ipam_info",
		   LABELS({ "version", CALICO_IPAM_VERSION }, { "store", r->store },
			  { "node", r->node }), 1);
	metric_one(out, SUCCESS, "gauge", "When the store was last read, since 1970; 0: never.",
		   (uint64_t)success_s);
	snprintf(number, sizeof(number), "%.6f", r->seconds);
	metric_begin(out, SECONDS, "gauge", "How long this reading of the store took.");
	metric_put_text(out, SECONDS, NO_LABELS, number);
}

static void put_plugin(const struct reading *r, struct buf *out)
{
	struct err why = { 0 };
	bool counted = plugin_put(r->run_path, out, &why) == 0;

	metric_one(out, "calico_ipam_plugin_counters_up", "gauge",
		   "1 if what the plugin counts could be read, else 0.", counted);
}

void page_put(const struct page_options *options, const struct reading *r, bool up,
	      int64_t success_s, struct buf *out)
{
	put_state(r, up, success_s, out);
	if (options->own)
		put_plugin(r, out);
	if (!up)
		return;
	if (options->own)
		own_put(&r->own, r->node, out);
	else
		cluster_put(&r->audit, options->checked, out);
	if (options->as_calico)
		cluster_put_as_calico(&r->audit, options->checked, out);
}

int64_t page_success_s(const char *text)
{
	const char *at = strstr(text, "\n" SUCCESS " ");
	int64_t s;

	return at && sscanf(at, "\n" SUCCESS " %" SCNd64, &s) == 1 && s > 0 ? s : 0;
}
