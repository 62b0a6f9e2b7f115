/* SPDX-License-Identifier: Apache-2.0 */
#include "base/terminal/printable.h"
#include "ctl/cli/command.h"
#include "ctl/cli/confirm.h"
#include "ctl/inspect/containers.h"
#include "ctl/cli/progress.h"
#include "ctl/inspect/report.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CHECK_TIMEOUT_MS (60 * 60 * 1000)

struct check {
	struct call *call;
	struct store store;
	struct containers containers;
	struct report report;
	struct audit audit;
	struct progress progress;
	size_t mended;
	bool mends, dry;
};

static void check_done(struct check *c)
{
	progress_end(&c->progress);
	report_done(&c->report);
	audit_done(&c->audit);
	containers_done(&c->containers);
	store_close(&c->store);
}

static void see_allocation(const struct audit_allocation *a, void *arg)
{
	struct check *c = arg;

	if (c->report.file.stream)
		report_allocation(&c->report, a);
}

static int read_containers(struct check *c, struct err *e)
{
	struct containers_place place = {
		.node = call_option(c->call, "node", 0),
		.plugin = c->store.found.plugin,
		.run_path = settings_run_path(&c->store.found.settings),
		.cache = call_option(c->call, "cni-cache", 0),
		.netns_folder = call_option(c->call, "netns-dir", 0),
	};

	place.wanted = place.cache || place.node || call_option(c->call, "node-local", 0);
	return containers_read(&c->containers, &place, e);
}

static int audit_store(struct check *c, struct err *e)
{
	const char *path = call_option(c->call, "report", 0);
	struct audit_options options = {
		.now_ns = clock_now_ns(), .patience_ms = AUDIT_PATIENCE_MS,
		.endpoints = call_option(c->call, "endpoints", 0) != NULL,
		.mends = c->mends && !c->dry && call_option(c->call, "yes", 0),
		.life = containers_tell, .life_arg = &c->containers,
		.allocation = see_allocation, .arg = c,
		.progress = progress_see, .progress_arg = &c->progress,
	};

	datastore_set_deadline(c->store.ds, deadline_in_ms(CHECK_TIMEOUT_MS));
	if (path && report_begin(&c->report, path, c->store.ds, e) < 0)
		return -1;
	progress_begin(&c->progress, "blocks read");
	if (audit_read(c->store.ds, &options, &c->audit, e) < 0)
		return -1;
	progress_end(&c->progress);
	return path ? report_end(&c->report, &c->audit, e) : 0;
}

static uint64_t count_all(const struct audit *a)
{
	uint64_t n = 0;

	for (unsigned kind = 0; kind < N_PROBLEMS; kind++)
		n += a->counts[kind];
	return n;
}

static size_t count_mendable(const struct audit *a)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++)
		n += problem_is_repairable(a->list[i].kind);
	return n;
}

static size_t count_mended(const struct audit *a)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++)
		n += a->list[i].mended;
	return n;
}

static void add_findings(struct rows *rows, const struct audit *a)
{
	for (size_t i = 0; i < a->n; i++) {
		const struct audit_finding *f = &a->list[i];
		struct cell where = f->key ? cell_text(f->key) : cell_addr(f->addr);

		rows_add(rows, cell_text(problem_name(f->kind)), where,
			 f->key ? where : cell_absent(), f->key ? cell_absent() : where,
			 cell_text(f->text), cell_text(problem_remedy(f->kind)),
			 cell_bool(problem_is_repairable(f->kind)));
	}
}

static void print_findings(const struct audit *a, struct rows *rows, struct buf *out)
{
	if (!a->n)
		return;
	rows_print(rows, out);
	buf_puts(out, "\nWhat mends it:\n");
	for (unsigned kind = 0; kind < N_PROBLEMS; kind++)
		if (a->counts[kind])
			buf_printf(out, "  %s (%" PRIu64 "): %s\n", problem_name(kind),
				   a->counts[kind], problem_remedy(kind));
	buf_putc(out, '\n');
}

static void print_pods(const struct audit *a, struct buf *out)
{
	if (a->pods)
		buf_printf(out, "the addresses of pods were compared with the %" PRIu64
			   " that have a network of their own and have not finished\n",
			   a->endpoints);
}

static void print_containers(const struct containers *c, struct buf *out)
{
	if (!c->known)
		return;
	printable_printf(out, "the containers of %s were compared with %zu entr%s of its CNI "
			 "cache\n", c->node, c->n, c->n == 1 ? "y" : "ies");
	if (c->unjudged && c->elsewhere)
		buf_printf(out, "%zu of these cannot be judged, since the plugin's network "
			   "namespaces are not seen from here: --netns-dir says where they are\n",
			   c->unjudged);
	else if (c->unjudged)
		buf_printf(out, "%zu of these cannot be judged, for want of a network namespace to "
			   "look for; while they stand there, their containers count as alive\n",
			   c->unjudged);
}

/* Those of other nodes are judged on these. */
static bool looked_for_leaks(const struct audit *a)
{
	return !a->untold && (a->judged || !a->unjudged);
}

static void print_untold(const struct check *c, struct buf *out)
{
	const struct audit *a = &c->audit;
	char text[ADDR_TEXT];

	if (!a->untold)
		return;
	addr_print(a->an_untold, text);
	printable_printf(out, "%" PRIu64 " address%s of %s, such as %s, %s in no entry of its CNI "
			 "cache: whether the container%s live%s is not known here\n", a->untold,
			 a->untold == 1 ? "" : "es", c->containers.node, text,
			 a->untold == 1 ? "is" : "are", a->untold == 1 ? "" : "s",
			 a->untold == 1 ? "s" : "");
}

/* The last line: without it "no problem" would say more than is known. */
static void print_leaks(const struct audit *a, struct buf *out)
{
	if (!a->unjudged)
		buf_puts(out, "leaked addresses were looked for\n");
	else if (a->judged)
		buf_printf(out, "leaked addresses were looked for among %" PRIu64 " of %" PRIu64
			   ": whether the containers of the others live is not known here\n",
			   a->judged, a->judged + a->unjudged);
	else
		buf_printf(out, "leaked addresses were not looked for: nothing here tells whether "
			   "the containers of %" PRIu64 " address%s live; run check or reclaim as "
			   "root on their nodes, beside the runtime\n", a->unjudged,
			   a->unjudged == 1 ? "" : "es");
}

static void print_sum(const struct check *c, struct buf *out)
{
	const struct audit *a = &c->audit;
	uint64_t n = count_all(a);

	if (a->without_endpoint)
		buf_printf(out, "%" PRIu64 " addresses have no WorkloadEndpoint, on nodes that "
			   "have some; check --endpoints lists them\n", a->without_endpoint);
	if (!n)
		buf_puts(out, "no problem");
	else
		buf_printf(out, "%" PRIu64 " problem%s", n, n == 1 ? "" : "s");
	if (n > a->n)
		buf_printf(out, " (the first %zu are listed)", a->n);
	buf_printf(out, " in %" PRIu64 " blocks, %" PRIu64 " handles and %" PRIu64
		   " affinities\n", a->utilization.blocks, a->handles, a->affinities);
	print_pods(a, out);
	print_containers(&c->containers, out);
	print_untold(c, out);
}

static void print_json(const struct check *c, struct rows *rows, struct buf *out)
{
	const struct audit *a = &c->audit;
	bool known = c->containers.known;

	fields_print_json(FIELDS(
		{ "problems", cell_rows(rows) },
		{ "problemCount", cell_number(count_all(a)) },
		{ "mendedCount", cell_number(c->mended) },
		{ "blocks", cell_number(a->utilization.blocks) },
		{ "handles", cell_number(a->handles) },
		{ "affinities", cell_number(a->affinities) },
		{ "leaksLookedFor", cell_bool(looked_for_leaks(a)) },
		{ "addressesJudged", cell_number(a->judged) },
		{ "addressesNotJudged", cell_number(a->unjudged) },
		{ "addressesInNoCacheEntry", cell_number(a->untold) },
		{ "addressesWithoutEndpoint", cell_number(a->without_endpoint) },
		{ "pods", a->pods ? cell_number(a->endpoints) : cell_absent() },
		{ "cacheEntries", known ? cell_number(c->containers.n) : cell_absent() },
		{ "cacheEntriesNotJudged",
		  known ? cell_number(c->containers.unjudged) : cell_absent() }), out);
}

static int mend_rest(struct check *c, size_t n, struct err *e)
{
	struct audit_repairs repairs;
	int rc;

	progress_begin(&c->progress, "mended");
	rc = audit_repair(c->store.ds, c->audit.list, c->audit.n, clock_now_ns(), progress_see,
			  &c->progress, &repairs, e);
	progress_end(&c->progress);
	c->mended += repairs.n;
	if (rc == 0 && !repairs.failed)
		return 0;
	if (rc == 0)
		*e = repairs.why;
	return err_wrap(e, "%zu of %zu were mended; the first failure", c->mended, n);
}

static int mend(struct check *c, struct err *e)
{
	size_t n = count_mendable(&c->audit);
	char question[96];

	if (!n || !c->mends)
		return 0;
	if (c->dry) {
		if (!c->call->json)
			buf_printf(&c->call->out, "%zu would be mended\n", n);
		return 0;
	}
	c->mended = count_mended(&c->audit);
	snprintf(question, sizeof(question), "Mend %zu of these?", n);
	if (confirm(c->call, question, e) < 0 || mend_rest(c, n, e) < 0)
		return -1;
	if (!c->call->json)
		buf_printf(&c->call->out, "%zu mended\n", c->mended);
	return 0;
}

static int check(struct check *c, struct err *e)
{
	static const struct column columns[] = {
		{ .heading = "PROBLEM", .name = "problem" },
		{ .heading = "WHERE" },
		{ .name = "key" },
		{ .name = "address" },
		{ .heading = "WHAT", .name = "what" },
		{ .name = "remedy" },
		{ .name = "mendable" },
	};
	struct rows rows __cleanup(rows_done) = { 0 };
	struct call *call = c->call;

	if (store_open(&c->store, call, store_purpose(!c->mends || c->dry, OPEN_TO_CHANGE),
		       e) < 0 ||
	    read_containers(c, e) < 0 || audit_store(c, e) < 0)
		return -1;
	rows_init(&rows, call, columns, ARRAY_LEN(columns));
	add_findings(&rows, &c->audit);
	if (!call->json) {
		print_findings(&c->audit, &rows, &call->out);
		print_sum(c, &call->out);
	}
	if (mend(c, e) < 0)
		return -1;
	if (call->json)
		print_json(c, &rows, &call->out);
	else
		print_leaks(&c->audit, &call->out);
	if (count_all(&c->audit) > c->mended)
		call->status = STATUS_FOUND;
	else if (!looked_for_leaks(&c->audit))
		call->status = STATUS_NOT_JUDGED;
	return 0;
}

static int check_run(struct call *call, struct err *e)
{
	struct check c __cleanup(check_done) = { .call = call, .report = NO_REPORT };

	c.mends = call_option(call, "mend", 0) != NULL;
	c.dry = call_option(call, "dry-run", 0) != NULL;
	if (!c.mends && (c.dry || call_option(call, "yes", 0)))
		return call_wrong_use(call, e, "--dry-run and --yes belong to --mend");
	return check(&c, e) < 0 ? err_wrap(e, "check") : 0;
}

const struct command check_command = {
	.noun = "check",
	.summary = "Find what does not agree: leaks, wrong counts, lost records",
	.help =
	"Reads everything once and compares blocks, handles, affinities and pools with each\n"
	"other.  On a node whose runtime keeps a CNI cache, the addresses of its containers\n"
	"are also judged by the network namespaces that the cache names: where that is gone the\n"
	"address is leaked.  That no entry names a container is no evidence, and told.\n"
	"Behind the Kubernetes API its pods and nodes judge: leaked is\n"
	"what belongs to a pod that is not there, has finished or has another address, to a\n"
	"node that is not there, or as a tunnel's to no node; that needs the right to list\n"
	"both.  With --endpoints, for clusters whose main plugin is Calico's, an address that\n"
	"no WorkloadEndpoint (of Kubernetes: no pod) has is leaked too.  Exit status: 0\n"
	"nothing is wrong, 6 something is, 7 nothing was found, but whether addresses are leaked\n"
	"could not be judged: the last line says of which.\n"
	"\n"
	"--mend makes handles and affinities agree with the blocks, and blocks with\n"
	"themselves.  It never releases an address: see calico-ipamctl release.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl check\n"
	"  calico-ipamctl check --report /tmp/report.json\n"
	"  calico-ipamctl check --mend --dry-run\n"
	"  calico-ipamctl check --mend --yes\n",
	.options = {
		{ .name = "report", .argument = "FILE",
		  .help = "write all allocations there, for release --from-report" },
		{ .name = "endpoints", .help = "judge addresses by Calico's WorkloadEndpoints" },
		{ .name = "node-local",
		  .help = "fail unless this node's containers can be judged" },
		{ .name = "node", .argument = "NODE",
		  .help = "the name of this node; default: as the plugin finds it" },
		{ .name = "cni-cache", .argument = "DIR",
		  .help = "the runtime's CNI cache (/var/lib/cni/results)" },
		{ .name = "netns-dir", .argument = "DIR",
		  .help = "look for network namespaces in this folder" },
		{ .name = "mend", .help = "mend what can be mended without releasing an address" },
		{ .name = "yes", .help = "with --mend: do not ask" },
		{ .name = "dry-run", .help = "with --mend: only say what would be mended" },
	},
	.run = check_run,
};
