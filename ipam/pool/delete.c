/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/pool/delete.h"
#include "ipam/request/draft.h"
#include "ipam/request/loop.h"
#include "ipam/record/gateway.h"
#include "ipam/record/host.h"
#include "ipam/record/pool.h"

#include <stdio.h>
#include <string.h>

/* Races that one great transaction may lose before the pool is disabled first. */
#define TRIES_AT_ONCE 3

/* One plan: all that is left to do, or a part of it. */
struct deletion {
	struct plan *plan;
	const struct pool_delete_request *request;
	char key[KEY_TEXT], gateway_key[KEY_TEXT];
	bool there, unreadable;
	struct pool pool; /* owned */
	struct ipam_config config;
	unsigned most, n_blocks; /* in this transaction */
	size_t n_bytes;
	unsigned in_use; /* addresses */
	bool full; /* this transaction can take no more */
	struct pool_delete_part part;
};

static void deletion_done(struct deletion *d)
{
	pool_done(&d->pool);
}

static bool lies_in_pool(const struct record *record, struct cidr pool)
{
	const char *name = strrchr(record->key, '/');
	struct cidr c;

	return name && cidr_parse_key(name + 1, &c) == 0 && cidr_holds_cidr(pool, c);
}

/* Blocks and affinities inside the pool are worth their values. */
static bool lies_in_scan(const struct record *record, void *arg)
{
	const struct scan *scan = arg;

	return lies_in_pool(record, scan->pools[0]);
}

static int name_keys(struct deletion *d, struct err *e)
{
	if (key_of_pool(d->request->name, d->key, e) < 0)
		return -1;
	return gateway_key(d->request->name, d->gateway_key, e);
}

static int read_pool(struct deletion *d, struct err *e)
{
	const struct record *record = view_look_at(d->plan->view, d->key);
	const char *name = d->request->name;
	struct err why = { 0 };

	/* Later it is our own deletion, its answer lost, or somebody else's. */
	if (!record && !d->request->begun && !d->plan->lost)
		return err_set(e, ERR_NOT_FOUND, "resource does not exist: IPPool(%s)", name);
	d->there = record != NULL;
	if (!d->there)
		return 0;
	d->unreadable = pool_read(record, &d->pool, &why) < 0;
	if (d->unreadable)
		return d->request->force ? 0 : err_set(e, why.kind, "%.400s; --force deletes it "
						       "all the same", why.text);
	d->part.sum.cidr = d->pool.cidr;
	return ipam_config_read(view_look_at(d->plan->view, KEY_CONFIG), &d->config, e);
}

static void want_scan(struct plan *p, const char *prefix)
{
	if (!view_knows_prefix(p->view, prefix, RANGE_PREFIX))
		wants_add_filtered(&p->wants, prefix, lies_in_scan, &p->scan);
}

static int scan_pool(struct deletion *d, struct err *e)
{
	struct scan *scan = &d->plan->scan;

	if (scan->n_pools && !cidr_equal(scan->pools[0], d->pool.cidr))
		return err_set(e, ERR_CONFLICT, "somebody else replaced pool \"%s\" meanwhile; try "
			       "again", d->request->name);
	scan->pools[0] = d->pool.cidr;
	scan->n_pools = 1;
	want_scan(d->plan, key_of_blocks(d->pool.cidr.base.family));
	want_scan(d->plan, KEY_HOST_AFFINITIES);
	return 0;
}

static int put(struct deletion *d, const char *key, struct buf *value, struct err *e)
{
	if (value->failed)
		return err_set(e, ERR_INTERNAL, "out of memory or a record of more than %zu bytes",
			       value->limit);
	changes_put(&d->plan->changes, key, value->data, value->len);
	d->n_bytes += value->len;
	return 0;
}

static int put_disabled(struct deletion *d, struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(DRAFT_VALUE_MAX);

	if (pool_print_disabled(&d->pool, &text, e) < 0)
		return -1;
	return put(d, d->key, &text, e);
}

static int put_pending_deletion(struct deletion *d, const struct record *affinity, struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(DRAFT_VALUE_MAX);

	affinity_print(affinity, AFFINITY_PENDING_DELETION, &text);
	return put(d, affinity->key, &text, e);
}

static int put_disowned(struct deletion *d, const struct record *record, struct block *b,
			struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(DRAFT_VALUE_MAX);

	block_disown(b);
	block_touch(b);
	block_print(b, &text);
	return put(d, record->key, &text, e);
}

/* A block larger than all that goes alone. */
static bool has_room(const struct deletion *d, size_t bytes)
{
	return d->plan->rehearsal ||
	       (d->n_blocks < d->most &&
		(!d->n_blocks || d->n_bytes + bytes <= POOL_DELETE_BYTES));
}

static unsigned count_in_use(const struct block *b)
{
	unsigned n = 0;

	for (unsigned i = 0; i < b->size; i++) {
		const struct attribute *a = block_attribute(b, i);

		n += a && !attribute_is_released(a) &&
		     !attribute_has_handle(a, BLOCK_WINDOWS_HANDLE);
	}
	return n;
}

/* Lists what becomes of one block: nothing, if no host owns it. */
static int release_block(struct deletion *d, const struct record *record, struct err *e)
{
	struct block b __cleanup(block_done) = { 0 };
	const struct record *affinity = NULL;
	char key[KEY_TEXT];
	bool empty;

	if (block_read(record, &b, e) < 0)
		return -1;
	block_collect(&b, d->config.cooldown_s, d->request->now_ns);
	d->part.sum.allocated += block_held(&b);
	d->in_use += count_in_use(&b);
	if (!host_node(b.affinity))
		return 0;
	empty = block_is_empty(&b);
	if (!has_room(d, empty ? 0 : record->value_len)) {
		d->full = true;
		return 0;
	}
	d->n_blocks++;
	if (key_of_affinity(b.affinity, b.cidr, key, e) < 0)
		return -1;
	affinity = view_look_at(d->plan->view, key);
	if (affinity && put_pending_deletion(d, affinity, e) < 0)
		return -1;
	if (empty)
		changes_delete(&d->plan->changes, record->key);
	else if (put_disowned(d, record, &b, e) < 0)
		return -1;
	*(empty ? &d->part.sum.deleted_blocks : &d->part.sum.disowned_blocks) += 1;
	if (affinity)
		changes_delete(&d->plan->changes, key);
	return 0;
}

static int release_blocks(struct deletion *d, struct err *e)
{
	const char *prefix = key_of_blocks(d->pool.cidr.base.family);
	const struct view *view = d->plan->view;
	const struct record *record;

	for (size_t i = view_first(view, prefix); (record = view_at(view, i, prefix)); i++)
		if (record->value && lies_in_pool(record, d->pool.cidr) &&
		    release_block(d, record, e) < 0)
			return -1;
	return 0;
}

/* Affinities left without a block of theirs by a crash (docs/DATA-MODEL.md 11). */
static void drop_orphans(struct deletion *d)
{
	const struct view *view = d->plan->view;
	const struct record *record;
	size_t i = view_first(view, KEY_HOST_AFFINITIES);

	for (; (record = view_at(view, i, KEY_HOST_AFFINITIES)) && !d->full; i++) {
		if (!lies_in_pool(record, d->pool.cidr) ||
		    changes_last(&d->plan->changes, record->key))
			continue;
		d->full = ++d->n_blocks > d->most && !d->plan->rehearsal;
		if (!d->full)
			changes_delete(&d->plan->changes, record->key);
	}
}

static void delete_own(struct deletion *d)
{
	changes_delete(&d->plan->changes, d->key);
	if (view_look_at(d->plan->view, d->gateway_key))
		changes_delete(&d->plan->changes, d->gateway_key);
	else
		changes_guard_key(&d->plan->changes, d->gateway_key);
}

static int refuse_in_use(const struct deletion *d, struct err *e)
{
	bool one = d->in_use == 1;
	char cidr[CIDR_TEXT];

	cidr_print(d->pool.cidr, cidr);
	return err_set(e, ERR_CONFLICT,
		       "%u address%s of %s %s in use; disable the pool and delete it when its "
		       "containers are gone, or use --force: what is assigned stays so until then",
		       d->in_use, one ? "" : "es", cidr, one ? "is" : "are");
}

static int release_pool(struct deletion *d, struct err *e)
{
	bool at_once = d->plan->rehearsal ||
		       (d->plan->transactions && d->plan->lost < TRIES_AT_ONCE &&
			!d->pool.disabled);

	if (d->unreadable) {
		delete_own(d);
		return 0;
	}
	if (!d->pool.disabled && put_disabled(d, e) < 0)
		return -1;
	if (!d->pool.disabled && !at_once)
		return 0;
	d->part.sum.allocated = 0;
	if (release_blocks(d, e) < 0)
		return -1;
	if (d->in_use && !d->request->force)
		return refuse_in_use(d, e);
	drop_orphans(d);
	if (d->full)
		return 0;
	delete_own(d);
	/* A block that comes into being meanwhile would be left behind with its affinity. */
	if (at_once) {
		changes_guard_prefix(&d->plan->changes, key_of_blocks(d->pool.cidr.base.family));
		changes_guard_prefix(&d->plan->changes, KEY_HOST_AFFINITIES);
	}
	return 0;
}

/* Afterwards there is more to do, if the pool's key still stands. */
static void sum_up(struct deletion *d)
{
	const struct change *last = changes_last(&d->plan->changes, d->key);

	d->part.more = !last || last->value;
	d->part.disabled = last && last->value;
	d->part.sum.unreadable = d->unreadable;
}

int plan_pool_delete(struct plan *p, const struct pool_delete_request *request,
		     struct pool_delete_part *ret_part, struct err *e)
{
	struct deletion d __cleanup(deletion_done) = {
		.plan = p, .request = request, .part.sum = request->sum
	};

	d.most = plan_part(p, POOL_DELETE_BLOCKS);
	if (name_keys(&d, e) < 0)
		return -1;
	plan_knows(p, d.key);
	plan_knows(p, d.gateway_key);
	plan_knows(p, KEY_CONFIG);
	if (plan_needs(p))
		return 0;
	if (read_pool(&d, e) < 0)
		return -1;
	if (d.there && !d.unreadable && scan_pool(&d, e) < 0)
		return -1;
	if (plan_needs(p))
		return 0;
	if (d.there && release_pool(&d, e) < 0)
		return -1;
	plan_conclude(p);
	if (d.there)
		sum_up(&d);
	*ret_part = d.part;
	return 0;
}

static int delete_part(struct datastore *ds, const struct pool_delete_request *request,
		       bool rehearsal, struct pool_delete_part *ret_part, struct err *e)
{
	struct loop loop __cleanup(loop_done) = {0};

	loop_init(&loop, ds);
	loop.plan.rehearsal = rehearsal;
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_pool_delete(&loop.plan, request, ret_part, &loop.error));
	return loop_result(&loop, e);
}

/* What earlier parts did stands, whatever became of this one. */
static int tell_begun(const struct pool_delete_request *request, struct err *e)
{
	unsigned blocks = request->sum.deleted_blocks + request->sum.disowned_blocks;

	if (!request->begun)
		return -1;
	e->may_stand = true;
	return err_wrap(e, "%s%u of its blocks were released, then",
			request->disabled ? "the pool is disabled now, " : "", blocks);
}

/* Each part but the last disables the pool, or takes blocks from it for good. */
int ipam_delete_pool(struct datastore *ds, const char *name, bool force, int64_t now_ns,
		     struct pool_delete_answer *ret_answer, struct err *e)
{
	struct pool_delete_request request = { .name = name, .force = force, .now_ns = now_ns };
	struct pool_delete_part part = { .more = true };

	for (; part.more; request.begun = true) {
		if (delete_part(ds, &request, false, &part, e) < 0)
			return tell_begun(&request, e);
		request.sum = part.sum;
		if (!part.disabled)
			continue;
		request.disabled = true;
		deadline_sleep_ms(deadline_in_ms(POOL_DELETE_PAUSE_MS), POOL_DELETE_PAUSE_MS);
	}
	*ret_answer = part.sum;
	return 0;
}

int ipam_would_delete_pool(struct datastore *ds, const char *name, bool force, int64_t now_ns,
			   struct pool_delete_answer *ret_answer, struct err *e)
{
	struct pool_delete_request request = { .name = name, .force = force, .now_ns = now_ns };
	struct pool_delete_part part = { .more = true };

	if (delete_part(ds, &request, true, &part, e) < 0)
		return -1;
	*ret_answer = part.sum;
	return 0;
}
