/* SPDX-License-Identifier: Apache-2.0 */
/*
 * history: who held an address.  A block's record says who holds each address now;
 * what it said before, the store may remember.
 */
#include "ctl/inspect/since.h"
#include "ctl/cli/command.h"
#include "ctl/cli/progress.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ipam/audit/address.h"

#include <inttypes.h>
#include <stdio.h>

struct history {
	struct address_history of;
	struct store store;
	struct progress progress;
};

static void history_done(struct history *h)
{
	progress_end(&h->progress);
	address_history_done(&h->of);
	store_close(&h->store);
}

static void see_version(uint64_t versions, void *arg)
{
	struct history *h = arg;

	store_go_on(&h->store);
	progress_tell(&h->progress, versions, 0);
}

static int read_all(struct call *call, struct history *h, struct addr a, struct err *e)
{
	if (store_open(&h->store, call, OPEN_TO_LOOK, e) < 0)
		return -1;
	progress_begin(&h->progress, "versions of the block read");
	if (ipam_read_history(h->store.ds, a, see_version, h, &h->of, e) < 0)
		return -1;
	progress_end(&h->progress);
	return 0;
}

/* Why it goes no further back, for people. */
static const char *end_of(const struct address_history *h)
{
	static const char *const ends[] = {
		[HISTORY_BEGUN] = "the block was made then; what was before it is not known",
		[HISTORY_COMPACTED] = "etcd has compacted what was before",
		[HISTORY_ABSENT] = "there is no block now; what was before is not known",
		[HISTORY_STOPPED] = "",
	};

	return h->remembered ? ends[h->end] : "this store keeps no history";
}

static const char *state_of(const struct address_period *p)
{
	if (p->state == ADDRESS_FREE)
		return "free";
	return p->state == ADDRESS_COOLING ? "cooling" : "assigned";
}

static void add_row(struct rows *rows, const struct address_period *p)
{
	const char *pod = attribute_secondary(&p->attribute, "pod");
	const char *space = attribute_secondary(&p->attribute, "namespace");
	struct buf attribute __cleanup(buf_done) = BUF(STORE_RECORD_MAX);
	char whole[512], since[SINCE_TEXT];
	bool dated = since_of(&p->attribute, since);

	if (p->state != ADDRESS_FREE)
		attribute_print(&p->attribute, &attribute);
	snprintf(whole, sizeof(whole), "%.250s/%.250s", space ? space : "", pod ? pod : "");
	rows_add(rows, cell_text(state_of(p)), cell_number(p->first), cell_number(p->last),
		 cell_number(p->sequence), cell_json(attribute.len ? attribute.data : NULL),
		 cell_text(state_of(p)),
		 cell_text(attribute_secondary(&p->attribute, "node")),
		 cell_text(pod ? whole : NULL),
		 cell_text(attribute_secondary(&p->attribute, "ifname")),
		 cell_text(dated ? since : NULL), cell_text(attribute_handle(&p->attribute)));
}

static void print_text(const struct address_history *h, struct rows *rows, struct buf *out)
{
	char addr[ADDR_TEXT], block[CIDR_TEXT];

	addr_print(h->addr, addr);
	cidr_print(h->block, block);
	buf_printf(out, "%s in block %s, revisions of the store, newest first\n\n", addr, block);
	rows_print(rows, out);
	if (h->unreadable)
		buf_printf(out, "%" PRIu64 " versions of the block cannot be read\n",
			   h->unreadable);
	if (*end_of(h))
		buf_printf(out, "\n%s\n", end_of(h));
}

static void print(const struct address_history *h, struct call *call)
{
	static const struct column columns[] = {
		{ .name = "state" },
		{ .heading = ">FROM", .name = "fromRevision" },
		{ .heading = ">TO", .name = "toRevision" },
		{ .name = "sequenceNumber" },
		{ .name = "attribute" },
		{ .heading = "STATE" },
		{ .heading = "NODE" },
		{ .heading = "POD" },
		{ .heading = "IFNAME" },
		{ .heading = "SINCE", .name = "since" },
		{ .heading = "HANDLE" },
	};
	struct rows rows __cleanup(rows_done) = { 0 };

	rows_init(&rows, call, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < h->n; i++)
		add_row(&rows, &h->list[i]);
	if (!call->json) {
		print_text(h, &rows, &call->out);
		return;
	}
	fields_print_json(FIELDS({ "address", cell_addr(h->addr) },
				 { "block", cell_cidr(h->block) },
				 { "versionsRead", cell_number(h->versions) },
				 { "periods", cell_rows(&rows) },
				 { "end", cell_text(end_of(h)) }), &call->out);
}

static int history_run(struct call *call, struct err *e)
{
	struct history h __cleanup(history_done) = { 0 };
	const char *text = call_option(call, "ip", 0);
	struct addr a;

	if (addr_parse(text, &a) < 0)
		return call_wrong_use(call, e, "--ip \"%.64s\" must be an address", text);
	if (read_all(call, &h, a, e) < 0)
		return err_wrap(e, "history of %.46s", text);
	print(&h.of, call);
	return 0;
}

const struct command history_command = {
	.noun = "history",
	.summary = "Show who held an address",
	.help =
	"Newest first: each state of the address, with the revisions of the store from and to\n"
	"which the block's record said so, and what the allocation says of itself: node, pod,\n"
	"interface, handle, and since when.  etcd remembers as far back as it is not compacted\n"
	"(a Kubernetes API server compacts its own every five minutes); the local store and the\n"
	"Kubernetes API show the present only.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl history --ip 10.86.0.17\n"
	"  calico-ipamctl history --ip fd86::17 -o yaml\n",
	.options = {
		{ .name = "ip", .argument = "ADDRESS", .help = "the address", .required = true },
	},
	.run = history_run,
};
