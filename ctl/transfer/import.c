/* SPDX-License-Identifier: Apache-2.0 */
/*
 * import: looks through the file and the store side by side first, so that nothing is
 * written where anything differs; then writes what is missing, in transactions; then
 * looks through both once more.  Pools are written last.
 */
#include "base/json.h"
#include "base/terminal/printable.h"
#include "base/terminal/shell_word.h"
#include "ctl/cli/aside.h"
#include "ctl/transfer/archive.h"
#include "ctl/transfer/comparison.h"
#include "ctl/transfer/moment.h"
#include "ctl/cli/command.h"
#include "ctl/cli/progress.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ctl/openstack/overlapping.h"
#include "ipam/record/keys.h"
#include "ipam/node/nodes.h"
#include "ipam/request/loop.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_RECORDS 100
#define BATCH_BYTES (512 << 10)

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
	comparison_done(&m->found);
	changes_done(&m->batch);
	store_close(&m->store);
	node_names_done(&m->unknown);
}

static int advance(struct import *m, struct err *e)
{
	m->more = archive_read(&m->reader, e);
	return m->more < 0 ? -1 : 0;
}

/* Both sides ascend: the file goes forward until it is at the store's key. */
static int look(const struct record *record, void *arg, struct err *e)
{
	struct import *m = arg;
	int order = -1;

	store_go_on(&m->store);
	progress_tell(&m->progress, m->found.same, 0);
	while (m->more && (order = strcmp(m->reader.record.key, record->key)) < 0) {
		if (comparison_note_missing(&m->found, &m->reader.record, e) < 0 ||
		    advance(m, e) < 0)
			return -1;
	}
	if (!m->more || order > 0)
		return comparison_note_only(&m->found, record, e);
	if (comparison_note_pair(&m->found, &m->reader.record, record, e) < 0)
		return -1;
	return advance(m, e);
}

static int begin_comparison(void *arg, struct err *e)
{
	struct import *m = arg;

	comparison_begin(&m->found, m->store.ds);
	if (archive_rewind(&m->reader, e) < 0)
		return -1;
	return advance(m, e);
}

/* The file is read to its end, so that its sum is checked too. */
static int compare_all(struct import *m, struct err *e)
{
	if (moment_read(m->store.ds, KEY_ROOT, begin_comparison, look, m, e) < 0)
		return -1;
	while (m->more)
		if (comparison_note_missing(&m->found, &m->reader.record, e) < 0 ||
		    advance(m, e) < 0)
			return -1;
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

/* Those of a sort, a line each. */
static void tell_all(const char *what, const struct buf *lines, uint64_t n)
{
	char *save = NULL;

	for (char *line = strtok_r(lines->data, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		aside("%s%s\n", what, line);
	if (n > COMPARISON_TOLD_MAX)
		aside("and %" PRIu64 " more\n", n - COMPARISON_TOLD_MAX);
}

static int check_differing(const struct comparison *c, struct err *e)
{
	if (!c->different)
		return 0;
	tell_all("differs: ", &c->differing, c->different);
	return err_set(e, ERR_CONFLICT, "%" PRIu64 " records in the store differ from the file's; "
		       "nothing was written", c->different);
}

static int check_clashing(struct comparison *c, struct err *e)
{
	struct buf lines __cleanup(buf_done) = BUF(COMPARISON_TOLD_MAX * 2048);
	uint64_t n = clashes_find(&c->clashes, COMPARISON_TOLD_MAX, &lines);

	if (!n)
		return 0;
	tell_all("overlaps: ", &lines, n);
	return err_set(e, ERR_CONFLICT, "%" PRIu64 " overlap%s of pools and blocks of the file "
		       "with others of the store, by which an address would be given twice; "
		       "nothing was written; delete those that are not to stay, or import into "
		       "an empty store", n, n == 1 ? "" : "s");
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
				       "meanwhile", c->key);
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

	if (m->batch.failed)
		return err_set(e, ERR_INTERNAL, "out of memory");
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

static void add_to_batch(struct import *m, const struct record *r)
{
	if (datastore_keeps(m->store.ds, r->key) != DATASTORE_KEEPS)
		return;
	changes_put(&m->batch, r->key, r->value, r->value_len);
	m->batch_bytes += r->value_len;
}

static int write_those(struct import *m, bool pools, struct err *e)
{
	if (archive_rewind(&m->reader, e) < 0 || advance(m, e) < 0)
		return -1;
	while (m->more) {
		const struct record *r = &m->reader.record;

		if (m->batch.n == BATCH_RECORDS || m->batch_bytes + r->value_len > BATCH_BYTES)
			if (write_batch(m, e) < 0)
				return -1;
		if (key_is_under(r->key, KEY_POOLS) == pools)
			add_to_batch(m, r);
		if (advance(m, e) < 0)
			return -1;
	}
	return write_batch(m, e);
}

/* Pools come last: before what is held and reserved is there nobody is given an address. */
static int write_records(struct import *m, struct err *e)
{
	return write_those(m, false, e) < 0 || write_those(m, true, e) < 0 ? -1 : 0;
}

static int write_missing(struct import *m, struct err *e)
{
	int rc;

	if (!m->found.missing)
		return 0;
	progress_begin(&m->progress, "records imported");
	rc = write_records(m, e);
	progress_end(&m->progress);
	return rc < 0 ? err_wrap(e, "%" PRIu64 " records were imported, then", m->written) : 0;
}

/* Both sides again: no record may be missing, and the sums of the same words are one. */
static int verify(struct import *m, char sum[ARCHIVE_SUM_TEXT], struct err *e)
{
	char of_file[ARCHIVE_SUM_TEXT];

	if (compare(m, "records compared", e) < 0)
		return -1;
	if (archive_sum_print(&m->found.sum, m->reader.sum_kind, sum, e) < 0 ||
	    archive_sum_print(&m->reader.sum, m->reader.sum_kind, of_file, e) < 0)
		return -1;
	if (m->found.missing || m->found.different ||
	    (!m->found.reworded && !m->found.left && strcmp(sum, of_file) != 0))
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

static uint64_t count_there(const struct import *m, uint64_t missing)
{
	return m->reader.n - missing - m->found.left;
}

/* Which nodes the store, or whoever makes them, is to be told of. */
static void print_unknown(const struct import *m, struct buf *out)
{
	bool own = datastore_keeps(m->store.ds, KEY_NODES "n") == DATASTORE_KEEPS_ITS_OWN;
	char word[SHELL_WORD_TEXT];

	for (size_t i = 0; i < m->unknown.n; i++) {
		if (own)
			printable_printf(out, "node %s owns blocks and is not in this cluster: "
					 "kubelet registers it\n", m->unknown.list[i]);
		else
			printable_printf(out, "node %s owns blocks and is not in this store; run: "
					 "calico-ipamctl node create %s\n", m->unknown.list[i],
					 shell_word(m->unknown.list[i], word, sizeof(word)));
	}
}

static void print_sums(const struct import *m, const char *sum, struct buf *out)
{
	const struct comparison *c = &m->found;

	if (!c->reworded && !c->left)
		buf_printf(out, "sum of the %" PRIu64 " records: %s in the file, %s in the store\n",
			   m->reader.n, sum, sum);
	else
		buf_printf(out, "%" PRIu64 " of these are in the store's own words (uid, creation "
			   "time, order of fields), the others to the byte\n", c->reworded);
}

static void print_text(struct call *call, const struct import *m, uint64_t missing, bool dry,
		       const char *sum)
{
	struct buf *out = &call->out;

	buf_printf(out, "%" PRIu64 " records %s, %" PRIu64 " there already\n", missing,
		   dry ? "would be imported" : "imported", count_there(m, missing));
	if (m->found.left)
		buf_printf(out, "%" PRIu64 " records of the file have no place in this store\n",
			   m->found.left);
	if (m->found.only_in_store)
		buf_printf(out, "%" PRIu64 " records of the store are not in the file\n",
			   m->found.only_in_store);
	if (!dry)
		print_sums(m, sum, out);
	print_unknown(m, out);
}

static void print_json(struct call *call, const struct import *m, uint64_t missing, bool dry,
		       const char *sum)
{
	const struct node_names *unknown = &m->unknown;

	fields_print_json(FIELDS({ "dryRun", cell_bool(dry) },
				 { "imported", cell_number(missing) },
				 { "thereAlready", cell_number(count_there(m, missing)) },
				 { "withoutPlace", cell_number(m->found.left) },
				 { "onlyInStore", cell_number(m->found.only_in_store) },
				 { "sum", cell_text_if_any(dry ? NULL : sum) },
				 { "nodesToCreate", cell_texts((const char *const *)unknown->list,
							      unknown->n) }), &call->out);
}

/* What the store does not take, and what its nodes lack. */
static void tell_left(const struct import *m)
{
	tell_all("has no place in this store: ", &m->found.leaving, m->found.left);
	tell_all("", &m->found.wanting, m->found.wanted);
}

static int import(struct call *call, struct import *m, struct err *e)
{
	bool dry = call_option(call, "dry-run", 0);
	char sum[ARCHIVE_SUM_TEXT] = "";
	uint64_t missing;

	if (archive_read_open(&m->reader, call->name, e) < 0 ||
	    store_open(&m->store, call, store_purpose(dry, OPEN_TO_CREATE), e) < 0 ||
	    compare(m, "records compared", e) < 0)
		return -1;
	missing = m->found.missing;
	if (check_differing(&m->found, e) < 0 || check_clashing(&m->found, e) < 0)
		return -1;
	tell_left(m);
	if (!dry && (write_missing(m, e) < 0 || verify(m, sum, e) < 0))
		return -1;
	if (!dry && !datastore_traits(m->store.ds)->one_node && find_unknown_nodes(m, e) < 0)
		return -1;
	if (call->json)
		print_json(call, m, missing, dry, sum);
	else
		print_text(call, m, missing, dry, sum);
	if (!dry && missing)
		overlapping_tell(m->store.ds, NULL);
	return 0;
}

static int import_run(struct call *call, struct err *e)
{
	struct import *m = calloc(1, sizeof(*m));
	int rc;

	if (!m)
		return err_set(e, ERR_INTERNAL, "out of memory");
	changes_init(&m->batch);
	comparison_init(&m->found);
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
	"such are listed and nothing is written, nor where a pool or block of the file overlaps\n"
	"with another of the store.  What is there already, alike, is passed over, so that an\n"
	"import that was interrupted is simply repeated.  In the end both sides are\n"
	"compared, and nodes that own blocks and are to be made known to this store are named.\n"
	"\n"
	"Into the Kubernetes API go pools, reservations, blocks, affinities, handles, the\n"
	"configuration and ClusterInformation; all else of the file is named and left.  Nodes are\n"
	"not written: those that the cluster lacks are named, and labels that they lack there.\n"
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
