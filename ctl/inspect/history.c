/* SPDX-License-Identifier: Apache-2.0 */
/*
 * history: who held an address.  A block's record says who holds each address now;
 * what it said before, the store may remember.
 */
#include "base/json.h"
#include "base/list.h"
#include "ctl/cli/command.h"
#include "ctl/cli/progress.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ipam/record/block.h"
#include "ipam/record/keys.h"
#include "ipam/record/pool.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A time in which the address was in one and the same state. */
struct period {
	struct cJSON *attribute;	/* owned; NULL: the address was free */
	uint64_t sequence;	/* of the allocation */
	uint64_t first, last;	/* revisions of the block's record, both seen */
};

struct history {
	struct addr addr;
	struct cidr block;
	char key[KEY_TEXT];
	struct store store;
	struct progress progress;
	struct period *list;	/* owned; newest first */
	size_t n, cap;
	uint64_t versions, unreadable;
	const char *end;	/* why it goes no further back, for people */
};

static void history_done(struct history *h)
{
	for (size_t i = 0; i < h->n; i++)
		json_free(h->list[i].attribute);
	free(h->list);
	store_close(&h->store);
}

static bool is_same(const struct period *p, const struct cJSON *attribute, uint64_t sequence)
{
	if (!p->attribute || !attribute)
		return !p->attribute && !attribute;
	return p->sequence == sequence && json_equal(p->attribute, attribute);
}

static int add(struct history *h, const struct cJSON *attribute, uint64_t sequence,
	       uint64_t revision, struct err *e)
{
	struct period *p;

	if (h->n && is_same(&h->list[h->n - 1], attribute, sequence)) {
		h->list[h->n - 1].first = revision;
		return 0;
	}
	if (list_room(&h->list, h->n, &h->cap) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	p = &h->list[h->n++];
	*p = (struct period){ .sequence = sequence, .first = revision, .last = revision };
	p->attribute = attribute ? json_copy(attribute) : NULL;
	return json_lost() ? err_set(e, ERR_INTERNAL, "out of memory") : 0;
}

/* Versions that do not parse are counted and passed over. */
static int visit(const struct record *record, void *arg, struct err *e)
{
	struct history *h = arg;
	struct block b __cleanup(block_done) = { 0 };
	struct err unreadable = { 0 };
	unsigned ordinal;

	store_go_on(&h->store);
	progress_tell(&h->progress, ++h->versions, 0);
	if (block_read(record, &b, &unreadable) < 0) {
		h->unreadable++;
		return 0;
	}
	ordinal = block_ordinal(&b, h->addr);
	return add(h, block_attribute(&b, ordinal), block_sequence_of(&b, ordinal),
		   record->revision, e);
}

/* The block there is, else the one that the address's pool would make. */
static int find_block(struct history *h, struct view *view, struct err *e)
{
	struct pools pools __cleanup(pools_done) = { 0 };
	const struct pool *p;
	char text[ADDR_TEXT];

	if (key_find_block(view, h->addr, &h->block))
		return 0;
	if (pools_read(view, &pools, e) < 0)
		return -1;
	p = pools_holding(&pools, h->addr, true);
	addr_print(h->addr, text);
	if (!p)
		return err_set(e, ERR_NOT_FOUND, "%s lies in no pool and in no block", text);
	h->block = cidr_masked((struct cidr){ h->addr, p->block_len });
	return 0;
}

static int read_now(struct history *h, struct view *view, struct err *e)
{
	struct wants wants __cleanup(wants_done) = {0};

	wants_add(&wants, KEY_POOLS, RANGE_PREFIX);
	wants_add(&wants, key_of_blocks(h->addr.family), RANGE_PREFIX_KEYS);
	if (datastore_read(h->store.ds, view, &wants, e) < 0 || find_block(h, view, e) < 0)
		return -1;
	key_of_block(h->block, h->key);
	wants_done(&wants);
	wants_add(&wants, h->key, RANGE_KEY);
	return datastore_read(h->store.ds, view, &wants, e);
}

static int walk_back(struct history *h, struct err *e)
{
	static const char *const ends[] = {
		[HISTORY_BEGUN] = "the block was made then; what was before it is not known",
		[HISTORY_COMPACTED] = "etcd has compacted what was before",
		[HISTORY_ABSENT] = "there is no block now; what was before is not known",
		[HISTORY_STOPPED] = "",
	};
	enum history_end end;
	int rc;

	progress_begin(&h->progress, "versions of the block read");
	rc = datastore_history(h->store.ds, h->key, visit, h, &end, e);
	progress_end(&h->progress);
	if (rc == 0)
		h->end = ends[end];
	return rc;
}

static int read_all(struct call *call, struct history *h, struct err *e)
{
	struct view view __cleanup(view_done) = {0};
	const struct record *record;

	if (store_open(&h->store, call, OPEN_TO_LOOK, e) < 0 || read_now(h, &view, e) < 0)
		return -1;
	if (walk_back(h, e) == 0)
		return 0;
	if (e->kind != ERR_UNSUPPORTED)
		return -1;
	err_reset(e);
	h->end = "this store keeps no history";
	record = view_peek(&view, h->key);
	return record ? visit(record, h, e) : 0;
}

static const char *state_of(const struct period *p)
{
	if (!p->attribute)
		return "free";
	return attribute_is_released(p->attribute) ? "cooling" : "assigned";
}

static const char *since_of(const struct period *p)
{
	const char *released = json_string(json_field(p->attribute, "releasedAt"));

	return released ? released : attribute_secondary(p->attribute, "timestamp");
}

static void add_row(struct rows *rows, const struct period *p)
{
	const char *pod = attribute_secondary(p->attribute, "pod");
	const char *space = attribute_secondary(p->attribute, "namespace");
	char whole[512];

	snprintf(whole, sizeof(whole), "%.250s/%.250s", space ? space : "", pod ? pod : "");
	rows_add(rows, cell_text(state_of(p)), cell_number(p->first), cell_number(p->last),
		 cell_number(p->sequence), cell_tree(p->attribute), cell_text(state_of(p)),
		 cell_text(attribute_secondary(p->attribute, "node")),
		 cell_text(pod ? whole : NULL),
		 cell_text(attribute_secondary(p->attribute, "ifname")),
		 cell_text(since_of(p)), cell_text(attribute_handle(p->attribute)));
}

static void print_text(const struct history *h, struct rows *rows, struct buf *out)
{
	char addr[ADDR_TEXT], block[CIDR_TEXT];

	addr_print(h->addr, addr);
	cidr_print(h->block, block);
	buf_printf(out, "%s in block %s, revisions of the store, newest first\n\n", addr, block);
	rows_print(rows, out);
	if (h->unreadable)
		buf_printf(out, "%" PRIu64 " versions of the block cannot be read\n",
			   h->unreadable);
	if (*h->end)
		buf_printf(out, "\n%s\n", h->end);
}

static void print(const struct history *h, struct call *call)
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
		{ .heading = "SINCE" },
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
				 { "end", cell_text(h->end) }), &call->out);
}

static int history_run(struct call *call, struct err *e)
{
	struct history h __cleanup(history_done) = { .end = "" };
	const char *text = call_option(call, "ip", 0);

	if (addr_parse(text, &h.addr) < 0)
		return call_wrong_use(call, e, "--ip \"%.64s\" must be an address", text);
	if (read_all(call, &h, e) < 0)
		return err_wrap(e, "history of %.46s", text);
	print(&h, call);
	return 0;
}

const struct command history_command = {
	.noun = "history",
	.summary = "Show who held an address",
	.help =
	"Newest first: each state of the address, with the revisions of the store from and to\n"
	"which the block's record said so, and what the allocation says of itself: node, pod,\n"
	"interface, handle, and since when.  etcd remembers as far back as it is not compacted\n"
	"(a Kubernetes API server compacts its own every five minutes); the local store shows\n"
	"the present only.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl history --ip 10.86.0.17\n"
	"  calico-ipamctl history --ip fd86::17 -o yaml\n",
	.options = {
		{ .name = "ip", .argument = "ADDRESS", .help = "the address", .required = true },
	},
	.run = history_run,
};
