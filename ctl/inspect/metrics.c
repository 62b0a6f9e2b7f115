/* SPDX-License-Identifier: Apache-2.0 */
/* metrics: the utilization and the audit as Prometheus reads them. */
#include "ctl/cli/command.h"

#include "ctl/inspect/containers.h"
#include "ctl/cli/progress.h"
#include "ctl/cli/prom_file.h"
#include "ctl/cli/store.h"
#include "ipam/audit/audit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define METRICS_TIMEOUT_MS (60 * 60 * 1000)

struct metrics {
	struct store store;
	struct containers containers;
	struct audit audit;
	struct progress progress;
	bool checks;
	struct buf *out;
};

static void metrics_done(struct metrics *m)
{
	progress_end(&m->progress);
	audit_done(&m->audit);
	containers_done(&m->containers);
	store_close(&m->store);
}

static struct audit_evidence life(const struct attribute *attribute, void *arg)
{
	const struct metrics *m = arg;

	return containers_tell(&m->containers, attribute);
}

static void see_progress(const char *what, uint64_t n, uint64_t total, void *arg)
{
	struct metrics *m = arg;

	m->progress.what = what;
	progress_tell(&m->progress, n, total);
}

static int read_all(struct metrics *m, struct err *e)
{
	struct audit_options options = {
		.now_ns = clock_now_ns(), .patience_ms = AUDIT_PATIENCE_MS,
		.life = life, .progress = see_progress, .arg = m,
	};
	int rc;

	datastore_set_deadline(m->store.ds, deadline_in_ms(METRICS_TIMEOUT_MS));
	progress_begin(&m->progress, "blocks read");
	if (m->checks)
		rc = audit_read(m->store.ds, &options, &m->audit, e);
	else
		rc = utilization_read(m->store.ds, NULL, &m->audit.utilization, e);
	progress_end(&m->progress);
	return rc;
}

static void begin(struct metrics *m, const char *name, const char *help)
{
	buf_printf(m->out, "# HELP calico_ipam_%s %s\n# TYPE calico_ipam_%s gauge\n", name, help,
		   name);
}

/* A label's value, with the three escapes of the exposition format. */
static void put_label(struct metrics *m, const char *before, const char *name, const char *value)
{
	buf_printf(m->out, "%s%s=\"", before, name);
	for (const char *c = value; *c; c++) {
		if (*c == '\n')
			buf_puts(m->out, "\\n");
		else if (*c == '"' || *c == '\\')
			buf_printf(m->out, "\\%c", *c);
		else
			buf_putc(m->out, *c);
	}
	buf_putc(m->out, '"');
}

static void put_pool(struct metrics *m, const char *name, const struct utilization_pool *p)
{
	char cidr[CIDR_TEXT];

	cidr_print(p->pool->cidr, cidr);
	buf_printf(m->out, "calico_ipam_%s", name);
	put_label(m, "{", "pool", p->pool->name);
	put_label(m, ",", "cidr", cidr);
}

static void put_state(struct metrics *m, const struct utilization_pool *p, const char *state,
		      u128 n, bool wraps)
{
	char number[U128_TEXT];

	utilization_print_number(n, wraps, number);
	put_pool(m, "pool_addresses", p);
	put_label(m, ",", "state", state);
	buf_printf(m->out, "} %s\n", number);
}

static void put_pools(struct metrics *m)
{
	const struct utilization *s = &m->audit.utilization;
	char number[U128_TEXT];

	begin(m, "pool_size", "Addresses of a pool's CIDR.");
	for (size_t i = 0; i < s->pools.n; i++) {
		utilization_print_number(s->list[i].total, true, number);
		put_pool(m, "pool_size", &s->list[i]);
		buf_printf(m->out, "} %s\n", number);
	}
	begin(m, "pool_addresses", "Addresses of a pool by state; the four together are its size.");
	for (size_t i = 0; i < s->pools.n; i++) {
		const struct utilization_pool *p = &s->list[i];

		put_state(m, p, "in_use", p->in_use, false);
		put_state(m, p, "cooling", p->cooling, false);
		put_state(m, p, "reserved", p->reserved, false);
		put_state(m, p, "free", p->free, !p->total && !p->in_use);
	}
	begin(m, "pool_blocks", "Blocks claimed in a pool.");
	for (size_t i = 0; i < s->pools.n; i++) {
		put_pool(m, "pool_blocks", &s->list[i]);
		buf_printf(m->out, "} %" PRIu64 "\n", s->list[i].blocks);
	}
	begin(m, "pool_borrowed_addresses", "Addresses used by another node than their block's.");
	for (size_t i = 0; i < s->pools.n; i++) {
		put_pool(m, "pool_borrowed_addresses", &s->list[i]);
		buf_printf(m->out, "} %" PRIu64 "\n", s->list[i].borrowed);
	}
}

static void put_nodes(struct metrics *m)
{
	const struct utilization *s = &m->audit.utilization;

	begin(m, "node_blocks", "Blocks that belong to a node.");
	for (size_t i = 0; i < s->n_nodes; i++) {
		for (enum family f = FAMILY_4; f < N_FAMILIES; f++) {
			buf_puts(m->out, "calico_ipam_node_blocks");
			put_label(m, "{", "node", s->nodes[i].name);
			put_label(m, ",", "family", f == FAMILY_4 ? "4" : "6");
			buf_printf(m->out, "} %" PRIu64 "\n", s->nodes[i].blocks[f]);
		}
	}
	begin(m, "node_addresses", "Addresses that a node uses.");
	for (size_t i = 0; i < s->n_nodes; i++) {
		buf_puts(m->out, "calico_ipam_node_addresses");
		put_label(m, "{", "node", s->nodes[i].name);
		buf_printf(m->out, "} %" PRIu64 "\n", s->nodes[i].in_use);
	}
}

static void put_number(struct metrics *m, const char *name, const char *help, uint64_t n)
{
	begin(m, name, help);
	buf_printf(m->out, "calico_ipam_%s %" PRIu64 "\n", name, n);
}

static void put_problems(struct metrics *m)
{
	begin(m, "problems", "What check finds, by kind; leaked-address where it can be known.");
	for (unsigned kind = 0; kind < N_PROBLEMS; kind++) {
		buf_puts(m->out, "calico_ipam_problems");
		put_label(m, "{", "kind", problem_name(kind));
		buf_printf(m->out, "} %" PRIu64 "\n", m->audit.counts[kind]);
	}
	put_number(m, "addresses_judged", "Addresses of which it is known whether they are leaked.",
		   m->audit.judged);
	put_number(m, "addresses_not_judged", "Addresses of which it is not known here.",
		   m->audit.unjudged);
}

static void put_all(struct metrics *m)
{
	const struct utilization *s = &m->audit.utilization;

	put_pools(m);
	put_nodes(m);
	put_number(m, "blocks", "Blocks that can be read.", s->blocks);
	put_number(m, "blocks_outside_pools", "Blocks that lie in no pool.", s->stray.blocks);
	put_number(m, "unreadable_blocks", "Blocks that cannot be read and are not counted.",
		   s->unreadable);
	if (m->checks)
		put_problems(m);
}

static int metrics_write(struct call *call, struct metrics *m, struct err *e)
{
	const struct containers_place here = { 0 };
	const char *path = call_option(call, "output-file", 0);
	int rc;

	if (path && prom_file_check(call, path, e) < 0)
		return -1;
	m->checks = !call_option(call, "no-check", 0);
	m->out = &call->out;
	if (containers_read(&m->containers, &here, e) < 0 ||
	    store_open(&m->store, call, OPEN_TO_LOOK, e) < 0 || read_all(m, e) < 0)
		return -1;
	put_all(m);
	if (!path)
		return 0;
	rc = prom_file_save(path, &call->out, e);
	buf_reset(&call->out);
	return rc;
}

static int metrics_run(struct call *call, struct err *e)
{
	struct metrics m __cleanup(metrics_done) = { 0 };

	if (call->json)
		return call_wrong_use(call, e, "metrics has one form, that of Prometheus; "
				      "show -o json tells the same numbers");
	return metrics_write(call, &m, e) < 0 ? err_wrap(e, "metrics") : 0;
}

const struct command metrics_command = {
	.noun = "metrics",
	.summary = "Print the numbers of pools, nodes and problems for Prometheus",
	.help =
	"In Prometheus' text format, for node_exporter's textfile collector.  The file is\n"
	"replaced by rename, so that no half of it is ever read; its name must end in .prom.\n"
	"One node of a cluster is enough, but only the containers of the node it runs on are\n"
	"known, so leaked addresses are found there: how many of all addresses could not be\n"
	"judged is a number too.  Reading takes a second, or a minute\n"
	"for a million addresses; --no-check is quicker.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl metrics\n"
	"  calico-ipamctl metrics --output-file /var/lib/node_exporter/calico-ipam.prom\n"
	"  # in a crontab:\n"
	"  */5 * * * * root calico-ipamctl metrics --output-file /var/lib/node_exporter/x.prom\n",
	.options = {
		{ .name = "output-file", .argument = "FILE",
		  .help = "write there instead of on standard output" },
		{ .name = "no-check", .help = "leave out what check finds" },
	},
	.run = metrics_run,
};
