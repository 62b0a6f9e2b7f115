/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/agent/metrics.h"

#include "base/io.h"
#include "base/log.h"

#include <inttypes.h>

#define METRICS_MAX 8192	/* bytes */
#define PREFIX "calico_dhcp_agent_"

static void add(struct buf *out, const char *name, const char *type, const char *help, uint64_t n)
{
	buf_printf(out, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n", name, help, name, type);
	buf_printf(out, PREFIX "%s %" PRIu64 "\n", name, n);
}

static size_t count_ports(const struct networks *n)
{
	size_t ports = 0;

	for (size_t i = 0; i < n->n; i++)
		ports += n->list[i].n_ports;
	return ports;
}

static size_t count_broken(const struct served *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += s->list[i].broken;
	return n;
}

void metrics_print(const struct agent *a, struct buf *out)
{
	const struct served_counts *c = &a->served.counts;

	add(out, "networks", "gauge", "Networks with an endpoint on this host.", a->networks.n);
	add(out, "ports", "gauge", "Ports that are served.", count_ports(&a->networks));
	add(out, "subnets", "gauge", "Subnets known.", a->records.n_subnets);
	add(out, "networks_failing", "gauge", "Networks that are not as they should be.",
	    count_broken(&a->served));
	add(out, "store_connected", "gauge", "1 while the store answers.", a->connected);
	add(out, "record_changes_total", "counter", "Records seen to change.", a->changes);
	add(out, "store_revision", "gauge", "Revision of the last write seen.", a->revision);
	add(out, "dnsmasq_starts_total", "counter", "Times a dnsmasq was started.", c->starts);
	add(out, "dnsmasq_reloads_total", "counter", "Times a dnsmasq read its files again.",
	    c->reloads);
	add(out, "dnsmasq_ended_total", "counter", "Times a dnsmasq ended by itself.", c->ended);
	add(out, "failures_total", "counter", "Times a network could not be served.", c->failures);
	add(out, "served_timestamp_seconds", "gauge", "When all was last as it should be.",
	    (uint64_t)a->served_at_s);
}

void metrics_write(const struct agent *a)
{
	struct buf text __cleanup(buf_done) = BUF(METRICS_MAX);
	struct err why = { 0 };

	if (!*a->config.metrics_file)
		return;
	metrics_print(a, &text);
	if (io_replace_file(a->config.metrics_file, text.data, text.len, 0644, &why) < 0)
		log_warning("metrics cannot be written", LOG_TEXT("error", why.text));
}
