/* SPDX-License-Identifier: Apache-2.0 */
/*
 * import: looks through the file and the store side by side first, so that nothing is
 * written where anything differs; then writes what is missing, in transactions; then
 * looks through both once more.
 */
#include "base/json.h"
#include "base/terminal/printable.h"
#include "base/terminal/shell_word.h"
#include "ctl/cli/aside.h"
#include "ctl/transfer/archive.h"
#include "ctl/transfer/moment.h"
#include "ctl/cli/command.h"
#include "ctl/cli/progress.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ipam/record/keys.h"
#include "ipam/node/nodes.h"
#include "ipam/request/loop.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_RECORDS 100
#define BATCH_BYTES (512 << 10)
#define LISTED_MAX 100	/* differing keys that are named */

/* How file and store compare, key by key. */
struct comparison {
	uint64_t same, missing, different, only_in_store;
	struct archive_sum sum;	/* of the store's records whose keys the file has */
	char listed[LISTED_MAX][VIEW_KEY_MAX + 1];
};

struct import {
	struct store store;
	struct archive_reader reader;
	struct comparison found;
	struct progress progress;
	int more;	/* the reader holds a record */
	struct changes batch;	/* puts to be made */
	size_t batch_bytes;
	uint64_t written;
	struct node_names unknown;	/* owned */
};

static void import_done(struct import *m)
{
	archive_reader_done(&m->reader);
	archive_sum_done(&m->found.sum);
	changes_done(&m->batch);
	store_close(&m->store);
	node_names_done(&m->unknown);
}

static int advance(struct import *m, struct err *e)
{
	m->more = archive_read(&m->reader, e);
	return m->more < 0 ? -1 : 0;
}

static void note(struct comparison *c, const struct record *in_file, const struct record *in_store)
{
	if (in_file->value_len == in_store->value_len &&
	    memcmp(in_file->value, in_store->value, in_file->value_len) == 0) {
		c->same++;
		return;
	}
	if (c->different < LISTED_MAX)
		snprintf(c->listed[c->different], VIEW_KEY_MAX + 1, "%s", in_file->key);
	c->different++;
}

/* Both sides ascend: the file goes forward until it is at the store's key. */
static int look(const struct record *record, void *arg, struct err *e)
{
	struct import *m = arg;
	int order = -1;

	store_go_on(&m->store);
	progress_tell(&m->progress, m->found.same, 0);
	while (m->more && (order = strcmp(m->reader.record.key, record->key)) < 0) {
		m->found.missing++;
		if (advance(m, e) < 0)
			return -1;
	}
	if (!m->more || order > 0) {
		m->found.only_in_store++;
		return 0;
	}
	note(&m->found, &m->reader.record, record);
	if (archive_sum_add(&m->found.sum, record, e) < 0)
		return -1;
	return advance(m, e);
}

static int begin_comparison(void *arg, struct err *e)
{
	struct import *m = arg;
	struct comparison *c = &m->found;

	c->same = c->missing = c->different = c->only_in_store = 0;
	archive_sum_reset(&c->sum);
	if (archive_rewind(&m->reader, e) < 0)
		return -1;
	return advance(m, e);
}

/* The file is read to its end, so that its sum is checked too. */
static int compare_all(struct import *m, struct err *e)
{
	if (moment_read(m->store.ds, KEY_ROOT, begin_comparison, look, m, e) < 0)
		return -1;
	while (m->more) {
		m->found.missing++;
		if (advance(m, e) < 0)
			return -1;
	}
	return 0;
}

static int compare(struct import *m, const char *what, struct err *e)
{
	int rc;

	progress_begin(&m->progress, what);
	rc = compare_all(m, e);
	progress_end(&m->progress);
	return rc;
}

static int refuse(const struct comparison *c, struct err *e)
{
	for (uint64_t i = 0; i < c->different && i < LISTED_MAX; i++)
		aside("differs: %s\n", c->listed[i]);
	if (c->different > LISTED_MAX)
		aside("and %" PRIu64 " more\n", c->different - LISTED_MAX);
	return err_set(e, ERR_CONFLICT, "%" PRIu64 " records in the store differ from the file's; "
		       "nothing was written", c->different);
}

static int list_missing(struct plan *p, const struct changes *batch, struct err *e)
{
	for (size_t i = 0; i < batch->n; i++) {
		const struct change *c = &batch->list[i];
		const struct record *r = view_look_at(p->view, c->key);

		if (!r)
			changes_put(&p->changes, c->key, c->value, c->value_len);
		else if (r->value_len != c->value_len || memcmp(r->value, c->value, c->value_len))
			return err_set(e, ERR_CONFLICT, "%s has been written by somebody else "
				       "meanwhile; what was imported before it stands", c->key);
	}
	return 0;
}

static int plan_batch(struct plan *p, const struct changes *batch, struct err *e)
{
	for (size_t i = 0; i < batch->n; i++)
		plan_knows(p, batch->list[i].key);
	if (!plan_needs(p) && list_missing(p, batch, e) < 0)
		return -1;
	plan_conclude(p);
	return 0;
}

static int write_batch(struct import *m, struct err *e)
{
	struct loop loop __cleanup(loop_done) = { 0 };

	if (!m->batch.n)
		return 0;
	store_go_on(&m->store);
	loop_init(&loop, m->store.ds);
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_batch(&loop.plan, &m->batch, &loop.error));
	if (loop_result(&loop, e) < 0)
		return -1;
	m->written += m->batch.n;
	progress_tell(&m->progress, m->written, m->found.missing + m->found.same);
	changes_done(&m->batch);
	changes_init(&m->batch);
	m->batch_bytes = 0;
	return 0;
}

static int write_records(struct import *m, struct err *e)
{
	if (archive_rewind(&m->reader, e) < 0 || advance(m, e) < 0)
		return -1;
	while (m->more) {
		const struct record *r = &m->reader.record;

		if (m->batch.n == BATCH_RECORDS || m->batch_bytes + r->value_len > BATCH_BYTES)
			if (write_batch(m, e) < 0)
				return -1;
		changes_put(&m->batch, r->key, r->value, r->value_len);
		m->batch_bytes += r->value_len;
		if (advance(m, e) < 0)
			return -1;
	}
	return write_batch(m, e);
}

static int write_missing(struct import *m, struct err *e)
{
	int rc;

	if (!m->found.missing)
		return 0;
	progress_begin(&m->progress, "records imported");
	rc = write_records(m, e);
	progress_end(&m->progress);
	return rc;
}

/* Both sides again: no record may be missing, and the sums are one. */
static int verify(struct import *m, char sum[ARCHIVE_SUM_TEXT], struct err *e)
{
	char of_file[ARCHIVE_SUM_TEXT];

	if (compare(m, "records compared", e) < 0)
		return -1;
	if (archive_sum_print(&m->found.sum, m->reader.sum_kind, sum, e) < 0 ||
	    archive_sum_print(&m->reader.sum, m->reader.sum_kind, of_file, e) < 0)
		return -1;
	if (m->found.missing || m->found.different || strcmp(sum, of_file) != 0)
		return err_set(e, ERR_CONFLICT, "after the import %" PRIu64 " records are missing "
			       "and %" PRIu64 " differ; somebody else writes to the store",
			       m->found.missing, m->found.different);
	return 0;
}

static int find_unknown_nodes(struct import *m, struct err *e)
{
	store_go_on(&m->store);
	return ipam_list_unknown_nodes(m->store.ds, &m->unknown, e);
}

static void print_text(struct call *call, const struct import *m, uint64_t missing, bool dry,
		       const char *sum)
{
	struct buf *out = &call->out;
	char word[SHELL_WORD_TEXT];

	buf_printf(out, "%" PRIu64 " records %s, %" PRIu64 " there already\n", missing,
		   dry ? "would be imported" : "imported", m->reader.n - missing);
	if (m->found.only_in_store)
		buf_printf(out, "%" PRIu64 " records of the store are not in the file\n",
			   m->found.only_in_store);
	if (!dry)
		buf_printf(out, "sum of the %" PRIu64 " records: %s in the file, %s in the store\n",
			   m->reader.n, sum, sum);
	for (size_t i = 0; i < m->unknown.n; i++)
		printable_printf(out, "node %s owns blocks and is not in this store; run: "
				 "calico-ipamctl node create %s\n", m->unknown.list[i],
				 shell_word(m->unknown.list[i], word, sizeof(word)));
}

static void print_json(struct call *call, const struct import *m, uint64_t missing, bool dry,
		       const char *sum)
{
	const struct node_names *unknown = &m->unknown;

	fields_print_json(FIELDS({ "dryRun", cell_bool(dry) },
				 { "imported", cell_number(missing) },
				 { "thereAlready", cell_number(m->reader.n - missing) },
				 { "onlyInStore", cell_number(m->found.only_in_store) },
				 { "sum", cell_text_if_any(dry ? NULL : sum) },
				 { "nodesToCreate", cell_texts((const char *const *)unknown->list,
							      unknown->n) }), &call->out);
}

static int import(struct call *call, struct import *m, struct err *e)
{
	bool dry = call_option(call, "dry-run", 0);
	char sum[ARCHIVE_SUM_TEXT] = "";
	uint64_t missing;

	if (archive_read_open(&m->reader, call->name, e) < 0 ||
	    store_open(&m->store, call, store_purpose(dry), e) < 0 ||
	    compare(m, "records compared", e) < 0)
		return -1;
	missing = m->found.missing;
	if (m->found.different)
		return refuse(&m->found, e);
	if (!dry && (write_missing(m, e) < 0 || verify(m, sum, e) < 0))
		return -1;
	if (!dry && !datastore_traits(m->store.ds)->one_node && find_unknown_nodes(m, e) < 0)
		return -1;
	if (call->json)
		print_json(call, m, missing, dry, sum);
	else
		print_text(call, m, missing, dry, sum);
	return 0;
}

static int import_run(struct call *call, struct err *e)
{
	struct import *m = calloc(1, sizeof(*m));
	int rc;

	if (!m)
		return err_set(e, ERR_INTERNAL, "out of memory");
	changes_init(&m->batch);
	archive_sum_init(&m->found.sum);
	rc = import(call, m, e);
	import_done(m);
	free(m);
	return rc < 0 ? err_wrap(e, "import") : 0;
}

const struct command import_command = {
	.noun = "import",
	.name_argument = "FILE",
	.summary = "Write what export has written into this store",
	.help =
	"Nothing that is in the store is overwritten: where a record differs from the file's, all\n"
	"such are listed and nothing is written; what is there already, alike, is passed over.\n"
	"So an import that was interrupted is simply repeated.  In the end both sides are\n"
	"compared, and nodes that own blocks and are to be made known to this store are named.\n"
	"\n"
	"From the store of one machine to a cluster, with no pods being started meanwhile:\n"
	"  CALICO_DATASTORE_TYPE=local calico-ipamctl export ipam.json\n"
	"  CALICO_ETCD_ENDPOINTS=http://10.0.0.1:2379 calico-ipamctl import ipam.json\n"
	"  CALICO_ETCD_ENDPOINTS=http://10.0.0.1:2379 calico-ipamctl node create node-1\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl import ipam.json --dry-run\n"
	"  calico-ipamctl import ipam.json\n",
	.options = {
		{ .name = "dry-run", .help = "compare only" },
	},
	.run = import_run,
};
