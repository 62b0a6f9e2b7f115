/* SPDX-License-Identifier: Apache-2.0 */
/* reclaim: gives back what no living container holds. */
#include "ctl/reclaim/reclaim.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "ctl/cli/aside.h"
#include "ctl/cli/confirm.h"
#include "ctl/cli/node_name.h"
#include "ctl/cli/prom_file.h"
#include "ctl/reclaim/machine.h"
#include "ctl/reclaim/tally.h"

#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS (60 * 60 * 1000)
#define BOOT_TIMEOUT_MS 8000 /* the unit ends it after ten seconds */
#define GRACE_S 60
#define GRACE_MAX_S 3600
#define MAX_ADDRESSES 1000

static int read_number(struct reclaim_call *r, const char *option, uint64_t most, uint64_t usual,
		       uint64_t *ret, struct err *e)
{
	const char *text = call_option(r->call, option, 0);
	char *end = NULL;

	*ret = usual;
	if (!text)
		return 0;
	*ret = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || *ret > most)
		return call_wrong_use(r->call, e, "--%s \"%.32s\" is no number of at most %llu",
				      option, text, (unsigned long long)most);
	return 0;
}

static int read_options(struct reclaim_call *r, struct err *e)
{
	struct call *call = r->call;
	const char *path = call_option(call, "output-file", 0);
	uint64_t max;

	if (path && prom_file_check(call, path, e) < 0)
		return -1;

	r->dry = call_option(call, "dry-run", 0) != NULL;
	r->boot = call_option(call, "boot", 0) != NULL;
	r->gone_node = call_option(call, "node", 0);
	if (r->gone_node && (r->boot || call_option(call, "gone-machine", 0)))
		return call_wrong_use(call, e, "--node is of a node that is gone for good: neither "
				      "--boot nor --gone-machine goes with it");
	if (read_number(r, "grace", GRACE_MAX_S, GRACE_S, &r->grace_s, e) < 0 ||
	    read_number(r, "max", SIZE_MAX, MAX_ADDRESSES, &max, e) < 0)
		return -1;
	r->max = (size_t)max;
	return 0;
}

/* Where nobody looks on, what is released is told as it happens, and in the plugin's log. */
static void begin_log(const struct reclaim_call *r)
{
	const struct cJSON *plugin = r->store.found.plugin;
	struct log_config config = {
		.level = json_string(json_field(plugin, "log_level")),
		.file_path = json_string(json_field(plugin, "log_file_path")),
	};

	if (!aside_is_on_terminal())
		log_open(&config);
}

static void log_released(const struct reclaim *cases)
{
	for (size_t i = 0; i < cases->n; i++) {
		const struct reclaim_case *c = &cases->list[i];
		char text[ADDR_TEXT];

		if (!c->released || aside_is_on_terminal())
			continue;
		addr_print(c->addr, text);
		log_info("Reclaimed an address that no living container holds",
			 LOG_TEXT("IP", text),
			 LOG_TEXT("HandleID", attribute_handle(c->attribute)),
			 LOG_TEXT("Pod", attribute_secondary(c->attribute, "pod")),
			 LOG_TEXT("Reason", verdict_texts[c->verdict]));
	}
}

static int look(struct reclaim_call *r, struct err *e)
{
	if (r->gone_node)
		return reclaim_node_look(r, e);
	if (machine_look(&r->machine, e) < 0)
		return err_wrap(e, "nothing was judged");
	reclaim_judge(&r->cases, machine_judge, &r->machine);
	return reclaim_refuse_other_machine(r, e);
}

static int find(struct reclaim_call *r, struct err *e)
{
	const char *node = r->gone_node ? r->gone_node : r->node;

	if (!*node)
		return err_set(e, ERR_CONFIG, "this machine's node has no name that is allowed");
	r->machine.node = r->node;
	r->machine.run_path = settings_run_path(&r->store.found.settings);
	r->machine.cache = call_option(r->call, "cni-cache", 0);
	r->machine.judge.gone_machine = call_option(r->call, "gone-machine", 0);
	if (ipam_reclaim_find(r->store.ds, node, &r->cases, e) < 0)
		return -1;
	return look(r, e);
}

static int release(struct reclaim_call *r, bool final, struct err *e)
{
	struct ipam_reclaim_request request = { .final = final,
						.max = r->max - r->answer.released };
	struct ipam_reclaim_answer answer = {0};
	int rc = ipam_reclaim(r->store.ds, &r->cases, &request, &answer, e);

	r->answer.released += answer.released;
	r->answer.conflicts += answer.conflicts;
	r->answer.left = answer.left;
	return rc;
}

/* What an earlier boot left at once; the rest if it is as dead once the grace is over. */
static int give_back(struct reclaim_call *r, struct err *e)
{
	if (release(r, true, e) < 0)
		return -1;
	if (r->boot || !reclaim_count(&r->cases, false))
		return 0;
	aside_on_terminal("looking again in %llu s\n", (unsigned long long)r->grace_s);
	deadline_sleep_ms(deadline_in_ms(TIMEOUT_MS), (int64_t)r->grace_s * 1000);
	if (look(r, e) < 0)
		return -1;
	return release(r, false, e);
}

static int count_released(const struct reclaim_call *r, struct err *e)
{
	const char *path = call_option(r->call, "output-file", 0);

	return path && !r->dry ? tally_add(path, &r->cases, e) : 0;
}

static int carry_out(struct reclaim_call *r, struct err *e)
{
	struct err ignored = {0};
	int rc;

	if (find(r, e) < 0)
		return -1;
	if (r->dry || !reclaim_count(&r->cases, r->boot)) {
		reclaim_print(r);
		return count_released(r, e);
	}
	reclaim_print_plan(r);
	if (r->gone_node && !datastore_traits(r->store.ds)->pods)
		aside("nothing here tells whether node \"%s\" still runs: if it does, the "
		      "addresses of its containers will be given to others\n", r->gone_node);
	if (confirm(r->call, r->gone_node ? "Is the node gone for good?" : "Give these back?",
		    e) < 0)
		return -1;
	buf_reset(&r->call->out);
	rc = give_back(r, e);
	log_released(&r->cases);
	reclaim_print(r);
	if (rc == 0)
		return count_released(r, e);
	count_released(r, &ignored);
	return err_wrap(e, "%u addresses were given back, then", r->answer.released);
}

static void call_done(struct reclaim_call *r)
{
	reclaim_done(&r->cases);
	machine_done(&r->machine);
	store_close(&r->store);
}

static int reclaim_run(struct call *call, struct err *e)
{
	struct reclaim_call r __cleanup(call_done) = { .call = call };

	if (read_options(&r, e) < 0)
		return -1;
	if (store_open(&r.store, call, store_purpose(r.dry, OPEN_TO_CHANGE), e) < 0)
		return err_wrap(e, "reclaim");
	datastore_set_deadline(r.store.ds, deadline_in_ms(r.boot ? BOOT_TIMEOUT_MS : TIMEOUT_MS));
	node_name(r.store.found.plugin, r.node);
	begin_log(&r);
	if (carry_out(&r, e) < 0)
		return err_wrap(e, "reclaim");
	if (r.cases.blocks.unreadable) {
		aside("%u blocks cannot be read, and were passed over; one at key %s\n",
		      r.cases.blocks.unreadable, r.cases.blocks.first_unreadable);
		call->status = STATUS_FAILED;
	}
	return 0;
}

const struct command reclaim_command = {
	.noun = "reclaim",
	.summary = "Give back addresses that no living container of this node holds",
	.help =
	"Judges by evidence: under which boot and in which network namespace an allocation was\n"
	"made, which namespaces live, and what the runtime's CNI cache names.  What an earlier\n"
	"boot left is given back at once; the rest if it is as dead at a second look, a grace\n"
	"later.  A container that lives, a virtual machine, a tunnel and what nothing is known\n"
	"of keep their addresses; what cannot be seen whole is not judged.  To be run as root,\n"
	"where the container runtime runs.\n"
	"\n"
	"--node gives back what the containers of a node hold that is gone for good.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl reclaim --dry-run\n"
	"  calico-ipamctl reclaim --yes\n"
	"  calico-ipamctl reclaim --node node-7\n",
	.options = {
		{ .name = "dry-run", .help = "only show what one look finds dead" },
		{ .name = "yes", .help = "do not ask" },
		{ .name = "grace", .argument = "SECONDS",
		  .help = "between the two looks; 60" },
		{ .name = "max", .argument = "N", .help = "addresses at most; 1000" },
		{ .name = "boot", .help = "only what earlier boots left, with one look" },
		{ .name = "node", .argument = "NODE",
		  .help = "of this node, which is gone for good" },
		{ .name = "gone-machine", .argument = "ID",
		  .help = "the other machine of this node's name is gone for good" },
		{ .name = "cni-cache", .argument = "FOLDER",
		  .help = "the CNI cache; /var/lib/cni/results" },
		{ .name = "output-file", .argument = "FILE",
		  .help = "counters for Prometheus, which go on there" },
	},
	.run = reclaim_run,
};
