/* SPDX-License-Identifier: Apache-2.0 */
#include "base/terminal/printable.h"
#include "ipam/pool/split.h"
#include "ctl/cli/command.h"
#include "ctl/cli/confirm.h"
#include "ctl/cli/meant.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ctl/cli/uid.h"
#include "ctl/openstack/overlapping.h"

#include <stdio.h>
#include <string.h>

struct job {
	struct store store;
	struct pool_split_request split;
	struct pool_split_answer answer;
};

static int read_length(struct call *call, unsigned *ret, struct err *e)
{
	const char *text = call_option(call, "into", 0);
	size_t len;

	text += *text == '/';
	len = strlen(text);
	if (!len || len > 3 || strspn(text, "0123456789") != len ||
	    sscanf(text, "%u", ret) != 1)
		return call_wrong_use(call, e, "--into \"%.20s\" must be a prefix length, such as "
				      "24", text);
	return 0;
}

static void print_sentence(const struct job *job, struct buf *out)
{
	char cidr[CIDR_TEXT];

	cidr_print(job->answer.cidr, cidr);
	printable_printf(out, "pool %s (%s) %s %u pools%s\n\n", job->split.name, cidr,
			 job->split.dry_run ? "would be split into" : "split into", job->answer.n,
			 job->answer.gateways ? ", its recorded gateways too" : "");
}

static void print(const struct job *job, struct call *call)
{
	static const struct column columns[] = {
		{ .heading = "NAME", .name = "name" },
		{ .heading = "CIDR", .name = "cidr" },
		{ .heading = ">BLOCKS", .name = "blocks" },
	};
	struct rows rows __cleanup(rows_done) = { 0 };

	rows_init(&rows, call, columns, ARRAY_LEN(columns));
	for (unsigned i = 0; i < job->answer.n; i++)
		rows_add(&rows, cell_text(job->answer.parts[i].name),
			 cell_cidr(job->answer.parts[i].cidr),
			 cell_number(job->answer.parts[i].blocks));
	if (call->json) {
		fields_print_json(FIELDS({ "split", cell_text(job->split.name) },
					 { "dryRun", cell_bool(job->split.dry_run) },
					 { "pools", cell_rows(&rows) }), &call->out);
		return;
	}
	print_sentence(job, &call->out);
	rows_print(&rows, &call->out);
}

static void tell_overlapping(const struct job *job)
{
	const char *names[POOL_SPLIT_MAX];

	for (unsigned i = 0; i < job->answer.n; i++)
		names[i] = job->answer.parts[i].name;
	overlapping_tell(job->store.ds, &(struct pool_names){ names, job->answer.n });
}

static void job_done(struct job *job)
{
	store_close(&job->store);
}

static int split(struct call *call, bool dry, void *arg, struct err *e)
{
	struct job *job = arg;

	job->split.dry_run = dry;
	store_go_on(&job->store);
	if (ipam_split_pool(job->store.ds, &job->split, &job->answer, e) < 0)
		return meant_pool(&job->store, call->name, e);
	print(job, call);
	if (!dry)
		tell_overlapping(job);
	return CONFIRM_SOMETHING;
}

static int pool_split_run(struct call *call, struct err *e)
{
	struct job job __cleanup(job_done) = { .split.name = call->name,
					       .split.now_ns = clock_now_ns() };

	if (read_length(call, &job.split.into, e) < 0)
		return -1;
	for (unsigned i = 0; i < POOL_SPLIT_MAX; i++)
		uid_new(job.split.uids[i]);
	if (store_open(&job.store, call, OPEN_TO_CHANGE, e) < 0 ||
	    confirm_and_do(call, "Split the pool?", split, &job, e) < 0)
		return err_wrap(e, "pool split %.64s", call->name);
	return 0;
}

const struct command pool_split_command = {
	.noun = "pool",
	.verb = "split",
	.name_argument = "NAME",
	.summary = "Replace a pool by smaller ones, its addresses in use untouched",
	.help =
	"The new pools NAME-0, NAME-1 ... have the same settings and block size.  Blocks and\n"
	"addresses in use stay as they are, and lie in one of the new pools each; those without\n"
	"blocks can then be updated or deleted.  At most 64 pools (32 with recorded gateways).\n"
	"Conflists that name the old pool or its CIDR must be changed.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl pool split cluster-v4 --into 18 --dry-run\n"
	"  calico-ipamctl pool split cluster-v4 --into 18 --yes\n",
	.options = {
		{ .name = "into", .argument = "LENGTH", .required = true,
		  .help = "prefix length of the new pools" },
		CONFIRM_OPTIONS,
	},
	.run = pool_split_run,
};
