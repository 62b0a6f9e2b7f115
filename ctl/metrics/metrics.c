/* SPDX-License-Identifier: Apache-2.0 */
/* metrics: the utilization and the audit as Prometheus reads them. */
#include "base/io.h"
#include "ctl/cli/command.h"
#include "ctl/cli/prom_file.h"
#include "ctl/metrics/listening.h"
#include "ctl/metrics/page.h"

#define METRICS_TIMEOUT_MS (60 * 60 * 1000)

static struct page_options options_of(const struct call *call)
{
	bool own = call_option(call, "node-local", 0);

	return (struct page_options){ .own = own,
				      .checked = !own && !call_option(call, "no-check", 0),
				      .as_calico = call_option(call, "calico-names", 0) };
}

static int take(const struct call *call, const struct page_options *options,
		struct reading *ret, struct err *e)
{
	const struct reading_wish wish = {
		.config = call->config, .checks = options->checked, .own = options->own,
		.looked_on = true, .until = deadline_in_ms(METRICS_TIMEOUT_MS),
	};

	return reading_take(&wish, ret, e);
}

static int print(struct call *call, const struct page_options *options, struct err *e)
{
	struct reading reading __cleanup(reading_done) = { .store = "" };

	if (take(call, options, &reading, e) < 0)
		return -1;
	page_put(options, &reading, true, clock_now_ns() / 1000000000, &call->out);
	return 0;
}

static int64_t success_in(const char *path)
{
	struct buf before __cleanup(buf_done) = BUF(256 << 20);
	struct err ignored = { 0 };

	return io_read_file(path, &before, &ignored) == 0 ? page_success_s(before.data) : 0;
}

/* Where the store cannot be read, that is what the file says. */
static int save(struct call *call, const struct page_options *options, const char *path,
		struct err *e)
{
	struct reading reading __cleanup(reading_done) = { .store = "" };
	struct err unwritten = { 0 };
	bool up;
	int rc;

	if (prom_file_check(call, path, e) < 0)
		return -1;
	up = take(call, options, &reading, e) == 0;
	page_put(options, &reading, up, up ? clock_now_ns() / 1000000000 : success_in(path),
		 &call->out);
	rc = prom_file_save(path, &call->out, up ? e : &unwritten);
	buf_reset(&call->out);
	return up ? rc : -1;
}

static int listen_at(struct call *call, const struct page_options *options, const char *text,
		     struct err *e)
{
	struct listen_address at;

	if (call_option(call, "output-file", 0))
		return call_wrong_use(call, e, "--listen and --output-file are two ways to give "
				      "the same numbers: choose one");
	if (listen_address_parse(text, &at, e) < 0)
		return call_wrong_use(call, e, "--listen: %s", e->text);
	return listening_run(at, call->config, options, e);
}

static int metrics_write(struct call *call, struct err *e)
{
	const struct page_options options = options_of(call);
	const char *path = call_option(call, "output-file", 0);
	const char *address = call_option(call, "listen", 0);

	if (options.own && options.as_calico)
		return call_wrong_use(call, e, "--calico-names are of the cluster, and "
				      "--node-local is of one node");
	if (address)
		return listen_at(call, &options, address, e);
	return path ? save(call, &options, path, e) : print(call, &options, e);
}

static int metrics_run(struct call *call, struct err *e)
{
	if (call->json)
		return call_wrong_use(call, e, "metrics has one form, that of Prometheus; "
				      "show -o json tells the same numbers");
	return metrics_write(call, e) < 0 ? err_wrap(e, "metrics") : 0;
}

const struct command metrics_command = {
	.noun = "metrics",
	.summary = "Tell Prometheus the numbers of pools, nodes and problems",
	.help =
	"In Prometheus' text format: served at /metrics, or for node_exporter's textfile\n"
	"collector, or printed.  The file is replaced by rename, so that no half of it is ever\n"
	"read; its name must end in .prom.\n"
	"\n"
	"A scrape is a reading of the store; one that fails says calico_ipam_up 0.  ADDRESS is\n"
	"PORT, HOST:PORT or [IPv6]:PORT; without HOST only this machine reaches it.\n"
	"\n"
	"One node of a cluster is enough, but only the containers of the node it runs on are\n"
	"known, so leaked addresses are found there: how many of all addresses could not be\n"
	"judged is a number too.  Reading takes a second, or a minute for a million addresses;\n"
	"--no-check is quicker.  --node-local, on each node, reads its own blocks alone, and the\n"
	"counters that the plugin keeps there: requests by outcome, how long they take.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl metrics\n"
	"  calico-ipamctl metrics --listen 9475\n"
	"  calico-ipamctl metrics --listen 0.0.0.0:9475 --node-local\n"
	"  # in a crontab:\n"
	"  */5 * * * * root calico-ipamctl metrics --output-file /var/lib/node_exporter/x.prom\n",
	.options = {
		{ .name = "listen", .argument = "ADDRESS",
		  .help = "serve them at http://ADDRESS/metrics, until SIGTERM" },
		{ .name = "output-file", .argument = "FILE",
		  .help = "write there instead of on standard output" },
		{ .name = "no-check", .help = "leave out what check finds" },
		{ .name = "node-local",
		  .help = "of this node alone: its blocks, and what the plugin counts" },
		{ .name = "calico-names",
		  .help = "also under the names that Calico's kube-controllers has" },
	},
	.run = metrics_run,
};
