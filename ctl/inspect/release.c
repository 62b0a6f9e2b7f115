/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/aside.h"
#include "ctl/cli/command.h"
#include "ctl/cli/confirm.h"
#include "ctl/inspect/containers.h"
#include "ctl/cli/meant.h"
#include "ctl/cli/node_name.h"
#include "ctl/cli/progress.h"
#include "ctl/inspect/release_report.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ipam/affinity/affinities.h"
#include "ipam/node/nodes.h"
#include "ipam/record/host.h"
#include "ipam/release/handle.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RELEASE_TIMEOUT_MS (60 * 60 * 1000)

struct release {
	struct call *call;
	struct store store;
	struct release_report what;	/* also of addresses, a handle or a node */
	unsigned released, conflicts, blocks, handles;
	bool dry;
};

/* ipam_release_addresses() tells its progress without an argument. */
static struct progress the_progress;

static void tell_progress(unsigned done, unsigned n)
{
	progress_tell(&the_progress, done, n);
}

static void release_done(struct release *r)
{
	progress_end(&the_progress);
	release_report_done(&r->what);
	store_close(&r->store);
}

static unsigned count_allocated(const struct allocations *s)
{
	unsigned n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += s->list[i].allocated;
	return n;
}

static int select_addresses(struct release *r, struct err *e)
{
	const struct call *call = r->call;
	struct addr list[CALL_WORDS_MAX];

	for (unsigned i = 0; i < call->n_words; i++)
		if (addr_parse(call->words[i], &list[i]) < 0)
			return call_wrong_use(r->call, e, "\"%.64s\" is not an address",
					      call->words[i]);
	if (allocations_of_addresses(r->store.ds, list, call->n_words, &r->what.selection, e) < 0)
		return -1;
	return count_allocated(&r->what.selection) ? 0 :
	       err_set(e, ERR_NOT_FOUND, "nothing is allocated of what was named");
}

/* What was selected by a scan is not all there is; -1 where it is nothing. */
static int tell_unreadable(const struct release *r, struct err *e)
{
	const struct allocations *s = &r->what.selection;

	if (!s->n && !s->n_blocks)
		return err_set(e, ERR_CORRUPT, "nothing was found in the blocks that can be read; "
			       "%u cannot, one at key %.127s", s->unreadable, s->first_unreadable);
	aside("%u blocks cannot be read, and were passed over; one at key %s\n", s->unreadable,
	      s->first_unreadable);
	r->call->status = STATUS_FAILED;
	return 0;
}

static int select_handle(struct release *r, const char *handle, struct err *e)
{
	if (allocations_of_handle(r->store.ds, handle, &r->what.selection, e) < 0)
		return -1;
	if (r->what.selection.unreadable)
		return tell_unreadable(r, e);
	return r->what.selection.n ? 0 : err_set(e, ERR_NOT_FOUND, "no address is held through "
						 "handle \"%.128s\"", handle);
}

/* A node that is there uses its addresses; with a store of one machine that is this one. */
static int check_node_is_gone(struct release *r, const char *node, struct err *e)
{
	char here[256];
	bool there;

	if (ipam_has_node(r->store.ds, node, &there, e) < 0)
		return -1;
	node_name(r->store.found.plugin, here);
	if (there && !call_option(r->call, "force", 0))
		return err_set(e, ERR_CONFLICT, "node \"%.128s\" exists; delete it first "
			       "(%s), or use --force", node,
			       datastore_traits(r->store.ds)->pods ? "kubectl delete node" :
								    "calico-ipamctl node delete "
								    "--force");
	if (strcmp(here, node) == 0 && !call_option(r->call, "force", 0))
		return err_set(e, ERR_CONFLICT, "node \"%.128s\" is this machine; --force "
			       "releases its addresses all the same", node);
	return 0;
}

static int select_node(struct release *r, const char *node, struct err *e)
{
	const struct allocations *s = &r->what.selection;

	if (check_node_is_gone(r, node, e) < 0 ||
	    allocations_of_node(r->store.ds, node, &r->what.selection, e) < 0)
		return -1;
	if (s->unreadable)
		return tell_unreadable(r, e);
	if (s->n || s->n_blocks)
		return 0;
	err_set(e, ERR_NOT_FOUND, "node \"%.128s\" has neither addresses nor blocks", node);
	return meant_node(&r->store, node, e);
}

static int select_reported(struct release *r, struct err *e)
{
	const char *paths[RELEASE_REPORTS_MAX + 1];
	unsigned n = 0;

	while (n <= RELEASE_REPORTS_MAX && (paths[n] = call_option(r->call, "from-report", n)))
		n++;
	return release_report_read(r->store.ds, paths, n, call_option(r->call, "force", 0) != NULL,
				   &r->what, e);
}

static int select_all(struct release *r, struct err *e)
{
	const char *handle = call_option(r->call, "handle", 0),
		   *node = call_option(r->call, "node", 0);

	if (handle)
		return select_handle(r, handle, e);
	if (node)
		return select_node(r, node, e);
	return r->call->n_words ? select_addresses(r, e) : select_reported(r, e);
}

static const struct column columns[] = {
	{ .heading = "ADDRESS", .name = "address" },
	{ .heading = "STATE", .name = "result" },
	{ .name = "handle" },
	{ .heading = "NODE", .name = "node" },
	{ .heading = "POD" },
	{ .heading = "HANDLE" },
};

static const char *state_of(const struct allocation *a, bool released)
{
	static const char *const results[] = {
		[IPAM_RELEASED] = "released",
		[IPAM_UNALLOCATED] = "not allocated",
		[IPAM_CONFLICT] = "changed since",
	};

	if (released)
		return results[a->result];
	return a->allocated ? "to release" : "not allocated";
}

/* As they are to be released, or have been. */
static void add_rows(struct rows *rows, const struct allocations *s, bool released)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct allocation *a = &s->list[i];

		rows_add(rows, cell_addr(a->addr), cell_text(state_of(a, released)),
			 cell_text(a->handle), cell_text(a->node), cell_text(a->pod),
			 cell_text(a->handle));
	}
}

static void print_selection(const struct release *r, bool released, struct buf *out)
{
	struct rows rows __cleanup(rows_done) = { 0 };

	if (!r->what.selection.n)
		return;
	rows_init_table(&rows, columns, ARRAY_LEN(columns));
	add_rows(&rows, &r->what.selection, released);
	rows_print(&rows, out);
}

static void print_json(const struct release *r, struct buf *out)
{
	struct rows rows __cleanup(rows_done) = { 0 };

	rows_init(&rows, r->call, columns, ARRAY_LEN(columns));
	add_rows(&rows, &r->what.selection, !r->dry);
	fields_print_json(FIELDS({ "addresses", cell_rows(&rows) },
				 { "released", cell_number(r->released) },
				 { "conflicts", cell_number(r->conflicts) },
				 { "handlesDeleted", cell_number(r->handles) },
				 { "blocksGivenBack", cell_number(r->blocks) }), out);
}

static int release_addresses(struct release *r, struct err *e)
{
	struct allocations *s = &r->what.selection;
	unsigned done = 0;
	int rc;

	progress_begin(&the_progress, "addresses released");
	rc = allocations_release(r->store.ds, s, tell_progress, &done, e);
	progress_end(&the_progress);
	for (size_t i = 0; i < s->n; i++) {
		r->released += s->list[i].result == IPAM_RELEASED;
		r->conflicts += s->list[i].result == IPAM_CONFLICT;
	}
	return rc < 0 ? err_wrap(e, "%u addresses were released, then", r->released) : 0;
}

/* Those whose record is the one that was reported. */
static int delete_handles(struct release *r, struct err *e)
{
	for (size_t i = 0; i < r->what.n_handles; i++) {
		struct handle_delete_request request = {
			.id = r->what.handles[i].id, .revision = r->what.handles[i].revision,
		};
		struct handle_delete_answer answer;

		if (ipam_delete_handle(r->store.ds, &request, &answer, e) < 0)
			return -1;
		r->handles += answer.deleted;
	}
	return 0;
}

static int give_back_block(struct release *r, const char *owner, struct cidr block, struct err *e)
{
	struct affinity_release_request request = { .block = block, .owner = owner, .force = true,
						    .now_ns = clock_now_ns() };
	struct affinity_release_answer answer;

	if (ipam_release_affinity(r->store.ds, &request, &answer, e) < 0)
		return -1;
	r->blocks += answer.outcome != AFFINITY_NOTHING;
	return 0;
}

/* The blocks of the node, and what is left of its affinities. */
static int give_back(struct release *r, const char *node, struct err *e)
{
	struct owned_blocks left __cleanup(owned_blocks_done) = { 0 };
	const struct allocations *s = &r->what.selection;
	char owner[HOST_TEXT];

	if (host_print(node, owner, e) < 0)
		return -1;
	for (size_t i = 0; i < s->n_blocks; i++)
		if (give_back_block(r, owner, s->blocks[i], e) < 0)
			return -1;
	if (ipam_blocks_of_node(r->store.ds, node, &left, e) < 0)
		return -1;
	for (size_t i = 0; i < left.n; i++)
		if (give_back_block(r, left.list[i].owner, left.list[i].block, e) < 0)
			return -1;
	return 0;
}

static void print_plan(const struct release *r, struct buf *out)
{
	const struct release_report *what = &r->what;

	print_selection(r, false, out);
	buf_printf(out, "%u addresses to release", count_allocated(&what->selection));
	if (what->n_handles)
		buf_printf(out, ", %zu leaked handles to delete", what->n_handles);
	if (what->selection.n_blocks)
		buf_printf(out, ", %zu blocks to give back", what->selection.n_blocks);
	buf_putc(out, '\n');
}

static void print_result(const struct release *r, struct buf *out)
{
	print_selection(r, true, out);
	buf_printf(out, "%u addresses released", r->released);
	if (r->handles)
		buf_printf(out, ", %u leaked handles deleted", r->handles);
	if (r->blocks)
		buf_printf(out, ", %u blocks given back", r->blocks);
	buf_putc(out, '\n');
	if (r->conflicts)
		buf_printf(out, "%u addresses changed hands since: they were kept\n",
			   r->conflicts);
}

static int release(struct release *r, struct err *e)
{
	struct call *call = r->call;
	const char *node = call_option(call, "node", 0);

	if (select_all(r, e) < 0)
		return -1;
	print_plan(r, &call->out);
	if (!r->dry) {
		if (confirm(call, "Release these?", e) < 0)
			return -1;
		buf_reset(&call->out);
		if (release_addresses(r, e) < 0 || delete_handles(r, e) < 0 ||
		    (node && give_back(r, node, e) < 0))
			return -1;
		print_result(r, &call->out);
	}
	if (call->json) {
		buf_reset(&call->out);
		print_json(r, &call->out);
	}
	return 0;
}

static int check_words(struct call *call, struct err *e)
{
	unsigned ways = (call->n_words > 0) + (call_option(call, "handle", 0) != NULL) +
			(call_option(call, "node", 0) != NULL) +
			(call_option(call, "from-report", 0) != NULL);

	if (ways != 1)
		return call_wrong_use(call, e, "say what to release: addresses, --handle, --node "
				      "or --from-report, one of these");
	return 0;
}

static int release_run(struct call *call, struct err *e)
{
	struct release r __cleanup(release_done) = { .call = call };

	r.dry = call_option(call, "dry-run", 0) != NULL;
	if (check_words(call, e) < 0)
		return -1;
	if (store_open(&r.store, call, store_purpose(r.dry, OPEN_TO_CHANGE), e) < 0)
		return err_wrap(e, "release");
	datastore_set_deadline(r.store.ds, deadline_in_ms(RELEASE_TIMEOUT_MS));
	if (release(&r, e) < 0)
		return err_wrap(e, "release");
	if (r.conflicts && call->status != STATUS_FAILED)
		call->status = STATUS_CONFLICT;
	return 0;
}

const struct command release_command = {
	.noun = "release",
	.words_argument = "ADDRESS",
	.words_optional = true,
	.summary = "Release addresses that nobody uses any more",
	.help =
	"Shows what it will release, asks, and releases each address only if it is still held\n"
	"by the handle and under the sequence number that were shown: what was given to\n"
	"another meanwhile is kept (exit status 4).  An address that is in use can be given\n"
	"to another container afterwards: be sure that it is not.\n"
	"\n"
	"--node releases all addresses of a node that is gone, and gives its blocks back; it\n"
	"refuses while the node exists.  --from-report releases what reports of `check\n"
	"--report` call unused; given several times, what all of them agree on.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl release 10.86.0.5 fd86::5\n"
	"  calico-ipamctl release --handle net1.4f2a6c --dry-run\n"
	"  calico-ipamctl release --node node-7 --yes\n"
	"  calico-ipamctl release --from-report /tmp/a.json --from-report /tmp/b.json\n",
	.options = {
		{ .name = "handle", .argument = "HANDLE", .help = "all addresses of this handle" },
		{ .name = "node", .argument = "NODE",
		  .help = "all addresses and blocks of this node" },
		{ .name = "from-report", .argument = "FILE", .repeated = true,
		  .help = "what this report calls unused; may be repeated" },
		{ .name = "force",
		  .help = "though the node exists; or though version or lock do not fit" },
		{ .name = "yes", .help = "do not ask" },
		{ .name = "dry-run", .help = "only show what would be released" },
	},
	.run = release_run,
};
